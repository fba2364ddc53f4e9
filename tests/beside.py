"""What customers wait for while passages are being indexed: slices of chat with it and without, on one server.

The promises of the outbox are held back, and let go on, by their kind: a worker takes no kind it does not know. The
slices take turns, so whatever else the machine does falls on both sorts.
"""

import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.server import BASE, Server

KINDS = ("embed", "build_shelves")
TURNS = 400  # of one slice
PAIRS = 6  # of slices at most; under HANDRAIL_FULL until everything is indexed
SETTLES = 2.5  # seconds until the beat has looked and a slice of work in hand has ended

Chat = Callable[[Server, int], list[float]]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two slices: latencies of turns in seconds, how many passages were embedded meanwhile, the machine's load."""

    quiet: list[float]
    busy: list[float]
    passages: int
    seconds: float
    load: float


def measure(home: Path, passages: int, chat: Chat) -> tuple[list[float], list[float], list[Pair]]:
    """Latencies of turns (s) without indexing and with it, and the pairs of slices they are from."""
    env = {**os.environ, "HANDRAIL_HOME": str(home), "DEBUG": "0", "SECRET_KEY": "bench"}
    subprocess.run([sys.executable, "-m", "tests.throughput", str(passages), "later"], cwd=BASE, env=env, check=True)
    hold(home)
    server = Server(home, {"DEBUG": "0", "SECRET_KEY": "bench"}).start()
    pairs: list[Pair] = []
    try:
        chat(server, TURNS)
        while left(home) and (os.environ.get("HANDRAIL_FULL") == "1" or len(pairs) < PAIRS):
            pairs.append(pair(home, server, chat, busy_first=len(pairs) % 2 == 1))
    finally:
        server.stop()
    return [s for p in pairs for s in p.quiet], [s for p in pairs for s in p.busy], pairs


def pair(home: Path, server: Server, chat: Chat, *, busy_first: bool) -> Pair:
    """One slice of each sort; which comes first changes, so that a trend of the machine favours neither."""
    seen: dict[bool, list[float]] = {}
    for busy in (busy_first, not busy_first):
        (let_go if busy else hold)(home)
        time.sleep(SETTLES)
        if busy:
            before, began = vectors(home), time.monotonic()
        seen[busy] = chat(server, TURNS)
        if busy:
            passages, seconds = vectors(home) - before, time.monotonic() - began
    return Pair(seen[False], seen[True], passages, seconds, os.getloadavg()[0])


def hold(home: Path) -> None:
    """No more indexing from the next slice on; what is in hand is put back by its worker, so look twice."""
    for _ in range(2):
        _sql(home, [f"UPDATE handrail_sites_outboxitem SET kind = 'held ' || kind WHERE kind = '{k}'" for k in KINDS])
        time.sleep(0.2)


def let_go(home: Path) -> None:
    """Indexing goes on."""
    _sql(home, [f"UPDATE handrail_sites_outboxitem SET kind = '{k}' WHERE kind = 'held {k}'" for k in KINDS])


def left(home: Path) -> int:
    """Promises not kept yet."""
    return int(_sql(home, ["SELECT count(*) FROM handrail_sites_outboxitem WHERE bulk AND state IN ('due', 'leased')"]))


def vectors(home: Path) -> int:
    """Passages embedded."""
    return int(_sql(home, ["SELECT count(*) FROM knowledge_passagevectors"]))


def _sql(home: Path, statements: list[str]) -> int:
    db = sqlite3.connect(home / "handrail.sqlite3", timeout=60)
    with db:
        rows = [db.execute(statement).fetchone() for statement in statements]
    db.close()
    return int(rows[-1][0]) if rows[-1] else 0
