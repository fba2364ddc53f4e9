"""`python -m tests.at_rest [SOCKETS]`: what a server costs while nobody asks anything.

Starts the sample site as `make run` does, waits until its start has nothing left to do, and prints one JSON object: its
CPU in percent of a core over a minute with no socket; then SOCKETS widgets (5,000 by default) say hello, 50 at a time:
the connections a second of each tenth of them, the memory of one (of the whole process, in kB), and the CPU over a
minute with all of them open.
"""

import asyncio
import json
import sys
import tempfile
import time
from pathlib import Path

import psutil

from tests import beside
from tests.client import Customer
from tests.server import Server, copy

AT_ONCE, WHILE = 50, 60.0


def percent(process: psutil.Process, seconds: float = WHILE) -> float:
    """CPU of a process over so many seconds, of one core."""
    before = sum(process.cpu_times()[:2])
    time.sleep(seconds)
    return round((sum(process.cpu_times()[:2]) - before) / seconds * 100, 2)


async def arrive(server: Server, customers: list[Customer]) -> list[float]:
    """All say hello, AT_ONCE at a time; connections a second in each tenth of them."""
    rates, tenth = [], max(AT_ONCE, len(customers) // 10)
    for first in range(0, len(customers), tenth):
        began, some = time.perf_counter(), customers[first : first + tenth]
        for at in range(0, len(some), AT_ONCE):
            opened = await asyncio.gather(*(each.open() for each in some[at : at + AT_ONCE]))
            assert all(frame["type"] == "welcome" for frame in opened), opened[0]
        rates.append(round(len(some) / (time.perf_counter() - began)))
    return rates


async def held(server: Server, number: int) -> dict[str, object]:
    """The sockets opened and held, and what they cost."""
    process, customers = psutil.Process(server.process.pid), [Customer(server.ws) for _ in range(number)]
    before = process.memory_info().rss
    rates = await arrive(server, customers)
    await asyncio.sleep(5)
    memory = (process.memory_info().rss - before) / number / 1000
    cpu = await asyncio.to_thread(percent, process)
    await asyncio.gather(*(each.close() for each in customers))
    return {"sockets": number, "a second, by tenths": rates, "kB a socket": round(memory, 1), "CPU with all, %": cpu}


def main(number: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        home = copy(Path(folder), "at_rest")
        server = Server(home, {"HANDRAIL_LIMIT_SOCKETS": "0"}).start()
        try:
            until = time.monotonic() + 300
            while beside.left(home) and time.monotonic() < until:
                time.sleep(0.5)
            time.sleep(10)
            found: dict[str, object] = {"CPU with nobody, %": percent(psutil.Process(server.process.pid))}
            found |= asyncio.run(held(server, number))
        finally:
            server.stop()
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5_000)
