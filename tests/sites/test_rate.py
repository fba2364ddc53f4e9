"""Messages and calls are counted for a minute, by all processes together where they share a Redis."""

import os
import shutil
import subprocess
import sys
import time

import pytest
from django.core.cache import cache

from sites.core import rate
from tests.redis import Redis
from tests.server import BASE, free_port

NOON = 1_800_000_000.0  # a whole minute
COUNTS = """
import time, django
time.time = lambda: 1_800_000_000.0
django.setup()
from sites.core import rate
input()
print(*[rate.count("door", "address", "203.0.113.7")[0] for _ in range(200)])
"""


@pytest.fixture(autouse=True)
def _nothing_counted(monkeypatch):
    cache.clear()
    monkeypatch.setattr(time, "time", lambda: NOON)


def test_each_thing_has_a_count_of_its_own():
    assert [rate.count("door", "ada")[0] for _ in range(3)] == [1, 2, 3]
    assert rate.count("door", "ben")[0] == 1
    assert rate.count("door", "a", "da")[0] == 1


def test_a_count_is_over_with_its_minute_and_says_when_that_is(monkeypatch):
    monkeypatch.setattr(time, "time", lambda: NOON + 45)
    assert [rate.count("ada"), rate.count("ada")] == [(1, 15), (2, 15)]
    monkeypatch.setattr(time, "time", lambda: NOON + 60)
    assert rate.count("ada") == (1, 60)


def test_no_key_says_whom_it_counts(monkeypatch):
    kept = []
    monkeypatch.setattr(cache, "add", lambda key, *_: kept.append(key))
    rate.count("door", "address", "203.0.113.7")
    assert len(kept) == 1
    assert "203.0.113.7" not in kept[0]


# ── Several processes ─────────────────────────────────────────────────────────────────────────────────────────


def in_processes(redis_url: str, number: int) -> list[list[int]]:
    """What so many processes count of one thing at the same time."""
    env = {**os.environ, "REDIS_URL": redis_url, "DJANGO_SETTINGS_MODULE": "config.settings", "SECRET_KEY": "shared"}
    order = [sys.executable, "-c", COUNTS]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    running = [subprocess.Popen(order, cwd=BASE, env=env, **pipes) for _ in range(number)]
    for each in running:
        each.stdin.write("\n")
        each.stdin.flush()
    return [[int(n) for n in each.communicate(timeout=120)[0].split()] for each in running]


@pytest.mark.skipif(not shutil.which("redis-server"), reason="there is no redis-server on this machine")
def test_processes_with_one_redis_count_together(tmp_path):
    redis = Redis(tmp_path).start()
    try:
        first, second = in_processes(redis.url, 2)
    finally:
        redis.kill()
    assert sorted(first + second) == list(range(1, 401))


def test_while_redis_is_away_each_process_counts_by_itself():
    (alone,) = in_processes(f"redis://127.0.0.1:{free_port()}/0", 1)
    assert alone == list(range(1, 201))
