"""A server, a browser and a stage for each file of journeys."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.journeys.stage import Stage, chromium, set_site
from tests.server import Server, copy


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser a file; it ends with the file, for its event loop would be in the way of others."""
    with chromium() as opened:
        yield opened


@pytest.fixture(scope="module")
def served(homes: Path, request: pytest.FixtureRequest) -> Iterator[Server]:
    """The sample site on a server of its own, with people at the desk whatever the time."""
    patient = {"HANDRAIL_DEADLINE": "40"}  # a machine that stands still for a while is no failure of a turn
    server = Server(copy(homes, request.module.__name__.rpartition(".")[2]), patient).start()
    set_site(server, hours={})
    yield server
    server.stop()


@pytest.fixture(scope="module")
def logins() -> dict[str, Any]:
    """The cookies of staff who have signed in on this file's server."""
    return {}


@pytest.fixture
def stage(browser: Browser, served: Server, logins: dict[str, Any]) -> Iterator[Stage]:
    """A journey; it fails when a browser complained of anything nobody had foreseen."""
    opened = Stage(browser, served, logins)
    yield opened
    opened.close()
    assert not opened.unforeseen
