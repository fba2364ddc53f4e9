"""The gates of a snapshot, fitted once, and what they say of a message.

Law of the room: which subject a message is about is read from the owner's examples alone; that it is ours at all, from
the questions of articles as well.
"""

import functools
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from chatbot.decide.gate import background
from chatbot.decide.gate.topic import Gate, Topic
from knowledge.face.embedding import embedder, vectors
from knowledge.face.retrieval import INTERNAL
from release.live.snapshot import Snapshot

Vector = NDArray[np.float32]

DENIED = 0.6
"""Likeness, as a cosine, from which a message is one that the owner has written down as not theirs."""


@functools.lru_cache(maxsize=8)
def gate(snapshot: Snapshot) -> Gate:
    """The gate fitted on a snapshot's own examples and counterexamples."""
    return _fitted(snapshot, {})


@functools.lru_cache(maxsize=8)
def asked(snapshot: Snapshot) -> Gate | None:
    """A gate that has heard the questions of articles as well; None where there are none.

    It says only whether a message is ours. Which subject it is about is for the examples: some subjects have hundreds
    of such questions, and what a tool answers has none.
    """
    questions: dict[str, list[str]] = {}
    for _, facts in sorted(snapshot.revisions.items()):
        if facts.audience != INTERNAL and facts.categories:
            questions.setdefault(min(facts.categories), []).extend(facts.questions)
    return _fitted(snapshot, questions) if any(questions.values()) else None


def topic_of(snapshot: Snapshot, vector: Vector, by: Gate | None = None) -> Topic:
    """What a message with this vector (dims,) is about, by the snapshot's gate or by that one of another strictness."""
    heard, own = asked(snapshot), by or gate(snapshot)
    read = own.classify(vector)
    return own.surer(read, heard.classify(vector).votes["ours"]) if heard and read.votes else read


def unseen(snapshot: Snapshot, text: str) -> Topic | None:
    """The topic of an own example or an article's question by gates that have not seen it; None for any other text."""
    vector, heard = vectors.of_texts([text])[0], asked(snapshot)
    told = heard.unseen_topic(vector) if heard else None
    own = gate(snapshot).unseen_topic(vector) or (gate(snapshot).classify(vector) if told else None)
    return gate(snapshot).surer(own, told.votes["ours"]) if own and told else own


def denied(snapshot: Snapshot, vector: Vector, without: str = "") -> Mapping[str, float]:
    """The categories whose articles may not claim a message with this vector (dims,), each with the likeness, a cosine,
    of the counterexample that says so.

    Its owners wrote down one that is nearly the same, and nothing as near among what is theirs. `without`: a text that
    is not counted as theirs.
    """
    own, texts, against, of = _neighbours(snapshot)
    if not len(against):
        return {}
    likeness = own @ vector
    if without in texts:
        likeness[texts[without]] = 0.0
    counters = against @ vector
    nearest = int(counters.argmax())
    if counters[nearest] < max(DENIED, float(likeness.max(initial=0.0))):
        return {}
    slug = of[nearest]
    return dict.fromkeys([slug] if slug else [each.slug for each in snapshot.categories], float(counters[nearest]))


@functools.lru_cache(maxsize=8)
def _neighbours(snapshot: Snapshot) -> tuple[Vector, Mapping[str, int], Vector, tuple[str | None, ...]]:
    """(own messages, dims) and the place of each text in it; (counterexamples, dims) and the category of each."""
    texts = [text for category in snapshot.categories for text in category.examples]
    texts += [text for facts in snapshot.revisions.values() if facts.audience != INTERNAL for text in facts.questions]
    against: list[tuple[str, str | None]] = [(text, None) for text in snapshot.counterexamples]
    against += [(text, category.slug) for category in snapshot.categories for text in category.counterexamples]
    places = {text: place for place, text in enumerate(dict.fromkeys(texts))}
    rows, counters = vectors.of_texts(list(places)), vectors.of_texts([text for text, _ in against])
    return rows, places, counters, tuple(slug for _, slug in against)


def _fitted(snapshot: Snapshot, questions: Mapping[str, Sequence[str]]) -> Gate:
    examples = tuple((c.slug, (*c.examples, *questions.get(c.slug, ()))) for c in snapshot.categories)
    against = tuple((c.slug, c.counterexamples) for c in snapshot.categories if c.counterexamples)
    return _fit(examples, (*against, (None, snapshot.counterexamples)), snapshot.strictness, embedder().model_id)


@functools.lru_cache(maxsize=8)
def _fit(
    examples: tuple[tuple[str, tuple[str, ...]], ...],
    against: tuple[tuple[str | None, tuple[str, ...]], ...],
    strictness: float,
    model: str,
) -> Gate:
    """A gate by what it rests on: releases with the same messages share one. `model`: of the vectors."""
    own = {category: vectors.of_texts(texts) for category, texts in examples}
    denied = {category: vectors.of_texts(texts) for category, texts in against}
    return Gate.fit(own, denied, strictness, background=vectors.of_texts(background.MESSAGES))


def warm(snapshot: Snapshot) -> None:
    """Have ready, before the first question, what is fitted or read once for a snapshot."""
    for each in (gate, asked, _neighbours):
        each(snapshot)


def forget() -> None:
    """Fit again what is asked next: a constant of the method was turned."""
    for each in (gate, asked, _fit, _neighbours):
        each.cache_clear()


def foretold(snapshot: Snapshot) -> Mapping[str, tuple[int, int]]:
    """Of each category's examples, how many the gate alone would accept as it, unseen, and how many there are."""
    report = gate(snapshot).report()
    return {each.category: (each.answered, each.examples) for each in report.categories} if report else {}
