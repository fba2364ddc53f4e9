"""The empty tables of a test database on SQLite: migrated once, then copied for as long as no migration changes.

Migrating takes seconds, and each process of a test run has a database of its own.
"""

import contextlib
import hashlib
import os
import shutil
import sqlite3
from pathlib import Path

from tests.server import BASE


def kept() -> Path:
    """Where the tables that the present migrations make are kept."""
    whole = hashlib.sha256()
    for path in (*sorted(BASE.glob("*/migrations/*.py")), BASE / "requirements" / "dev.txt"):
        whole.update(path.name.encode() + path.read_bytes())
    return BASE / "var" / f"tables-{whole.hexdigest()[:16]}.sqlite3"


def lay(database: Path) -> bool:
    """Put the kept tables where a test database belongs; False when none are kept."""
    for path in database.parent.glob(f"{database.name}*"):  # also what SQLite wrote beside it
        path.unlink()
    if found := kept().exists():
        shutil.copyfile(kept(), database)
    return found


def keep(database: Path) -> None:
    """Keep the tables of a test database that has just been migrated."""
    for path in kept().parent.glob("tables-*.sqlite3"):
        if path != kept():
            path.unlink(missing_ok=True)
    draft = BASE / "var" / f"draft-{os.getpid()}.sqlite3"
    draft.parent.mkdir(exist_ok=True)
    with contextlib.closing(sqlite3.connect(database)) as db:
        db.execute("VACUUM INTO ?", [str(draft)])
    draft.replace(kept())  # whole, or not at all
