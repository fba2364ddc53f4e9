"""What may be quoted for a question, best first; each hit is read from the database in that very call.

Candidates come from the index (or, whenever it is not certainly whole, from an exact search), from the words, and
from the questions that articles are written to answer; scores are computed from the vectors in the database either
way, so both give the same hits.
"""

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowledge.embedding.embedders import Matrix, embedder
from knowledge.embedding.questions import learnt
from knowledge.index import eligibility, exact, store, sync
from knowledge.index.eligibility import Row, Shelfmark
from knowledge.index.exact import Places
from knowledge.index.store import index
from knowledge.retrieval import corpus as stocks
from knowledge.retrieval import ranking
from knowledge.retrieval.corpus import Scope, Stock
from knowledge.retrieval.hits import Hit
from knowledge.retrieval.ranking import Floats

__all__ = ["LOOKED", "Scope", "again", "chance", "citable", "find", "shares", "warm"]

DEPTH = 24  # candidates by meaning and as many by words
LOOKED = 24  # of these, looked at sentence by sentence
SHELVES = 2
"""How many shelves are asked of the index for one question. Each costs a millisecond, and looking at 10,000 vectors in
memory a third of one: where there are more, exact search is quicker, and the hits are the same."""


def find(scope: Scope, text: str, vector: Matrix, limit: int = 8, *, without: str = "") -> list[Hit]:
    """The best passages of a scope for a question, at most `limit`, best first.

    `vector`: (dims,) the question's row (`encode_question`). `without`: a question of an article that is taken as if
    nobody had written it down, so that it can be judged.
    """
    stock = stocks.of(scope)
    if not len(stock.ids):
        return []
    said, asked = stock.words.share(text, scope.synonyms), stock.asked.nearest(vector, without)
    places = np.union1d(_nearest(scope, stock, vector), np.union1d(_worded(said), stock.asked.candidates(asked)))
    rows = _quotable(scope, stock.ids[places].tolist())
    places = np.array([place for place in places if int(stock.ids[place]) in rows], np.intp)
    near = stock.dense[places] @ vector
    rough = _strength(near, np.maximum(near, asked[places]), said[places])
    best = np.lexsort((stock.ids[places], -rough))[: max(LOOKED, limit)]  # equal: the older passage first
    found = [rows[int(stock.ids[place])] for place in places[best]]
    sentences = stocks.sentences([some[0].digest for some in found])
    hits = [_hit(some, sentences[some[0].digest]) for some in found if some[0].digest in sentences]
    return ranking.ranked([_drawn(hit, text, vector, stock, said, asked) for hit in hits])[:limit]


def again(scope: Scope, passage_ids: Iterable[int]) -> list[Hit]:
    """Those of the passages that a scope may still quote at this moment, read again; nothing is searched, so they have
    no scores."""
    found = _quotable(scope, sorted(passage_ids)).values()
    sentences = stocks.sentences([some[0].digest for some in found])
    return [_hit(some, sentences[some[0].digest]) for some in found if some[0].digest in sentences]


def citable(site_id: int, category: str, audiences: Collection[str], passage_ids: Iterable[int]) -> set[int]:
    """Those of the passages that may still be quoted at this moment: one query, nothing remembered."""
    return eligibility.citable(site_id, category, audiences, list(passage_ids))


def chance(strength: float, share: float) -> float:
    """How surely a section answers, 0..1, by the strength of its best passage and its share, 0..1, of all sections'."""
    rise, odds, start = learnt().curve.tolist()
    share = min(max(share, 1e-4), 1 - 1e-4)
    return 1 / (1 + math.exp(-(rise * strength + odds * math.log(share / (1 - share)) + start)))


def shares(strengths: Sequence[float]) -> list[float]:
    """Strengths, the highest first, as parts of what the best few make together."""
    return ranking.rivals(np.array(strengths, np.float64)).tolist() if strengths else []


def warm(scope: Scope) -> int:
    """Bring a scope into memory before its first question; returns its number of passages."""
    return len(stocks.of(scope).ids)


