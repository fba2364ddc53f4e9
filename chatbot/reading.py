"""What a message is about: the gate's reading of it, with the articles as a second witness.

A gate that knows ten messages a subject is unsure of much that the articles plainly answer. So where it does not
accept, the articles of its two best readings are asked; only strong evidence counts, and it can only add.
"""

import functools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chatbot import background, compose, followup
from chatbot.topic import Gate, Topic
from knowledge import search, vectors
from knowledge.embedding import embedder
from knowledge.hits import Hit
from knowledge.titles import Titles
from knowledge.vocabulary import Vocabulary
from release.snapshot import Snapshot

WEIGHT = 1.5
"""How much the articles' evidence counts beside the gate's, in log odds; only evidence better than even counts."""
CLEARLY = 0.1
"""By how much another reading's articles must answer better than the best reading's to be preferred."""
NAMED = 0.8
"""How far a message must say just what a title says to be about that article; strangers stay below .75."""
PLAINLY = 0.6
"""Grounding from which an accepted category's own articles settle the matter."""

Vector = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Found:
    """What the articles of one category hold for a question."""

    category: str
    hits: tuple[Hit, ...]
    draft: compose.Draft


@dataclass(frozen=True, slots=True)
class Reading:
    """One question as it was understood: its full text, its vector, its topic, and what was found on the way.

    `adds`: where it is read with the messages before it, the words of its own that an answer must be about.
    """

    text: str
    vector: Vector
    topic: Topic
    found: Found | None = None
    adds: frozenset[str] = frozenset()


def read(text: str, vector: Vector, history: Sequence[str], snapshot: Snapshot, audiences: frozenset[str]) -> Reading:
    """The reading of a message after the customer's earlier ones (oldest first)."""
    alone = Reading(text, vector, gate(snapshot).classify(vector))
    if (named := _named(alone, snapshot, audiences)) is not None:
        return named
    reading = _witnessed(_in_context(alone, history, snapshot), snapshot, audiences)
    if reading.adds and reading.found is not None and not reading.found.draft.grounded:
        # Nothing is said about it there, so the subject was changed; what was found may still help a person.
        by_itself = _witnessed(alone, snapshot, audiences)
        return by_itself if by_itself.topic.accepted else replace(by_itself, found=reading.found)
    return reading


def warm(snapshot: Snapshot, audiences: frozenset[str]) -> None:
    """Have ready, before the first question, what is made once for a snapshot."""
    gate(snapshot)
    _titles(snapshot, audiences)
    _vocabulary(snapshot, audiences)


def look(reading: Reading, category: str, snapshot: Snapshot, audiences: frozenset[str]) -> Found:
    """What the articles of a category hold for a question, searched once."""
    if reading.found is not None and reading.found.category == category:
        return reading.found
    hits = tuple(search.find(snapshot.scope(category, audiences), reading.text, reading.vector))
    return Found(category, hits, compose.quote(reading.text, reading.vector, hits, reading.adds))


@functools.lru_cache(maxsize=8)
def gate(snapshot: Snapshot) -> Gate:
    """The gate fitted on a snapshot's own examples and counterexamples."""
    examples = {c.slug: vectors.of_texts(c.examples) for c in snapshot.categories}
    against: Mapping[str | None, Any] = {
        **{c.slug: vectors.of_texts(c.counterexamples) for c in snapshot.categories if c.counterexamples},
        None: vectors.of_texts(snapshot.counterexamples),
    }
    return Gate.fit(examples, against, snapshot.strictness, background=vectors.of_texts(background.MESSAGES))


@functools.lru_cache(maxsize=16)
def _titles(snapshot: Snapshot, audiences: frozenset[str]) -> Titles:
    """The titles of everything a snapshot publishes to these audiences."""
    return Titles.of({pk for c in snapshot.categories for pk in snapshot.scope(c.slug, audiences).revisions})


@functools.lru_cache(maxsize=16)
def _vocabulary(snapshot: Snapshot, audiences: frozenset[str]) -> Vocabulary:
    """The words of everything a snapshot publishes to these audiences, and of its examples."""
    revisions = {pk for c in snapshot.categories for pk in snapshot.scope(c.slug, audiences).revisions}
    examples = [text for c in snapshot.categories for text in (*c.examples, *c.counterexamples)]
    return Vocabulary.of(revisions, [*examples, *snapshot.counterexamples])


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
    vector = embedder().encode_one(text)
    whole = Reading(text, vector, gate(snapshot).classify(vector), adds=followup.adds(alone.text))
    changed = whole.topic.category != alone.topic.category
    return alone if changed and alone.topic.accepted else whole


def _witnessed(reading: Reading, snapshot: Snapshot, audiences: frozenset[str]) -> Reading:
    """The reading after the articles were asked: they may choose among the gate's readings and add confidence."""
    if reading.topic.category is None or not _answers(reading.topic.category, snapshot):
        return reading
    topic, first = reading.topic, look(reading, reading.topic.category, snapshot, audiences)
    if topic.accepted and first.draft.score >= PLAINLY:
        return replace(reading, found=first)
    others = [slug for slug in topic.votes if slug in snapshot.by_slug and slug != first.category]
    found = [first, *(look(reading, slug, snapshot, audiences) for slug in others if _answers(slug, snapshot))]
    best = max(found, key=lambda f: f.draft.score + (CLEARLY if f is first else 0.0))
    best = best if best.draft.grounded else first
    topic = replace(topic, votes={**topic.votes, "articles": best.draft.score})
    if not topic.accepted:
        odds = _log_odds(topic.confidence) + WEIGHT * max(0.0, _log_odds(best.draft.score))
        topic = replace(topic, confidence=1 / (1 + math.exp(-odds)))
    if topic.confidence < gate(snapshot).threshold:
        return replace(reading, topic=topic, found=first)
    runner_up = topic.runner_up if best is first else first.category
    topic = replace(topic, category=best.category, runner_up=runner_up, accepted=True, clarify=False)
    return replace(reading, topic=topic, found=best)


def _answers(category: str, snapshot: Snapshot) -> bool:
    """Whether a category is answered from articles at all."""
    facts = snapshot.category(category)
    return facts.route != "human" and not facts.tool


def _log_odds(share: float) -> float:
    share = min(max(share, 1e-6), 1 - 1e-6)
    return math.log(share / (1 - share))
