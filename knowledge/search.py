"""What may be quoted for a question, best first; each hit is read from the database in that very call.

Candidates come from the index (or, whenever it is not certainly whole, from an exact search) and from the
words; scores are computed from the vectors in the database either way, so both give the same hits.
"""

from collections.abc import Collection, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from knowledge import index, quotable, ranking, shelves
from knowledge import stock as stocks
from knowledge.embedding import Matrix, embedder
from knowledge.hits import Hit
from knowledge.quotable import Row, Shelfmark
from knowledge.stock import Scope, Stock

__all__ = ["Scope", "citable", "find", "warm"]

DEPTH = 24  # candidates by meaning and as many by words: three times what is returned

Places = NDArray[np.intp]


def find(scope: Scope, text: str, vector: Matrix, limit: int = 8) -> list[Hit]:
    """The best passages of a scope for a question and its vector (dims,), at most `limit`, best first."""
    stock = stocks.of(scope)
    if not len(stock.ids):
        return []
    lexical = stock.words.all(text)
    places = np.union1d(_nearest(scope, stock, vector), _worded(lexical))
    candidates = quotable.rows(scope.site_id, scope.category, scope.audiences, stock.ids[places].tolist())
    rows = {row.passage: row for row in candidates if row.revision in scope.revisions}
    places = np.array([place for place in places if int(stock.ids[place]) in rows], np.intp)
    if not len(places):
        return []
    dense, lexical = stock.dense[places] @ vector, lexical[places]
    fused = ranking.fuse(dense, lexical)
    best = np.lexsort((stock.ids[places], -fused))[: 2 * limit]  # equal scores: the older passage first
    found = [rows[int(stock.ids[places[i]])] for i in best]
    sentences = stocks.sentences([row.digest for row in found])
    hits = [
        _hit(row, sentences[row.digest], float(fused[i]), float(dense[i]), float(lexical[i]))
        for i, row in zip(best, found, strict=True)
        if row.digest in sentences
    ]
    return ranking.rerank(text, vector, hits, stock.rarity)[:limit]


def citable(site_id: int, category: str, audiences: Collection[str], passage_ids: Iterable[int]) -> set[int]:
    """Those of the passages that may still be quoted at this moment: one query, nothing remembered."""
    return quotable.citable(site_id, category, audiences, list(passage_ids))


def warm(scope: Scope) -> int:
    """Bring a scope into memory before its first question; returns its number of passages."""
    return len(stocks.of(scope).ids)


def _hit(row: Row, sentences: Matrix, score: float, dense: float, lexical: float) -> Hit:
    return Hit(
        passage_id=row.passage,
        revision_id=row.revision,
        source=row.source,
        title=row.title,
        heading=row.heading,
        url=row.url,
        updated=row.updated,
        audience=row.audience,
        text=row.text,
        start=row.start,
        sentences=row.sentences,
        vectors=sentences,
        score=score,
        dense=dense,
        lexical=lexical,
        page=row.page,
    )


def _nearest(scope: Scope, stock: Stock, vector: Matrix) -> Places:
    """The places of the DEPTH passages nearest in meaning."""
    if index.reachable():
        model = embedder().model_id
        held = quotable.shelves(scope.site_id, scope.category, scope.audiences, model)
        if held and _trusted(scope, stock, held):
            try:
                found = _from_index(scope, stock, held, vector)
            except index.Unavailable:
                found = None
            if found is not None:
                return found
    return _top(stock.dense @ vector, DEPTH)


def _from_index(scope: Scope, stock: Stock, held: Sequence[Shelfmark], vector: Matrix) -> Places | None:
    """The nearest by the index; None when it returned too few of this scope to be sure of the rest."""
    found: set[int] = set()
    model = embedder().model_id
    for shelf in held:
        if not shelf.passages:
            continue
        # A shelf may also hold what this scope does not: newer text that is not live yet.
        count = min(shelf.passages, DEPTH if shelf.passages <= len(stock.ids) else 2 * DEPTH)
        collection = index.name(scope.site_id, shelf.category, shelf.audience, model)
        rows = map(shelves.passage_of, index.query(collection, vector, count))
        found.update(stock.place[row] for row in rows if row in stock.place)
    if len(found) < min(DEPTH, len(stock.ids)):
        return None
    places = np.array(sorted(found), np.intp)
    return places[_top(stock.dense[places] @ vector, DEPTH)]


def _worded(lexical: NDArray[np.float32]) -> Places:
    said = np.flatnonzero(lexical)  # most passages share no word; ties among their zeros would cost the most
    return said[_top(lexical[said], DEPTH)]


def _top(scores: NDArray[np.float32], count: int) -> Places:
    """The places of the highest scores, in any order."""
    if len(scores) <= count:
        return np.arange(len(scores))
    return np.argpartition(scores, -count)[-count:]


def _trusted(scope: Scope, stock: Stock, held: Sequence[Shelfmark]) -> bool:
    """Whether the index has all of the scope that can be quoted; found out once a state of the shelves."""
    if any(not shelf.wanted or shelf.wanted != shelf.built for shelf in held):
        return False
    state = tuple((shelf.pk, shelf.built) for shelf in held)
    if state not in stock.covered:
        on = {shelf.built: shelves.revisions(shelf.category, shelf.audience) for shelf in held}
        as_built = all(shelves.digest(revisions) == built for built, revisions in on.items())
        elsewhere = sorted(scope.revisions.difference(*on.values()))
        missed = quotable.any_of(scope.site_id, scope.category, scope.audiences, elsewhere)
        stock.covered[state] = as_built and not missed
    return stock.covered[state]
