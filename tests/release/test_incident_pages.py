"""The pages on incidents: one act reports and stops, the owner of customers writes to them, others may not."""

import json

import pytest
from django.test import Client
from django.urls import reverse

from conversations import record
from conversations.models import Message
from knowledge.models import Source
from release.live import permits, snapshot
from release.models import Incident
from sites.models import LedgerEntry
from tests.release import talk
from tests.release.talk import Said

pytestmark = pytest.mark.django_db
WRONG = "A single ticket to the island costs 9 euros for an adult."


@pytest.fixture
def ada(ferry):
    """A conversation that was shown the wrong price."""
    revision = Source.objects.get(slug="fares").revisions.select_related("source").get()
    at = revision.text.index(WRONG)
    return talk.write(ferry, [[Said(((revision, at, at + len(WRONG)),))]])[0]


def login(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def report(client: Client, **fields):
    data = {"site": "ferry", "kind": "source", "key": "fares", "severity": "major", "reason": "Wrong price."}
    return client.post(reverse("admin:release_incident_new"), {**data, **fields}, follow=True)


def act(client: Client, verb: str, **fields):
    found = Incident.objects.get()
    return client.post(reverse("admin:release_incident_act", args=[found.pk, verb]), fields, follow=True)


def test_cleo_reports_and_withdraws_in_one_act_and_ben_writes_to_the_customer(ferry, who, ada):
    cleo, ben = login(who["cleo"]), login(who["ben"])
    asked = cleo.get(reverse("admin:release_incident_new"), {"site": "ferry", "kind": "source", "key": "fares"})
    assert "the article “fares”" in asked.content.decode()
    page = report(cleo, measure=["withdraw", "pause_category"]).content.decode()
    assert "1 conversation" in page
    assert "The owner of customers decides here: ben." in page
    assert Source.objects.get(slug="fares").withdrawn_at
    assert permits.of(ferry.pk, "tickets").paused
    row = Incident.objects.get().affected.get()
    assert "decides on them (ben)" in act(cleo, "correct", row=[row.pk], text="11 euros.").content.decode()
    assert "The correction is sent." in act(ben, "correct", row=[row.pk], text="It is 11 euros.").content.decode()
    sent = Message.objects.get(conversation=ada, author="agent")
    assert (sent.name, sent.text.endswith("It is 11 euros.")) == ("Ben", True)


def test_every_page_opens_without_inline_code_and_prints(ferry, who, ada):
    dan = login(who["dan"])
    report(dan)
    record.event(ada.pk, "complaint", actor="customer", body={"text": "Wrong!"})
    pk = Incident.objects.get().pk
    pages = [reverse("admin:release_incident_changelist"), reverse("admin:release_incident_change", args=[pk])]
    pages += [
        f"{pages[1]}?scenario=1",
        f"{pages[1]}?state=to_review",
        reverse("admin:release_incident_print", args=[pk]),
    ]
    for url in pages:
        page = dan.get(url)
        assert page.status_code == 200, url
        assert not any(inline in page.content.decode() for inline in ("<script>", " style=", " onclick=")), url
    assert "Report an incident" in dan.get(pages[0]).content.decode()
    assert "What does it cost?" in dan.get(pages[2]).content.decode()
    assert "What does it cost?" not in dan.get(pages[1]).content.decode()
    assert LedgerEntry.objects.filter(kind="read").count() == 2  # the page that drafts was opened twice


def test_the_export_holds_the_whole_case_and_is_itself_logged(ferry, who, ada):
    dan = login(who["dan"])
    report(dan, measure=["demote"])
    answer = dan.get(reverse("admin:release_incident_export", args=[Incident.objects.get().pk]))
    case = json.loads(answer.content)
    assert answer["Content-Disposition"].startswith("attachment")
    assert (case["incident"], case["state"], case["sources"]) == (1, "contained", ["fares"])
    assert [row["conversation"] for row in case["customers"]] == [str(ada.pk)]
    assert [step["kind"] for step in case["timeline"]] == ["opened", "measure", "contained"]
    assert LedgerEntry.objects.filter(kind="incident_exported").exists()


def test_the_whole_way_to_resolved_in_the_admin(ferry, who, ada):
    dan, ben = login(who["dan"]), login(who["ben"])
    report(dan, measure=["demote"])
    incident = Incident.objects.get()
    act(ben, "decide", row=[incident.affected.get().pk], state="honoured", reason="We keep our word.")
    act(dan, "learn", lesson="Last year's list.")
    assert "it has no scenario yet" in act(dan, "resolve", reason="Done.").content.decode()
    body = {"id": "price", "turns": ["What does it cost?"], "expect": {"never": ["9 euros"]}}
    act(dan, "scenario", body=json.dumps(body))
    act(dan, "resolve", reason="Done.")
    incident.refresh_from_db()
    assert incident.state == "resolved"
    act(dan, "reopen", reason="Again.")
    incident.refresh_from_db()
    assert incident.state == "open"
    release = snapshot.freeze(ferry, actor=who["dan"])
    assert {**body, "tags": ["incident"]} in release.body["scenarios"]


def test_what_is_not_there_or_somebody_elses_is_not_found(ferry, who, ada):
    dan, eve = login(who["dan"]), login(who["eve"])
    assert report(dan, key="nothing").status_code == 404
    assert report(dan, kind="turn", key="x").status_code == 404
    assert report(dan, site="elsewhere").status_code == 404
    assert report(eve).status_code in (302, 403, 404) or not Incident.objects.exists()
    assert not Incident.objects.exists()
    report(dan)
    assert act(dan, "explode").status_code == 404
    assert "no severity" in report(dan, severity="huge").content.decode()
    assert "has no active account" in report(dan, owner="nobody").content.decode()
    assert Client().get(reverse("admin:release_incident_change", args=[Incident.objects.get().pk])).status_code == 302
