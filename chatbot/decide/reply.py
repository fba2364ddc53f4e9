"""The forms a decision takes: a line of fixed wording, quotes with their citations, and a person put first.

Law of the room: words are taken from the site's wording, from articles and from the site's crisis text, never made.
"""

import logging
from collections.abc import Collection
from dataclasses import replace
from typing import Any

from django.utils import timezone

from chatbot.decide.answer import compose, extent, shown, verify_drawn
from chatbot.decide.gate.topic import Topic
from chatbot.decide.needs.kinds import Courtesy
from chatbot.outcome import Cited, Decision, Part
from conversations.outcomes import Outcome, Reason
from conversations.wording import calls, key_of
from knowledge.face.retrieval import Hit
from release.live.permits import Permits
from release.live.snapshot import Snapshot
from tools import registry

log = logging.getLogger(__name__)
MOST_TOPICS, MOST_BUTTONS = 3, 4
OFFERING = frozenset({Reason.OUT_OF_SCOPE, Reason.INJECTION})
"""Declines that say what can be asked."""


def decision(snapshot: Snapshot, reason: Reason, text: str, topic: Topic, threshold: float, **fields: Any) -> Decision:
    """A decision with what the gate said of it."""
    return Decision(
        reason=reason,
        text=text,
        category=topic.category,
        category_id=snapshot.category(topic.category).id if topic.category else None,
        confidence=topic.confidence,
        threshold=threshold,
        accepted=topic.accepted,
        **fields,
    )


def line(
    snapshot: Snapshot, reason: Reason, kind: str, permits: Permits, near: Collection[str] = ()
) -> tuple[str, tuple[str, ...]]:
    """The fixed wording of a reason, and the few subjects offered with it as buttons: only what is answered now.

    `near`: the categories that the message is nearest to, which are named first.
    """
    if reason not in OFFERING and kind != Courtesy.ABOUT:
        return snapshot.spoken.say(key_of(reason, kind), site=snapshot.name), ()
    answered = sorted(permits.answering(), key=lambda each: each.slug not in near)
    if not answered:
        return snapshot.spoken.say("no_release"), ()
    topics = ", ".join(each.title for each in answered[:MOST_BUTTONS])
    examples = " ".join(f"{each.title}: “{each.examples[0]}”." for each in answered[:MOST_TOPICS] if each.examples)
    filled = {"site": snapshot.name, "topics": topics, "examples": examples or topics}
    text = snapshot.spoken.say(key_of(reason, kind), **filled)
    return text, tuple(each.title for each in answered[:MOST_BUTTONS])


def crisis(snapshot: Snapshot) -> tuple[Part, ...]:
    """The site's words for somebody in danger, with the numbers that a phone should dial; none where it has none."""
    return (Part(snapshot.crisis, calls=tuple(calls(snapshot.crisis))),) if snapshot.crisis else ()


def in_danger(snapshot: Snapshot, decided: Decision) -> Decision:
    """A handoff whose reply is the site's crisis text, after one plain line; without such a text, the line alone."""
    said = (Part(decided.text), *crisis(snapshot))
    return replace(decided, text=_text(said), parts=said if len(said) > 1 else (), life=True)


def offering(snapshot: Snapshot, decided: Decision, reason: Reason, *, life: bool) -> Decision:
    """The decision with a person put first in its reply; with the crisis text before all else where it is about life.

    What declined says nothing more than that: nobody who may need help is shown a list of subjects.
    """
    if decided.outcome is Outcome.HANDOFF:
        return in_danger(snapshot, decided) if life else decided
    first: tuple[Part, ...] = (Part(snapshot.spoken.say("person_first")),)
    first = (*crisis(snapshot), *first) if life else first
    decided = replace(decided, offered=True, life=life)
    if decided.outcome in {Outcome.ANSWER, Outcome.DRAFT}:
        said = (*first, *(decided.parts or (Part(decided.text),)))
        return replace(decided, text=_text(said), parts=said)
    if decided.outcome is Outcome.CLARIFY and not life:
        said = (*first, Part(decided.text))
        return replace(decided, text=_text(said), parts=said)
    ends = reason if life or reason is Reason.FRUSTRATION else decided.reason
    parts = first if len(first) > 1 else ()
    return replace(decided, reason=ends, text=_text(first), parts=parts, suggestions=(), offers=())


