"""The packet: all a person needs to take over, on one screen, read from the record only.

Nothing here is worked out anew: what the bot found is what it wrote down when it decided. Customers' text
stays text; links are shown only when they are web addresses.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import accumulate
from typing import Any

from django.utils import timezone

from conversations.models import Conversation, Event, Message, Turn
from conversations.outcomes import Outcome, Reason
from escalation.models import Draft, Handoff
from escalation.quoting import Sentence, sentences_of
from escalation.waiting import duration
from knowledge.models import Category, Passage
from sites import reporting

REASONS: Mapping[str, str] = {
    Reason.ANSWERED: "The assistant answered.",
    Reason.DRAFT_REVIEW: "An answer to this needs a person's approval.",
    Reason.COURTESY: "A courtesy, no question.",
    Reason.AMBIGUOUS: "The assistant asked which of two subjects was meant.",
    Reason.OUT_OF_SCOPE: "Not one of the subjects the assistant may answer.",
    Reason.INJECTION: "The message tries to change what the assistant does.",
    Reason.LANGUAGE: "Written in a language the assistant does not serve.",
    Reason.NOT_GROUNDED: "No approved article answers this.",
    Reason.NOT_EXPOSED: "The assistant may not answer this subject by itself yet.",
    Reason.NEEDS_IDENTITY: "Answering needs a signed-in customer.",
    Reason.NEEDS_APPROVAL: "This would change something, so a person must do it.",
    Reason.TOOL_FAILED: "The system that knows the answer could not be reached.",
    Reason.ASKED_FOR_HUMAN: "The customer asked for a person.",
    Reason.DISTRESS: "The customer seems to be in distress. Take care first, answer second.",
    Reason.COMPLAINT: "A complaint.",
    Reason.SECURITY: "Fraud, or an account in danger.",
    Reason.PRIVACY_REQUEST: "A request about personal data.",
    Reason.FRUSTRATION: "The customer is getting frustrated with the assistant.",
    Reason.SENSITIVE: "A subject that people handle here.",
    Reason.REPEATED_DECLINE: "The assistant could not help twice in a row.",
    Reason.PAUSED: "The assistant is paused.",
    Reason.ERROR: "The assistant failed or took too long.",
}
WAITS_FOR = (
    Reason.ASKED_FOR_HUMAN,
    Reason.DISTRESS,
    Reason.SECURITY,
    Reason.COMPLAINT,
    Reason.FRUSTRATION,
    Reason.REPEATED_DECLINE,
    Reason.SENSITIVE,
    Reason.DRAFT_REVIEW,
    Reason.PRIVACY_REQUEST,
    Reason.NEEDS_APPROVAL,
    Reason.TOOL_FAILED,
    Reason.PAUSED,
    Reason.ERROR,
)
"""The reasons for which somebody may stand in the queue, in the order people look for them."""
OUTCOMES: Mapping[str, str] = {
    Outcome.ANSWER: "answered",
    Outcome.DRAFT: "draft for review",
    Outcome.CLARIFY: "asked back",
    Outcome.COURTESY: "courtesy",
    Outcome.DECLINE: "declined",
    Outcome.HANDOFF: "handed over",
}
MOVES: Mapping[str, str] = {
    "handoff.opened": "Put before people",
    "handoff.claimed": "Claimed",
    "handoff.escalated": "Nobody came",
    "handoff.released": "Back to the queue",
    "handoff.transferred": "Passed on",
    "handoff.freed": "Back to the queue",
    "handoff.returned": "Returned to the assistant",
    "handoff.closed": "Closed",
    "handoff.called_back": "Called back",
    "handoff.withdrawn": "The customer stopped waiting",
    "handoff.abandoned": "The customer left",
    "draft.approved": "Draft approved",
    "draft.edited": "Draft sent with changes",
    "draft.rejected": "Draft rejected",
    "draft.superseded": "Draft overtaken by a new message",
    "draft.expired": "Draft not checked in time",
    "complaint": "Complaint",
    "complaint.answered": "Complaint answered",
    "draft.flagged": "Draft flagged",
    "suggestion.accepted": "Suggestion sent",
    "suggestion.edited": "Suggestion sent with changes",
    "suggestion.rejected": "Suggestion rejected",
    "suggestion.flagged": "Suggestion flagged",
    "training.caught": "A seeded draft, caught",
    "training.missed": "A seeded draft, missed",
    "block.set": "Blocked",
    "block.lifted": "Block lifted",
}
STEPS: Mapping[str, str] = {
    "notify": "The site's named people were told.",
    "widen": "Everyone at the desk was told.",
    "call_back": "The customer was offered an answer by e-mail.",
}
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
TURNS = 3  # how many of the latest questions the packet explains


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
    parts: tuple[tuple[str, tuple[int, ...]], ...] = ()
    cites: tuple[Cite, ...] = ()
    label: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """One passage the bot looked at, with its scores in 0..1 (score) and as measured (dense, lexical)."""

    title: str
    heading: str
    text: str
    sentences: tuple[Sentence, ...]
    score: float
    dense: float
    lexical: float


@dataclass(frozen=True, slots=True)
class Finding:
    """What the bot did about one question: how it read it, what it found, what it did not send, and why."""

    question: str
    outcome: str
    why: str
    category: str
    confidence: float | None
    threshold: float | None
    accepted: bool
    found: tuple[Found, ...]
    unsent: str
    quotes: tuple[Mapping[str, str], ...]
    verdicts: tuple[Mapping[str, Any], ...]
    objections: tuple[str, ...]
    signs: tuple[str, ...]
    tools: tuple[Any, ...]
    release: str
    ms: float | None
    report: str  # where what the customer was told is reported as wrong; empty where they were told nothing


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
        findings=tuple(_findings(conversation)),
        earlier=tuple(_earlier(conversation)),
    )


def thread(conversation: Conversation, after_seq: int = 0, after_event: int = 0) -> list[Entry]:
    """The messages after a seq, with the notes and moves after an event, in the order of their happening."""
    messages = conversation.messages.filter(seq__gt=after_seq).prefetch_related("citations").order_by("seq")
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
        f"d-{key}", "draft", at, held["text"], parts=_runs(held["text"], held.get("parts")), cites=tuple(cites)
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
        parts=_runs(message.text, message.parts),
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
    told = said if event.kind != "handoff.opened" else REASONS.get(said, said)
    told = STEPS.get(str(event.body.get("step")), told)
    to = str(event.body.get("to", ""))
    by = "" if event.actor in ("", "customer") else f"{event.actor} to {to}" if to else event.actor
    return Entry(f"e-{event.pk}", "move", event.at, told, by, event=event.pk, label=MOVES[event.kind])


def _runs(text: str, parts: Sequence[Mapping[str, Any]] | None) -> tuple[tuple[str, tuple[int, ...]], ...]:
    """The runs of a text with the numbers of their citations."""
    return tuple((str(part["text"]), tuple(part.get("cites", ()))) for part in parts or [{"text": text}])


def _facts(conversation: Conversation, handoff: Handoff | None) -> Iterable[tuple[str, str]]:
    """What is known about the customer and the circumstances, as label and value."""
    claims = conversation.identity
    yield "Identity", f"Verified as {claims['sub']}" if claims.get("sub") else "Not verified"
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
    if conversation.disclosure:
        yield "Disclosure", f"shown, version {conversation.disclosure}"


def _told(conversation: Conversation, handoff: Handoff) -> str:
    """What the customer was promised about waiting when they were put before people."""
    lines = conversation.messages.filter(author=Message.Author.SYSTEM, at__lte=handoff.opened_at)
    return lines.order_by("-seq").values_list("text", flat=True).first() or ""


def _findings(conversation: Conversation) -> Iterable[Finding]:
    turns = conversation.turns.exclude(outcome="").select_related("question", "category")
    latest = list(turns.prefetch_related("tool_calls").order_by("-pk")[:TURNS])
    wanted = {hit.get("passage") for turn in latest for hit in turn.trace.get("hits", [])}
    passages = Passage.objects.filter(pk__in=wanted - {None}, revision__source__site=conversation.site_id)
    known = {passage.pk: passage for passage in passages.select_related("revision__source")}
    return (_finding(turn, known) for turn in latest)


def _finding(turn: Turn, known: Mapping[int, Passage]) -> Finding:
    trace = turn.trace
    suggestion = trace.get("suggestion") or {}
    why = REASONS.get(turn.reason, turn.reason)
    if turn.state == Turn.State.DISCARDED:
        why = f"{why} A person had the conversation by then, so nothing was sent."
    return Finding(
        question=turn.question.text,
        outcome=OUTCOMES.get(turn.outcome, turn.outcome),
        why=why,
        category=turn.category.title if turn.category else "",
        confidence=turn.confidence,
        threshold=trace.get("threshold"),
        accepted=bool(trace.get("accepted")),
        found=tuple(
            _found(hit, known[hit["passage"]], turn.category.slug if turn.category else "")
            for hit in trace.get("hits", [])
            if hit.get("passage") in known
        ),
        unsent=str(suggestion.get("text", "")),
        quotes=tuple(suggestion.get("quotes", ())),
        verdicts=tuple(trace.get("verdicts") or ()),
        objections=tuple(str(o) for o in trace.get("objections") or ()),
        signs=tuple(str(s) for s in trace.get("signs") or ()),
        tools=tuple(turn.tool_calls.all()),
        release=turn.release[:12],
        ms=(trace.get("ms") or {}).get("decided"),
        report=reporting.page(turn.conversation.site, "turn", turn.pk) if turn.answer_id else "",
    )


def _found(hit: Mapping[str, Any], passage: Passage, category: str) -> Found:
    return Found(
        title=passage.revision.title,
        heading=passage.heading,
        text=passage.text,
        sentences=sentences_of(passage, category),
        score=float(hit.get("score", 0)),
        dense=float(hit.get("dense", 0)),
        lexical=float(hit.get("lexical", 0)),
    )


def _earlier(conversation: Conversation) -> Iterable[Conversation]:
    """Earlier conversations of the same verified person on this site."""
    sub = conversation.identity.get("sub")
    if not sub:
        return ()
    same = Conversation.objects.filter(site_id=conversation.site_id, identity__sub=sub)
    return same.filter(created_at__lt=conversation.created_at).order_by("-created_at")[:5]
