"""The index on the disk is not what it was: answers go on by the exact search."""

import os

import pytest

from knowledge.index.store import index

from .conftest import built, look, publishes

pytestmark = pytest.mark.django_db


def test_an_index_of_garbage_costs_no_answer(shop, embedded, own_home) -> None:
    built(shop)
    index().disown()
    kept = own_home / "chroma" / "chroma.sqlite3"
    kept.write_bytes(os.urandom(200_000))
    index().own()
    assert not index().ready()
    assert look(publishes(shop), "return a product")[0].source == "returns"
