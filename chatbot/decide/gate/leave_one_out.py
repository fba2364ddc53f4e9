"""What a site's own messages tell about its gate: how own questions fare, and how strangers would.

Law of the room: every message is judged by a regression which has not seen it, and what happens to a
message does not depend on the order in which an owner typed. No number here is chosen for a site.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chatbot.decide.gate.ridge import Floats, Ridge, Rows, logistic, separation, steepness

Matrix = NDArray[np.float32]  # (n, dims), unit rows

SHARES = (0.0, 0.1, 0.2, 0.3, 0.4)  # of "some category of ours" in a score; each site's evidence picks one

FEW = 10
"""Counterexamples that weigh half as much as very many."""


@dataclass(frozen=True, slots=True)
class Scale:
    """From votes to chances, as a site's evidence has it.

    The score of a message is its best vote and a `share` of all votes together. `slope` and `offset` lead
    from it to the chance of being ours; `steepness` from the gap between two readings to that of the first.
    """

    share: float
    slope: float
    offset: float
    steepness: float


@dataclass(frozen=True, slots=True)
class Unseen:
    """The votes a site's own messages got from regressions which had not seen them, for counting.

    `own` and `unlisted` (n, categories) are of the own examples, `labels` (n,) their columns; `unlisted` has
    no rows where the site has but one category. `counters` are counterexamples which are denied their best vote.
    """

    labels: Rows
    own: Floats
    unlisted: Floats
    counters: Floats
    set_aside: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """The regression over a site's messages, and the votes each got from one which had not seen it."""

    ridge: Ridge
    targets: Floats  # (m, categories)
    labels: Rows  # (own,) column of each own example
    own: Floats  # (own, categories)
    unlisted: Floats  # (own, categories) with its category off the list; none if it has but one
    counters: Floats  # (n, categories) counterexamples, where their best vote is one that they deny
    background: Floats  # (n, categories)
    set_aside: int

    @classmethod
    def of(
        cls,
        own: Mapping[str, Floats],
        counterexamples: Mapping[str | None, Matrix],
        background: Matrix | None,
    ) -> "Evidence":
        """Evidence of distinct own unit rows (n, dims) by category, the counterexamples (n, dims) by the category
        they deny (None: every one), and a generic background (n, dims)."""
        columns = {category: column for column, category in enumerate(own)}
        heard = {c: rows for c, rows in counterexamples.items() if len(rows) and (c is None or c in columns)}
        denied = [(-1 if c is None else columns[c], distinct(heard[c])) for c in sorted(heard, key=str)]
        generic = [distinct(background)] if background is not None and len(background) else []
        labels = _repeat(range(len(own)), own.values())
        denials = _repeat((column for column, _ in denied), [rows for _, rows in denied])
        ridge = Ridge.over(np.concatenate([*own.values(), *(rows for _, rows in denied), *generic]))
        first, last = len(labels), len(labels) + len(denials)
        targets = np.zeros((len(ridge.rows), len(own)))
        targets[np.arange(first), labels] = 1.0
        ridge, targets, aside = _set_aside(ridge, targets, labels, last)
        targets[first:last] = _claims(ridge.unseen(targets)[first:last], denials)
        unseen = ridge.unseen(targets)
        counters = unseen[first:last]
        held = (denials < 0) | (counters.argmax(axis=1) == denials)
        return cls(
            ridge=ridge,
            targets=targets,
            labels=labels,
            own=unseen[:first],
            unlisted=_unlisted(ridge, targets, labels),
            counters=counters[held],
            background=unseen[last:],
            set_aside=aside,
        )

    @property
    def read_right(self) -> NDArray[np.bool_]:
        """(own,) whether the best vote for an example is its own category."""
        return np.asarray(self.own.argmax(axis=1) == self.labels)

    @property
    def unseen(self) -> Unseen:
        """What there is to count, without the regression."""
        return Unseen(self.labels, self.own, self.unlisted, self.counters, self.set_aside)

    def scale(self) -> Scale:
        """The scale on which own examples and strangers, at equal weight, are told apart best."""
        strangers, weights = self._strangers()

        def apart(share: float) -> float:
            return separation(self._read(share), scores(strangers, share), weights)

        share = max(SHARES, key=apart) if len(strangers) else 0.0
        slope, offset = _chance_of_ours(scores(self.own, share), scores(strangers, share), weights)
        return Scale(share, slope, offset, steepness(gaps(self.own), self.read_right))

    def _read(self, share: float) -> Floats:
        """(own,) scores of own examples; a misread one must not look good by scoring high."""
        return np.where(self.read_right, scores(self.own, share), -np.inf)

    def _strangers(self) -> tuple[Floats, Floats]:
        """Votes (n, categories) of those who should be turned away, and their weights, which sum to 1.

        Counterexamples are certain, but one or two say little of all strangers. Categories taken off the list stand
        for the neighbours nobody has named, as far as the site's categories are apart at all (Gini's 2 AUROC - 1): on a
        site whose categories overlap, one passing as another says little about strangers. The generic background has
        the rest.
        """
        trust = self._apart() if len(self.background) else float(len(self.unlisted) > 0)
        sure = len(self.counters) / (len(self.counters) + FEW)
        groups = [(self.counters, sure), (self.unlisted, trust), (self.background, 1.0 - trust)]
        heard = [(votes, worth) for votes, worth in groups if len(votes) and worth > 0.0]
        total = sum(worth for _, worth in heard)
        weights = [np.full(len(votes), worth / total / len(votes)) for votes, worth in heard]
        return np.concatenate([self.own[:0], *(votes for votes, _ in heard)]), np.concatenate([[], *weights])

    def _apart(self) -> float:
        """How well own examples are told from the same ones off the list: 0 not at all, 1 perfectly."""
        even = np.ones(len(self.unlisted))
        chances = (separation(self._read(h), scores(self.unlisted, h), even) for h in SHARES if len(even))
        return max(0.0, 2.0 * max(chances, default=0.5) - 1.0)


