"""Servers of tests are forked from a process that has imported what is large and belongs to others.

Half of a server's start is imports of libraries, and a run starts a hundred servers. The process that waits here has
imported them and nothing of Handrail's own, so a server reads its settings and its code as it would when started anew.
Where Linux is not below, or with HANDRAIL_COLD=1, servers are started anew.
"""

import ctypes
import functools
import importlib
import json
import os
import runpy
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

BASE = Path(__file__).resolve().parent.parent
SUBREAPER = 36
"""PR_SET_CHILD_SUBREAPER of prctl(2): whose parent is gone becomes our child, so that it can be waited for."""
LARGE = [
    *("django.contrib.admin.options", "django.core.management.commands.migrate", "django.db.backends.sqlite3.base"),
    *("django.core.handlers.asgi", "django.contrib.postgres.fields"),
    *("rest_framework.serializers", "celery.app", "celery.worker"),
    *("celery.beat", "kombu.transport.memory", "channels.layers", "uvicorn.main", "uvloop", "whitenoise.middleware"),
    *("uvicorn.protocols.websockets.websockets_sansio_impl", "httpx", "requests", "psycopg"),
    *("pydantic", "langchain_core.embeddings", "numpy", "tokenizers", "chromadb", "yaml", "jwt"),
    *("cryptography.hazmat.primitives.asymmetric.ed25519", "prometheus_client", "redis", "rapidfuzz", "markdown_it"),
    *("bs4", "lxml.etree", "fido2.server"),
]


class Forked(subprocess.Popen):
    """A server that was forked, with the methods of one that was started."""

    def __init__(self, pid: int, args: list[str]) -> None:
        self.pid, self.args, self.returncode = pid, args, None
        self.stdin = self.stdout = self.stderr = None
        self._waitpid_lock, self._child_created, self._sigint_wait_secs = threading.Lock(), True, 0.25


def start(args: list[str], env: Mapping[str, str], log: Path) -> subprocess.Popen:
    """`python -m args` in a session of its own, with this environment; what it prints goes to the log."""
    if sys.platform == "linux" and not os.environ.get("HANDRAIL_COLD"):
        return Forked(_waiting().fork({"args": args, "env": dict(env), "log": str(log)}), args)
    with log.open("ab") as out:
        whole = [sys.executable, "-m", *args]
        return subprocess.Popen(whole, cwd=BASE, env=env, stdout=out, stderr=out, start_new_session=True)


class _Waiting:
    def __init__(self) -> None:
        if ctypes.CDLL(None).prctl(SUBREAPER, 1, 0, 0, 0):
            raise OSError("this process cannot become the parent of what is forked")
        whole = [sys.executable, "-m", "tests.warmed"]
        self.process = subprocess.Popen(whole, cwd=BASE, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.lock = threading.Lock()

    def fork(self, asked: dict) -> int:
        with self.lock:
            self.process.stdin.write(json.dumps(asked).encode() + b"\n")
            self.process.stdin.flush()
            return int(self.process.stdout.readline())


@functools.cache
def _waiting() -> _Waiting:
    return _Waiting()


# ── The process that waits ────────────────────────────────────────────────────────────────────────────────────


def _wait() -> None:
    for name in LARGE:
        importlib.import_module(name)
    for line in sys.stdin:
        print(_fork(json.loads(line)), flush=True)


def _fork(asked: dict) -> int:
    """The number of a new server, which is a child of who asked for it: the process between us and it is gone."""
    told, tell = os.pipe()
    if not (between := os.fork()):
        if server := os.fork():
            os.write(tell, str(server).encode())
            os._exit(0)
        _serve(asked)
    os.waitpid(between, 0)
    server = int(os.read(told, 32))
    os.close(told)
    os.close(tell)
    return server


def _serve(asked: dict) -> None:
    os.setsid()
    log = os.open(asked["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for number, file in ((0, os.open(os.devnull, os.O_RDONLY)), (1, log), (2, log)):
        os.dup2(file, number)
    os.environ.clear()
    os.environ.update(asked["env"])
    sys.stdout.reconfigure(line_buffering=True)
    module, *sys.argv[1:] = asked["args"]
    runpy.run_module(module, run_name="__main__", alter_sys=True)
    sys.exit()


if __name__ == "__main__":
    _wait()
