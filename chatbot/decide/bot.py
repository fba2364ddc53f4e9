"""The bot decides: one question and one snapshot in, one Decision out. It writes nothing and sends nothing.

The order is the product: what a person must hear goes to a person; what the gate does not accept is declined; what is
not exposed is not shown; what is not in a live approved article is not said.
"""

import functools
from dataclasses import replace
from itertools import takewhile

from chatbot.decide import offers, reply, using, voting
from chatbot.decide.answer import compose, verify
from chatbot.decide.build import describe, fingerprint_parts
from chatbot.decide.gate import fitted, followup, reading
from chatbot.decide.gate.fitted import foretold
from chatbot.decide.gate.reading import Reading
from chatbot.decide.gate.topic import Topic
from chatbot.decide.model import load
from chatbot.decide.run import Question, Run
from chatbot.decide.screening import guard
from chatbot.decide.screening.guard import false_alarms, stopped
from chatbot.outcome import UNHELPFUL, Decision, Exchange, Offer, Part
from conversations.outcomes import Outcome, Reason
from knowledge.face.embedding import embedder
from knowledge.models import Level
from release.live.permits import Now, Permit, Permits
from release.live.snapshot import CategoryFacts, Snapshot
from tools.identity import Identity

__all__ = [
    "Decision",
    "Exchange",
    "Identity",
    "Offer",
    "Question",
    "choose",
    "decide",
    "describe",
    "false_alarms",
    "fingerprint_parts",
    "foretold",
    "load",
    "stopped",
]

ONLY_MISSED = 8  # words: a message so short that says an answer missed asks nothing else
REMEMBERED = 6
"""Earlier exchanges a decision may look at."""
OFFERED_FROM = 0.2
"""The odds that the best section answers a message, times those that it is ours at all, from which sections are
offered. That it is surely ours adds nothing: it says of no section that it answers."""
LIKELIER = 0.3
"""How likely the best section must answer for sections to be offered where a tool or a person is nearer: below, it is
asked by name."""
UNANSWERED = frozenset({Reason.OUT_OF_SCOPE, Reason.NOT_GROUNDED})
MANNERS = frozenset({Reason.COURTESY, Reason.LANGUAGE, Reason.INJECTION})
"""What the guard sees in a message, and what a reply to a tool's own question may still be."""


def decide(question: Question, snapshot: Snapshot, permit: Permits | None = None) -> Decision:
    """Decide one turn. `permit` tells the level and the pauses of a category, read when it is asked."""
    run = Run(question, snapshot, permit or Now(snapshot.site_id))
    decision = _reply(run) or _typed(run) or _several(run)
    decision = using.again(run, decision or _one(run, question.text))
    run.mark("decided")
    return replace(_twice(run, decision), trace=run.trace, release=snapshot.fingerprint)


def choose(question: Question, snapshot: Snapshot, offer: Offer | None, permit: Permits | None = None) -> Decision:
    """Decide a turn in which a customer chose one of the sections offered to them, or none of these (None).

    Everything an answer must pass but the gate: the customer has said which section is meant.
    """
    run = Run(question, snapshot, permit or Now(snapshot.site_id))
    decision = _choice(run, offer)
    run.mark("decided")
    return replace(decision, trace=run.trace, release=snapshot.fingerprint)


# ── One question ──────────────────────────────────────────────────────────────────────────────────────────────


def _one(run: Run, text: str) -> Decision:
    """One question: the guard, the gate, the category's own rules, then the articles or the tool."""
    run.message = text
    text = _chosen(run, text)
    seen = _screened(run, text)
    vector = embedder().encode_one(text)
    run.trace |= {"signs": list(seen.signs), "kind": seen.kind, "needs": seen.account}
    if seen.reason is not None and seen.reason is not Reason.INJECTION:
        decision = _by_guard(run, fitted.topic_of(run.snapshot, vector), seen)
        if seen.offered is not None:
            decision = reply.offering(run.snapshot, decision, seen.offered, life=seen.life)
        return replace(decision, notice=seen.notice)
    if seen.kind == guard.MISSED and len(text.split()) <= ONLY_MISSED:  # the same articles would say the same again
        decision = run.fixed(Reason.OUT_OF_SCOPE, fitted.topic_of(run.snapshot, vector))
    else:
        decision = _by_reading(run, text, vector, seen)
    if seen.offered is not None:
        decision = reply.offering(run.snapshot, decision, seen.offered, life=seen.life)
    return replace(decision, notice=seen.notice)


def _screened(run: Run, text: str) -> guard.Screening:
    """What the guard says of a text, on what the site chose and of its own wants a person for."""
    site = run.snapshot
    return guard.screen(text, run.question.history, site.routes, signals=site.signals)