def quoted(
    snapshot: Snapshot, draft: compose.Draft, question: str = ""
) -> tuple[str, tuple[Part, ...], tuple[Cited, ...]]:
    """The draft's quotes as numbered citations, then those of the rest of their sections, which is shown on request.

    What is shown is rendered from them and from nothing else.
    """
    facts = snapshot.revisions
    told = extent.told(draft, question)
    citations = tuple(
        Cited(
            n=n,
            title=q.hit.place[0],
            quote=q.text,
            url=q.hit.place[1],
            updated=q.hit.updated,
            audience=facts[q.hit.revision_id].audience,
            source=q.hit.source,
            revision_id=q.hit.revision_id,
            passage_id=q.hit.passage_id,
            start=q.start,
            end=q.end,
        )
        for n, q in enumerate((*told.quotes, *told.rest), 1)
    )
    parts = _drawn(told)
    return _text(parts), parts, citations


def looked_up(found: registry.Found) -> dict[str, Any]:
    """The fields of a decision that says what a tool found or asks: each line with the time it was read."""
    told = "\n".join(found.lines)
    return {
        "parts": tuple(Part(line, (1,)) for line in found.lines),
        "citations": (Cited(1, found.title, told, "", found.read_at or timezone.now()),),
        "generated": "tool",
        "tool_calls": found.calls,
        "suggestions": found.suggestions,
    }


def joined(first: Decision, second: Decision) -> Decision:
    """Two answers as one, each citation once and numbered in order."""
    known = {(c.source, c.start, c.end, c.quote): c.n for c in first.citations}
    renumbered: dict[int, int] = {}
    added: list[Cited] = []
    for cited in second.citations:
        place = (cited.source, cited.start, cited.end, cited.quote)
        if place not in known:
            known[place] = len(known) + 1
            elsewhere = "" if second.category == first.category else second.category or ""
            added.append(replace(cited, n=known[place], category=cited.category or elsewhere))
        renumbered[cited.n] = known[place]
    fresh = {renumbered[c.n] for c in second.citations} - {c.n for c in first.citations}
    parts = tuple(
        p.renumbered(renumbered) for p in second.parts if not p.cites or fresh & {renumbered[n] for n in p.cites}
    )
    return replace(
        first,
        text="\n\n".join([first.text, *(p.text for p in parts)]),
        parts=(*first.parts, *parts),
        citations=(*first.citations, *added),
        retrieved=tuple(dict([*second.retrieved, *first.retrieved]).items()),
        tool_calls=(*first.tool_calls, *second.tool_calls),
    )


def sources(hits: tuple[Hit, ...]) -> tuple[tuple[str, float], ...]:
    """The sources of the hits, each once with its best score, best first."""
    best: dict[str, float] = {}
    for hit in hits:
        best.setdefault(hit.source, round(hit.score, 4))
    return tuple(best.items())


def traced(hit: Hit) -> dict[str, Any]:
    """A hit as the trace of a turn keeps it."""
    return {
        "passage": hit.passage_id,
        "source": hit.source,
        "score": round(hit.score, 4),
        "dense": round(hit.dense, 4),
        "lexical": round(hit.lexical, 4),
    }


def _drawn(told: extent.Told) -> tuple[Part, ...]:
    """The quotes as what they are; where that does not hold against the stored text, letter by letter as stored."""
    parts = shown.parts(told.quotes, told.rest, told.labels)
    if not (objections := verify_drawn.check(parts, (*told.quotes, *told.rest))):
        return parts
    log.error("quotes of %s are shown as they are stored: %s", told.quotes[0].hit.source, "; ".join(objections))
    return tuple(Part(quote.text, (n,)) for n, quote in enumerate(told.quotes, 1))


def _text(parts: tuple[Part, ...]) -> str:
    return "\n\n".join(part.text for part in parts)
