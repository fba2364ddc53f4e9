"""Kernel ridge regression on sentence vectors that can say, exactly, what it would have predicted without
some of its rows.

Law of the room: plain linear algebra, no randomness, no state, nothing about topics. The inverse of the
regularised kernel matrix holds every leave-out prediction in closed form (Rasmussen and Williams 2006,
section 5.4.2, for one row; the Schur complement for a group), so judging each message by a fit which has
not seen it costs no second fit.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]

SHARPNESS = 2.0  # of the kernel exp(SHARPNESS * (cosine - 1)): how fast a likeness fades
PENALTY = 0.1  # how little a single row may bend the regression


def kernel(left: NDArray[np.floating], right: NDArray[np.floating]) -> Floats:
    """Likeness in 0..1 of unit rows (n, dims) to a row (dims,) or to rows (dims, m): 1 for the same
    direction.
    """
    return np.exp(SHARPNESS * ((left @ right).astype(np.float64) - 1.0))


@dataclass(frozen=True, slots=True)
class Ridge:
    """A regression over `rows` (m, dims) whose targets (m, columns) are given when it is asked.

    `inverse` (m, m) is the inverse of the kernel matrix plus PENALTY on its diagonal.
    """

    rows: Floats
    inverse: Floats

    @classmethod
    def over(cls, rows: Floats) -> "Ridge":
        """The regression over unit rows (m, dims); m may be 0."""
        matrix = kernel(rows, rows.T)
        matrix[np.diag_indices_from(matrix)] += PENALTY
        return cls(rows, np.asarray(np.linalg.inv(matrix), np.float64))

    def weights(self, targets: Floats) -> Floats:
        """(m, columns) such that kernel(vectors, rows) @ weights is the prediction."""
        return self.inverse @ targets

    def unseen(self, targets: Floats) -> Floats:
        """(m, columns): the prediction for each row by a fit without that row."""
        return targets - self.weights(targets) / self.inverse.diagonal()[:, None]

    def unseen_together(self, group: Rows, targets: Floats) -> Floats:
        """(len(group), columns): the prediction for the rows of a group by a fit without the whole group."""
        return targets[group] - np.linalg.solve(self.inverse[np.ix_(group, group)], self.inverse[group] @ targets)

    def without(self, group: Rows) -> "Ridge":
        """The regression over all rows but those of the group."""
        keep = np.setdiff1d(np.arange(len(self.rows)), group)
        across = self.inverse[np.ix_(keep, group)]
        inner = self.inverse[np.ix_(group, group)]
        kept = self.inverse[np.ix_(keep, keep)] - across @ np.linalg.solve(inner, across.T)
        return Ridge(self.rows[keep], kept)


def sigmoid(values: Floats) -> Floats:
    """The logistic function, safe for any finite value."""
    return 0.5 * (1.0 + np.tanh(0.5 * values))


def logistic(scores: Floats, truths: NDArray[np.bool_], weights: Floats) -> tuple[float, float]:
    """Slope and offset of the logistic curve from scores (n,) to the chance of being true (Platt 1999).

    Platt's smoothed targets keep the slope finite where scores separate the truths. `weights` count
    observations.
    """
    slope, offset = _curve(np.column_stack([scores, np.ones_like(scores)]), truths, weights)
    return float(slope), float(offset)


def steepness(gaps: Floats, truths: NDArray[np.bool_]) -> float:
    """Slope of the logistic curve from a gap (n,) to the chance of being true; no gap is an even chance."""
    return float(_curve(gaps[:, None], truths, np.ones_like(gaps))[0])


def _curve(design: Floats, truths: NDArray[np.bool_], weights: Floats) -> Floats:
    """Newton's method, its steps bounded so that it cannot run away from a start at zero."""
    yes, no = float(weights @ truths), float(weights @ ~truths)
    targets = np.where(truths, (yes + 1) / (yes + 2), 1 / (no + 2))
    curve = np.zeros(design.shape[1])
    for _ in range(100):
        chance = sigmoid(design @ curve)
        bend = (design * (weights * chance * (1 - chance))[:, None]).T @ design
        pull = design.T @ (weights * (targets - chance))
        step = np.linalg.solve(bend + 1e-9 * np.eye(len(curve)), pull)
        curve += step * min(1.0, 10.0 / max(float(np.abs(step).max()), 1e-12))
        if np.abs(step).max() < 1e-8:
            break
    return curve


def separation(higher: Floats, lower: Floats, weights: Floats) -> float:
    """The chance that one of `higher` exceeds one of `lower`, ties counting half (AUROC); weights of
    `lower`.
    """
    ranked = np.sort(higher)
    above = len(ranked) - np.searchsorted(ranked, lower, side="right")
    level = len(ranked) - np.searchsorted(ranked, lower, side="left") - above
    return float((above + 0.5 * level) @ weights / (len(ranked) * weights.sum()))
