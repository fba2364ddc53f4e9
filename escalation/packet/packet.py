"""The packet: all a person needs to take over, on one screen, read from the record only.

Nothing here is worked out anew: what the bot found is what it wrote down when it decided. Customers' text
stays text; links are shown only when they are web addresses.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import accumulate
from typing import Any

from django.utils import timezone

from conversations import attachments, privacy, replay
from conversations.drawn import Block, blocks
from conversations.models import Conversation, Event, Message
from conversations.outcomes import Reason
from escalation.desk import complaints
from escalation.models import Draft, Handoff
from escalation.packet.findings import Finding, findings
from escalation.packet.labels import MOVES, OUTCOMES, REASONS, STEPS
from escalation.queue.waiting import duration
from knowledge.models import Category
from tools import guests

HEARD = {
    "handoff.claimed",
    "handoff.released",
    "handoff.returned",
    "handoff.closed",
    "handoff.withdrawn",
    "handoff.called_back",
}
"""Moves the customer was told of in the thread: shown again only when an agent left a reason."""
WEB = ("https://", "http://")


@dataclass(frozen=True, slots=True)
class Cite:
    """One citation as it can be opened: the exact words, where they stand and how old they are."""

    n: int
    title: str
    quote: str
    url: str
    updated: datetime


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the thread: a message, a private note, or a move."""

    id: str
    kind: str
    at: datetime
    text: str
    name: str = ""
    seq: int = 0
    event: int = 0
    blocks: tuple[Block, ...] = ()
    cites: tuple[Cite, ...] = ()
    label: str = ""


@dataclass(frozen=True, slots=True)
class Packet:
    """Everything on the agent's screen about one conversation."""

    conversation: Conversation
    handoff: Handoff | None
    draft: Draft | None
    customer: str
    verified: bool
    reason: str
    category: str
    facts: tuple[tuple[str, str], ...]
    thread: tuple[Entry, ...]
    findings: tuple[Finding, ...]
    earlier: tuple[Conversation, ...] = field(default=())


def packet(conversation: Conversation) -> Packet:
    """Gather the packet of one conversation, with its latest handoff and the draft that waits, if any."""
    handoff = conversation.handoffs.select_related("agent", "site").order_by("-pk").first()
    draft = conversation.drafts.filter(state=Draft.State.PENDING).first()
    reason = handoff.reason if handoff else (Reason.DRAFT_REVIEW if draft else "")
    return Packet(
        conversation=conversation,
        handoff=handoff,
        draft=draft,
        customer=customer_of(conversation),
        verified=bool(conversation.identity),
        reason=REASONS.get(reason, ""),
        category=category_title(conversation.site_id, handoff.category) if handoff else "",
        facts=tuple(_facts(conversation, handoff)),
        thread=tuple(thread(conversation)),
        findings=findings(conversation),
        earlier=tuple(_earlier(conversation)),
    )


def thread(conversation: Conversation, after_seq: int = 0, after_event: int = 0) -> list[Entry]:
    """The messages after a seq, with the notes and moves after an event, in the order of their happening."""
    messages = (
        conversation.messages.filter(seq__gt=after_seq)
        .prefetch_related("citations", "offers")
        .select_related("chosen")
        .order_by("seq")
    )
    said = [_message(m) for m in messages]
    latest = accumulate((entry.at for entry in said), max)  # seq is the order, whatever the clock said
    events = conversation.events.filter(kind__in=["note", *MOVES], pk__gt=after_event).order_by("pk")
    dated = [*zip(latest, said, strict=True), *((e.at, _event(e)) for e in events if _worth_a_line(e))]
    return [entry for _, entry in sorted(dated, key=lambda pair: pair[0])]


def customer_of(conversation: Conversation) -> str:
    """How the desk names a customer: by verified claims only."""
    return name_in(conversation.identity)


def name_in(claims: Mapping[str, Any]) -> str:
    """The name in verified claims, else that somebody is visiting."""
    return str(claims.get("name") or claims.get("sub") or "Visitor")


def category_title(site_id: int, slug: str) -> str:
    """A category's title by its slug; the slug itself when it is gone."""
    return Category.objects.filter(site_id=site_id, slug=slug).values_list("title", flat=True).first() or slug


def web(url: str) -> str:
    """The address when a browser may follow it, else nothing."""
    return url if url.lower().startswith(WEB) else ""


def draft_entry(draft: Draft) -> Entry:
    """A draft as the entry it would become."""
    held = {"text": draft.text, "parts": draft.parts, "citations": draft.citations}
    return held_back(draft.pk, held, draft.created_at)


