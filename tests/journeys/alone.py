"""The door alone for a file of journeys: a server without the gated sample, quick to start, with one customer's key."""

import fcntl
import json
from pathlib import Path

from tests import tables
from tests.chatbot.forgery import RINGS
from tests.server import BASE, Server

DOOR = "tests.journeys.door"


def door_alone(homes: Path, name: str, **env: str) -> Server:
    """A server of `tests.journeys.door`, started; the customers of Fernway can be signed in to it."""
    keys = {"HANDRAIL_IDENTITY_KEYS": json.dumps(RINGS)}
    return Server(with_tables(homes / name), keys | env, module=DOOR).start()


def with_tables(home: Path) -> Path:
    """A new home with its tables, which are migrated once for as long as no migration changes."""
    home.mkdir(parents=True, exist_ok=True)
    database = home / "handrail.sqlite3"
    with (BASE / "var" / "tables.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # who comes second waits and has them
        if not tables.lay(database):
            Server(home).manage("migrate", "--verbosity", "0")
            tables.keep(database)
    return home
