"""The exact form of the index: every row is compared. It finds what is nearest, whatever it takes.

As a store it keeps its rows in the memory of one process, so it is Absent after a restart until it is built again,
and the search compares the vectors it keeps anyway; either way the hits are the same as with any other store.
"""

import threading
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from knowledge.embedding.embedders import Matrix
from knowledge.index.store import PREFIX, Absent, Store

Places = NDArray[np.intp]


def nearest(rows: Matrix, vector: Matrix, count: int) -> Places:
    """The places among rows (n, dims) of the `count` nearest to a unit vector (dims,), in any order."""
    return top(rows @ vector, count)


def top(scores: NDArray[np.float32], count: int) -> Places:
    """The places of the `count` highest of (n,) scores, in any order."""
    if len(scores) <= count:
        return np.arange(len(scores))
    return np.argpartition(scores, -count)[-count:]


class Exact(Store):
    """A Store of rows in memory: one matrix a collection, its ids beside it in the same order."""

    def __init__(self) -> None:
        self._held: dict[str, tuple[list[str], Matrix]] = {}
        self._guard = threading.Lock()

    def own(self) -> None:
        """Nothing to take: the rows are this process's own."""

    def disown(self) -> None:
        """Forget every row."""
        self._held.clear()

    def reachable(self) -> bool:
        """Always."""
        return True

    def ready(self) -> bool:
        """Always."""
        return True

    def put(self, collection: str, wanted: Sequence[str], rows: Matrix) -> None:
        """Write rows (n, dims) under n ids; a known id is overwritten."""
        with self._guard:
            kept = self._without(collection, wanted) if collection in self._held else None
            names, matrix = kept or ([], np.empty((0, rows.shape[1]), np.float32))
            self._held[collection] = [*names, *wanted], np.concatenate([matrix, rows]).astype(np.float32)

    def remove(self, collection: str, unwanted: Sequence[str]) -> None:
        """Delete rows. Raises Absent."""
        with self._guard:
            self._held[collection] = self._without(collection, unwanted)

    def drop(self, collection: str) -> None:
        """Delete a collection, if it exists."""
        self._held.pop(collection, None)

    def query(self, collection: str, vector: Matrix, count: int) -> list[str]:
        """The ids of the `count` rows nearest to a vector (dims,), nearest first. Raises Absent."""
        names, matrix = self._of(collection)
        scores = matrix @ vector
        best = top(scores, count)
        return [names[place] for place in best[np.argsort(-scores[best], kind="stable")]]

    def ids(self, collection: str) -> set[str]:
        """Every id of a collection; none when it does not exist."""
        return set(self._held[collection][0]) if collection in self._held else set()

    def vectors(self, collection: str, wanted: Sequence[str]) -> dict[str, Matrix]:
        """id → (dims,) row. Raises Absent."""
        names, matrix = self._of(collection)
        places = {each: place for place, each in enumerate(names)}
        return {each: matrix[places[each]] for each in wanted if each in places}

    def collections(self) -> set[str]:
        """The names of all collections that begin with PREFIX."""
        return {each for each in self._held if each.startswith(PREFIX)}

    def _of(self, collection: str) -> tuple[list[str], Matrix]:
        """Raises Absent."""
        held = self._held.get(collection)
        if held is None:
            raise Absent(f"this process holds no rows of {collection}; they are compared one by one instead")
        return held

    def _without(self, collection: str, gone: Sequence[str]) -> tuple[list[str], Matrix]:
        names, matrix = self._of(collection)
        out = set(gone)
        kept = [place for place, each in enumerate(names) if each not in out]
        return [names[place] for place in kept], matrix[kept]
