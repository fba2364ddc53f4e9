"""The scenario that is born from an incident, so that no release says it again. The gate asks it from then on."""

import json
import re
from collections.abc import Iterator
from typing import Any

from django.db import transaction

from conversations import privacy, replay
from conversations.models import Citation, Message, Turn
from knowledge.models import Revision
from release.core.bars import INCIDENT
from release.core.people import Actor, allow, name
from release.incidents import lifecycle, reach
from release.models import Affected, Incident, Scenario
from release.scenarios import written
from sites.core import ledger
from sites.core.refusal import Refused
from sites.models import Role

MAY_WRITE = (Role.CONTENT_OWNER, Role.RELEASE_OWNER)
FILE = "incidents.jsonl"
REMEMBERED = 4  # messages of one conversation that go into its scenario
PUBLIC = "public"


def proposed(incident: Incident) -> dict[str, Any] | None:
    """A scenario as the incident suggests it: the question of the first customer, and what must never be said.

    What the candidate's newer text still says is left out of it. None when nobody was told anything, or all is erased.
    """
    first = _first(incident)
    turn = reach.question(first.message) if first else None
    if first is None or turn is None:
        return None
    cited = [c for c in Citation.objects.filter(message=first.message) if reach.covers(incident.reach, c)]
    body: dict[str, Any] = {
        "id": f"incident-{incident.number}",
        "turns": _asked(turn),
        "expect": {"never": [_pattern(text) for text in _wrong(first.message, cited)]},
        "tags": [INCIDENT, f"incident-{incident.number}"],
    }
    audiences = {citation.audience for citation in cited} - {PUBLIC}
    return body | ({"audience": sorted(audiences)[0]} if audiences else {})


def draft(incident: Incident, *, actor: Actor) -> dict[str, Any] | None:
    """`proposed`, for somebody to read and change: it holds a customer's words, so the reading is logged."""
    allow(actor, incident.site, *MAY_WRITE)
    body, first = proposed(incident), _first(incident)
    if body is not None and first is not None:
        replay.log_reading(first.conversation, actor=name(actor))
    return body


def write(incident: Incident, body: Any, *, actor: Actor) -> Scenario:
    """Have the gate ask this from the next freeze on; a second writing replaces the first. Raises Refused, NotAllowed.

    A release without it, or with another in its place, does not go live, nor one in which it fails.
    """
    allow(actor, incident.site, *MAY_WRITE)
    parsed, wrong = written.parse(body if isinstance(body, str) else json.dumps(body))
    if parsed is None:
        raise Refused(f"The scenario cannot be run: {'; '.join(wrong)}.")
    tags = parsed.get("tags", [])
    parsed["tags"] = tags if INCIDENT in tags else [*tags, INCIDENT]
    if not any(parsed.get("expect", {}).values()):
        raise Refused("The scenario expects nothing, so no answer could fail it.")
    with transaction.atomic():
        ledger.hold(incident.site_id)
        earlier = (incident.scenario or {}).get("id", "")
        taken = Scenario.objects.filter(site=incident.site_id, slug=parsed["id"]).exclude(slug=earlier)
        if taken.exists():
            raise Refused(f"The site has a scenario “{parsed['id']}” already; choose another id.")
        Scenario.objects.filter(site=incident.site_id, slug=earlier).delete()
        made = Scenario.objects.create(site=incident.site, slug=parsed["id"], file=FILE, body=parsed)
        Incident.objects.filter(pk=incident.pk).update(scenario=parsed)
        lifecycle.keep(
            incident, "scenario", actor, parsed["id"], scenario=ledger.digest(json.dumps(parsed, sort_keys=True))
        )
    incident.refresh_from_db()
    return made


def _first(incident: Incident) -> Affected | None:
    """The first customer who was told it and whose words are still there."""
    told = Affected.objects.filter(incident=incident).exclude(conversation__events__kind=privacy.ERASURE)
    return told.select_related("message", "conversation").first()


def _asked(turn: Turn) -> list[str]:
    """What the customer had written to the assistant up to and with this turn's question."""
    earlier = Turn.objects.filter(conversation=turn.conversation_id, question__seq__lte=turn.question.seq)
    texts = list(earlier.order_by("question__seq").values_list("question__text", flat=True))
    return texts[-REMEMBERED:]


def _wrong(message: Message, cited: list[Citation]) -> Iterator[str]:
    """What was shown and rests on the reported words, sentence by sentence, unless the new text says it too."""
    numbers = {citation.n for citation in cited}
    shown = [each for part in message.parts for each in (part, part.get("more", {}))]
    texts = [part["text"] for part in shown if numbers & set(part.get("cites", []))]
    now = " ".join(" ".join(_newer(citation).split()) for citation in cited)
    for text in texts or [citation.quote for citation in cited] or [message.text]:
        if " ".join(text.split()) not in now:
            yield text


def _newer(citation: Citation) -> str:
    """The text that has replaced a cited one, or nothing while there is none."""
    approved = Revision.objects.filter(source=citation.source_id, state=Revision.State.APPROVED)
    newest = approved.order_by("-number").first()
    return newest.text if newest and newest.pk != citation.revision_id else ""


def _pattern(text: str) -> str:
    """A text as a regular expression that does not mind where its lines break."""
    return r"\s+".join(re.escape(word) for word in text.split())
