"""A system that keeps failing is left alone for a while; then one caller tries, and the rest wait for no one."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from sites.core import breaker
from sites.core.breaker import Breaker


class Clock:
    """A clock that stands until it is moved."""

    now = 1_000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch):
    standing = Clock()
    monkeypatch.setattr(breaker, "time", standing)
    return standing


def opened(patience: int = 3, rest: float = 20.0) -> Breaker:
    found = Breaker(patience, rest)
    for _ in range(patience):
        assert found.admits()
        found.fail()
    return found


def test_it_opens_after_so_many_failures_in_a_row_and_not_before(clock):
    line = Breaker(patience=3, rest=20.0)
    for _ in range(2):
        line.fail()
    assert line.admits()
    line.reset()
    for _ in range(2):
        line.fail()
    assert line.admits(), "an answer between them ends the row"
    line.fail()
    assert not line.admits()
    assert line.open


def test_after_its_rest_one_caller_tries_and_the_others_go_without(clock):
    line = opened(rest=20.0)
    clock.now += 19.9
    assert not line.admits()
    clock.now += 0.2
    assert [line.admits() for _ in range(3)] == [True, False, False]


def test_an_answer_to_the_one_try_lets_everybody_in(clock):
    line = opened()
    clock.now += 21
    assert line.admits()
    line.reset()
    assert line.admits()
    assert line.admits()
    assert not line.open


def test_a_failure_of_the_one_try_is_another_whole_rest(clock):
    line = opened(rest=20.0)
    clock.now += 21
    assert line.admits()
    clock.now += 5
    line.fail()
    clock.now += 19.9
    assert not line.admits()
    clock.now += 0.2
    assert line.admits()


def test_a_try_that_never_tells_how_it_went_is_followed_by_another(clock):
    line = opened(rest=20.0)
    clock.now += 21
    assert line.admits()
    clock.now += 20.1
    assert line.admits()


def test_looking_whether_it_is_open_takes_nobodys_try(clock):
    line = opened()
    clock.now += 21
    assert not line.open
    assert not line.open
    assert line.admits()


def test_of_many_threads_at_once_one_tries(clock):
    line, together = opened(), Barrier(16)
    clock.now += 21

    def ask(_: int) -> bool:
        together.wait()
        return line.admits()

    with ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(ask, range(16))) == 1
