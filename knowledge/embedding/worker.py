"""Texts that nobody waits for are embedded in a child process, which gets what customers' turns leave of the cores.

Law of the room: the same weights and so the same vectors. In the serving process itself a bulk call would share the
interpreter's lock with every turn; a child shares nothing but the cores, and there it steps back.
"""

import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import IO

import numpy as np

from knowledge.embedding.embedders import Matrix, MiniLM, embedder
from knowledge.embedding.minilm import DIMS, ModelUnavailable

IDLE = 30.0  # seconds without work after which the child ends: it holds 350 MB
_HOME = Path(__file__).resolve().parents[2]


class Aside:
    """The child and the way to it. Safe between threads; one call at a time."""

    def __init__(self, idle: float = IDLE) -> None:
        self.idle, self.lock = idle, threading.Lock()
        self.child: subprocess.Popen[bytes] | None = None

    def encode(self, texts: Sequence[str]) -> Matrix:
        """(n, dims) unit rows in the order of the texts. Raises ModelUnavailable when a new child fails as well."""
        with self.lock:
            for _ in range(2):  # the first may have ended just now, for want of work
                try:
                    return self._asked(list(texts))
                except (OSError, ValueError):
                    self.close()
        raise ModelUnavailable("the process that embeds in the background ended twice; is there enough memory for it?")

    def close(self) -> None:
        """End the child."""
        child, self.child = self.child, None
        if child is not None:
            with contextlib.suppress(OSError), child:  # what it was not given any more
                child.kill()

    def _asked(self, texts: list[str]) -> Matrix:
        child = self.child = self.child or self._started()
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdin.write(json.dumps(texts).encode() + b"\n")
        child.stdin.flush()
        rows = np.frombuffer(_exactly(child.stdout, len(texts) * DIMS * 4), np.float32)
        return rows.reshape(len(texts), DIMS)

    def _started(self) -> subprocess.Popen[bytes]:
        quiet = {"PATH": os.environ.get("PATH", ""), "LANG": "C.UTF-8", "TOKENIZERS_PARALLELISM": "false"}
        command = [sys.executable, "-m", "knowledge.embedding.encoding", str(self.idle)]
        return subprocess.Popen(command, cwd=_HOME, env=quiet, stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # noqa: S603


_aside: Aside | None = None


def begin() -> None:
    """From now on this process serves customers: what is embedded in bulk goes to a child."""
    global _aside
    _aside = _aside or Aside()


def end() -> None:
    """This process serves no more."""
    global _aside
    if _aside is not None:
        _aside.close()
    _aside = None


def encode(texts: Sequence[str]) -> Matrix:
    """(n, dims) unit rows of texts that nobody waits for."""
    model = embedder()
    if _aside is None or not isinstance(model, MiniLM):
        return model.encode(texts)
    return _aside.encode(texts)


def _exactly(pipe: IO[bytes], size: int) -> bytes:
    data = pipe.read(size)
    if len(data) < size:
        raise OSError("the child ended")
    return data
