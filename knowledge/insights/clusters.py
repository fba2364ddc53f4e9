"""Questions of the same kind put together, by the nearness of their vectors.

Law of the room: a cluster is derived, never kept. It depends on the questions alone, not on the order they came in.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from knowledge.embedding.embedders import Matrix

ALIKE = 0.55
"""Mean cosine of two clusters that become one: of steps of .05 the first whose purity is above .85 on both public sets
of questions with known subjects (`python -m tests.purity`). docs/quality.md has the others."""

_NEVER = -2.0  # below every cosine


def linked(rows: Matrix, least: float = ALIKE) -> list[list[int]]:
    """The clusters of unit `rows` (n, dims) by average linkage: row numbers, each once; the largest cluster first.

    The two clusters whose rows are nearest on average become one while that is `least` or more. Time and memory grow
    with the square of n: half a second and 16 MB for 2,000 rows.
    """
    near = np.asarray(rows @ rows.T, np.float32)
    np.fill_diagonal(near, _NEVER)
    clusters = {row: [row] for row in range(len(near))}
    open_ = np.ones(len(near), bool)
    path: list[int] = []
    while path or open_.any():
        if not path:
            path = [int(open_.argmax())]
        last = path[-1]
        other = _nearest(near[last], path[-2] if len(path) > 1 else None)
        if near[last, other] < least:  # and so it stays: what others become together is no nearer than its nearest part
            open_[path.pop()] = False
        elif len(path) > 1 and other == path[-2]:
            path = path[:-2]
            open_[max(last, other)] = False
            _join(near, clusters, min(last, other), max(last, other))
        else:
            path.append(other)
    return sorted((sorted(members) for members in clusters.values()), key=lambda each: (-len(each), each))


def by_centrality(rows: Matrix, members: Sequence[int]) -> list[int]:
    """The members of one cluster of unit `rows` (n, dims), the one nearest to all the others first."""
    own = rows[list(members)]
    means = own @ own.sum(axis=0)
    return [members[place] for place in np.argsort(-means, kind="stable").tolist()]


def _nearest(row: NDArray[np.float32], before: int | None) -> int:
    """The nearest cluster; among equals the one the path came from, or the path would never turn back."""
    best = int(row.argmax())
    return before if before is not None and row[before] >= row[best] else best


def _join(near: NDArray[np.float32], clusters: dict[int, list[int]], kept: int, gone: int) -> None:
    one, two = len(clusters[kept]), len(clusters[gone])
    mean = (one * near[kept] + two * near[gone]) / (one + two)
    near[kept], near[:, kept] = mean, mean
    near[kept, kept] = _NEVER
    near[gone], near[:, gone] = _NEVER, _NEVER
    clusters[kept] += clusters.pop(gone)