def _by_reading(run: Run, text: str, vector: reading.Vector, seen: guard.Screening) -> Decision:
    """What the articles lead to, or what the guard had in mind where they do not answer."""
    history = run.question.history
    meant = reading.mended(followup.without_courtesies(text), run.snapshot, run.question.audiences)
    vector = vector if meant == text else embedder().encode_one(meant)
    without = run.message if run.question.own else ""
    read = reading.read(meant, vector, [e.customer for e in history], run.snapshot, run.question.audiences, without)
    run.mark("read")
    run.trace |= {"votes": dict(read.topic.votes), "asked": read.text}
    decision = _by_topic(run, read, seen)
    if seen.manners and decision.reason is Reason.OUT_OF_SCOPE and not (seen.reason or seen.otherwise or seen.offered):
        return replace(run.fixed(Reason.COURTESY, read.topic, kind=seen.manners), retrieved=decision.retrieved)
    if seen.reason is Reason.INJECTION and not _plain(run, decision):
        return run.fixed(Reason.INJECTION, read.topic)
    if seen.otherwise is None:
        return decision
    unanswered = decision.accepted if decision.reason is Reason.UNSURE else decision.reason in UNANSWERED
    beside = seen.plainly or seen.kind == guard.TWICE
    if not beside and not unanswered:
        return decision
    if beside and (_plain(run, decision) if seen.plainly else _answers(decision)):
        return reply.offering(run.snapshot, decision, seen.otherwise, life=seen.life)
    handed = replace(run.fixed(seen.otherwise, read.topic, kind=seen.kind), retrieved=decision.retrieved)
    return reply.in_danger(run.snapshot, handed) if seen.life else handed


def _plain(run: Run, decision: Decision) -> bool:
    """Whether an article plainly answers: it is named, or grounds the answer strongly."""
    named = "title" in run.trace.get("votes", {})
    strong = run.trace.get("grounding", 0.0) >= reading.SURELY
    return _answers(decision) and (named or strong)


def _answers(decision: Decision) -> bool:
    return (decision.draft or decision).outcome is Outcome.ANSWER


def _by_topic(run: Run, read: Reading, seen: guard.Screening) -> Decision:
    """What the reading leads to: a refusal, a person, the category's tool, or its articles."""
    topic = read.topic
    if run.permit("").paused:
        return run.fixed(Reason.PAUSED, topic)
    if not topic.accepted or topic.category is None:
        return replace(_refuse(run, read, seen), retrieved=reply.sources(read.found.hits) if read.found else ())
    category = run.snapshot.category(topic.category)
    permit = run.permit(category.slug)
    if permit.paused:
        return run.fixed(Reason.PAUSED, topic)
    if category.route == "human":
        return run.fixed(Reason.SENSITIVE, topic)
    decision = using.by_tool(run, read, category, permit) or _by_articles(run, read, category, permit)
    return _exposed(run, topic, category, permit, decision)


def _chosen(run: Run, text: str) -> str:
    """A button of "is it about A or B?" stands for the question asked before it, with the choice added."""
    before = run.before
    titles = {c.title.casefold(): c.title for c in run.snapshot.categories}
    if before is not None and before.reason is Reason.AMBIGUOUS and text.strip().casefold() in titles:
        return f"{titles[text.strip().casefold()]}: {before.customer}"
    return text


def _by_guard(run: Run, topic: Topic, seen: guard.Screening) -> Decision:
    reason = seen.reason
    assert reason is not None
    if reason is Reason.LANGUAGE:
        return run.decision(reason, run.snapshot.spoken.unserved(seen.language or ""), topic)
    decision = run.fixed(reason, topic, kind=seen.kind)
    return reply.in_danger(run.snapshot, decision) if seen.life else decision


def _refuse(run: Run, read: Reading, seen: guard.Screening) -> Decision:
    """Nothing was accepted: ask back with sections that may answer, or by name where a tool or a person does; else say
    what can be asked."""
    topic = read.topic
    if seen.signs:
        return run.fixed(Reason.INJECTION, topic)
    by_name = _by_name(run, topic)
    best = next((each.chance for each in read.found.sections), 0.0) if read.found else 0.0
    if by_name and best < LIKELIER and not offers.from_articles(run.snapshot.category(topic.category or "")):
        return by_name
    return _unsure(run, read) or by_name or run.fixed(Reason.OUT_OF_SCOPE, topic)


