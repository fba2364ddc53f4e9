"""What this room keeps of a customer's words, erased when their conversation is; `conversations.privacy` asks for it.

Law of the room: what waits for a second person is dropped. A scenario that people accepted is the site's own and part
of frozen releases: it is named, for a person to rewrite.
"""

import uuid
from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from conversations.privacy import Words
from release.models import Affected, Incident, Proposal, Scenario
from release.models.judged import Judgement, Sampled
from sites.core import kept

BY = "erasure"


def held(site_id: int) -> set[uuid.UUID]:
    """The conversations that an incident touches which is not resolved yet."""
    touched = Affected.objects.filter(incident__site=site_id).exclude(incident__state=Incident.State.RESOLVED)
    return set(touched.values_list("conversation_id", flat=True))


def erase(words: Words) -> list[str]:
    """Empty notes on these customers and proposals in their words; returns the scenarios that ask in the same words."""
    Affected.objects.filter(conversation__in=words.conversations).update(note="")
    _drop_judgements(words)
    for proposal in Proposal.objects.filter(site=words.site_id, kind=Proposal.Kind.SCENARIO):
        if _asks(proposal.body, words):
            _drop(proposal)
    held = [each.slug for each in Scenario.objects.filter(site=words.site_id) if _asks(each.body, words)]
    return [f"Scenario “{slug}” asks in the same words, also in the releases that hold it." for slug in held]


def _drop_judgements(words: Words) -> None:
    """Answers that were drawn to be judged, and what was said of them, go with the words they are about."""
    drawn = Sampled.objects.filter(turn__conversation__in=words.conversations)
    made = Judgement.objects.filter(sampled__in=drawn)
    kept.note(words.site_id, Judgement, *made.values_list("pk", flat=True))
    kept.note(words.site_id, Sampled, *drawn.values_list("pk", flat=True))
    made.delete()
    drawn.delete()


def _drop(proposal: Proposal) -> None:
    known = Proposal.objects.filter(pk=proposal.pk)
    known.filter(state=Proposal.State.OPEN).update(
        state=Proposal.State.DECLINED, decided_by=BY, decided_at=timezone.now()
    )
    known.update(body={"id": proposal.body.get("id", "")})
    kept.note(proposal.site_id, Proposal, proposal.pk)


def _asks(body: Mapping[str, Any], words: Words) -> bool:
    return not words.texts.isdisjoint(body.get("turns", []))
