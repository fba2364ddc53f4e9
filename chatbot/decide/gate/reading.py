"""What a message is about: the gate says whether it is ours at all, the articles which section answers it.

All articles of categories that are answered from articles are searched at once, and the category is that of the section
that answers: a gate that knows ten messages a subject must not choose the article. Where a section plainly answers, it
adds to the chance that the message is ours; it never takes away. No article claims what its owner wrote down as not
theirs.
"""

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from chatbot.decide.answer import choosing, compose
from chatbot.decide.answer.choosing import Section
from chatbot.decide.gate import fitted, followup
from chatbot.decide.gate.fitted import denied, gate, topic_of, unseen
from chatbot.decide.gate.topic import Topic
from knowledge.face.embedding import embedder
from knowledge.face.retrieval import Hit, Titles, Vocabulary, search
from knowledge.face.text import words
from knowledge.models import Risk
from release.live.snapshot import Snapshot

WEIGHT, PLAIN_WEIGHT = 0.5, 1.5
"""How much a section's chance to answer counts beside the gate's, in log odds, and how much its sentence that plainly
answers; only what is better than even counts."""
NAMED = 0.8
"""How far a message must say just what a title says to be about that article; strangers stay below .75."""
PLAINLY, AS_NEAR = 0.5, 0.08
"""How likely its nearest sentence answers, from which a section does so plainly, and by how much one elsewhere may be
likelier."""
SURELY, DOUBTED = 0.7, 0.2
"""A section that answers less surely than this does not when even its nearest sentence hardly can."""
POSSIBLE = 0.2
"""How likely a message must be ours at all for what the messages before it found to be offered in answer to it."""
HARDLY = 0.6
"""Part of the best section's share from which a sister of it is hardly less likely."""
TRIED = 5
"""Sections looked at for one that says what a follow-up adds."""
KEPT = 8
"""Passages that the record of a turn keeps."""
NOTHING = compose.Draft((), 0.0, False, "no passage was found")

Vector = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Found:
    """What the articles hold for a question: one of the best section's categories, its passages first among the
    `hits`, what it would be answered with, and the `sections` that come into question, the best first. `evidence`: what
    it adds to the log odds that the message is ours."""

    category: str
    hits: tuple[Hit, ...]
    draft: compose.Draft
    sections: tuple[Section, ...] = ()
    evidence: float = 0.0


@dataclass(frozen=True, slots=True)
class Reading:
    """One question as it was understood: its full text, its vector, its topic, and what was found on the way.

    Where it is read with the messages before it: `last`, the words of its own, and `adds`, those of them that an answer
    must be about. `without`: an example or an article's question that is taken as if nobody had written it down.
    `named`: the articles whose title it says.
    """

    text: str
    vector: Vector
    topic: Topic
    found: Found | None = None
    adds: frozenset[str] = frozenset()
    without: str = ""
    named: frozenset[int] = frozenset()
    last: frozenset[str] = frozenset()


def read(
    text: str,
    vector: Vector,
    history: Sequence[str],
    snapshot: Snapshot,
    audiences: frozenset[str],
    without: str = "",
) -> Reading:
    """The reading of a message with its vector (dims,), after the customer's earlier ones (oldest first)."""
    about = (unseen(snapshot, without) if without else None) or topic_of(snapshot, vector)
    alone = Reading(text, vector, about, without=without)
    if (named := _named(alone, snapshot, audiences)) is not None:
        return named
    reading = _witnessed(_in_context(alone, history, snapshot), snapshot, audiences)
    if reading.text != text and reading.found is not None:
        # Said by itself it may be plainer: the subject was changed. What was found may still help a person.
        by_itself = _witnessed(alone, snapshot, audiences)
        if reading.adds and not reading.found.draft.grounded:
            leans = not by_itself.topic.accepted and alone.topic.votes.get("ours", 0.0) >= POSSIBLE
            return replace(by_itself, found=reading.found) if leans else by_itself
        found = by_itself.found
        if alone.topic.accepted and found is not None and found.draft.score > reading.found.draft.score:
            return by_itself
    return reading


