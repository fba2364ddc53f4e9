"""The version before, with open conversations, a draft and a handoff, becomes this one while customers write.

Its code is taken out of the history; its database is migrated under it, serves on under the old code, then under this.
"""

import asyncio
import json
import os
import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from tests.client import Customer
from tests.doctrine.ada import RETURNS
from tests.server import BASE, Server, free_port

BEFORE = "6cd2c70a0414427ca6586382f0336c31c9a0ad58"
"""The last commit of the version before."""
LOWER = (
    "from knowledge.models import Category; from release.exposure import levels;"
    "levels.lower_level(Category.objects.get(slug='delivery'), 2, actor='test', reason='A rehearsal.')"
)
LEFT = (
    "import json; from escalation.models import Draft, Handoff; from conversations.models import Turn;"
    "print(json.dumps([Draft.objects.filter(state='pending').count(), Handoff.objects.filter(state='open').count()]))"
)
PATIENT = {"HANDRAIL_DEADLINE": "40"}
NEWEST = "from release.models import Release; print(Release.objects.latest('id').number)"


def has_history() -> bool:
    found = subprocess.run(["git", "cat-file", "-e", f"{BEFORE}^{{commit}}"], cwd=BASE, capture_output=True)
    return shutil.which("git") is not None and found.returncode == 0


pytestmark = [
    pytest.mark.alone,
    pytest.mark.timeout(540),
    pytest.mark.proof,
    pytest.mark.skipif(not has_history(), reason="the history does not reach back to the version before"),
]


class Version:
    """A checkout and the one home that both have in turn."""

    def __init__(self, code: Path, home: Path) -> None:
        self.code, self.port, self.env = code, free_port(), Server(home, PATIENT).env
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        self.env |= {"PORT": str(self.port), "HOST": "127.0.0.1", "PATH": path}
        self.serving: subprocess.Popen | None = None

    def manage(self, *args: str) -> str:
        ran = subprocess.run(
            [sys.executable, "manage.py", *args], cwd=self.code, env=self.env, capture_output=True, text=True
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr
        return ran.stdout

    def serve(self, *command: str) -> None:
        self.serving = subprocess.Popen(command, cwd=self.code, env=self.env, stdout=subprocess.DEVNULL)

    def stop(self) -> None:
        if self.serving is not None:
            self.serving.terminate()
            self.serving.wait(40)
            self.serving = None

    async def ready(self) -> dict:
        for _ in range(1200):
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=2) as answer:
                    return json.loads(answer.read())
            except OSError:
                assert self.serving.poll() is None, "it stopped"
                await asyncio.sleep(0.1)
        raise AssertionError("it was not ready in time")

    @property
    def ws(self) -> str:
        return f"ws://127.0.0.1:{self.port}/ws/chat/"


async def moved(customer: Customer, to: Version) -> None:
    """The same browser, at the same address in life, at another port here."""
    await customer.close()
    customer.ws = to.ws
    customer.origin = f"http://127.0.0.1:{to.port}"
    await customer.open()


async def test_nobody_loses_a_word_and_nothing_is_served_that_the_new_build_has_not_passed(tmp_path):
    code, home = tmp_path / "before", tmp_path / "home"
    code.mkdir()
    packed = subprocess.run(["git", "archive", BEFORE], cwd=BASE, capture_output=True, check=True).stdout
    subprocess.run(["tar", "x", "-C", str(code)], input=packed, check=True)
    old, new = Version(code, home), Version(BASE, home)
    try:
        old.serve(sys.executable, "-m", "config.run")
        await old.ready()
        ada, ben = Customer(old.ws), Customer(old.ws)
        await ada.open()
        await ben.open()
        assert (await ada.ask(RETURNS))["outcome"] == "answer"
        await ben.human()
        old.manage("shell", "-c", LOWER)
        async with Customer(old.ws) as cleo:
            await cleo.say("How much does delivery cost?")
            await cleo.until(lambda: cleo.state == "waiting" or len(cleo.messages) > 1)

        new.manage("migrate", "--verbosity", "0")
        left = json.loads(new.manage("shell", "-c", LEFT).splitlines()[-1])
        assert left[1] >= 1
        assert (await ada.ask("Is it safe to dry wet boots on a radiator?"))["outcome"] == "answer"
        async with Customer(old.ws) as dora:
            assert (await dora.ask(RETURNS))["outcome"] == "answer"
        new.manage("load_site", str(BASE / "sample"))  # its owners have mended what the new build answers otherwise
        new.manage("gate", "fernway")

        old.stop()
        new.serve("docker/entrypoint", "web")
        fallen = (await new.ready())["fallen"]
        assert [each["site"] for each in fallen] == ["fernway"]
        await moved(ada, new)
        before = dict(ada.messages)
        assert (await ada.ask(RETURNS))["outcome"] != "answer"
        live = ("--release", new.manage("shell", "-c", NEWEST).split()[-1], "--as", "dan", "--second", "admin")
        new.manage("go_live", "fernway", *live, "--reason", "A new build.")
        async with Customer(new.ws) as dora:
            assert (await dora.ask(RETURNS))["outcome"] == "answer"
        await moved(ben, new)
        assert ben.state == "waiting"
        assert json.loads(new.manage("shell", "-c", LEFT).splitlines()[-1])[0] == left[0]
        assert all(ada.messages[seq] == message for seq, message in before.items())
        assert ada.gapless()
        assert "fernway: whole" in new.manage("verify_audit")
        await ada.close()
        await ben.close()
    finally:
        old.stop()
        new.stop()
