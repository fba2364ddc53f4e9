"""What the bot did about each question, in words: how it read it, what it found, what it did not send, and why.

Law of the room: nothing is worked out anew; it is what the bot wrote down when it decided.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from conversations import replay
from conversations.models import Conversation, Turn
from escalation.desk.quoting import Sentence, sentences_of
from escalation.packet import recognised
from escalation.packet.labels import OUTCOMES, REASONS
from knowledge.models import Passage
from sites.access import reporting

TURNS = 3
"""How many of the latest questions a packet explains."""


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

    seq: int  # of the question
    question: str
    outcome: str
    why: str
    recognised: str  # what the customer was taken to need, and by what; empty where nothing was
    category: str
    confidence: float | None
    threshold: float | None
    accepted: bool
    found: tuple[Found, ...]
    unsent: str
    quotes: tuple[Mapping[str, str], ...]
    offered: tuple[str, ...]  # sections to choose from; the chosen one is marked
    verdicts: tuple[Mapping[str, Any], ...]
    objections: tuple[str, ...]
    signs: tuple[str, ...]
    tools: tuple[Any, ...]
    release: str
    ms: float | None
    report: str  # where what the customer was told is reported as wrong; empty where they were told nothing


def findings(conversation: Conversation, most: int | None = TURNS) -> tuple[Finding, ...]:
    """The latest first; all of them with `most` None."""
    turns = conversation.turns.exclude(outcome="").select_related("question", "category", "answer")
    latest = list(turns.prefetch_related("tool_calls").order_by("-pk")[:most])
    wanted = {hit.get("passage") for turn in latest for hit in turn.trace.get("hits", [])}
    passages = Passage.objects.filter(pk__in=wanted - {None}, revision__source__site=conversation.site_id)
    known = {passage.pk: passage for passage in passages.select_related("revision__source")}
    return tuple(_finding(turn, known) for turn in latest)


def _finding(turn: Turn, known: Mapping[int, Passage]) -> Finding:
    trace = turn.trace
    suggestion = trace.get("suggestion") or {}
    why = REASONS.get(turn.reason, turn.reason)
    if trace.get("chose"):
        why = f"The customer chose this section. {why}"
    if turn.state == Turn.State.DISCARDED:
        why = f"{why} A person had the conversation by then, so nothing was sent."
    return Finding(
        seq=turn.question.seq,
        question=turn.question.text,
        outcome=OUTCOMES.get(turn.outcome, turn.outcome),
        why=why,
        recognised=recognised.told(trace.get("needs")),
        category=turn.category.title if turn.category else "",
        confidence=None if "chose" in trace else turn.confidence,
        threshold=trace.get("threshold"),
        accepted=bool(trace.get("accepted")),
        found=tuple(
            _found(hit, known[hit["passage"]], turn.category.slug if turn.category else "")
            for hit in trace.get("hits", [])
            if hit.get("passage") in known
        ),
        unsent=str(suggestion.get("text", "")),
        quotes=tuple(suggestion.get("quotes", ())),
        offered=replay.offered(turn.answer) if turn.answer else (),
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
