"""The shop's orders: every read names the customer, and there is no other way to read."""

import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

from shop import seed

Order = dict[str, Any]
"""number, customer, status, carrier; placed, shipped, due, delivered, updated (ISO days or None); items."""

COLUMNS = "number, customer, status, carrier, placed, shipped, due, delivered, updated"


def create(path: Path, today: date) -> None:
    """Make the database at `path` with the demo's orders, unless it is there; whole or not at all."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    with closing(sqlite3.connect(draft)) as database:
        seed.plant(database, today)
    draft.rename(path)


def of(path: Path, customer: str) -> list[Order]:
    """All orders of one customer, newest first; none for a customer nobody knows."""
    return _read(path, "customer = ? ORDER BY number DESC", customer)


def one(path: Path, number: str, customer: str) -> Order | None:
    """One order of this customer; None when it does not exist or is somebody else's, which look the same."""
    found = _read(path, "number = ? AND customer = ?", number, customer)
    return found[0] if found else None


def _read(path: Path, where: str, *values: str) -> list[Order]:
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as database:
        database.row_factory = sqlite3.Row
        rows = database.execute(f"SELECT {COLUMNS} FROM orders WHERE {where}", values).fetchall()  # noqa: S608 (fixed text)
        return [{**row, "items": _items(database, row["number"])} for row in rows]


def _items(database: sqlite3.Connection, number: str) -> list[dict[str, Any]]:
    rows = database.execute("SELECT name, quantity FROM items WHERE number = ? ORDER BY place", (number,))
    return [dict(row) for row in rows]
