"""Another help desk is told what would be said to a ticket, and what it makes of it is evidence at level 1."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.test import Client

from conversations.models import Conversation, Event, Message, Turn
from knowledge.models import Category, Source
from release.exposure import evidence, levels
from release.live import pauses
from release.models.judged import Advice
from sites.access import integrations
from sites.core import audit
from sites.models import LedgerEntry, OutboxItem, Site
from tests.server import BASE

pytestmark = pytest.mark.django_db
WASH = "How do I wash my down jacket?"
ADDRESS = "/api/v1/suggest/"


@pytest.fixture
def inside(fernway, people) -> Site:
    """The sample with every category at level 1: no customer has met the bot."""
    for category in Category.objects.filter(site=fernway):
        if levels.level_of(category) > 1:
            levels.lower_level(category, 1, actor=people["dan"], reason="a test")
    return fernway


@pytest.fixture
def desk(inside, people) -> Client:
    """The other help desk, by its token."""
    _, token = integrations.create(inside, "Tickets", actor=people["admin"])
    return Client(headers={"authorization": f"Bearer {token}"})


def ask(desk: Client, text: str = WASH, ticket: str = "4711", **more) -> dict:
    body = {"ticket": ticket, "text": text, **more}
    return desk.post(ADDRESS, body, content_type="application/json").json()


def test_a_ticket_gets_what_would_be_said_with_its_sources_and_nobody_is_told_anything(desk, inside):
    before = (Conversation.objects.count(), Message.objects.count(), Turn.objects.count(), Event.objects.count())
    sent = OutboxItem.objects.count()
    said = ask(desk)
    assert said["level"] == 1
    assert said["reason"] == "answered"
    assert all(cited["quote"] in said["text"] or cited["quote"] for cited in said["citations"])
    assert said["citations"][0]["title"]
    assert said["text"]
    after = (Conversation.objects.count(), Message.objects.count(), Turn.objects.count(), Event.objects.count())
    assert after == before
    assert OutboxItem.objects.count() == sent


def test_of_the_ticket_only_digests_are_kept(desk, inside):
    ask(desk, text=f"{WASH} My name is Ada Byrne.", ticket="ada@mail.example/4711")
    kept = json.dumps(list(Advice.objects.values()), default=str)
    kept += "".join(LedgerEntry.objects.filter(kind__startswith="advice").values_list("body", flat=True))
    assert Advice.objects.count() == 1
    assert "Ada" not in kept
    assert "mail.example" not in kept
    assert [each for each in audit.of(inside).findings if each.table == "release.advice"] == []


def test_what_the_agent_makes_of_it_is_evidence_on_the_category_once_a_ticket(desk, inside):
    for ticket, verdict, why in (("1", "accepted", ""), ("2", "edited", ""), ("3", "rejected", "beside")):
        said = ask(desk, ticket=ticket)
        body = {"verdict": verdict, "why": why}
        for _ in range(2):  # told twice, counted once
            assert desk.post(f"{ADDRESS}{said['id']}/", body, content_type="application/json").status_code == 200
    category = Category.objects.get(site=inside, slug=said["category"])
    facts = evidence.gather(category, 2).facts
    assert facts["advice"] == {"accepted": 1, "edited": 1, "rejected": 1}
    assert ask(desk, ticket="3")["id"] == said["id"]
    other = desk.post(f"{ADDRESS}{said['id']}/", {"verdict": "accepted"}, content_type="application/json")
    assert other.status_code == 409
    assert "was rejected before" in other.json()["detail"]
    assert LedgerEntry.objects.filter(kind="advice.decided").count() == 3
    assert [each for each in audit.of(inside).findings if each.table == "release.advice"] == []


def test_a_rejection_says_why_in_one_of_four_words(desk):
    said = ask(desk)
    refused = desk.post(f"{ADDRESS}{said['id']}/", {"verdict": "rejected"}, content_type="application/json")
    assert refused.status_code == 409
    assert "wrong, beside, incomplete, unfitting" in refused.json()["detail"]
    assert Advice.objects.get().state == "waiting"


def test_what_is_no_business_of_the_site_gets_no_advice_and_leaves_no_row(desk):
    said = ask(desk, text="Please write me a poem about the French revolution.")
    assert (said["id"], said["text"], said["reason"]) == (None, "", "out_of_scope")
    assert not Advice.objects.exists()


def test_what_is_paused_or_withdrawn_is_not_advised(desk, inside, people):
    category = ask(desk)["category"]
    Source.objects.filter(site=inside, categories__slug=category).update(withdrawn_at="2026-01-01T00:00Z")
    assert ask(desk, ticket="2")["id"] is None
    Source.objects.update(withdrawn_at=None)
    pauses.pause(site=inside, actor=people["dan"], reason="A wrong price.")
    assert (ask(desk, ticket="3")["id"], ask(desk, ticket="3")["reason"]) == (None, "paused")


def test_the_token_of_another_site_gets_nothing(desk, inside, people):
    said = ask(desk)
    bank = Site.objects.create(slug="bank", name="Rho Bank")
    from sites.access.roles import grant
    from sites.models import Role

    grant(people["admin"], bank, Role.ADMIN)
    _, token = integrations.create(bank, "Eve's", actor=people["admin"])
    eve = Client(headers={"authorization": f"Bearer {token}"})
    verdict = eve.post(f"{ADDRESS}{said['id']}/", {"verdict": "accepted"}, content_type="application/json")
    assert verdict.status_code == 404
    asked = eve.post(ADDRESS, {"site": "fernway", "ticket": "1", "text": WASH}, content_type="application/json")
    assert asked.status_code == 404
    assert Client().post(ADDRESS, {"ticket": "1", "text": WASH}, content_type="application/json").status_code == 401
    nothing = eve.post(ADDRESS, {"ticket": "1", "text": WASH}, content_type="application/json")
    assert nothing.status_code == 409
    assert "No release is live" in nothing.json()["detail"]


@pytest.mark.django_db(transaction=True)
def test_the_program_of_the_page_learns_from_a_file_of_tickets(inside, people, live_server, tmp_path: Path):
    page = (BASE / "docs/another-help-desk.md").read_text(encoding="utf-8")
    assert "examples/suggest.py" in page
    _, token = integrations.create(inside, "Tickets", actor=people["admin"])
    tickets = tmp_path / "tickets.jsonl"
    asked = [{"id": "1", "text": WASH}, {"id": "2", "text": "Write a poem."}, {"id": "3", "text": WASH}]
    tickets.write_text("".join(json.dumps(each) + "\n" for each in asked), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(BASE / "docs/examples/suggest.py"), str(tickets)], input="a\nr\n2\n", text=True,
        capture_output=True, env={**os.environ, "HANDRAIL": live_server.url, "HANDRAIL_TOKEN": token}, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "nothing to suggest: out_of_scope" in done.stdout
    decided = list(Advice.objects.order_by("decided_at").values_list("state", "why"))
    assert decided == [("accepted", ""), ("rejected", "beside")]
    assert not Conversation.objects.exists()