def _quotable(scope: Scope, passages: Sequence[int]) -> dict[int, list[Row]]:
    """Those of the passages that a scope may quote now: of each its rows, one for each category it is published in."""
    held: dict[int, list[Row]] = {}
    for row in eligibility.rows(scope.site_id, scope.categories, scope.audiences, passages):
        if row.category in scope.published.get(row.revision, ()):
            held.setdefault(row.passage, []).append(row)
    return held


def _drawn(hit: Hit, text: str, vector: Matrix, stock: Stock, said: Floats, asked: Floats) -> Hit:
    """A passage with what draws it to a question; `said` and `asked` (n,) are of every passage of the stock."""
    place = stock.place[hit.passage_id]
    near, owned, share = float(stock.dense[place] @ vector), float(asked[place]), float(said[place])
    strength = float(_strength(near, max(hit.nearest(vector), owned), share))
    strength += ranking.NAMED * ranking.named(text, hit.title, hit.heading, stock.rarity)
    return replace(hit, dense=near, lexical=share, asked=owned, strength=strength)


def _strength(near: Any, best: Any, said: Any) -> Any:
    """How strongly passages are drawn to a question, by what was learnt of their signs."""
    return ranking.signs(np.asarray(near), np.asarray(best), np.asarray(said)) @ learnt().ranker


def _hit(rows: Sequence[Row], sentences: Matrix) -> Hit:
    """A passage as it is now, with its sentences and no scores."""
    row = rows[0]
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
        page=row.page,
        categories=tuple(sorted(each.category for each in rows)),
    )


def _nearest(scope: Scope, stock: Stock, vector: Matrix) -> Places:
    """The places of the DEPTH passages nearest in meaning."""
    if index().reachable():
        model = embedder().model_id
        held = eligibility.shelves(scope.site_id, scope.categories, scope.audiences, model)
        if 0 < len(held) <= SHELVES and _trusted(scope, stock, held):
            try:
                found = _from_index(scope, stock, held, vector)
            except store.Unavailable:
                found = None
            if found is not None:
                return found
    return exact.nearest(stock.dense, vector, DEPTH)


def _from_index(scope: Scope, stock: Stock, held: Sequence[Shelfmark], vector: Matrix) -> Places | None:
    """The nearest by the index; None when it returned too few of this scope to be sure of the rest."""
    found: set[int] = set()
    model = embedder().model_id
    for shelf in held:
        if not shelf.passages:
            continue
        # A shelf may also hold what this scope does not: newer text that is not live yet.
        count = min(shelf.passages, DEPTH if shelf.passages <= len(stock.ids) else 2 * DEPTH)
        collection = store.name(scope.site_id, shelf.category, shelf.audience, model)
        rows = map(sync.passage_of, index().query(collection, vector, count))
        found.update(stock.place[row] for row in rows if row in stock.place)
    if len(found) < min(DEPTH, len(stock.ids)):
        return None
    places = np.array(sorted(found), np.intp)
    return places[exact.nearest(stock.dense[places], vector, DEPTH)]


def _worded(lexical: NDArray[np.float32]) -> Places:
    said = np.flatnonzero(lexical)  # most passages share no word; ties among their zeros would cost the most
    return said[exact.top(lexical[said], DEPTH)]


def _trusted(scope: Scope, stock: Stock, held: Sequence[Shelfmark]) -> bool:
    """Whether the index has all of the scope that can be quoted; found out once a state of the shelves."""
    if any(not shelf.wanted or shelf.wanted != shelf.built for shelf in held):
        return False
    state = tuple((shelf.pk, shelf.built) for shelf in held)
    if state not in stock.covered:
        on = {shelf.built: sync.revisions(shelf.category, shelf.audience) for shelf in held}
        as_built = all(sync.digest(revisions) == built for built, revisions in on.items())
        elsewhere = sorted(scope.revisions.difference(*on.values()))
        missed = eligibility.any_of(scope.site_id, scope.categories, scope.audiences, elsewhere)
        stock.covered[state] = as_built and not missed
    return stock.covered[state]
