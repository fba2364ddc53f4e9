"""One process at a time, on one database: what would spoil itself when two did it.

Law of the room: whoever comes second waits, and finds done what the first has done. A process that dies lets go.
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from zlib import crc32

from django.conf import settings
from django.db import connection


@contextmanager
def alone(what: str) -> Iterator[None]:
    """Hold `what` for this database while the block runs, waiting for whoever holds it.

    On PostgreSQL an advisory lock of a transaction on a connection of its own, so that it works through a pooler of
    transactions too; on SQLite, which is on one machine, a lock on a file in HANDRAIL_HOME.
    """
    with _postgresql(what) if connection.vendor == "postgresql" else _file(what):
        yield


@contextmanager
def _postgresql(what: str) -> Iterator[None]:
    own = connection.copy()
    own.set_autocommit(False)
    try:
        with own.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [crc32(b"handrail") >> 1, crc32(what.encode()) >> 1])
        yield
    finally:
        own.rollback()
        own.close()


@contextmanager
def _file(what: str) -> Iterator[None]:
    with (settings.HANDRAIL_HOME / f"{what}.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