def held_back(key: int, held: Mapping[str, Any], at: datetime) -> Entry:
    """What nobody has been told yet ({"text", "parts", "citations"}), as the entry it would become."""
    cites = (
        Cite(c["n"], c["title"], c["quote"], web(c["url"]), datetime.fromisoformat(c["updated"]))
        for c in held["citations"]
    )
    return Entry(
        f"d-{key}", "draft", at, held["text"], blocks=blocks(held["text"], held.get("parts")), cites=tuple(cites)
    )


def _message(message: Message) -> Entry:
    cites = (Cite(c.n, c.title, c.quote, web(c.url), c.updated) for c in message.citations.all())
    label = OUTCOMES.get(message.outcome, "")
    if message.approved_by:
        label = f"drafted by AI, approved by {message.approved_by}"
    return Entry(
        id=f"m-{message.seq}",
        kind=message.author,
        at=message.at,
        text=message.text,
        name=message.name,
        seq=message.seq,
        blocks=(
            *blocks(message.text, attachments.shown(message.parts, message.conversation_id)),
            *(Block("text", words=((line, ""),)) for line in replay.offered(message)),
        ),
        cites=tuple(cites),
        label=label,
    )


def _worth_a_line(event: Event) -> bool:
    return event.kind not in HEARD or bool(event.body.get("reason"))


def _event(event: Event) -> Entry:
    if event.kind == "note":
        name = str(event.body.get("name", event.actor))
        return Entry(f"e-{event.pk}", "note", event.at, str(event.body.get("text", "")), name, event=event.pk)
    said = str(event.body.get("reason") or "")
    told = said if event.kind not in ("handoff.opened", "handoff.urgent") else REASONS.get(said, said)
    told = STEPS.get(str(event.body.get("step")), told)
    to = str(event.body.get("to", ""))
    by = "" if event.actor in ("", "customer") else f"{event.actor} to {to}" if to else event.actor
    return Entry(f"e-{event.pk}", "move", event.at, told, by, event=event.pk, label=MOVES[event.kind])


def _facts(conversation: Conversation, handoff: Handoff | None) -> Iterable[tuple[str, str]]:
    """What is known about the customer and the circumstances, as label and value."""
    claims = conversation.identity
    yield "Identity", _level(claims)
    if proved := guests.shown(conversation.pk):
        yield "Proved, by a code", "; ".join(proved)
    if claims.get("email"):
        yield "E-mail", f"{claims['email']} (verified)"
    elif conversation.contact:
        yield "E-mail", f"{conversation.contact} (left by the customer, not verified)"
    if claims.get("audiences"):
        yield "Audiences", ", ".join(claims["audiences"])
    yield "Page", conversation.page or "not known"
    yield "Language", conversation.locale
    yield "Began", f"{timezone.localtime(conversation.created_at):%d %b %Y, %H:%M}"
    if handoff and handoff.claimed_at:
        yield "Waited", duration((handoff.claimed_at - handoff.opened_at).total_seconds())
    if handoff and (told := _told(conversation, handoff)):
        yield "Told", told
    if cases := complaints.of(conversation):
        yield "Kept as", "; ".join(cases)
    if conversation.disclosure:
        yield "Disclosure", f"shown, version {conversation.disclosure}"


def _level(claims: Mapping[str, Any]) -> str:
    """Who the customer is, how that is known, and how long ago they proved it to the site."""
    if not claims.get("sub"):
        return "Not verified"
    proof = f", by {claims['proof']}" if claims.get("proof") else ""
    typed = claims.get("auth_time")
    at = f"; signed in {timezone.localtime(datetime.fromtimestamp(typed, UTC)):%d %b, %H:%M}" if typed else ""
    return f"Verified as {claims['sub']}{proof}{at}"


def _told(conversation: Conversation, handoff: Handoff) -> str:
    """What the customer was promised about waiting when they were put before people."""
    lines = conversation.messages.filter(author=Message.Author.SYSTEM, at__lte=handoff.opened_at)
    return lines.order_by("-seq").values_list("text", flat=True).first() or ""


def _earlier(conversation: Conversation) -> Iterable[Conversation]:
    """Earlier conversations of the same verified person on this site."""
    sub = conversation.identity.get("sub")
    if not sub:
        return ()
    same = privacy.of_person(conversation.site, sub)
    return same.filter(created_at__lt=conversation.created_at).order_by("-created_at")[:5]
