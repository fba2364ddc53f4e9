"""Whatever keeps the index is asked in one way, and the search finds the same with any of them."""

import numpy as np
import pytest

from knowledge.index.chroma import Chroma
from knowledge.index.exact import Exact
from knowledge.index.store import PREFIX, Absent, index
from knowledge.index.sync import build_site
from tests.knowledge.conftest import look, publishes

SHELF = f"{PREFIX}1-1-tents"
ROWS = np.eye(384, dtype=np.float32)[:4]  # four texts that have nothing in common
NAMES = ["1:a", "2:b", "3:c", "4:d"]


@pytest.fixture(params=[Chroma, Exact])
def kept(request, own_home):
    made = request.param()
    made.own()
    yield made
    made.disown()


@pytest.fixture
def filled(kept):
    kept.put(SHELF, NAMES, ROWS)
    return kept


def near(*parts):
    """A unit vector that leans towards the rows in proportion."""
    leaning = np.array(parts, np.float32) @ ROWS
    return leaning / np.linalg.norm(leaning)


def test_the_nearest_rows_come_first_and_no_more_than_asked_for(filled):
    assert filled.query(SHELF, near(0.1, 0.9, 0.5, 0), 2) == ["2:b", "3:c"]
    assert filled.query(SHELF, near(4, 3, 2, 1), 9) == NAMES


def test_a_row_written_again_is_overwritten_and_none_is_doubled(filled):
    filled.put(SHELF, ["1:a"], ROWS[3:])
    assert filled.ids(SHELF) == set(NAMES)
    assert np.allclose(filled.vectors(SHELF, ["1:a"])["1:a"], ROWS[3])


def test_what_is_removed_is_found_no_more_and_the_rest_stays(filled):
    filled.remove(SHELF, ["2:b", "9:never there"])
    assert filled.ids(SHELF) == {"1:a", "3:c", "4:d"}
    assert filled.query(SHELF, near(0, 1, 0.5, 0.1), 2) == ["3:c", "4:d"]
    assert np.allclose(filled.vectors(SHELF, ["3:c", "2:b"])["3:c"], ROWS[2])


def test_a_collection_that_was_dropped_is_absent_and_dropping_it_again_is_no_error(filled):
    filled.drop(SHELF)
    filled.drop(SHELF)
    assert filled.ids(SHELF) == set()
    for asked in (lambda: filled.query(SHELF, ROWS[0], 1), lambda: filled.remove(SHELF, ["1:a"])):
        with pytest.raises(Absent):
            asked()


def test_only_collections_of_ours_are_named_and_each_keeps_to_itself(filled):
    filled.put("somebody-elses", ["7:x"], ROWS[:1])
    filled.put(f"{SHELF}-too", ["8:y"], ROWS[:1])
    assert filled.collections() == {SHELF, f"{SHELF}-too"}
    assert filled.query(SHELF, ROWS[0], 9).count("8:y") == 0


def test_a_store_that_is_owned_is_reachable_and_gives_a_sign_of_life(kept):
    assert kept.reachable()
    assert kept.ready()


@pytest.fixture(params=["knowledge.index.chroma.Chroma", "knowledge.index.exact.Exact"])
def chosen(request, settings, own_home):
    """The store that settings name."""
    usual, settings.INDEX = settings.INDEX, request.param
    index.cache_clear()
    index().own()
    yield index()
    index().disown()
    settings.INDEX = usual
    index.cache_clear()


def test_the_store_that_settings_name_is_built_asked_and_finds_what_the_exact_search_finds(shop, chosen, monkeypatch):
    build_site(shop)
    scope, question = publishes(shop), "How long may I return a product?"
    query, asked = chosen.query, []
    monkeypatch.setattr(chosen, "query", lambda *given: asked.append(given) or query(*given))
    found = [(hit.passage_id, hit.score) for hit in look(scope, question)]
    assert found
    assert asked
    monkeypatch.setattr(chosen, "reachable", lambda: False)
    assert found == [(hit.passage_id, hit.score) for hit in look(scope, question)]
