"""docs/runbook.md does what it says: its own commands, in order, on a copy of the sample site."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.server import BASE, Server, copy

pytestmark = [pytest.mark.alone, pytest.mark.timeout(300), pytest.mark.proof]


def test_every_command_of_the_runbook_works(homes: Path, tmp_path: Path) -> None:
    page = (BASE / "docs" / "runbook.md").read_text(encoding="utf-8")
    script = "\n".join(re.findall(r"```sh\n(.*?)```", page, re.S)).replace("/tmp/", f"{tmp_path}/")
    server = Server(copy(homes, "runbook"))
    old = (server.home / "secret_key").read_text().strip()
    env = {**server.env, "OLD_KEY": old, "NEW_KEY": "a-new-key-" * 6, "PATH": os.environ["PATH"]}
    manage = f'manage() {{ {sys.executable} manage.py "$@"; }}\n'
    done = subprocess.run(["bash", "-e", "-c", manage + script], cwd=BASE, env=env, capture_output=True, text=True)
    assert done.returncode == 0, (done.stdout + done.stderr)[-4000:]
    assert "fernway: whole" in done.stdout
    assert (tmp_path / "handrail.backup").is_file()
    assert "encrypted under the new key" in done.stdout
    assert "rows were forgotten" in done.stdout
    assert "pause" not in server.manage("shell", "-c", ENGAGED).stdout


ENGAGED = "from release.models import KillSwitch as K; print(['pause' for _ in K.objects.filter(lifted_at=None)])"
