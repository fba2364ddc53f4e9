"""docs/getting-started.md does what it says: from a checkout to the first answer, by its own commands, and no other."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.server import BASE, Server, copy

pytestmark = pytest.mark.timeout(600)
MOST = 6


def commands() -> list[str]:
    """What the page tells to type, up to the first answer."""
    page = (BASE / "docs" / "getting-started.md").read_text(encoding="utf-8").split("### Then")[0]
    return [line for block in re.findall(r"```\n(.*?)```", page, re.S) for line in block.splitlines()]


def typed(command: str, home: Path, folder: Path) -> "subprocess.CompletedProcess[str]":
    """The command in a shell that knows nothing but the home; the folder it names is the test's own."""
    line = re.sub(r"((?:new|load)_site) my-shop", rf"\1 {folder}", command.replace(".venv/bin/python", sys.executable))
    bare = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    env = bare | {"HANDRAIL_HOME": str(home)}
    return subprocess.run(line, shell=True, cwd=BASE, env=env, capture_output=True, text=True)


def test_six_commands_lead_from_a_checkout_to_the_first_answer(homes: Path, tmp_path: Path) -> None:
    first, *rest = commands()
    assert first == "make run"
    assert len(rest) < MOST
    server = Server(copy(homes, "first-hour")).start()
    try:
        said = [typed(command, server.home, tmp_path / "my-shop") for command in rest]
    finally:
        server.stop()
    told = "\n".join(f"{each.args}\n{each.stdout}{each.stderr}" for each in said)
    assert not [each for each in said if each.returncode], told
    assert "to mend: manage.py grant my-shop dan=release_owner cleo=content_owner" in said[1].stderr
    assert "30 days" in said[-1].stdout, told
