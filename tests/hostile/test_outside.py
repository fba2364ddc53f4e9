"""Calls out of the process: each ends, brings back little, and gives up on a system that is down."""

import time
from collections.abc import Iterator

import httpx
import pytest

from tests.hostile.conftest import until
from tests.hostile.server import STALLS, Hostile, hostile
from tools import outbound


@pytest.fixture
def server() -> Iterator[Hostile]:
    with hostile() as running:
        yield running


async def _get(url: str) -> httpx.Response:
    async with outbound.client() as client:
        return await client.get(url)


def fetch(server: Hostile, habit: str, seconds: float = 5.0) -> httpx.Response:
    server.habit = habit
    return outbound.Line().call(lambda: _get(f"{server.url}/x"), seconds)


def test_a_flood_is_cut_off(server: Hostile) -> None:
    with pytest.raises(outbound.Failed, match="ReadError"):
        fetch(server, "a flood", 30)
    assert server.sent < 50_000_000, "what the sockets hold, not the 4 GB that were promised"


def test_a_compressed_reply_is_not_unpacked(server: Hostile) -> None:
    with pytest.raises(outbound.Failed, match="DecodingError"):
        fetch(server, "a gzip bomb")


def test_a_redirect_is_not_followed(server: Hostile) -> None:
    assert fetch(server, "a redirect to itself").status_code == 307
    assert len(server.did) == 1


@pytest.mark.parametrize("habit", STALLS)
def test_a_call_ends_by_its_time_and_closes_its_connection(server: Hostile, habit: str) -> None:
    with pytest.raises(outbound.Failed, match="Timeout"):
        fetch(server, habit, 0.3)
    assert until(lambda: server.open == 0)


def test_an_error_is_named_and_nothing_of_it_repeated() -> None:
    async def dies() -> None:
        raise RuntimeError("Ada's secret")

    with pytest.raises(outbound.Failed) as failed:
        outbound.Line().call(dies, 1)
    assert str(failed.value) == "RuntimeError"


def test_a_line_that_failed_three_times_is_cut_and_mends_after_its_rest() -> None:
    called = 0

    async def dies() -> None:
        nonlocal called
        called += 1
        raise ConnectionError

    async def lives() -> str:
        return "well"

    line = outbound.Line(patience=3, rest=0.2)
    for _ in range(6):
        with pytest.raises(outbound.Failed):
            line.call(dies, 1)
    assert called == 3
    with pytest.raises(outbound.Failed, match="left alone"):
        line.call(lives, 1)
    time.sleep(0.25)
    assert line.call(lives, 1) == "well"


def test_a_call_for_which_no_time_is_left_says_nothing_of_the_other_system() -> None:
    async def lives() -> str:
        return "well"

    line = outbound.Line(patience=1)
    with pytest.raises(outbound.Failed, match="no time left"):
        line.call(lives, 0)
    assert line.call(lives, 1) == "well"