def _by_name(run: Run, topic: Topic) -> Decision | None:
    """Asking back with the subjects' names, where a tool or a person answers one of them; never twice in a row."""
    before, spoken = run.before, run.snapshot.spoken
    near = [slug for slug in (topic.category, topic.runner_up) if slug and _open(run.permit(slug))]
    unread = any(not offers.from_articles(run.snapshot.category(slug)) for slug in near)
    if not (topic.clarify and unread) or (before is not None and before.reason is Reason.AMBIGUOUS):
        return None
    titles = [run.snapshot.category(slug).title for slug in near]
    key = "ambiguous" if len(titles) > 1 else "ambiguous_one"
    text = spoken.say(key, choices=spoken.join("or", titles))
    return run.decision(Reason.AMBIGUOUS, text, topic, suggestions=tuple(titles))


def _open(permit: Permit) -> bool:
    """Whether a question about a category leads anywhere now: to an answer, or to one that a person looks at first."""
    return permit.level > Level.INTERNAL and not permit.paused


def _by_articles(run: Run, read: Reading, category: CategoryFacts, permit: Permit) -> Decision:
    """Quotes from the accepted category's articles, or the silence that is owed when they do not answer."""
    found = reading.look(read, category.slug, run.snapshot, run.question.audiences)
    draft = voting.selected(run, read, found, category.slug, permit) if found.draft.grounded else found.draft
    objections = verify.check(draft) if draft.grounded else [draft.why]
    run.mark("quote")
    run.trace |= {
        "hits": [reply.traced(h) for h in found.hits],
        "grounding": round(draft.score, 4),
        "objections": objections,
        "verdicts": verify.verdicts(draft),
    }
    retrieved = reply.sources(found.hits)
    if objections:
        reason = Reason.SENSITIVE if category.risk == "high" else Reason.NOT_GROUNDED
        instead = _unsure(run, read) or run.fixed(reason, read.topic)
        return replace(instead, retrieved=retrieved)
    quoted = voting.condensed(run, category.slug, permit, _quoted(run, read.topic, draft))
    return replace(quoted, retrieved=retrieved)


def _unsure(run: Run, read: Reading) -> Decision | None:
    """Asking back with the sections nearest to answering; None where none fits, or where it would lead in circles."""
    before, site, found = run.before, run.snapshot, read.found
    refused = before is not None and before.reason is Reason.REPEATED_DECLINE
    sections = offers.besides(found.sections, _passed(run)) if found and not refused else ()
    if not sections or min(1.0, _odds(read.topic.votes.get("ours", 0.0))) * _odds(sections[0].chance) < OFFERED_FROM:
        return None
    suited = {each.slug for each in site.categories if offers.offerable(each, run.permit(each.slug))}
    made = offers.offers(read.text, read.vector, sections, suited, site)
    if not made:
        return None
    ordered = voting.understood(run, read.text, made)
    return run.decision(Reason.UNSURE, site.spoken.say("unsure"), read.topic, offers=ordered)


def _passed(run: Run) -> tuple[Offer, ...]:
    """What the replies right before this message offered, and the customer passed over."""
    unsure = takewhile(lambda each: each.reason is Reason.UNSURE, reversed(run.question.history))
    return tuple(offer for each in unsure for offer in each.offers)


def _odds(chance: float) -> float:
    """How many times likelier than not."""
    return chance / max(1 - chance, 1e-6)


def _exposed(run: Run, topic: Topic, category: CategoryFacts, permit: Permit, decision: Decision) -> Decision:
    """Hold back what the category's level does not allow: reviewed answers become drafts, internal ones suggestions."""
    if permit.level == Level.INTERNAL and decision.reason in {Reason.NOT_GROUNDED, Reason.UNSURE}:
        return replace(run.fixed(Reason.NOT_EXPOSED, topic), retrieved=decision.retrieved)
    shows = decision.outcome is Outcome.ANSWER or decision.reason is Reason.ASKING
    if not shows or permit.level >= Level.SELF_SERVICE:
        return decision
    reason = Reason.DRAFT_REVIEW if permit.level == Level.REVIEWED else Reason.NOT_EXPOSED
    held = run.fixed(reason, topic)
    return replace(held, draft=decision, retrieved=decision.retrieved, tool_calls=decision.tool_calls)


# ── A section that was offered ────────────────────────────────────────────────────────────────────────────────


def _reply(run: Run) -> Decision | None:
    """A reply to what a tool asked for. Whoever wants a person, or says anything else, is heard like anybody."""
    asked = using.asked(run)
    if asked is None:
        return None
    if not asked.plainly and _screened(run, run.question.text).reason not in {None, *MANNERS}:
        return None
    if asked.left:
        return run.fixed(Reason.COURTESY, asked.topic, kind="tool_left")
    permit = run.permit(asked.category.slug)
    if run.permit("").paused or permit.paused:
        return run.fixed(Reason.PAUSED, asked.topic)
    decision = using.used(run, asked.tool, asked.topic, permit, asked.message, asked.message, asked.filled)
    return decision and _exposed(run, asked.topic, asked.category, permit, decision)


