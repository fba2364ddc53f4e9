"""The bot decides: one question and one snapshot in, one Decision out. It writes nothing and sends nothing.

The order is the product: what a person must hear goes to a person; what the gate does not accept is declined; what is
not exposed is not shown; what is not in a live approved article is not said.
"""

import functools
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from django.conf import settings

from chatbot import compose, followup, guard, model, reading, tools, verify
from chatbot.build import describe, fingerprint_parts
from chatbot.identity import Identity
from chatbot.outcome import UNHELPFUL, Cited, Decision, Exchange, Part
from chatbot.reading import Reading
from chatbot.topic import Topic
from conversations.outcomes import Outcome, Reason
from conversations.wording import LANGUAGE, LANGUAGE_NAMES, key_of, say
from knowledge.embedding import embedder
from knowledge.hits import Hit
from knowledge.markdown import plain
from knowledge.models import Level
from release import exposure
from release.exposure import Permit
from release.snapshot import CategoryFacts, Snapshot

__all__ = ["Decision", "Exchange", "Identity", "Question", "decide", "describe", "fingerprint_parts"]

PUBLIC = frozenset({"public"})
ORDINALS = ("first", "second", "third", "fourth")
REMEMBERED = 6
"""Earlier exchanges a decision may look at."""


@dataclass(frozen=True, slots=True)
class Question:
    """One customer message with what may be known about its sender."""

    text: str
    history: tuple[Exchange, ...] = ()
    identity: Identity | None = None
    locale: str = "en"

    @property
    def audiences(self) -> frozenset[str]:
        """Whose articles this customer may see."""
        return PUBLIC | (self.identity.audiences if self.identity else frozenset())


@dataclass(slots=True)
class Run:
    """What one decision has at hand, and the trace it leaves."""

    question: Question
    snapshot: Snapshot
    permit: Callable[[str], Permit]
    trace: dict[str, Any] = field(default_factory=dict)
    message: str = ""
    began: float = field(default_factory=time.perf_counter)
    until: float = field(default_factory=lambda: time.monotonic() + settings.HANDRAIL_DEADLINE * 2 / 3)

    def mark(self, step: str) -> None:
        """Note the milliseconds since the decision began."""
        self.trace.setdefault("ms", {})[step] = round((time.perf_counter() - self.began) * 1000, 2)


def decide(question: Question, snapshot: Snapshot, permit: Callable[[str], Permit] | None = None) -> Decision:
    """Decide one turn. `permit` tells the level and the pauses of a category, read when it is asked."""
    run = Run(question, snapshot, permit or exposure.reader(snapshot.site_id))
    asked = followup.questions(question.text)
    decision = _several(run, asked) if len(asked) > 1 else None
    decision = decision or _one(run, question.text)
    run.mark("decided")
    return replace(_twice(run, decision), trace=run.trace, release=snapshot.fingerprint)


# ── One question ──────────────────────────────────────────────────────────────────────────────────────────────


def _one(run: Run, text: str) -> Decision:
    """One question: the guard, the gate, the category's own rules, then the articles or the tool."""
    run.message = text
    history = run.question.history
    text = _chosen(run, text)
    vector = embedder().encode_one(text)
    seen = guard.screen(text, history, vector, run.snapshot.locale)
    run.trace |= {"signs": list(seen.signs), "kind": seen.kind}
    if seen.reason is not None:
        return _by_guard(run, reading.gate(run.snapshot).classify(vector), seen)
    meant = reading.mended(followup.without_courtesies(text), run.snapshot, run.question.audiences)
    vector = vector if meant == text else embedder().encode_one(meant)
    read = reading.read(meant, vector, [e.customer for e in history], run.snapshot, run.question.audiences)
    run.mark("read")
    run.trace |= {"votes": dict(read.topic.votes), "asked": read.text}
    decision = _by_topic(run, read, seen)
    if seen.otherwise is not None and decision.reason in {Reason.OUT_OF_SCOPE, Reason.NOT_GROUNDED}:
        return replace(_fixed(run, seen.otherwise, read.topic, kind=seen.kind), retrieved=decision.retrieved)
    return decision


