"""The topic gate: is a message about a category this site allows, and about which?

Law of the room: no number here is chosen for a site. What decides on a site is computed from its own
examples and counterexamples, each judged by a gate which has not seen it; the constants of the method are
the same for every site.

A ridge regression votes on "belongs to this category" (1 or 0), one column a category. Asked of each
example what it would have said without it, it shows how the site's customers will fare; asked of a whole
category what it would have said had that category not been on the list, how the site's unknown neighbours
will. Logistic curves through these leave-out votes turn them into two chances: that the message is ours at
all, and that it is the best reading rather than the next. The weaker of the two is the confidence.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from chatbot.decide.gate.leave_one_out import Evidence, Matrix, Scale, Unseen, distinct, gaps, scores
from chatbot.decide.gate.ridge import Floats, kernel, sigmoid

STRICTNESS = 2.0  # own questions one would rather ask back than let one stranger in
ENOUGH = 10  # examples below which a category's figures are not established


@dataclass(frozen=True, slots=True)
class Topic:
    """What the gate says of one message. `accepted` is exactly `confidence >= threshold`.

    `category` is the best reading, accepted or not (None only where a site has no category), `runner_up`
    the next one. `clarify`: not accepted, but worth asking back: two readings share what would have been
    enough for one, or a gate of half the strictness would have accepted. `votes` are the chances the
    confidence is the least of ("ours", "reading"), and the regression's vote for the best categories.
    """

    category: str | None
    confidence: float
    accepted: bool
    runner_up: str | None
    clarify: bool
    votes: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Standing:
    """How one category's own examples fare, each judged by a gate which has not seen it.

    Of `examples`, `answered` are accepted as this category and `misread` as another. Had the category not
    been on the list, `leaked` of them would be accepted as something else: the fate of an unknown
    neighbour. `established` is false where the examples are too few for these counts to mean much.
    """

    category: str
    examples: int
    answered: int
    misread: int
    leaked: int
    established: bool


@dataclass(frozen=True, slots=True)
class Report:
    """What a strictness means on the site's own messages, by leave-one-out.

    Of `counterexamples`, `let_in` would have been accepted had the owner not given them. `set_aside`
    messages of the background read like a category of the site and were not held against it.
    """

    strictness: float
    threshold: float
    categories: tuple[Standing, ...]
    counterexamples: int
    let_in: int
    set_aside: int


@dataclass(frozen=True, slots=True)
class Gate:
    """A fitted gate: make one with `Gate.fit`. It never changes, and may be shared between threads."""

    categories: tuple[str, ...]
    strictness: float
    scale: Scale
    rows: Matrix = field(repr=False)  # the messages the regression rests on
    weights: Floats = field(repr=False)  # (m, categories)
    unseen: Unseen | None = field(repr=False, default=None)

    @classmethod
    def fit(
        cls,
        examples: Mapping[str, Matrix],
        counterexamples: Mapping[str | None, Matrix],
        strictness: float = STRICTNESS,
        *,
        background: Matrix | None = None,
    ) -> "Gate":
        """A gate for these categories. Rows are unit vectors; their order or repetition changes nothing.

        A counterexample under None is of no category; under a category, it is not of that one (another may
        claim it). `background` are generic messages of other subjects. `strictness` is how many own
        questions one would rather turn away than let one stranger in. Raises ValueError where it is not
        above 0, or a counterexample names a category without examples.
        """
        if not strictness > 0:
            raise ValueError(f"strictness must be above 0, not {strictness}")
        own = {category: distinct(examples[category]) for category in sorted(examples) if len(examples[category])}
        if strange := {category for category in counterexamples if category is not None} - set(examples):
            raise ValueError(f"counterexamples of unknown categories: {', '.join(sorted(strange))}")
        if not own:
            return cls((), strictness, Scale(0, 1, 0, 1), np.zeros((0, 0), np.float32), np.zeros((0, 0)))
        evidence = Evidence.of(own, counterexamples, background)
        weights = evidence.ridge.weights(evidence.targets)
        rows = evidence.ridge.rows.astype(np.float32)
        return cls(tuple(own), strictness, evidence.scale(), rows, weights, evidence.unseen)

    def at(self, strictness: float) -> "Gate":
        """This gate at another strictness; only the threshold moves, so nothing is fitted again."""
        return replace(self, strictness=strictness)

    @property
    def threshold(self) -> float:
        """The confidence at which accepting costs as little as declining: strictness / (1 + strictness)."""
        return _even_odds(self.strictness)

    def classify(self, vector: NDArray[np.floating]) -> Topic:
        """The topic of one message, given its unit vector (dims,)."""
        if not self.categories:
            return Topic(None, 0.0, False, None, False, {})
        return self._topic(kernel(self.rows, np.asarray(vector, np.float32)) @ self.weights)

    def unseen_topic(self, vector: NDArray[np.floating]) -> Topic | None:
        """The topic of an own example by a gate which has not seen it; None for what is no example."""
        if self.unseen is None:
            return None
        own = self.rows[: len(self.unseen.labels)]
        places = np.flatnonzero((own == np.asarray(vector, np.float32)).all(axis=1))
        return self._topic(self.unseen.own[places[0]]) if len(places) else None

    def surer(self, topic: Topic, ours: float) -> Topic:
        """The topic of a message that is ours by `ours`, 0..1, at least: it adds, and takes nothing away."""
        votes = {**topic.votes, "ours": max(ours, topic.votes["ours"])}
        confidence = max(topic.confidence, min(votes["ours"], votes["reading"]))
        accepted = confidence >= self.threshold
        close = topic.clarify or confidence >= _even_odds(self.strictness / 2)
        return replace(topic, confidence=confidence, accepted=accepted, clarify=close and not accepted, votes=votes)

    def _topic(self, votes: Floats) -> Topic:
        """The topic of one message by its votes (categories,)."""
        order = np.argsort(-votes, kind="stable")
        ours, reading = (float(chances[0]) for chances in self._chances(votes[None, :]))
        confidence = min(ours, reading)
        accepted = confidence >= self.threshold
        # What two readings share would have been enough for one, or half the strictness would do.
        shared = float(self._chances(votes[order[:2]].clip(0.0).sum(keepdims=True)[None, :])[0][0])
        close = shared >= self.threshold or confidence >= _even_odds(self.strictness / 2)
        return Topic(
            category=self.categories[order[0]],
            confidence=confidence,
            accepted=accepted,
            runner_up=self.categories[order[1]] if len(order) > 1 else None,
            clarify=close and not accepted,
            votes={self.categories[i]: float(votes[i]) for i in order[:3]} | {"ours": ours, "reading": reading},
        )

    def report(self) -> Report | None:
        """What this strictness means on the site's own messages; None where the site has no category."""
        return self._judge(self.unseen) if self.unseen else None

    def misread(self) -> list[tuple[Matrix, str]]:
        """The own examples that would be accepted as another category: each one's (dims,) row, and that category."""
        if self.unseen is None:
            return []
        read = self.unseen.own.argmax(axis=1)
        wrong = np.flatnonzero(self._passes(self.unseen.own) & (read != self.unseen.labels))
        return [(self.rows[i], self.categories[read[i]]) for i in wrong]

    def _chances(self, votes: Floats) -> tuple[Floats, Floats]:
        """(n,) chances of being ours, and of being the best reading, for votes (n, categories)."""
        scale = self.scale
        ours = sigmoid(scale.slope * scores(votes, scale.share) + scale.offset)
        return ours, sigmoid(scale.steepness * gaps(votes)) if votes.shape[1] > 1 else np.ones(len(votes))

    def _passes(self, votes: Floats) -> NDArray[np.bool_]:
        return np.minimum(*self._chances(votes)) >= self.threshold if len(votes) else np.zeros(0, bool)

    def _judge(self, unseen: Unseen) -> Report:
        accepted, leaked = self._passes(unseen.own), self._passes(unseen.unlisted)
        right = unseen.own.argmax(axis=1) == unseen.labels
        standings = []
        for column, category in enumerate(self.categories):
            mine = unseen.labels == column
            count = int(mine.sum())
            answered, misread = int((mine & accepted & right).sum()), int((mine & accepted & ~right).sum())
            away = int((mine & leaked).sum()) if len(leaked) else 0
            standings.append(Standing(category, count, answered, misread, away, count >= ENOUGH))
        let_in = self._passes(unseen.counters)
        return Report(
            strictness=self.strictness,
            threshold=self.threshold,
            categories=tuple(standings),
            counterexamples=len(let_in),
            let_in=int(let_in.sum()),
            set_aside=unseen.set_aside,
        )


def _even_odds(strictness: float) -> float:
    return strictness / (1.0 + strictness)