def warm(snapshot: Snapshot, audiences: frozenset[str]) -> None:
    """Have ready, before the first question, what is made once for a snapshot."""
    fitted.warm(snapshot)
    _titles(snapshot, audiences)
    _vocabulary(snapshot, audiences)


def look(reading: Reading, category: str, snapshot: Snapshot, audiences: frozenset[str]) -> Found:
    """What the articles of a category hold for a question, searched once."""
    if reading.found is not None and reading.found.category == category:
        return reading.found
    return _search(reading, frozenset({category}), snapshot, audiences) or Found(category, (), NOTHING)


def _search(
    reading: Reading, categories: frozenset[str], snapshot: Snapshot, audiences: frozenset[str]
) -> Found | None:
    """What the articles of these categories hold for a question; None where nothing was found."""
    scope = snapshot.across(categories, audiences)
    hits = search.find(
        scope, reading.text, embedder().encode_question(reading.text), search.LOOKED, without=reading.without
    )
    sections = choosing.sections([hit for hit in hits if not reading.named or hit.revision_id in reading.named])
    if not sections:
        return None
    asked = (reading.text, reading.vector)
    told = (reading.adds, snapshot.synonyms)
    seen = [compose.sentences(*asked, each.hits, *told) for each in sections[:TRIED]]
    best = _best(sections, seen, reading.last)
    section, plain = sections[best], _plainly(seen, best)
    near = choosing.together(sections, best)
    near = near[: compose.fitting([each.hits for each in near])]
    chance = max(each.chance for each in sections[:TRIED] if each.revision == section.revision)
    chance = max(chance, choosing.chance(near))
    if reading.named:
        chance = max(chance, reading.topic.confidence)
    elif chance < SURELY and _nearest(seen[best]) < DOUBTED:
        chance = 0.0
    draft = compose.quote(*asked, [hit for each in near for hit in each.hits], max(chance, plain), *told)
    read = [slug for slug in reading.topic.votes if slug in section.categories]
    return Found(
        category=read[0] if read else section.categories[0],
        hits=tuple(sorted(hits, key=lambda hit: hit not in section.hits)[:KEPT]),
        draft=draft,
        sections=sections,
        evidence=max(0.0, WEIGHT * _log_odds(chance), PLAIN_WEIGHT * _log_odds(plain)),
    )


def _best(sections: Sequence[Section], seen: Sequence[Sequence[compose.Sentence]], last: frozenset[str]) -> int:
    """The place of the section that answers: the first with anything to say, or a sister in the same article.

    One whose heading says what a follow-up asks, or one that comes close and has the nearer sentence.
    """
    first = next((n for n, found in enumerate(seen) if found), 0)
    sisters = [n for n, found in enumerate(seen) if found and sections[n].revision == sections[first].revision]
    headed = [n for n in sisters if last.intersection(words(sections[n].heading))]
    if headed:
        return headed[0]
    close = [n for n in sisters if sections[n].share >= HARDLY * sections[first].share]
    return max(close, key=lambda n: (_nearest(seen[n]), -n), default=first)


def _plainly(seen: Sequence[Sequence[compose.Sentence]], place: int) -> float:
    """How likely a section's nearest sentence answers, 0..1; 0 where that is not plain or another's clearly nearer."""
    own = _nearest(seen[place])
    return own if own >= max(PLAINLY, *(_nearest(found) - AS_NEAR for found in seen)) else 0.0


def _nearest(found: Sequence[compose.Sentence]) -> float:
    return max((each.score for each in found), default=0.0)


@functools.lru_cache(maxsize=16)
def _titles(snapshot: Snapshot, audiences: frozenset[str]) -> Titles:
    """The titles of everything a snapshot publishes to these audiences."""
    return Titles.of({pk for c in snapshot.categories for pk in snapshot.scope(c.slug, audiences).revisions})


@functools.lru_cache(maxsize=16)
def _vocabulary(snapshot: Snapshot, audiences: frozenset[str]) -> Vocabulary:
    """The words of everything a snapshot publishes to these audiences, and of what its owners took from customers."""
    revisions = {pk for c in snapshot.categories for pk in snapshot.scope(c.slug, audiences).revisions}
    examples = [text for c in snapshot.categories for text in (*c.examples, *c.counterexamples)]
    questions = [text for pk in revisions for text in snapshot.revisions[pk].questions]
    words = [member for group in snapshot.body.get("synonyms", ()) for member in group]
    return Vocabulary.of(revisions, [*examples, *questions, *snapshot.counterexamples], words)


