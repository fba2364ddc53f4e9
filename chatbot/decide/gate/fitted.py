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


def forget() -> None:
    """Fit again what is asked next: a constant of the method was turned."""
    for each in (gate, asked, _fit):
        each.cache_clear()


def foretold(snapshot: Snapshot) -> Mapping[str, tuple[int, int]]:
    """Of each category's examples, how many the gate alone would accept as it, unseen, and how many there are."""
    report = gate(snapshot).report()
    return {each.category: (each.answered, each.examples) for each in report.categories} if report else {}
