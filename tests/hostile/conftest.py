"""The hostile server as the configured model or shop, and the demo shop's real service."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache

from chatbot.decide import model, provider
from tests.conftest import count
from tests.hostile.server import Hostile, hostile
from tests.hostile.shop import SHOP
from tools import wire

ROOT = Path(__file__).parents[2]


@pytest.fixture
def liar(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hostile]:
    """The hostile server, set up as the model, with a deadline short enough to test stalls."""
    with hostile() as server:
        monkeypatch.setenv("OPENAI_BASE_URL", f"{server.url}/v1")
        monkeypatch.setenv("OPENAI_API_KEY", "not-a-key")
        settings.HANDRAIL_MODEL = "openai:liar"
        settings.HANDRAIL_DEADLINE = count(6.0, 3.6)
        provider.forget()
        model.line.breaker.reset()
        model.warm()
        yield server
        provider.forget()
        model.line.breaker.reset()


@pytest.fixture
def bad_shop(settings: Any) -> Iterator[Hostile]:
    """The hostile server, set up as the order service."""
    with hostile(SHOP) as server:
        settings.SHOP_URL, settings.SHOP_KEY = server.url, "a-key"
        wire.forget()
        cache.clear()
        yield server
        wire.forget()


@pytest.fixture(scope="session")
def shop_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """`python -m shop` as a process of its own; its address. Its key is `the-shop-s-key`."""
    command = [sys.executable, "-m", "shop", "--port", "0", "--data", str(tmp_path_factory.mktemp("shop"))]
    environment = {**os.environ, "SHOP_KEY": "the-shop-s-key"}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().split()[-1]
        process.terminate()


@pytest.fixture
def shop(shop_service: str, settings: Any) -> str:
    """The demo shop's real service, set up as the order service."""
    settings.SHOP_URL, settings.SHOP_KEY = shop_service, "the-shop-s-key"
    wire.forget()
    cache.clear()
    return shop_service


def until(done: Any, seconds: float = 10) -> bool:
    """Wait until `done()` is true; whether it became so."""
    waited = time.monotonic() + seconds
    while not done() and time.monotonic() < waited:
        time.sleep(0.02)
    return bool(done())