def _by_topic(run: Run, read: Reading, seen: guard.Screening) -> Decision:
    """What the reading leads to: a refusal, a person, the category's tool, or its articles."""
    topic = read.topic
    if run.permit("").paused:
        return _fixed(run, Reason.PAUSED, topic)
    if not topic.accepted or topic.category is None:
        return replace(_refuse(run, topic, seen), retrieved=_sources(read.found.hits) if read.found else ())
    category = run.snapshot.category(topic.category)
    permit = run.permit(category.slug)
    if permit.paused:
        return _fixed(run, Reason.PAUSED, topic)
    if category.route == "human":
        return _fixed(run, Reason.SENSITIVE, topic)
    decision = _by_tool(run, read, category, permit) or _by_articles(run, read, category, permit)
    return _exposed(run, topic, category, permit, decision)


def _chosen(run: Run, text: str) -> str:
    """A button of "is it about A or B?" stands for the question asked before it, with the choice added."""
    before = _before(run)
    titles = {c.title.casefold(): c.title for c in run.snapshot.categories}
    if before is not None and before.reason is Reason.AMBIGUOUS and text.strip().casefold() in titles:
        return f"{titles[text.strip().casefold()]}: {before.customer}"
    return text


def _before(run: Run) -> Exchange | None:
    return run.question.history[-1] if run.question.history else None


def _by_guard(run: Run, topic: Topic, seen: guard.Screening) -> Decision:
    reason = seen.reason
    assert reason is not None
    if reason is Reason.LANGUAGE:
        own = LANGUAGE.get((seen.language or "")[:2])
        text = own or say(
            "language", run.snapshot.wording, language=LANGUAGE_NAMES.get(run.snapshot.locale[:2], "English")
        )
        return _decision(run, reason, text, topic)
    if reason is Reason.DISTRESS and run.snapshot.crisis and seen.kind != "bereavement":
        return _decision(
            run,
            reason,
            f"{say('distress', run.snapshot.wording)} {run.snapshot.crisis}",
            topic,
            kind=seen.kind,
        )
    return _fixed(run, reason, topic, kind=seen.kind)


def _refuse(run: Run, topic: Topic, seen: guard.Screening) -> Decision:
    """Nothing was accepted: ask back when two readings are close, else say what can be asked."""
    if seen.signs:
        return _fixed(run, Reason.INJECTION, topic)
    before = _before(run)
    asked_back = before is not None and before.reason is Reason.AMBIGUOUS
    if topic.clarify and topic.category is not None and not asked_back:
        slugs = [s for s in (topic.category, topic.runner_up) if s]
        titles = [run.snapshot.category(s).title for s in slugs]
        key = "ambiguous" if len(titles) > 1 else "ambiguous_one"
        text = say(key, run.snapshot.wording, choices=" or ".join(titles))
        return _decision(run, Reason.AMBIGUOUS, text, topic, suggestions=tuple(titles))
    return _fixed(run, Reason.OUT_OF_SCOPE, topic)


def _by_articles(run: Run, read: Reading, category: CategoryFacts, permit: Permit) -> Decision:
    """Quotes from the accepted category's articles, or the silence that is owed when they do not answer."""
    found = reading.look(read, category.slug, run.snapshot, run.question.audiences)
    draft = _selected(run, read, found, permit) if found.draft.grounded else found.draft
    objections = verify.check(draft) if draft.grounded else [draft.why]
    run.mark("quote")
    run.trace |= {
        "hits": [_traced(h) for h in found.hits],
        "grounding": round(draft.score, 4),
        "objections": objections,
        "verdicts": verify.verdicts(draft),
    }
    retrieved = _sources(found.hits)
    if objections:
        reason = Reason.SENSITIVE if category.risk == "high" else Reason.NOT_GROUNDED
        return replace(_fixed(run, reason, read.topic), retrieved=retrieved)
    return replace(_quoted(run, read.topic, draft), retrieved=retrieved)


