"""What may be remembered about a scope: which passages it has, their vectors and words. These never change.

Nothing here says what may be quoted: that is read from the database for every question.
"""

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from knowledge import vectors
from knowledge.embedding import Matrix, embedder
from knowledge.models import Passage
from knowledge.ranking import Lexicon

KEPT_PASSAGES = 300_000  # in all remembered scopes together: 1.5 kB of vector each, and their words
ASKED_WORDS = 20_000  # words whose rarity is remembered for each scope
INCOMPLETE = 5.0  # seconds a scope with missing vectors is used before it is read again
KEPT_SENTENCES = 4096  # passages whose sentence vectors are remembered: about 15 kB each


@dataclass(frozen=True, slots=True)
class Scope:
    """Where a search may look. `revisions`: what a snapshot publishes in this category to these audiences.

    It is the most that can be found: the database's present word (withdrawn, expired, moved) only takes away.
    Equal `key`s must mean equal scopes.
    """

    site_id: int
    category: str
    revisions: frozenset[int]
    audiences: frozenset[str]
    key: str


@dataclass(slots=True)
class Stock:
    """The passages of a scope: their ids (n,), the place of each id, their vectors (n, dims), their words.

    `until` (monotonic clock): when to read it again, as vectors are still missing. `covered`: for a state
    of the shelves, whether they hold all of this.
    """

    ids: NDArray[np.int64]
    place: dict[int, int]
    dense: Matrix
    words: Lexicon
    rarity: Callable[[str], float]
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
    rows: list[tuple[int, str, str, str, str]] = []
    for some in vectors.slices(sorted(scope.revisions), vectors.PARAMETERS):
        held = Passage.objects.filter(revision__in=some, revision__source__site=scope.site_id)
        rows += held.order_by("pk").values_list("pk", "digest", "revision__title", "heading", "text")
    dense = vectors.dense(row[1] for row in rows)
    nothing = np.zeros(embedder().dims, np.float32)
    ids = [row[0] for row in rows]
    words = Lexicon((pk, title, heading, text) for pk, _, title, heading, text in rows)
    return Stock(
        ids=np.array(ids, np.int64),
        place={pk: place for place, pk in enumerate(ids)},
        dense=np.array([dense.get(row[1], nothing) for row in rows], np.float32).reshape(-1, len(nothing)),
        words=words,
        rarity=lru_cache(ASKED_WORDS)(words.rarity),  # two hundred times a question
        until=math.inf if all(row[1] in dense for row in rows) else time.monotonic() + INCOMPLETE,
    )
