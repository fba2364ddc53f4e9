"""The topology of docker/compose.yaml as plain processes, by the image's own entrypoint: nobody notices the seams.

Two web processes behind no proxy, a worker for each lane, PostgreSQL, Redis and a Chroma server; no DEBUG.
"""

import asyncio
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.client import Customer
from tests.doctrine.ada import RETURNS
from tests.everything import POSTGRES, REDIS, answers
from tests.line import Line
from tests.server import BASE, free_port

pytestmark = [
    pytest.mark.alone,
    pytest.mark.timeout(600),
    pytest.mark.skipif(not (answers(POSTGRES) and answers(REDIS)), reason="PostgreSQL and Redis do not answer here"),
]
SITE = "from config import run; run.people(); run.sample(); print(run.release())"
TOKEN = (
    "from django.contrib.auth.models import User; from sites.access import integrations; from sites.models import Site;"
    "print(integrations.create(Site.objects.get(), 'Ben', actor=User.objects.get(username='admin'))[1])"
)
ARTICLE = "# Climbing skins\n\nClimbing skins are lent for 4 days at a time. A deposit of 20 euros is taken.\n"


class Parts:
    """The processes, each with its log; what one is told, all are."""

    def __init__(self, home: Path, database: str) -> None:
        self.home, self.running, self.ports = home, {}, {"a": free_port(), "b": free_port()}
        self.jobs: list[subprocess.Popen] = []
        self.running: dict[str, subprocess.Popen]
        self.line = Line(database)
        """Web process a reaches the database by it."""
        chroma = free_port()
        self.env = {
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "DATABASE_URL": database,
            "REDIS_URL": REDIS,
            "CELERY_BROKER_URL": REDIS,
            "CHROMA_URL": f"http://127.0.0.1:{chroma}",
            "SECRET_KEY": secrets.token_urlsafe(50),
            "HANDRAIL_HOME": str(home / "data"),
            "HOST": "127.0.0.1",
            "DEBUG": "",
            "HANDRAIL_BUILD": "",
            "HANDRAIL_LIMIT_ADDRESS": "0",
        }
        self.env.pop("DJANGO_SETTINGS_MODULE", None)
        self.begin("chroma", ["chroma", "run", "--path", str(home / "chroma"), "--port", str(chroma)])

    def begin(self, name: str, command: list[str], **env: str) -> None:
        with (self.home / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                command, cwd=BASE, env=self.env | env, stdout=log, stderr=log, start_new_session=True
            )

    def entry(self, role: str) -> None:
        """One container of the compose file."""
        name, _, which = role.partition(" ")
        own = {"PORT": str(self.ports[which])} if which else {}
        if which == "a":
            own["DATABASE_URL"] = self.line.url
        self.begin(role, ["docker/entrypoint", name], **own)

    def manage(self, *args: str) -> str:
        done = subprocess.run(["docker/entrypoint", *args], cwd=BASE, env=self.env, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.strip().splitlines()[-1] if done.stdout.strip() else ""

    def kill(self, role: str) -> None:
        os.killpg(self.running[role].pid, signal.SIGKILL)
        self.running.pop(role).wait()

    def ws(self, which: str) -> str:
        return f"ws://127.0.0.1:{self.ports[which]}/ws/chat/"

    def call(self, which: str, path: str, token: str = "", body: Any = None) -> tuple[int, Any]:
        asked = urllib.request.Request(f"http://127.0.0.1:{self.ports[which]}{path}")
        if token:
            asked.add_header("Authorization", f"Bearer {token}")
        if body is not None:
            asked.data, asked.method = json.dumps(body).encode(), "POST"
            asked.add_header("Content-Type", "application/json")
        try:
            with urllib.request.urlopen(asked, timeout=20) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read() or b"null")
        except OSError:
            return 0, None

    def until(self, what: Callable[[], Any], seconds: float = 90) -> Any:
        """Wait until `what()` is truthy; a part that died says so."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if found := what():
                return found
            for name, process in self.running.items():
                assert process.poll() is None, f"{name} stopped:\n{(self.home / f'{name}.log').read_text()[-3000:]}"
            time.sleep(0.2)
        logs = "\n".join(f"── {log.stem}\n{log.read_text()[-1500:]}" for log in self.home.glob("*.log"))
        raise AssertionError(f"it did not happen in {seconds} s\n{logs}")

    def ready(self, which: str) -> dict[str, bool]:
        """What /readyz says of each part."""
        _, said = self.call(which, "/readyz")
        return said["parts"] if said else {}

    def degraded(self, which: str) -> list[str] | None:
        """The parts that it says are missing; None while it takes no messages."""
        status, said = self.call(which, "/readyz")
        return said["degraded"] if status == 200 else None


@pytest.fixture(scope="module")
def parts(tmp_path_factory) -> Iterator[Parts]:
    home, name = tmp_path_factory.mktemp("apart"), f"handrail_apart_{os.getpid()}"
    with psycopg.connect(POSTGRES, autocommit=True) as server:
        server.execute(f'CREATE DATABASE "{name}"')
    found = Parts(home, POSTGRES.rsplit("/", 1)[0] + f"/{name}")
    try:
        found.until(lambda: answers(found.env["CHROMA_URL"]))
        found.jobs = [
            subprocess.Popen(["docker/entrypoint", "migrate", "--verbosity", "0"], cwd=BASE, env=found.env)
            for _ in "ab"
        ]
        for job in found.jobs:
            job.wait()
        assert "is live" in found.manage("shell", "-c", SITE)
        for role in ("web a", "web b"):
            found.entry(role)
        yield found
    finally:
        for role in list(found.running):
            found.kill(role)
        with psycopg.connect(POSTGRES, autocommit=True) as server:
            server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
        shutil.rmtree(home, ignore_errors=True)


def test_two_starts_on_an_empty_database_do_not_race(parts: Parts):
    """The fixture began them at once; both ended well, and there is nothing left to do."""
    assert [job.returncode for job in parts.jobs] == [0, 0]
    assert "No migrations to apply" in parts.manage("migrate")


def test_a_web_process_takes_messages_and_names_the_lanes_that_do_not_work_yet(parts: Parts):
    parts.until(lambda: parts.ready("a").get("index"))
    status, said = parts.call("a", "/readyz")
    assert (status, said["degraded"]) == (200, ["worker-bulk", "worker-fast"])
    assert outcome(parts, "a") == "answer"
    for role in ("worker", "bulk"):
        parts.entry(role)
    parts.until(lambda: not parts.degraded("a") and not parts.degraded("b"))


def test_a_customer_on_one_web_process_and_a_person_on_the_other_talk(parts: Parts):
    token = parts.manage("shell", "-c", TOKEN)

    async def journey() -> None:
        async with Customer(parts.ws("a")) as ada:
            answer = await ada.ask(RETURNS)
            assert answer["outcome"] == "answer"
            assert answer["citations"]
            await ada.human()
            (waiting,) = (await asyncio.to_thread(parts.call, "b", "/api/v1/handoffs/?state=open", token))[1]["results"]
            for verb, body in (("claim", {}), ("reply", {"text": "Ben here."})):
                status, _ = await asyncio.to_thread(
                    parts.call, "b", f"/api/v1/handoffs/{waiting['id']}/{verb}/", token, body
                )
                assert status in (200, 201)
            await ada.until(lambda: any(m["text"] == "Ben here." for m in ada.messages.values()))
            assert not ada.doubled
            assert not ada.disordered

    asyncio.run(journey())


def test_a_customer_goes_on_with_the_other_process_when_theirs_dies(parts: Parts):
    async def journey() -> None:
        ada = Customer(parts.ws("a"))
        await ada.open()
        await ada.ask(RETURNS)
        before = dict(ada.messages)
        parts.kill("web a")
        await ada.close()
        ada.ws = parts.ws("b")
        ada.origin = ada.ws.replace("ws://", "http://").split("/ws/")[0]
        await ada.open()
        assert (await ada.ask("Is it safe to dry wet boots on a radiator?"))["outcome"] == "answer"
        assert all(ada.messages[seq] == message for seq, message in before.items())
        assert sorted(ada.messages) == list(range(1, max(ada.messages) + 1))
        await ada.close()

    asyncio.run(journey())
    parts.entry("web a")
    parts.until(lambda: parts.degraded("a") == [])


def outcome(parts: Parts, which: str) -> str:
    """What a new customer of one web process gets."""

    async def asking() -> str:
        async with Customer(parts.ws(which)) as ada:
            return (await ada.ask(RETURNS))["outcome"]

    return asyncio.run(asking())


def test_a_pause_by_command_holds_in_every_process(parts: Parts):
    parts.manage("pause", "--site", "fernway", "--reason", "A rehearsal.")
    assert [outcome(parts, which) for which in "ab"] == ["handoff", "handoff"]
    parts.manage("resume", "--site", "fernway", "--reason", "It is over.")
    assert [outcome(parts, which) for which in "ab"] == ["answer", "answer"]


def test_a_file_is_brought_in_beside_the_processes_that_serve(parts: Parts, tmp_path: Path):
    article = tmp_path / "climbing-skins.md"
    article.write_text(ARTICLE)
    said = json.loads(parts.manage("add_source", "--site", "fernway", "--category", "returns-refunds", str(article)))
    assert (said["status"], said["source"]) == ("indexed", "climbing-skins")


def test_no_customer_waits_for_the_long_lane(parts: Parts):
    parts.kill("bulk")
    assert outcome(parts, "a") == "answer"
    parts.entry("bulk")
    parts.until(lambda: parts.degraded("a") == [])


def test_without_the_database_a_process_says_so_at_once_and_goes_on_when_it_is_back(parts: Parts):
    async def journey() -> None:
        async with Customer(parts.ws("a")) as ada:
            await ada.ask(RETURNS)
            parts.line.cut()
            status, said = await asyncio.to_thread(parts.call, "a", "/readyz")
            assert (status, said["parts"]) == (503, {"database": False})
            assert (await asyncio.to_thread(parts.call, "a", "/api/v1/handoffs/", "hrt_x"))[0] == 503
            await ada.send({"type": "ask", "id": "while-away", "text": RETURNS})
            await ada.until(lambda: any(f.get("code") == "busy" and f["id"] == "while-away" for f in ada.frames))
            parts.line.mend()
            while "while-away" not in ada.acked:  # as a widget does
                seen = len(ada.frames)
                await ada.send({"type": "ask", "id": "while-away", "text": RETURNS})
                await ada.until(lambda: any(f.get("id") == "while-away" for f in ada.frames[seen:]))  # noqa: B023
            assert not ada.doubled

    asyncio.run(journey())
    parts.until(lambda: parts.degraded("a") == [])


def test_a_process_that_is_told_to_stop_finishes_what_it_has_begun(parts: Parts):
    async def journey() -> None:
        ada = Customer(parts.ws("a"))
        await ada.open()
        await ada.send({"type": "ask", "id": "last", "text": RETURNS})
        await ada.until(lambda: "last" in ada.acked)
        os.kill(parts.running["web a"].pid, signal.SIGTERM)
        await ada.close()
        ada.ws = parts.ws("b")
        ada.origin = ada.ws.replace("ws://", "http://").split("/ws/")[0]
        await ada.open()
        await ada.until(lambda: any(m.get("outcome") == "answer" for m in ada.messages.values()))
        await ada.close()

    asyncio.run(journey())
    assert parts.running.pop("web a").wait(30) == -signal.SIGTERM  # the server ends by the signal, once it has drained
    parts.entry("web a")
    parts.until(lambda: parts.degraded("a") == [])
