"""Bulk embedding happens in a child of low priority: the same vectors, no secrets, and no harm when it dies."""

import os
import sys
import time

import numpy as np
import pytest

from knowledge.embedding import encoding, vectors, worker
from knowledge.embedding.embedders import embedder
from knowledge.embedding.minilm import ModelUnavailable
from knowledge.embedding.worker import Aside

TEXTS = ["Outlet items can be returned.", "", "Where is my order? ☂", "a " * 400]


@pytest.fixture
def child():
    running = Aside()
    yield running
    running.close()


@pytest.fixture
def serving():
    worker.begin()
    yield worker._aside
    worker.end()


def test_its_vectors_are_the_models_own(child):
    assert np.array_equal(child.encode(TEXTS), embedder().encode(TEXTS))
    assert child.encode([]).shape == (0, embedder().dims)


def test_it_leaves_the_cores_to_those_who_wait(child):
    child.encode(["x"])
    assert os.getpriority(os.PRIO_PROCESS, child.child.pid) >= encoding.NICE > 0


def test_one_that_was_killed_is_replaced_and_the_text_is_embedded_all_the_same(child):
    child.encode(["x"])
    child.child.kill()
    assert np.array_equal(child.encode(TEXTS), embedder().encode(TEXTS))


def test_one_without_work_ends_and_the_next_text_starts_another():
    running = Aside(idle=0.01)
    before = running.encode(["x"])
    first = running.child
    first.wait(60)
    assert np.array_equal(running.encode(["x"]), before)
    assert running.child is not first
    running.close()


def test_one_that_cannot_start_is_an_error_that_says_so_and_never_a_wrong_vector(child, monkeypatch):
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(ModelUnavailable, match="ended twice"):
        child.encode(["x"])


def test_it_knows_no_secrets_and_ends_when_its_process_does(child, monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "hush")
    child.encode(["x"])
    with open(f"/proc/{child.child.pid}/environ", "rb") as environ:
        assert b"hush" not in environ.read()
    child.child.stdin.close()
    assert child.child.wait(60) == 0


@pytest.mark.django_db
def test_where_customers_are_served_bulk_goes_to_the_child_and_a_question_does_not(serving, monkeypatch):
    monkeypatch.setattr(embedder(), "encode", lambda texts: pytest.fail("beside the turns"))
    content = vectors.content("Lockers", "", f"Locker {time.time()}.", [(0, 10)])
    assert vectors.ensure([content]) == 1
    assert serving.child is not None
    serving.close()
    monkeypatch.undo()
    embedder().encode_one(f"a question {time.time()}")
    assert serving.child is None
