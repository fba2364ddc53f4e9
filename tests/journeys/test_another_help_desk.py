"""docs/another-help-desk.md as it stands: its program takes a customer over, its commands work one by one."""

import json
import os
import re
import shlex
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from conversations import record
from escalation.models import Handoff
from sites.access import integrations
from sites.access.roles import grant
from sites.core import outbox
from sites.models import OutboxItem, Role, Site
from sites.models.endpoints import Delivery, Endpoint
from sites.outside import webhooks
from tests.escalation.conftest import LEASE, said, state_of, wait
from tests.receiver import SENT_HERE
from tests.server import BASE, free_port

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.alone]
PAGE = (BASE / "docs/another-help-desk.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    """The one block of the page in a language."""
    (found,) = re.findall(rf"```{language}\n(.*?)```", PAGE, flags=re.S)
    return found


@pytest.fixture
def shop() -> Site:
    return Site.objects.create(slug="shop", name="Fernway")


@pytest.fixture
def anna(shop: Site) -> User:
    user = User.objects.create_user("anna")
    grant(user, shop, Role.ADMIN)
    return user


@pytest.fixture
def environment(shop: Site, anna: User, live_server) -> dict[str, str]:
    """What the page has its reader export, but for the secret."""
    _, token = integrations.create(shop, "Fernway support", actor=anna)
    return {**os.environ, "HANDRAIL": live_server.url, "HANDRAIL_TOKEN": token}


@pytest.fixture
def helpdesk(shop: Site, environment, monkeypatch, tmp_path: Path) -> Iterator[subprocess.Popen]:
    """The page's program, running, and told by a webhook."""
    monkeypatch.setattr(webhooks, "post", SENT_HERE)
    port = free_port()
    endpoint = Endpoint.objects.create(site=shop, url=f"http://127.0.0.1:{port}/", nonce="n1")
    program = tmp_path / "helpdesk.py"
    program.write_text(block("python"), encoding="utf-8")
    secret = {"HANDRAIL_SECRET": webhooks.secret_of(endpoint, "n1")}
    with (tmp_path / "log").open("w") as log:
        running = subprocess.Popen(
            [sys.executable, str(program), str(port)], env=environment | secret, stdout=log, stderr=log
        )
    until_up(port)
    yield running
    running.terminate()
    running.wait(10)


def until_up(port: int) -> None:
    for _ in range(200):
        try:
            urllib.request.urlopen(urllib.request.Request(f"http://127.0.0.1:{port}/", b"{}"), timeout=2)
        except urllib.error.HTTPError as unsigned:
            if unsigned.code == 401:  # what is not signed is refused
                return
        except OSError:
            time.sleep(0.05)
    raise AssertionError("the page's program did not start")


def work() -> None:
    """The outbox's worker, until nothing is left to send."""
    while OutboxItem.objects.filter(kind="webhook", state="due").exists():
        OutboxItem.objects.filter(state="due").update(due_at=timezone.now())
        outbox.run_due(bulk=True, limit=100)


def test_the_program_on_the_page_takes_a_customer_over_and_closes_when_thanked(shop: Site, helpdesk) -> None:
    handoff = wait(shop, text="Where is my tent?", identity={"sub": "ada", "name": "Ada Byrne"})
    work()
    assert state_of(handoff) == ("claimed", "human")
    words = [text for _, text in said(handoff.conversation)]
    assert "Fernway support, a person, has joined. You are no longer talking to the AI assistant." in words
    assert words[-1] == "Hello Ada Byrne, I have read what you wrote."
    record.ask(handoff.conversation_id, "2", "Thank you, that was all.", LEASE)
    work()
    assert state_of(handoff) == ("closed", "closed")
    assert Handoff.objects.get(pk=handoff.pk).ending == "resolved"
    assert set(Delivery.objects.values_list("state", flat=True)) == {"delivered"}


def test_each_command_on_the_page_does_what_it_says(shop: Site, environment) -> None:
    handoff = wait(shop, text="Where is my tent?")
    answers = []
    for command in block("bash").strip().splitlines():
        assert shlex.split(command)[0] == "curl"
        done = subprocess.run(
            ["bash", "-c", command], env=environment | {"HANDOFF": str(handoff.pk)}, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        answers.append(json.loads(done.stdout))
    queue, whole, *moves = answers
    assert [waiting["id"] for waiting in queue["results"]] == [handoff.pk]
    assert whole["messages"][0]["text"] == "Where is my tent?"
    assert [move["state"] for move in moves] == ["claimed", "claimed", "claimed", "open", "claimed", "closed"]
    assert moves[-1]["ending"] == "returned"
    assert "I am looking into it." in [text for _, text in said(handoff.conversation)]


def test_every_kind_that_is_sent_is_on_the_page() -> None:
    for kind in webhooks.KINDS:
        assert f"| `{kind}` |" in PAGE
