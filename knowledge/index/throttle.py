"""Bulk writing beside customers: short transactions, a pause after each as long as it took, and patience.

Writers that wait for SQLite look again every 1 to 100 ms and have no queue. Without gaps a loader would keep a
customer's turn out until it times out; without patience a busy desk would do the same to the loader. PostgreSQL
queues by itself.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

LONGEST_PAUSE = 0.2  # seconds
PATIENCE = 60_000  # milliseconds this connection waits for others from then on; a turn's waits 5,000


def patient() -> None:
    """Let this thread's connection wait long for its turn to write: nobody is waiting for what it does."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA busy_timeout = {PATIENCE}")


@contextmanager
def gently() -> Iterator[None]:
    """Around one of many short transactions."""
    began = time.monotonic()
    yield
    if connection.vendor == "sqlite" and not connection.in_atomic_block:
        time.sleep(min(LONGEST_PAUSE, time.monotonic() - began))