def _selected(run: Run, read: Reading, found: reading.Found, permit: Permit) -> compose.Draft:
    """The sentences a model selects among the hits, where one is set up and allowed; else the bot's own choice."""
    if not (settings.HANDRAIL_MODEL and permit.model):
        return found.draft
    calls = run.trace.setdefault("model_calls", [])
    chosen = model.choose(read.text, read.vector, found.hits, run.until, read.adds, lambda how: calls.append(str(how)))
    run.mark("model")
    run.trace["model"] = run.trace.get("model", False) or chosen is not None
    return chosen or found.draft


def _by_tool(run: Run, read: Reading, category: CategoryFacts, permit: Permit) -> Decision | None:
    """The category's tool, when it has one and the question is one for it; None: let the articles answer."""
    if not category.tool:
        return None
    topic = read.topic
    if permit.tools_paused:
        return _fixed(run, Reason.PAUSED, topic)
    who = run.question.identity
    found = tools.call(category.tool, run.message, who, run.snapshot, whole=read.text, until=run.until)
    if found is None:
        return None
    run.mark("tool")
    if found.reason is not Reason.ANSWERED:
        return replace(_fixed(run, found.reason, topic), tool_calls=found.calls)
    parts = tuple(Part(line, (found.cited.n,) if found.cited else ()) for line in found.lines)
    return _decision(
        run,
        Reason.ANSWERED,
        "\n".join(found.lines),
        topic,
        parts=parts,
        citations=(found.cited,) if found.cited else (),
        generated="tool",
        tool_calls=found.calls,
        suggestions=found.suggestions,
    )


def _exposed(run: Run, topic: Topic, category: CategoryFacts, permit: Permit, decision: Decision) -> Decision:
    """Hold back what the category's level does not allow: reviewed answers become drafts, internal ones suggestions."""
    if permit.level == Level.INTERNAL and decision.reason is Reason.NOT_GROUNDED:
        return replace(_fixed(run, Reason.NOT_EXPOSED, topic), retrieved=decision.retrieved)
    if decision.outcome is not Outcome.ANSWER or permit.level >= Level.SELF_SERVICE:
        return decision
    reason = Reason.DRAFT_REVIEW if permit.level == Level.REVIEWED else Reason.NOT_EXPOSED
    held = _fixed(run, reason, topic)
    return replace(held, draft=decision, retrieved=decision.retrieved, tool_calls=decision.tool_calls)


# ── Two questions in one message, two declines in a row ───────────────────────────────────────────────────────


def _several(run: Run, asked: tuple[str, ...]) -> Decision | None:
    """Answer the parts in scope and name the rest by its place; None when the message is better read as one.

    The customer's own words are never repeated: a bot that echoes can be made to say anything.
    """
    whole = guard.screen(run.question.text, run.question.history, None, run.snapshot.locale)
    if whole.reason is not None or whole.signs:
        return None
    decided = [(text, _one(run, text)) for text in asked]
    answers = [d for _, d in decided if d.outcome is Outcome.ANSWER]
    if not answers or any(d.outcome is Outcome.HANDOFF for _, d in decided):
        return None
    rest = [nth for nth, (_, d) in zip(ORDINALS, decided, strict=False) if d.outcome is not Outcome.ANSWER]
    joined = functools.reduce(_join, answers)
    if rest:
        line = say("also_asked", run.snapshot.wording, rest=" and ".join(rest))
        joined = replace(joined, text=f"{joined.text}\n\n{line}", parts=(*joined.parts, Part(line)))
    return joined


