"""Files are read in a child process that may use so much time and memory, and knows no secrets.

Law of the room: whatever a file does to its reader, it ends in a Document or in a DocumentError, in bounded time and
memory. A child reads one file after another and is thrown away when one was too much for it.
"""

import json
import os
import resource
import selectors
import subprocess
import sys
import time
from base64 import b64decode, b64encode
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import IO, Any, Self

from knowledge.readers import zipped
from knowledge.readers.documents import MAX_BYTES, Document, DocumentError, read
from knowledge.readers.unreadable import Unreadable
from sites.core import foreign

SECONDS = 60.0
"""For one file; a PDF of a thousand pages takes a quarter of it."""
MEMORY = 1_000_000_000
"""Bytes of address space of the child (on Linux; macOS does not keep such limits)."""
ANSWER = 40_000_000
DAY = "\0day"

_HOME = Path(__file__).resolve().parents[2]


class Reader:
    """Reads files one after another: `with Reader() as reader: reader.read(name, data)`. For one thread."""

    def __init__(self, *, seconds: float = SECONDS, memory: int = MEMORY) -> None:
        self.seconds, self.memory = seconds, memory
        self._child: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def read(self, name: str, data: bytes, *, locale: str = "", base: str = "") -> Document:
        """The document in a file, as `documents.read` has it. Raises DocumentError, also for what takes too much."""
        if len(data) > MAX_BYTES:
            raise DocumentError(name, f"{len(data):,} bytes are more than the limit of {MAX_BYTES:,}")
        answer = self._asked({"name": name, "locale": locale, "base": base}, data)
        if "document" in answer:
            return Document(**{**answer["document"], "warnings": tuple(answer["document"]["warnings"])})
        if answer.get("spent"):
            self.close()
        raise DocumentError(name, answer["why"], answer.get("line"))

    def unpack(self, name: str, data: bytes) -> tuple[zipped.Files, zipped.Skipped]:
        """The files in a .zip by path, and those left out with the reason. Raises DocumentError."""
        if len(data) > MAX_BYTES:
            raise DocumentError(name, f"{len(data):,} bytes are more than the limit of {MAX_BYTES:,}")
        answer = self._asked({"unpack": True}, data)
        if "files" not in answer:
            self.close()
            raise DocumentError(name, answer["why"])
        return [(path, b64decode(body)) for path, body in answer["files"]], [(a, b) for a, b in answer["refused"]]

    def close(self) -> None:
        """End the child."""
        child, self._child = self._child, None
        if child is not None:
            child.kill()
            child.communicate()

    def _asked(self, about: dict[str, Any], data: bytes) -> dict[str, Any]:
        end = time.monotonic() + self.seconds
        child = self._child = self._child or self._started()
        assert child.stdin is not None
        assert child.stdout is not None
        try:
            child.stdin.write(json.dumps({**about, "size": len(data)}).encode() + b"\n")
            child.stdin.write(data)
            child.stdin.flush()
            return dict(foreign.loads(_line(child.stdout, end), most=ANSWER, hook=_days))
        except TimeoutError:
            why = f"reading it took longer than {self.seconds:g} seconds; split it, or save it in a simpler format"
        except (OSError, ValueError):
            why = "it is more than can be read safely; save it in a simpler format"
        self.close()
        return {"why": why}

    def _started(self) -> subprocess.Popen[bytes]:
        quiet = {"PATH": os.environ.get("PATH", ""), "LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1"}
        return subprocess.Popen(  # noqa: S603 - this very file
            [sys.executable, "-m", "knowledge.readers.sandbox", str(self.memory)],
            cwd=_HOME, env=quiet, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip


def read_one(name: str, data: bytes, *, locale: str = "", base: str = "") -> Document:
    """The document in one file, read by a child of its own. Raises DocumentError."""
    with Reader() as reader:
        return reader.read(name, data, locale=locale, base=base)


def _line(pipe: IO[bytes], end: float) -> bytes:
    """One line of the child. Raises TimeoutError when its time is over, OSError when it is gone."""
    got = bytearray()
    with selectors.DefaultSelector() as selector:
        selector.register(pipe, selectors.EVENT_READ)
        while not got.endswith(b"\n"):
            if not selector.select(max(end - time.monotonic(), 0)):
                raise TimeoutError
            part = os.read(pipe.fileno(), 65_536)
            got += part
            if not part or len(got) > ANSWER:
                raise OSError
    return bytes(got)


def _days(value: dict[str, Any]) -> Any:
    """The days of a front matter, which JSON has no word for, as days again."""
    if set(value) == {DAY}:
        written = str(value[DAY])
        return datetime.fromisoformat(written) if "T" in written else date.fromisoformat(written)
    return value


def _written(value: Any) -> Any:
    return {DAY: value.isoformat()} if isinstance(value, date) else str(value)


# ── The child ─────────────────────────────────────────────────────────────────────────────────────────────────


def _serve(memory: int) -> None:
    """Answer files on standard input until it is closed; nothing can be written but the answers."""
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    source, answers = sys.stdin.buffer, sys.stdout.buffer
    while line := source.readline():
        asked = json.loads(line)
        data = source.read(asked["size"])
        answer = _unpacked(data) if asked.get("unpack") else _answer(asked, data)
        answers.write(json.dumps(answer, default=_written, skipkeys=True).encode() + b"\n")
        answers.flush()


def _answer(asked: dict[str, Any], data: bytes) -> dict[str, Any]:
    try:
        document = read(asked["name"], data, locale=asked["locale"], base=asked["base"])
    except DocumentError as error:
        return {"why": error.why, "line": error.line}
    except MemoryError:
        return {"why": "reading it needs too much memory; split it, or save it in a simpler format", "spent": True}
    except RecursionError:
        return {"why": "it is nested too deeply to be read; save it in a simpler format", "spent": True}
    return {"document": asdict(document)}


def _unpacked(data: bytes) -> dict[str, Any]:
    try:
        files, refused = zipped.unpack(data)
    except Unreadable as error:
        return {"why": str(error)}
    except MemoryError:
        return {"why": "unpacking it needs too much memory; hand in a part of the folder"}
    return {"files": [[path, b64encode(body).decode()] for path, body in files], "refused": refused}


if __name__ == "__main__":
    _serve(int(sys.argv[1]))
