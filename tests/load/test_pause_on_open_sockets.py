"""A pause reaches every open socket at once: what the database ordered after it is no answer any more."""

import asyncio
import contextlib
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.client import Customer
from tests.conftest import FULL, count
from tests.server import BASE, Server, copy

pytestmark = [pytest.mark.alone, pytest.mark.timeout(900)]
SOCKETS = count(1000, 30)
QUESTION = "How long do I have to return something I bought online?"
ANOTHER = "How much is standard delivery to an address in Norwich?"  # the same again would reach a person as it is
PAUSE = """
import os, sys, time
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
import django
django.setup()
from release.live import pauses
from sites.models import Site
site = Site.objects.get(slug="fernway")
print("ready", flush=True)
sys.stdin.readline()
began = time.perf_counter()
switch = pauses.pause(site=site, actor="a test", reason="Everything stops.")
print(time.perf_counter() - began, switch.engaged_at.strftime("%Y-%m-%d %H:%M:%S.%f"), sep="|", flush=True)
"""


@pytest.fixture(scope="module")
def served(homes: Path) -> Iterator[Server]:
    server = Server(copy(homes, "pause")).start()
    yield server
    server.stop()


@contextlib.contextmanager
def at_the_switch(server: Server) -> Iterator[subprocess.Popen]:
    """Another process with its hand on the switch."""
    order = [sys.executable, "-c", PAUSE]
    hand = subprocess.Popen(
        order, cwd=BASE, env=server.env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )  # fmt: skip
    assert hand.stdout.readline() == "ready\n"
    yield hand
    hand.kill()
    hand.wait()


async def everybody(server: Server, hand: subprocess.Popen) -> tuple[float, str]:
    """Open every socket, have each ask again and again, pause in the midst of it; the seconds and the moment."""
    customers = [Customer(server.ws) for _ in range(SOCKETS)]
    for first in range(0, SOCKETS, 50):
        await asyncio.gather(*(customer.open() for customer in customers[first : first + 50]))
    asked = asyncio.gather(*(customer.say(QUESTION) for customer in customers))
    await asked
    await asyncio.wait_for(answered(customers, SOCKETS // 10), 300)
    hand.stdin.write("now\n")
    hand.stdin.flush()
    said = await asyncio.to_thread(hand.stdout.readline)
    await asyncio.gather(*(customer.say(ANOTHER) for customer in customers))
    await asyncio.wait_for(answered(customers, 2 * SOCKETS, paused=True), 300)
    await asyncio.gather(*(customer.close() for customer in customers))
    seconds, moment = said.strip().split("|")
    return float(seconds), moment


async def answered(customers: list[Customer], wanted: int, *, paused: bool = False) -> None:
    """Wait until the bot has said so much; once paused, what waits for a person counts as said."""
    while True:
        said = [sum("outcome" in m for m in customer.messages.values()) for customer in customers]
        if sum(said) >= wanted or (paused and all(customer.state == "waiting" for customer in customers)):
            return
        await asyncio.sleep(0.02)


def test_nothing_is_answered_once_a_pause_has_committed(served: Server) -> None:
    with at_the_switch(served) as hand:
        seconds, moment = asyncio.run(everybody(served, hand))
    database = sqlite3.connect(served.home / "handrail.sqlite3")
    count_of = "SELECT count(*) FROM conversations_message WHERE outcome = ? AND at {} ?"
    before, after = (database.execute(count_of.format(sign), ("answer", moment)).fetchone()[0] for sign in ("<=", ">"))
    stopped = database.execute("SELECT count(*) FROM conversations_turn WHERE reason = 'paused'").fetchone()[0]
    print(f"{SOCKETS} sockets: pause in {seconds:.3f} s; answers before {before}, after {after}; stopped {stopped}")
    assert before > 0
    assert stopped == SOCKETS  # each once: in flight, or with the next question
    assert after == 0
    if FULL:
        assert seconds <= 1
