"""The shop's orders: every read and every change names the customer, and there is no other way to either.

But for one: where the shop writes to about an order, so that a code can be sent there.
"""

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


def contact(path: Path, number: str) -> dict[str, Any] | None:
    """Whose an order is, and where the shop writes to them; None for an order that does not exist."""
    found = _read(path, "number = ?", number)
    customer = found[0]["customer"] if found else ""
    return {"number": number, "customer": customer, "email": seed.ADDRESSES[customer]} if found else None


def points(path: Path, customer: str) -> dict[str, Any] | None:
    """The points of a member; None for who is none."""
    with closing(_opened(path)) as database:
        row = database.execute("SELECT * FROM points WHERE customer = ?", (customer,)).fetchone()
    if row is None:
        return None
    ending = {"points": row["ending"], "day": row["ends"]} if row["ending"] else None
    return {"customer": row["customer"], "points": row["points"], "ending": ending}


FROM_TO = {"cancel": ("processing", "cancelled"), "restore": ("cancelled", "processing")}
"""What a change makes of which status."""


def change(path: Path, number: str, customer: str, verb: str, key: str) -> tuple[int, Order | None]:
    """Cancel an order that is not packed, or take that back; the status of HTTP, and the order as it is then.

    A key that was used before changes nothing and gets the same answer. Only what was cancelled here is restored.
    """
    before, after = FROM_TO[verb]
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("BEGIN IMMEDIATE")
        known = database.execute("SELECT status FROM changes WHERE key = ?", (key,)).fetchone()
        status = known[0] if known else _changed(database, number, customer, verb, before, after)
        database.execute("INSERT OR IGNORE INTO changes VALUES (?, ?, ?, ?)", (key, number, verb, status))
    return status, one(path, number, customer)


def _changed(database: sqlite3.Connection, number: str, customer: str, verb: str, before: str, after: str) -> int:
    own = database.execute("SELECT 1 FROM orders WHERE number = ? AND customer = ?", (number, customer)).fetchone()
    done = database.execute("SELECT verb FROM changes WHERE number = ? AND status = 200 ORDER BY rowid DESC", (number,))
    if own is None:
        return 404
    if verb == "restore" and (done.fetchone() or [""])[0] != "cancel":
        return 409
    moved = database.execute(
        "UPDATE orders SET status = ? WHERE number = ? AND status = ?", (after, number, before)
    ).rowcount
    return 200 if moved else 409


def _opened(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
    database.row_factory = sqlite3.Row
    return database


def _read(path: Path, where: str, *values: str) -> list[Order]:
    with closing(_opened(path)) as database:
        rows = database.execute(f"SELECT {COLUMNS} FROM orders WHERE {where}", values).fetchall()  # noqa: S608 (fixed text)
        return [{**row, "items": _items(database, row["number"])} for row in rows]


def _items(database: sqlite3.Connection, number: str) -> list[dict[str, Any]]:
    rows = database.execute("SELECT name, quantity FROM items WHERE number = ? ORDER BY place", (number,))
    return [dict(row) for row in rows]
