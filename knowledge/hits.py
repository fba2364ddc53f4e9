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
    `score` is the fused relevance in 0..1 within one search, `dense` the cosine, `lexical` the BM25 score.
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
    score: float
    dense: float
    lexical: float
    page: int | None = None

    @property
    def place(self) -> tuple[str, str]:
        """Title and address as a citation names them: with the page, where the document has pages."""
        if self.page is None:
            return self.title, self.url
        page, address = f", page {self.page}", f"{self.url}#page={self.page}" if self.url else ""
        return self.title[: TITLE - len(page)] + page, address if len(address) <= ADDRESS else self.url

    def slice(self, start: int, end: int) -> str:
        """The stored text between two offsets of the revision, both inside this passage."""
        return self.text[start - self.start : end - self.start]