def _typed(run: Run) -> Decision | None:
    """A choice that is typed: what a button says. Whoever wants a person or is in distress chooses nothing."""
    before, text = run.before, run.question.text
    if before is None or before.reason is not Reason.UNSURE:
        return None
    choice = offers.typed(text, before, run.snapshot.spoken.say("widget.none"))
    if choice is None or _screened(run, text).reason in {Reason.ASKED_FOR_HUMAN, Reason.DISTRESS}:
        return None
    return _choice(run, *choice)


def _choice(run: Run, offer: Offer | None) -> Decision:
    """The section of an offer through exposure, its passages read again and verified; or a plain line and a person."""
    run.trace["chose"] = {"offer": offer.id, "title": offer.title, "heading": offer.heading} if offer else None
    asked = next((each.category for each in reversed(run.question.history) if each.reason is Reason.UNSURE), None)
    category = run.snapshot.by_slug.get((offer.category if offer else asked) or "")
    said = offer is not None and category is not None
    topic = Topic(category.slug if category else None, float(said), said, None, False, {})
    if offer is None:
        return replace(run.fixed(Reason.REPEATED_DECLINE, topic, kind="none_of_these"), offered=True)
    draft = offers.draft(offer, run.snapshot, run.question.audiences)
    run.trace |= {"objections": [draft.why] if draft.why else [], "verdicts": verify.verdicts(draft)}
    if category is None or not draft.grounded:
        return replace(run.fixed(Reason.NOT_GROUNDED, topic, kind="offer_gone"), offered=True)
    permit = run.permit(category.slug)
    if permit.paused:
        return run.fixed(Reason.PAUSED, topic)
    if not offers.from_articles(category):
        return run.fixed(Reason.SENSITIVE, topic)
    decision = _exposed(run, topic, category, permit, _quoted(run, topic, draft))
    return replace(decision, offered=True) if decision.outcome is Outcome.DECLINE else decision


# ── Two questions in one message, two declines in a row ───────────────────────────────────────────────────────


def _several(run: Run) -> Decision | None:
    """Answer the parts in scope and name the rest by its place; None when the message is better read as one.

    The customer's own words are never repeated: a bot that echoes can be made to say anything.
    """
    asked = followup.questions(run.question.text)
    surely = len(asked) > 1
    asked = asked if surely else followup.perhaps(run.question.text)
    whole = _screened(run, run.question.text) if len(asked) > 1 else None
    if whole is None or whole.reason or whole.otherwise or whole.offered or whole.signs:
        return None
    decided = [(text, _one(run, text)) for text in asked]
    asking = [d for _, d in decided if d.reason is Reason.ASKING]
    answers = [d for _, d in decided if d.outcome is Outcome.ANSWER or d in asking[:1]]
    if not answers or len(asking) > 1 or any(d.outcome is Outcome.HANDOFF for _, d in decided):
        return None
    spoken = run.snapshot.spoken
    rest = [spoken.say(f"part_{n}") for n, (_, each) in enumerate(decided, 1) if each not in answers]
    if rest and not surely:
        return None
    joined = functools.reduce(reply.joined, answers)
    if rest:
        line = spoken.say("also_asked", rest=spoken.join("and", rest))
        joined = replace(joined, text=f"{joined.text}\n\n{line}", parts=(*joined.parts, Part(line)))
    return joined


def _twice(run: Run, decision: Decision) -> Decision:
    """A second unhelpful decline in a row offers a person first: nobody is sent in circles, or queued unasked."""
    before = run.before
    if before is None or decision.offered or before.reason not in UNHELPFUL | {Reason.UNSURE}:
        return decision
    if decision.reason is Reason.UNSURE:
        return reply.offering(run.snapshot, decision, Reason.UNSURE, life=False)
    if decision.reason in UNHELPFUL:
        run.trace["first_reason"] = decision.reason.value
        text = run.snapshot.spoken.say("repeated_decline")
        return replace(decision, reason=Reason.REPEATED_DECLINE, text=text, parts=(), suggestions=(), offered=True)
    return decision


# ── Forms of a decision ───────────────────────────────────────────────────────────────────────────────────────


def _quoted(run: Run, topic: Topic, draft: compose.Draft) -> Decision:
    text, parts, citations = reply.quoted(run.snapshot, draft, run.trace.get("asked", run.message))
    return run.decision(Reason.ANSWERED, text, topic, parts=parts, citations=citations, generated="quote")