def distinct(rows: Matrix) -> Floats:
    """(n, dims) → (m, dims) float64 without repetitions, in an order which depends on nothing but the rows."""
    once = sorted({row.tobytes() for row in np.ascontiguousarray(rows, np.float32)})
    return np.frombuffer(b"".join(once), np.float32).reshape(len(once), -1).astype(np.float64)


def scores(votes: Floats, share: float) -> Floats:
    """(n,) one score for each row of votes (n, categories)."""
    return np.asarray((1.0 - share) * votes.max(axis=1) + share * votes.sum(axis=1))


def gaps(votes: Floats) -> Floats:
    """(n,) how far the best vote is ahead of the next one; of a single vote, all of it."""
    if votes.shape[1] < 2:
        return np.abs(votes[:, 0])
    two = np.partition(votes, -2, axis=1)
    return np.asarray(two[:, -1] - two[:, -2])


def _chance_of_ours(own: Floats, strangers: Floats, weights: Floats) -> tuple[float, float]:
    # The regression's own two targets, as one observation each: 1 is ours, 0 is a stranger.
    slope, offset = logistic(
        np.concatenate([own, [1.0, 0.0], strangers]),
        np.arange(len(own) + 2 + len(strangers)) <= len(own),
        np.concatenate([np.ones(len(own) + 2), weights * len(own)]),
    )
    # A curve which does not rise: the examples have no subject in common, so little short of one passes.
    return (slope, offset) if slope > 0 else (1.0, -1.0)


def _repeat(columns: Iterable[int], groups: Iterable[Floats]) -> Rows:
    """One column number for each row of each group."""
    return np.array([column for column, rows in zip(columns, groups, strict=True) for _ in rows], np.intp)


def _set_aside(ridge: Ridge, targets: Floats, labels: Rows, last: int) -> tuple[Ridge, Floats, int]:
    """Without the background (rows from `last` on) that reads as much like a category as its examples do."""
    unseen = ridge.unseen(targets)
    own = unseen[np.arange(len(labels)), labels]
    usual = np.bincount(labels, own) / np.bincount(labels)
    alike = last + np.flatnonzero((unseen[last:] >= usual).any(axis=1))
    return ridge.without(alike), np.delete(targets, alike, axis=0), len(alike)


def _claims(unseen: Floats, denials: Rows) -> Floats:
    """Targets of counterexamples: 0 where they deny; elsewhere they say nothing, so what the others say."""
    targets = np.clip(unseen, 0.0, 1.0)
    targets[denials < 0] = 0.0
    rows = np.flatnonzero(denials >= 0)
    targets[rows, denials[rows]] = 0.0
    return targets


def _unlisted(ridge: Ridge, targets: Floats, labels: Rows) -> Floats:
    """The votes for each own example by a gate whose list lacks its category, which therefore has no vote."""
    columns = targets.shape[1]
    if columns < 2:
        return np.zeros((0, columns))
    votes = np.zeros((len(labels), columns))
    for column in range(columns):
        group = np.flatnonzero(labels == column)
        votes[group] = ridge.unseen_together(group, targets)
        votes[group, column] = 0.0
    return votes
