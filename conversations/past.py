"""What a customer has talked about before, and one conversation as a text to keep.

Law of the file: a conversation is somebody's by its secret, or by the verified identity it was held under; a secret of
what another customer was signed in to opens nothing.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import OuterRef, Subquery
from django.utils import timezone

from conversations import delivery, privacy, record
from conversations.drawn import blocks, read
from conversations.models import Conversation, Message
from conversations.wording import Spoken
from sites.choices import hours
from sites.models import Site

MOST = 30
"""Conversations that are listed, the newest first."""
ABOUT = 120
"""Characters of its first message by which one is known again."""
BY_IDENTITY = "identity"
"""Stands where a conversation's secret would, for who proves by a verified identity alone that it is theirs."""


@dataclass(frozen=True, slots=True)
class Past:
    """One conversation in a list: when it was begun, when something was said last, and its first words."""

    id: uuid.UUID
    state: str
    begun: datetime
    last: datetime
    about: str


def theirs(site: Site, conversation: str, sub: str) -> Conversation | None:
    """The conversation, if it was held under this verified identity; what was erased is nobody's."""
    try:
        key = uuid.UUID(conversation)
    except ValueError:
        return None
    return privacy.of_person(site, sub).filter(pk=key).first()


def listed(site: Site, own: uuid.UUID, secrets: Mapping[str, Any], sub: str) -> list[Past]:
    """What was said before: in this conversation, in those whose secrets are shown, and in all of a verified customer.

    `sub` is empty for who is not signed in, and then nothing that somebody was signed in to is listed.
    """
    shown = list(secrets.items())[:MOST]
    found = [record.resume(site, str(key), str(secret)) for key, secret in shown]
    keys = {own} | {each.pk for each in found if each and each.identity.get("sub", sub) == sub}
    if sub:
        keys |= set(privacy.of_person(site, sub).order_by("-created_at").values_list("pk", flat=True)[:MOST])
    said = Message.objects.filter(conversation=OuterRef("pk"))
    first = said.filter(author=Message.Author.CUSTOMER).order_by("seq").values("text")[:1]
    rows = Conversation.objects.filter(pk__in=keys, site=site)
    rows = rows.annotate(about=Subquery(first), last=Subquery(said.order_by("-seq").values("at")[:1]))
    rows = rows.exclude(about=None).order_by("-last")[:MOST]
    return [Past(each.pk, each.state, each.created_at, each.last, each.about[:ABOUT]) for each in rows]


def transcript(conversation: Conversation, first: int = 1) -> str:
    """What was said from message `first` on as plain text, in the site's language and time, with what answers quote."""
    spoken, zone = Spoken.of(conversation.site), hours.zone(conversation.site.timezone)
    lines = [spoken.say("page.title", site=conversation.site.name)]
    day = ""
    for frame in delivery.frames(conversation.pk, first - 1):
        at = datetime.fromisoformat(frame["at"]).astimezone(zone)
        if (today := spoken.when("long", at)) != day:
            lines.append(f"— {today} —")
            day = today
        parts = [each for each in frame["parts"] if "file" not in each]  # its address would have expired
        lines.append(f"{_by(frame, spoken)}, {spoken.when('time', at)}\n{read(blocks(frame['text'], parts))}")
        lines += [_cited(each, spoken) for each in frame["citations"]]
    made = spoken.say("transcript.made", day=spoken.when("long", timezone.now().astimezone(zone)))
    return "\n\n".join([*lines, made]) + "\n"


def _by(frame: Mapping[str, Any], spoken: Spoken) -> str:
    """Who says it, as the widget has it."""
    author, name = frame["author"], frame.get("name", "")
    if author == Message.Author.CUSTOMER:
        return spoken.say("widget.you").rstrip(": \xa0")
    if author == Message.Author.AGENT:
        return f"{name or spoken.say('widget.person')} ({spoken.say('widget.being')})"
    return f"{spoken.say('widget.assistant')} ({spoken.say('widget.ai')})" if author == Message.Author.BOT else "·"


def _cited(cited: Mapping[str, Any], spoken: Spoken) -> str:
    updated = spoken.when("day", datetime.fromisoformat(cited["updated"]))
    about = spoken.say("widget.updated", date=updated)
    return f"[{cited['n']}] " + ", ".join(filter(None, [cited["title"], about, cited["url"]]))
