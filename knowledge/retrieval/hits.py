"""A Hit: one passage found for a question, with everything needed to quote it. Plain data, away from the database."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
TITLE, ADDRESS = 300, 500  # characters that a citation keeps


@dataclass(frozen=True, slots=True)
class Hit:
    """One passage with its place and its scores.

    `start` and the `sentences` are character offsets into the stored text of the revision, so that a quote can
    always be cut from, and checked against, the approved text. `vectors` holds one unit row a sentence.
    `page`: of the author's document, where it has pages.
    `strength` is how strongly it is drawn to the question, `score` its share of one among the hits of a search. What
    makes it: `dense`, the cosine of the whole; the nearest sentence; `lexical` 0..1, the share of the question's words;
    `asked`, the best cosine with a question that its article is written to answer, and this passage most (0: none).
    `categories`: those of the scope in which it may be quoted, in alphabetical order.
    """

    passage_id: int
    revision_id: int
    source: str
    title: str
    heading: str
    url: str
    updated: datetime
    audience: str
    text: str
    start: int
    sentences: tuple[tuple[int, int], ...]
    vectors: Vectors
    score: float = 0.0
    dense: float = 0.0
    lexical: float = 0.0
    page: int | None = None
    asked: float = 0.0
    strength: float = 0.0
    categories: tuple[str, ...] = ()

    @property
    def place(self) -> tuple[str, str]:
        """Title and address as a citation names them: with the page, where the document has pages."""
        if self.page is None:
            return self.title, self.url
        page, address = f", page {self.page}", f"{self.url}#page={self.page}" if self.url else ""
        return self.title[: TITLE - len(page)] + page, address if len(address) <= ADDRESS else self.url

    def nearest(self, vector: Vectors) -> float:
        """The cosine of the sentence that is nearest to a unit row (dims,)."""
        return float((self.vectors @ vector).max()) if len(self.vectors) else -1.0

    def slice(self, start: int, end: int) -> str:
        """The stored text between two offsets of the revision, both inside this passage."""
        return self.text[start - self.start : end - self.start]
