"""`make test` and `make proof`: all tests, on SQLite alone, then again on PostgreSQL and Redis where they answer.

Closes with pytest's own lines; exits non-zero when any run failed.
"""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Mapping
from urllib.parse import urlsplit

POSTGRES = os.environ.get("TEST_DATABASE_URL") or "postgres://postgres@127.0.0.1:5432/postgres"
REDIS = os.environ.get("TEST_REDIS_URL") or "redis://127.0.0.1:6379/9"
ROOMS = [
    "tests/sites",
    "tests/knowledge",
    "tests/conversations",
    "tests/escalation",
    "tests/hostile/test_foreign_files.py",
    "tests/hostile/test_foreign_forms.py",
    "tests/hostile/test_foreign_frames.py",
    "tests/hostile/test_foreign_requests.py",
    "tests/hostile/test_foreign_systems.py",
    "tests/chatbot/test_interleavings.py",
    "tests/release/test_pauses.py",
    "tests/release/test_doors_at_once.py",
    "tests/release/test_incident_races.py",
    "tests/release/test_words_are_released.py",
]
"""What runs a second time on PostgreSQL and Redis: the rooms that move state, and what is no text, which it refuses."""
ON_PARTS = [*ROOMS, "-m", "not browser and not alone"]
WORKERS = ["-n", "4", "--dist", "loadfile", "--no-loadscope-reorder"]
"""A file stays with one worker, and files go in the order in which `tests.conftest` puts them."""


SHELL = "chromium-headless-shell"
"""Chromium without its own windows and menus: somebody's browser opens in a fifth of the whole one's time."""


def main() -> int:
    browser()
    extra = sys.argv[1:]
    failed = pytest("SQLite, everything in one process", {}, [*WORKERS, *extra])
    for name, url in (("PostgreSQL", POSTGRES), ("Redis", REDIS)):
        if not answers(url):
            where = urlsplit(url)
            print(
                f"\n!!! SKIPPED: {name} does not answer on {where.hostname}:{where.port}; nothing was tested on it.\n"
            )
            return failed
    parts = {"DATABASE_URL": POSTGRES, "REDIS_URL": REDIS}
    return pytest("PostgreSQL and Redis", parts, [*WORKERS, *(extra or ON_PARTS)]) or failed


def pytest(title: str, env: Mapping[str, str], args: list[str]) -> int:
    print(f"\n━━━ {title} ━━━", flush=True)
    env = {**os.environ, **env}
    env.pop("PYTHONDONTWRITEBYTECODE", None)  # hundreds of processes are started, and each would compile all it imports
    code = subprocess.run([sys.executable, "-m", "pytest", *args], env=env).returncode
    return 0 if code == 5 else code


def answers(url: str) -> bool:
    where = urlsplit(url)
    try:
        socket.create_connection((where.hostname, where.port), 1).close()
        return True
    except OSError:
        return False


def browser() -> None:
    """Have a browser: Debian's where we may install it, the machine's own chromium, else Playwright's."""
    if os.environ.get("CHROMIUM") or shutil.which(SHELL):
        return
    if shutil.which("apt-get") and os.geteuid() == 0:
        print("  Browser for the browser tests", flush=True)
        once = "-o Acquire::Retries=0 -o Acquire::http::Timeout=10"
        command = f"apt-get {once} update -qq && apt-get {once} install -y -qq {SHELL} >/dev/null"
        subprocess.run(command, shell=True, check=False)
    if not (shutil.which(SHELL) or shutil.which("chromium")):
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)


if __name__ == "__main__":
    sys.exit(main())
