"""A real server for tests: `config.run` as a process of its own, on a free port, with its own home.

The first start loads and gates the sample; its home is kept as a template that later servers copy, in all processes and
runs, for as long as nothing of it has changed.
"""

import contextlib
import fcntl
import functools
import hashlib
import os
import secrets
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from tests import warmed

BASE = Path(__file__).resolve().parent.parent
MADE_OF = [
    "chatbot",
    "config",
    "conversations",
    "escalation",
    "knowledge",
    "release",
    "requirements",
    "sample",
    "shop",
    "sites",
    "tools",
]


def free_port() -> int:
    """A port that nobody listens on, below those that Linux gives to whoever asks for any."""
    while True:
        port = 10_000 + secrets.randbelow(22_768)
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            return port


class Server:
    """One `make run`, without make."""

    def __init__(
        self,
        home: Path,
        env: Mapping[str, str] | None = None,
        port: int | None = None,
        module: str = "config.run",
    ) -> None:
        self.home, self.port, self.module = home, port or free_port(), module
        self.env = {
            **os.environ,
            "HANDRAIL_LIMIT_ADDRESS": "0",
            "HANDRAIL_LIMIT_CONVERSATION": "0",
            "DEBUG": "1",
            **(env or {}),
        }
        self.env |= {
            "PORT": str(self.port),
            "HANDRAIL_HOME": str(home),
            "PYTHONUNBUFFERED": "1",
        }
        self.env.pop("DJANGO_SETTINGS_MODULE", None)
        self.process: subprocess.Popen | None = None
        self.grouped = False
        self.log = home.parent / f"{home.name}.log"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def ws(self) -> str:
        return f"ws://127.0.0.1:{self.port}/ws/chat/"

    def start(self, seconds: float = 300) -> "Server":
        self.home.mkdir(parents=True, exist_ok=True)
        self.process = warmed.start([self.module], self.env, self.log)
        self.grouped = True
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise RuntimeError(
                    f"the server stopped with {self.process.returncode}:\n{self.log.read_text()[-4000:]}"
                )
            try:
                urllib.request.urlopen(f"{self.url}/readyz", timeout=1).close()
                return self
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
        raise RuntimeError(f"the server was not ready in {seconds} s:\n{self.log.read_text()[-4000:]}")

    def kill(self) -> None:
        """SIGKILL the server, and the shop it started, as a power cut would; the shop too when the server has died."""
        if self.process and self.grouped:
            self.grouped = False  # the number of a group that is gone may be another's
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(20)
            self.kill()

    def manage(self, *args: str, check: bool = True) -> subprocess.CompletedProcess:
        return subprocess.run(
            [sys.executable, "manage.py", *args],
            cwd=BASE,
            env=self.env,
            capture_output=True,
            text=True,
            check=check,
        )


def copy(folder: Path, name: str) -> Path:
    """A fresh copy of a home with the sample site live."""
    target = folder / name
    if target.exists():
        shutil.rmtree(target)
    (BASE / "var").mkdir(exist_ok=True)
    with (BASE / "var" / "template.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # who comes second waits and has it made
        shutil.copytree(template(BASE / "var" / "template"), target)
    return target


def template(home: Path) -> Path:
    """The home with the sample site live; made anew when what it is made of has changed."""
    mark = home / "made-of"
    if not mark.exists() or mark.read_text() != made_of():
        shutil.rmtree(home, ignore_errors=True)
        server = Server(home).start()
        while left_to_do(home):
            time.sleep(0.5)
        server.stop()
        mark.write_text(made_of())
    return home


def left_to_do(home: Path) -> int:
    """How much a first start leaves to the workers: each copy would do it anew, beside what is tested."""
    file = home / "handrail.sqlite3"
    if not file.exists():
        return 0
    with contextlib.closing(sqlite3.connect(file)) as db:
        due = "SELECT count(*) FROM handrail_sites_outboxitem WHERE bulk AND state IN ('due', 'leased')"
        return int(db.execute(due).fetchone()[0])


@functools.cache
def made_of() -> str:
    """The digest of what a template depends on: the product's files, its settings, and the day."""
    settings = [os.environ.get(name, "") for name in ("DATABASE_URL", "HANDRAIL_MODEL", "HANDRAIL_EMBEDDINGS")]
    whole = hashlib.sha256(repr([date.today(), settings]).encode())
    for folder in MADE_OF:
        for path in sorted((BASE / folder).rglob("*.*")):
            if path.is_file() and path.suffix != ".pyc":
                whole.update(path.read_bytes())
    return whole.hexdigest()
