"""A real server for tests: `config.run` as a process of its own, on a free port, with its own home.

The first start loads and gates the sample; its home is kept as a template that later servers copy.
"""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path

BASE = Path(__file__).resolve().parent.parent


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


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
        self.log = home.parent / f"{home.name}.log"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def ws(self) -> str:
        return f"ws://127.0.0.1:{self.port}/ws/chat/"

    def start(self, seconds: float = 300) -> "Server":
        self.home.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", self.module],
                cwd=BASE,
                env=self.env,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
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
        """SIGKILL the server, and the shop it started, as a power cut would."""
        if self.process and self.process.poll() is None:
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


def template(folder: Path) -> Path:
    """A home with the sample site live, made once under `folder`."""
    home = folder / "template"
    if not (home / "ready").exists():
        server = Server(home).start()
        server.stop()
        (home / "ready").touch()
    return home


def copy(folder: Path, name: str) -> Path:
    """A fresh copy of the template home."""
    target = folder / name
    if target.exists():
        shutil.rmtree(target)
    shutil.copytree(template(folder), target)
    return target
