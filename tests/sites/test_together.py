"""One reading for many: whoever asked before it began may have it, whoever asked later gets a later one."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest

from sites.core.together import KEPT, Together


def test_whoever_asked_before_a_reading_began_shares_it_and_whoever_asks_later_does_not():
    readings, numbers = Together(), count(1)
    asked = time.monotonic()
    assert [readings.since(asked, "queue", lambda: next(numbers)) for _ in range(3)] == [1, 1, 1]
    assert readings.since(time.monotonic(), "queue", lambda: next(numbers)) == 2
    assert readings.since(asked, "queue", lambda: next(numbers)) == 2, "a later one is as good"


def test_one_thing_is_not_taken_for_another():
    readings, asked = Together(), time.monotonic()
    assert [readings.since(asked, site, lambda site=site: site) for site in ("one", "two", "one")] == [
        "one",
        "two",
        "one",
    ]


def test_who_asks_while_it_is_being_read_waits_for_a_reading_of_their_own():
    """The row that changed while the first was reading is in the second, which all who asked meanwhile share."""
    readings, began, go = Together(), threading.Event(), threading.Event()
    rows, read = ["before"], []

    def reading():
        read.append(list(rows))
        began.set()
        assert go.wait(10)
        return read[-1]

    with ThreadPoolExecutor(8) as pool:
        first = pool.submit(readings.since, time.monotonic(), "queue", reading)
        assert began.wait(10)
        rows.append("after")
        asked = time.monotonic()
        others = [pool.submit(readings.since, asked, "queue", reading) for _ in range(7)]
        go.set()
        assert first.result(10) == ["before"]
        assert [each.result(10) for each in others] == [["before", "after"]] * 7
    assert len(read) == 2


def test_a_reading_that_failed_is_made_again():
    readings, asked = Together(), time.monotonic()

    def fails():
        raise OSError("the database is away")

    with pytest.raises(OSError):
        readings.since(asked, "queue", fails)
    assert readings.since(asked, "queue", lambda: "read") == "read"


def test_only_the_last_few_things_are_kept():
    readings, asked = Together(), time.monotonic()
    for number in range(KEPT + 1):
        readings.since(asked, number, lambda: "old")
    assert readings.since(asked, 0, lambda: "new") == "new"
    assert readings.since(asked, KEPT, lambda: "new") == "old"
