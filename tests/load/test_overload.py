"""Three times as many questions as can be answered: who is let in is answered, and who is not is told."""

import asyncio
from pathlib import Path

import pytest

from tests import bench, overload
from tests.server import Server, copy

pytestmark = [pytest.mark.alone, pytest.mark.proof, pytest.mark.timeout(900)]
SECONDS = 20


def test_who_is_let_in_is_answered_and_the_others_are_told_at_once(homes: Path) -> None:
    home = copy(homes, "overload")
    server = Server(home, {"HANDRAIL_LIMIT_SOCKETS": "0"}).start()
    try:
        bench.rest(home)
        rate = overload.pace(server)
        told = asyncio.run(overload.storm(server, overload.TIMES * rate, SECONDS, round(12 * rate)))
        late = overload.too_late(home)
    finally:
        server.stop()
    assert told.busy, "never too much: nothing was tried here"
    assert len(told.answered) == len(told.taken)
    assert late <= 0.01 * len(told.taken), "who was let in was with a person for want of time"
    assert told.buttons
