"""`python -m tests.overload [SECONDS]`: three times as many questions as one server can answer, and what customers see.

Finds out how many it answers a second (a closed loop of 40), then has three times as many asked for SECONDS (60 by
default), each by a customer who waits for nothing else, while others open the widget and press the button. Prints one
JSON object: seconds until a question was taken or was told "busy", until the button was answered, until what was taken
was answered, and, after the storm, until a new customer's question is; and the memory of the process before and after.
"""

import asyncio
import contextlib
import itertools
import json
import sqlite3
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from tests import bench
from tests.client import Customer
from tests.server import Server, copy

TIMES, AT_ONCE = 3, 50


class Guest(Customer):
    """A customer who is told that all is busy, and does not ask again."""

    async def again(self, key: str, seconds: float) -> None:
        """Leave it."""

    def refused(self, key: str) -> bool:
        return any(each["type"] == "error" and each.get("id") == key for each in self.frames)


@dataclass
class Storm:
    """What came of it: seconds each, `taken` and `busy` until it was said, `answered` until the reply."""

    taken: list[float] = field(default_factory=list)
    busy: list[float] = field(default_factory=list)
    answered: list[float] = field(default_factory=list)
    buttons: list[float] = field(default_factory=list)
    unasked: int = 0
    recovered: float = 0.0
    megabytes: tuple[float, float] = (0.0, 0.0)


async def storm(server: Server, rate: float, seconds: float, guests: int) -> Storm:
    """`rate` questions a second for so long, by whichever of the guests waits for nothing."""
    told, process = Storm(), psutil.Process(server.process.pid)
    everybody = [Guest(server.ws) for _ in range(guests)]
    for at in range(0, guests, AT_ONCE):
        await asyncio.gather(*(each.open() for each in everybody[at : at + AT_ONCE]))
    free, texts, asking = list(everybody), itertools.cycle(bench.questions()), set()
    before = process.memory_info().rss / 1e6
    pressing = asyncio.create_task(_press(server, told))
    began = time.perf_counter()
    for n in range(round(rate * seconds)):
        await asyncio.sleep(max(0.0, began + n / rate - time.perf_counter()))
        if not free:
            told.unasked += 1
            continue
        task = asyncio.create_task(_ask(free.pop(), f"{next(texts)} {n}", told, free))
        asking.add(task)
    pressing.cancel()
    told.recovered = await _recovery(server)
    await asyncio.gather(*asking)
    told.megabytes = (round(before), round(process.memory_info().rss / 1e6))
    await asyncio.gather(*(each.close() for each in everybody))
    return told


async def _ask(guest: Guest, text: str, told: Storm, free: list[Guest]) -> None:
    began = time.perf_counter()
    key = await guest.say(text)
    await guest.until(lambda: key in guest.acked or guest.refused(key))
    heard = time.perf_counter() - began
    if guest.refused(key):
        told.busy.append(heard)
    else:
        told.taken.append(heard)
        await guest.until(lambda: guest.reply(key))
        told.answered.append(time.perf_counter() - began)
        if guest.state != "bot":
            await guest.send({"type": "leave"})
            await guest.until(lambda: guest.state == "bot")
    free.insert(0, guest)


async def _press(server: Server, told: Storm) -> None:
    with contextlib.suppress(asyncio.CancelledError):
        while True:
            async with Customer(server.ws) as customer:
                began = time.perf_counter()
                await customer.human()
                told.buttons.append(time.perf_counter() - began)
            await asyncio.sleep(0.5)


async def _recovery(server: Server) -> float:
    """Seconds until a new customer has an answer, who asks again each half second while all is busy."""
    began = time.perf_counter()
    async with Guest(server.ws) as guest:
        while True:
            key = await guest.say("How long do I have to return something I bought online?")
            await guest.until(lambda key=key: key in guest.acked or guest.refused(key))
            if not guest.refused(key):
                await guest.until(lambda key=key: guest.reply(key))
                return time.perf_counter() - began
            await asyncio.sleep(0.5)


def pace(server: Server, turns: int = 400) -> float:
    """Turns a second in a closed loop of 40."""
    latencies, wall, _ = asyncio.run(bench.load(server, 40, turns))
    return len(latencies) / wall


def too_late(home: Path) -> int:
    """How many were handed to a person because their turn broke or its time was up."""
    with contextlib.closing(sqlite3.connect(home / "handrail.sqlite3", timeout=60)) as db:
        return int(db.execute("SELECT count(*) FROM conversations_turn WHERE reason = 'error'").fetchone()[0])


def main(seconds: float) -> None:
    with tempfile.TemporaryDirectory() as folder:
        home = copy(Path(folder), "overload")
        server = Server(home, {"HANDRAIL_LIMIT_SOCKETS": "0"}).start()
        try:
            bench.rest(home)
            rate = pace(server)
            told = asyncio.run(storm(server, TIMES * rate, seconds, round(12 * rate)))
            late = too_late(home)
        finally:
            server.stop()
    at = lambda told, share: round(bench.at(told, share), 2) if told else None  # noqa: E731
    print(json.dumps({
        "turns a second": round(rate, 1), "asked a second": round(TIMES * rate, 1), "seconds": seconds,
        "taken": len(told.taken), "busy": len(told.busy), "found nobody free to ask": told.unasked,
        "until taken, p50 p99": [at(told.taken, 0.5), at(told.taken, 0.99)],
        "until busy, p50 p99": [at(told.busy, 0.5), at(told.busy, 0.99)],
        "until the button was answered, n p50 p99": [len(told.buttons), at(told.buttons, 0.5), at(told.buttons, 0.99)],
        "until answered, p50 p99": [at(told.answered, 0.5), at(told.answered, 0.99)],
        "with a person for want of time": late,
        "until a new customer is answered after it": round(told.recovered, 2),
        "MB before and after": told.megabytes,
    }, indent=1))  # fmt: skip


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 60.0)
