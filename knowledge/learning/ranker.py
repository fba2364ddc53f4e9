"""What each sign of a section counts, and how sure that makes of an answer: two small logistic regressions.

Both see only help centres that the layer was not trained on.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from knowledge.learning.help_centres import Centre
from knowledge.learning.published import Floats
from knowledge.retrieval.ranking import rivals, shares

Doubles = NDArray[np.float64]

SMOOTH = 1.0  # penalty on each weight
UNANSWERED_COUNTS = 3.0  # an answer to what no article says is as bad as three questions that are asked back


def weights(centres: Sequence[Centre], seen: Sequence[Floats]) -> Doubles:
    """(signs,) of a conditional logistic regression (McFadden 1974): which section a message is about.

    `seen`: of each help centre (m, sections, signs).
    """
    asked = [centre.answered >= 0 for centre in centres]
    pairs = [(x[some], c.answered[some]) for c, x, some in zip(centres, seen, asked, strict=True)]
    w = np.zeros(pairs[0][0].shape[-1])
    for _ in range(50):
        slope, bend = -2 * SMOOTH * w, 2 * SMOOTH * np.eye(len(w))
        for x, right in pairs:
            share = shares(x @ w)
            mean = np.einsum("ij,ijk->ik", share, x)
            slope += (x[np.arange(len(x)), right] - mean).sum(0)
            bend += np.einsum("ij,ijk,ijl->kl", share, x, x) - mean.T @ mean
        step = np.linalg.solve(bend, slope)
        w += step
        if np.abs(step).max() < 1e-8:
            break
    return w


def curve(centres: Sequence[Centre], seen: Sequence[Floats], w: Doubles) -> Doubles:
    """(3,): from the best section's strength and the log odds of its share to those that it answers; and a constant."""
    strengths = [each @ w for each in seen]
    x = np.concatenate([design(each) for each in strengths])
    right = np.concatenate([each.argmax(1) == centre.answered for centre, each in zip(centres, strengths, strict=True)])
    counts = np.concatenate([np.where(centre.answered < 0, UNANSWERED_COUNTS, 1.0) for centre in centres])
    penalty, b = np.array([SMOOTH, SMOOTH, 1e-9]), np.zeros(3)
    for _ in range(60):
        chance = 0.5 * (1 + np.tanh(0.5 * (x @ b)))
        bend = (x * (counts * chance * (1 - chance))[:, None]).T @ x + np.diag(penalty)
        b += np.linalg.solve(bend, x.T @ (counts * (right - chance)) - penalty * b)
    return b


def design(strengths: Doubles) -> Doubles:
    """(m, 3): the strength of the best section, the log odds of its share among its rivals, one."""
    best = np.sort(strengths, axis=1)[:, ::-1]
    share = np.clip(rivals(best)[:, 0], 1e-4, 1 - 1e-4)
    return np.column_stack([best[:, 0], np.log(share / (1 - share)), np.ones(len(best))])