def _join(first: Decision, second: Decision) -> Decision:
    """Two answers as one, each citation once and numbered in order."""
    known = {(c.source, c.start, c.end, c.quote): c.n for c in first.citations}
    renumbered: dict[int, int] = {}
    added: list[Cited] = []
    for cited in second.citations:
        place = (cited.source, cited.start, cited.end, cited.quote)
        if place not in known:
            known[place] = len(known) + 1
            added.append(replace(cited, n=known[place]))
        renumbered[cited.n] = known[place]
    fresh = {renumbered[c.n] for c in second.citations} - {c.n for c in first.citations}
    parts = tuple(
        Part(p.text, tuple(renumbered[n] for n in p.cites))
        for p in second.parts
        if not p.cites or fresh & {renumbered[n] for n in p.cites}
    )
    return replace(
        first,
        text="\n\n".join([first.text, *(p.text for p in parts)]),
        parts=(*first.parts, *parts),
        citations=(*first.citations, *added),
        retrieved=tuple(dict([*second.retrieved, *first.retrieved]).items()),
        tool_calls=(*first.tool_calls, *second.tool_calls),
    )


def _twice(run: Run, decision: Decision) -> Decision:
    """A second unhelpful decline in a row is a handoff: the customer must not be sent in circles."""
    before = _before(run)
    if decision.reason in UNHELPFUL and before is not None and before.reason in UNHELPFUL:
        run.trace["first_reason"] = decision.reason.value
        text = say("repeated_decline", run.snapshot.wording)
        return replace(decision, reason=Reason.REPEATED_DECLINE, text=text, parts=(), suggestions=())
    return decision


# ── Forms of a decision ───────────────────────────────────────────────────────────────────────────────────────


def _fixed(run: Run, reason: Reason, topic: Topic, kind: str = "") -> Decision:
    """A line of fixed wording."""
    snapshot = run.snapshot
    topics = ", ".join(c.title for c in snapshot.categories if c.route != "human")
    key = key_of(reason, kind) if snapshot.categories or reason is not Reason.OUT_OF_SCOPE else "no_release"
    text = say(key, snapshot.wording, site=snapshot.name, topics=topics)
    titles = tuple(c.title for c in snapshot.categories if c.route != "human")[:4]
    offered = titles if reason in {Reason.OUT_OF_SCOPE, Reason.INJECTION} else ()
    return _decision(run, reason, text, topic, suggestions=offered, kind=kind)


def _quoted(run: Run, topic: Topic, draft: compose.Draft) -> Decision:
    """The draft's quotes as numbered citations; what is shown is rendered from them and from nothing else."""
    facts = run.snapshot.revisions
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
        for n, q in enumerate(draft.quotes, 1)
    )
    parts = tuple(Part(plain(q.text), (n,)) for n, q in enumerate(draft.quotes, 1))
    text = "\n\n".join(p.text for p in parts)
    return _decision(run, Reason.ANSWERED, text, topic, parts=parts, citations=citations, generated="quote")


def _decision(run: Run, reason: Reason, text: str, topic: Topic, **fields: Any) -> Decision:
    return Decision(
        reason=reason,
        text=text,
        category=topic.category,
        category_id=run.snapshot.category(topic.category).id if topic.category else None,
        confidence=topic.confidence,
        threshold=reading.gate(run.snapshot).threshold,
        accepted=topic.accepted,
        **fields,
    )


def _sources(hits: tuple[Hit, ...]) -> tuple[tuple[str, float], ...]:
    """The sources of the hits, each once with its best score, best first."""
    best: dict[str, float] = {}
    for hit in hits:
        best.setdefault(hit.source, round(hit.score, 4))
    return tuple(best.items())


def _traced(hit: Hit) -> dict[str, Any]:
    return {
        "passage": hit.passage_id,
        "source": hit.source,
        "score": round(hit.score, 4),
        "dense": round(hit.dense, 4),
        "lexical": round(hit.lexical, 4),
    }
