"""The model computes each batch once: what it said of exactly the same batch is kept, for this run and the next.

Most tests begin with the same articles and the same examples, and each rollback forgets their vectors. Kept are batches
and not texts, since a text's vector differs in its last bits by what shares its batch: so a test gets to the bit what
the model would have said, whatever ran before. The code around the model, its weights and its runtime are in the key.
"""

import hashlib
import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from knowledge.embedding import minilm

LARGEST = 200_000_000
"""Bytes of the file; beyond them it begins anew."""
MODEL = f"{minilm.WEIGHTS_SHA256} {minilm.onnxruntime.__version__}".encode() + Path(minilm.__file__).read_bytes()
TABLE = "CREATE TABLE IF NOT EXISTS said (key BLOB PRIMARY KEY, vectors BLOB) WITHOUT ROWID"


class Recalling:
    """A session of the model that looks first whether it has been given the same before. Safe between threads."""

    def __init__(self, session: Any, kept: sqlite3.Connection) -> None:
        self.session, self.kept = session, kept

    def run(self, names: Sequence[str], given: Mapping[str, Any]) -> list[Any]:
        if list(names) != ["vectors"]:  # the states of each token, too large to be kept
            return list(self.session.run(names, given))
        ids = given["ids"]
        key = hashlib.sha256(b"\0".join((MODEL, repr(ids.shape).encode(), ids.tobytes(), given["mask"].tobytes())))
        row = self.kept.execute("SELECT vectors FROM said WHERE key = ?", [key.digest()]).fetchone()
        if row is None:
            row = [self.session.run(names, given)[0].tobytes()]
            self.kept.execute("INSERT OR IGNORE INTO said VALUES (?, ?)", [key.digest(), row[0]])
        return [np.frombuffer(row[0], np.float32).reshape(len(ids), minilm.DIMS)]


def recall(file: Path) -> None:
    """From now on what the models of this process say is kept in this file, where other processes find it too."""
    file.parent.mkdir(parents=True, exist_ok=True)
    if file.exists() and file.stat().st_size > LARGEST:
        file.unlink()
    kept = sqlite3.connect(file, timeout=60, isolation_level=None, check_same_thread=False)
    kept.execute("PRAGMA journal_mode = WAL")
    kept.execute("PRAGMA synchronous = OFF")
    kept.execute(TABLE)
    begin = minilm.Encoder.__init__

    def recalling(self: minilm.Encoder, threads: int = 1) -> None:
        begin(self, threads)
        self.session = Recalling(self.session, kept)

    minilm.Encoder.__init__ = recalling  # type: ignore[method-assign]
