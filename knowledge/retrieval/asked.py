"""How near a question is to those that articles are written to answer. Arrays in memory; pure arithmetic."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knowledge.embedding.embedders import Matrix

Places = NDArray[np.intp]
Floats = NDArray[np.float32]

NEAREST = 3  # passages of the nearest questions: as many as a customer is ever asked to choose among


@dataclass(frozen=True, slots=True)
class Asked:
    """The questions of a scope's articles: `rows` (m, dims) unit rows, and the passage that each means (m,).

    That is the one of its article nearest to it, as a whole and by its best sentence. `passages`: how many there are in
    all; `texts`: the m questions.
    """

    texts: tuple[str, ...]
    rows: Matrix
    meant: Places
    passages: int

    @classmethod
    def of(
        cls,
        passages: Sequence[tuple[int, str]],
        dense: Matrix,
        questions: Mapping[int, Sequence[str]],
        vectors: Mapping[str, Matrix],
        sentences: Callable[[Sequence[str]], Mapping[str, Matrix]],
    ) -> "Asked":
        """`passages`: revision and digest of each, `dense` (n, dims) their rows; `questions`: of each revision.

        A question without a vector is left out. `sentences`: digests → rows of each passage's sentences.
        """
        article = np.array([revision for revision, _ in passages], np.int64)
        texts: list[str] = []
        meant: list[int] = []
        for revision, asked in sorted(questions.items()):
            own = np.flatnonzero(article == revision).tolist()
            known = [text for text in asked if text in vectors]
            if not known or not own:
                continue
            held = sentences([passages[place][1] for place in own])
            rows = np.array([vectors[text] for text in known], np.float32)
            near = rows @ dense[own].T
            for n, place in enumerate(own):
                said = held.get(passages[place][1])
                near[:, n] += (rows @ said.T).max(axis=1) if said is not None and len(said) else near[:, n]
            texts += known
            meant += [own[n] for n in near.argmax(axis=1).tolist()]
        rows = np.array([vectors[text] for text in texts], np.float32).reshape(-1, dense.shape[1])
        return cls(tuple(texts), rows, np.array(meant, np.intp), len(article))

    def nearest(self, vector: Matrix, without: str = "") -> Floats:
        """(n,) the best cosine of each passage's questions with a row (dims,), 0 where there is none.

        `without`: a question that is taken as if nobody had written it down.
        """
        best = np.zeros(self.passages, np.float32)
        cosines = self.rows @ vector
        if without:
            said = without.casefold()
            cosines[[place for place, text in enumerate(self.texts) if text.casefold() == said]] = 0.0
        np.maximum.at(best, self.meant, cosines)
        return best

    def candidates(self, nearest: Floats) -> Places:
        """The places of the passages whose questions are nearest; `nearest` (n,) as above."""
        some = np.flatnonzero(nearest > 0)
        return some[np.argsort(-nearest[some], kind="stable")[:NEAREST]]
