"""The database's own lock on the record: entries and ended turns are neither changed nor deleted, whoever asks.

Law of the room: triggers refuse it (`0015_sealed`, `conversations/0009_sealed`) unless the marker row is there, which
an erasure puts in and takes out again. It cannot be left on: it points at a row that cannot exist, by a foreign key
that is checked at the commit, so a transaction that ends with it fails whole; no other transaction ever sees it.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

TRIGGERS = ("handrail_ledger_sealed_update", "handrail_ledger_sealed_delete", "handrail_turn_sealed_update",
            "handrail_turn_sealed_delete")  # fmt: skip


@contextmanager
def opened() -> Iterator[None]:
    """Change what is sealed, inside the caller's transaction; on leaving it is sealed again. Waits for another such."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("INSERT INTO handrail_sites_unsealed (id, never) VALUES (1, 2) ON CONFLICT DO NOTHING")
        mine = cursor.rowcount == 1
        yield
        if mine:
            cursor.execute("DELETE FROM handrail_sites_unsealed")


def missing() -> list[str]:
    """The triggers that are not in the database, or switched off; none: it is sealed."""
    if connection.vendor == "sqlite":
        statement = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    else:
        statement = "SELECT tgname FROM pg_trigger WHERE tgenabled = 'O' AND NOT tgisinternal"
    with connection.cursor() as cursor:
        cursor.execute(statement)
        there = {row[0] for row in cursor.fetchall()}
    return [name for name in TRIGGERS if name not in there]
