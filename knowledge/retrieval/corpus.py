"""What may be remembered about a scope: which passages it has, their vectors and words. These never change.

Nothing here says what may be quoted: that is read from the database for every question.
"""

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from knowledge.embedding import vectors
from knowledge.embedding.embedders import Matrix, embedder
from knowledge.models import Passage, Revision
from knowledge.retrieval.asked import Asked
from knowledge.retrieval.ranking import Lexicon
from knowledge.text.synonyms import NONE, Synonyms

ASKED_WORDS = 20_000  # words whose rarity is remembered for each scope
KEPT_PASSAGES = 300_000  # in all remembered scopes together: 1.5 kB of vector each, and their words
INCOMPLETE = 5.0  # seconds a scope with missing vectors is used before it is read again
KEPT_SENTENCES = 4096  # passages whose sentence vectors are remembered: about 15 kB each


@dataclass(frozen=True, slots=True)
class Scope:
    """Where a search may look. `published`: revision → the categories a snapshot publishes it in to these audiences.

    It is the most that can be found: the database's present word (withdrawn, expired, moved) only takes away.
    Equal `key`s must mean equal scopes. `synonyms`: the words that count as the same in it.
    """

    site_id: int
    published: Mapping[int, frozenset[str]] = field(compare=False)
    audiences: frozenset[str]
    key: str
    synonyms: Synonyms = field(default=NONE, compare=False)

    @property
    def revisions(self) -> frozenset[int]:
        """What it publishes, whichever the category."""
        return frozenset(self.published)

    @property
    def categories(self) -> frozenset[str]:
        """Those in which it publishes anything."""
        return frozenset().union(*self.published.values())


@dataclass(slots=True)
class Stock:
    """The passages of a scope: their ids (n,), the place of each id, their vectors (n, dims), their words.

    `asked`: the questions that their articles are written to answer.
    `until` (monotonic clock): when to read it again, as vectors are still missing. `covered`: for a state
    of the shelves, whether they hold all of this.
    """

    ids: NDArray[np.int64]
    place: dict[int, int]
    dense: Matrix
    words: Lexicon
    rarity: Callable[[str], float]
    asked: Asked
    until: float
    covered: dict[tuple[tuple[int, str], ...], bool] = field(default_factory=dict)


_stocks: OrderedDict[str, Stock] = OrderedDict()
_sentences: OrderedDict[str, Matrix] = OrderedDict()
_guard = threading.Lock()


def of(scope: Scope) -> Stock:
    """The stock of a scope, read once a process; while vectors are missing, again every few seconds."""
    stock = _stocks.get(scope.key)
    if stock is not None and time.monotonic() < stock.until:
        return stock
    with _guard:  # two first questions at once must not read everything twice
        stock = _stocks.get(scope.key)
        if stock is None or time.monotonic() >= stock.until:
            stock = _stocks[scope.key] = _gathered(scope)
        while len(_stocks) > 1 and sum(len(each.ids) for each in _stocks.values()) > KEPT_PASSAGES:
            _stocks.popitem(last=False)
    return stock


def sentences(digests: Sequence[str]) -> dict[str, Matrix]:
    """Content digest → (sentences, dims) unit rows; without vectors: left out, so never quoted."""
    found = {digest: row for digest in digests if (row := _sentences.get(digest)) is not None}
    if len(found) < len(set(digests)):
        read = vectors.sentences(digest for digest in digests if digest not in found)
        found |= read
        with _guard:
            _sentences.update(read)
            while len(_sentences) > KEPT_SENTENCES:
                _sentences.popitem(last=False)
    return found


def forget() -> None:
    """Empty the memory (after vectors were thrown away, and between tests)."""
    with _guard:
        _stocks.clear()
        _sentences.clear()


def _gathered(scope: Scope) -> Stock:
    rows: list[tuple[int, int, str, str, str, str]] = []
    questions: dict[int, list[str]] = {}
    for some in vectors.slices(sorted(scope.published), vectors.PARAMETERS):
        passages = Passage.objects.filter(revision__in=some, revision__source__site=scope.site_id)
        rows += passages.order_by("pk").values_list("pk", "revision", "digest", "revision__title", "heading", "text")
        articles = Revision.objects.filter(pk__in=some, source__site=scope.site_id).exclude(questions=[])
        questions |= dict(articles.values_list("pk", "questions"))
    dense = vectors.dense(digest for _, _, digest, *_ in rows)
    every = {text for texts in questions.values() for text in texts}
    asked = vectors.kept_texts(every)
    nothing = np.zeros(embedder().dims, np.float32)
    held = np.array([dense.get(row[2], nothing) for row in rows], np.float32).reshape(-1, len(nothing))
    ids = [row[0] for row in rows]
    words = Lexicon((pk, title, heading, text) for pk, _, _, title, heading, text in rows)
    whole = all(digest in dense for _, _, digest, *_ in rows) and len(asked) == len(every)
    return Stock(
        ids=np.array(ids, np.int64),
        place={pk: place for place, pk in enumerate(ids)},
        dense=held,
        words=words,
        rarity=lru_cache(ASKED_WORDS)(words.rarity),  # two hundred times a question
        asked=Asked.of([(row[1], row[2]) for row in rows], held, questions, asked, vectors.sentences),
        until=math.inf if whole else time.monotonic() + INCOMPLETE,
    )