def mended(message: str, snapshot: Snapshot, audiences: frozenset[str]) -> str:
    """The message with slips of the finger mended to words that the site's own texts use."""
    return _vocabulary(snapshot, audiences).mend(message)


def _named(alone: Reading, snapshot: Snapshot, audiences: frozenset[str]) -> Reading | None:
    """The reading of a message that says the title of an article; None for any other.

    A gate so strict that even this does not settle it leaves the message to the articles, like any other.
    """
    agreement, revisions = _titles(snapshot, audiences).named(alone.text, NAMED)
    topic, confidence = alone.topic, max(alone.topic.confidence, agreement)
    if not revisions or confidence < gate(snapshot).threshold:
        return None
    subjects = {slug for pk in revisions for slug in snapshot.revisions[pk].categories}
    read = [slug for slug in alone.topic.votes if slug in subjects] or sorted(subjects)
    return replace(
        alone,
        named=revisions,
        topic=replace(
            topic,
            category=read[0],
            confidence=confidence,
            accepted=True,
            clarify=False,
            runner_up=topic.runner_up if topic.category == read[0] else topic.category,
            votes={**topic.votes, "title": agreement},
        ),
    )


def _in_context(alone: Reading, history: Sequence[str], snapshot: Snapshot) -> Reading:
    """A message that leans on the ones before it is read together with them, unless it stands better alone."""
    text = followup.contextual(alone.text, history)
    if text == alone.text:
        return alone
    vector, own = embedder().encode_one(text), frozenset(followup.own_words(alone.text))
    whole = Reading(text, vector, topic_of(snapshot, vector), adds=followup.adds(alone.text), last=own)
    changed = whole.topic.category != alone.topic.category
    return alone if changed and alone.topic.accepted else whole


def _witnessed(reading: Reading, snapshot: Snapshot, audiences: frozenset[str]) -> Reading:
    """The reading after the articles were asked: they say which section answers, and may add confidence.

    What the gate plainly reads as a high-risk subject is answered from that subject's articles or not at all, and what
    it plainly reads as one that a tool or a person answers is not looked for in articles.
    """
    topic, own = reading.topic, reading.topic.category
    if own is None or (topic.accepted and not _answers(own, snapshot)):
        return reading
    asked = frozenset(c.slug for c in snapshot.categories if _answers(c.slug, snapshot))
    risky = topic.accepted and snapshot.category(own).risk == Risk.HIGH
    found = _search(reading, frozenset({own}) if risky else asked, snapshot, audiences)
    if found is None:
        return reading
    topic = replace(topic, votes={**topic.votes, "articles": found.draft.score})
    if found.category in (barred := denied(snapshot, reading.vector, reading.without)):
        left = tuple(each for each in found.sections if not barred.keys() >= set(each.categories))
        votes = {**topic.votes, "counterexample": barred[found.category]}
        return replace(reading, topic=replace(topic, votes=votes), found=replace(found, sections=left))
    odds = _log_odds(topic.votes["ours"]) + found.evidence
    confidence = max(topic.confidence, 1 / (1 + math.exp(-odds))) if found.draft.grounded else topic.confidence
    if confidence < gate(snapshot).threshold:
        return replace(reading, topic=replace(topic, confidence=confidence), found=found)
    if not found.draft.grounded:
        return replace(reading, topic=topic, found=replace(found, category=own))
    runner_up = topic.runner_up if found.category == own else own
    topic = replace(topic, category=found.category, runner_up=runner_up, confidence=confidence)
    return replace(reading, topic=replace(topic, accepted=True, clarify=False), found=found)


def _answers(category: str, snapshot: Snapshot) -> bool:
    """Whether a category is answered from articles at all."""
    facts = snapshot.category(category)
    return facts.route != "human" and not facts.by_tool


def _log_odds(share: float) -> float:
    share = min(max(share, 1e-6), 1 - 1e-6)
    return math.log(share / (1 - share))
