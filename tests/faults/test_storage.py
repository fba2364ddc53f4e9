"""The disk is full, or the database slow: what Ada is told, what is lost (nothing), and that the button stays."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection

from chatbot import runner
from conversations.models import Message
from sites.models import Site
from tests.hostile.foreign import Socket

pytestmark = pytest.mark.django_db(transaction=True)
NO_END = 2**30  # pages
LATE = 0.03  # seconds a statement


@pytest.fixture(autouse=True)
def shop(settings: Any) -> Site:
    cache.clear()
    settings.HANDRAIL_LIMIT_ADDRESS = settings.HANDRAIL_LIMIT_CONVERSATION = 0
    return Site.objects.create(slug="shop", name="Fernway", origins=["http://localhost"])


def _pages(most: int) -> None:
    """Let SQLite's file grow to so many pages; it says of one more what a full disk would have it say.

    What earlier tests left empty inside the file is given back first, or it would be room.
    """
    with connection.cursor() as cursor:
        cursor.execute("VACUUM")
        cursor.execute(f"PRAGMA max_page_count = {most}")


async def opened(ada: Socket) -> None:
    await ada.send({"type": "hello", "site": "shop"})
    await ada.next("welcome")


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL's disk cannot be filled from here")
async def test_on_a_full_disk_ada_hears_busy_at_once_and_what_she_sends_again_is_kept_once() -> None:
    async with Socket("/ws/chat/") as ada:
        await opened(ada)
        await runner.write(_pages, 1)  # no more than there are
        try:
            for n in range(500):
                began = time.monotonic()
                await ada.send({"type": "ask", "id": f"{n}", "text": "Where is my parcel? " * 190})
                told = await ada.next("ack", "error")
                if told["type"] == "error":
                    break
            assert (told["code"], told["id"]) == ("busy", f"{n}")
            assert told["retry_after"] > 0
            assert time.monotonic() - began < 1
        finally:
            await runner.write(_pages, NO_END)
        await ada.send({"type": "ask", "id": f"{n}", "text": "Where is my parcel?"})
        assert (await ada.next("ack"))["id"] == f"{n}"
        await ada.send({"type": "human"})
        assert (await ada.next("state"))["state"] in ("waiting", "human")
        assert await runner.drain(10) == 0
    kept = [each async for each in Message.objects.filter(author="customer").values_list("client_id", flat=True)]
    assert sorted(kept) == sorted(f"{each}" for each in range(n + 1)), "what was acknowledged, and that one once"


def _late(execute: Any, *args: Any) -> Any:
    time.sleep(LATE)
    return execute(*args)


@pytest.fixture
def slow() -> Iterator[None]:
    yield
    for pool in (runner._writers(), runner._readers()):
        for _ in range(4):
            pool.submit(connection.execute_wrappers.clear).result(5)


async def test_with_a_slow_database_ada_is_acknowledged_and_the_button_works(slow: None) -> None:
    async with Socket("/ws/chat/") as ada:
        await opened(ada)
        await runner.write(lambda: connection.execute_wrappers.append(_late))
        await runner.read(lambda: connection.execute_wrappers.append(_late))
        began = time.monotonic()
        await ada.send({"type": "ask", "id": "1", "text": "Where is my parcel?"})
        await ada.next("ack")
        await ada.send({"type": "human"})
        assert (await ada.next("state"))["state"] in ("waiting", "human")
        assert time.monotonic() - began > 10 * LATE, "the database was not slow"
        assert await runner.drain(10) == 0
