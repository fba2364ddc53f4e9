"""Incidents over REST: the same verbs and roles as on the pages, and nothing of another site."""

import pytest
from django.test import Client

from conversations import record
from conversations.models import Message
from knowledge.models import Category, Source
from release.bundles import bundle
from release.live import permits
from release.models import Incident
from tests.release import stage, talk
from tests.release.talk import Said

pytestmark = pytest.mark.django_db
WRONG = "A single ticket to the island costs 9 euros for an adult."
API = "/api/v1/incidents/"
REPORT = {"site": "ferry", "kind": "source", "key": "fares", "severity": "major", "reason": "Wrong price."}


@pytest.fixture
def ada(ferry):
    """A conversation that was shown the wrong price."""
    revision = Source.objects.get(slug="fares").revisions.select_related("source").get()
    at = revision.text.index(WRONG)
    said = Said(((revision, at, at + len(WRONG)),), category=Category.objects.get(slug="tickets"))
    return talk.write(ferry, [[said]])[0]


class Caller:
    """Somebody with a session of their own."""

    def __init__(self, user) -> None:
        self.client = Client()
        self.client.force_login(user)

    def get(self, path: str = "", status: int = 200):
        answer = self.client.get(API + path)
        assert answer.status_code == status, answer.content
        return answer.json()

    def post(self, path: str = "", status: int = 200, **body):
        answer = self.client.post(API + path, body, content_type="application/json")
        assert answer.status_code == status, answer.content
        return answer.json()


def test_the_whole_way_from_the_report_to_the_export(ferry, who, ada):
    ben, dan = Caller(who["ben"]), Caller(who["dan"])
    turn = {**REPORT, "kind": "turn", "key": str(ada.turns.get().pk)}
    made = ben.post(status=201, **turn, measures=["pause_category"])
    assert (made["state"], made["number"]) == ("contained", 1)
    assert permits.of(ferry.pk, "tickets").paused
    here = f"{made['id']}/"
    (row,) = ben.get(f"{here}customers/")["results"]
    assert (row["conversation"], row["state"]) == (str(ada.pk), "to_review")
    assert "still to be reviewed" in dan.post(f"{here}resolve/", 409, reason="Done.")["detail"]
    ben.post(f"{here}correct/", rows=[row["id"]], text="It is 11 euros.")
    assert Message.objects.get(conversation=ada, author="agent").text.endswith("It is 11 euros.")
    assert ben.get(f"{here}customers/?state=to_review")["results"] == []
    dan.post(f"{here}learn/", lesson="Last year's list.")
    scenario = {"id": "price", "turns": ["What does it cost?"], "expect": {"never": ["9 euros"]}}
    whole = dan.post(f"{here}scenario/", body=scenario)
    kept = {**scenario, "tags": ["incident"]}
    assert (whole["missing"], whole["scenario"], whole["customers"]) == ([], kept, {"corrected": 1})
    assert dan.post(f"{here}resolve/", reason="Done.")["state"] == "resolved"
    case = dan.get(f"{here}export/")
    assert [step["kind"] for step in case["timeline"]][:3] == ["opened", "measure", "contained"]
    again = ben.post(status=201, **turn)
    assert (again["id"], again["state"]) == (made["id"], "open")


def test_it_asks_for_the_same_roles_as_the_pages(ferry, who, ada):
    ben, cleo, eve = (Caller(who[name]) for name in ("ben", "cleo", "eve"))
    assert "content owner" in ben.post(status=403, **REPORT, measures=["withdraw"])["detail"]
    assert not Incident.objects.exists()
    eve.get(status=403)
    eve.post(status=403, **REPORT)
    assert Client().get(API).status_code == 401
    made = cleo.post(status=201, **REPORT)
    row = Incident.objects.get().affected.get()
    assert "decides on them (ben)" in cleo.post(f"{made['id']}/correct/", 403, rows=[row.pk], text="x")["detail"]
    assert "release owner" in ben.post(f"{made['id']}/resolve/", 403, reason="x")["detail"]


def test_bad_orders_are_told_and_leave_nothing(ferry, who, ada):
    dan = Caller(who["dan"])
    assert "severity" in dan.post(status=400, **{**REPORT, "severity": "huge"})["fields"]
    assert "measures" in dan.post(status=400, **REPORT, measures=["pray"])["fields"]
    dan.post(status=404, **{**REPORT, "key": "nothing"})
    dan.post(status=404, **{**REPORT, "site": "elsewhere"})
    assert not Incident.objects.exists()
    made = dan.post(status=201, **REPORT)
    assert "no verb “explode”" in dan.post(f"{made['id']}/explode/", 404)["detail"]
    assert "Choose what to do" in dan.post(f"{made['id']}/contain/", 409, reason="x")["detail"]
    assert "cannot be run" in dan.post(f"{made['id']}/scenario/", 409, body={"turns": "x"})["detail"]


def test_another_sites_incident_is_not_found(ferry, who, ada, tmp_path):
    from release.incidents import lifecycle

    other = bundle.load(stage.write(tmp_path / "other", stage.plan(site="other")), actor="test").site
    fares = Source.objects.get(site=other, slug="fares")
    theirs = lifecycle.report(fares, severity="minor", reason="x", actor="shell")
    dan = Caller(who["dan"])
    assert dan.get()["results"] == []
    dan.get(f"{theirs.pk}/", 404)
    dan.get(f"{theirs.pk}/export/", 404)
    dan.get(f"{theirs.pk}/customers/", 404)
    dan.post(f"{theirs.pk}/contain/", 404, measures=["pause_site"], reason="x")
    dan.post(status=404, **{**REPORT, "site": "other"})


def test_what_went_wrong_leads_to_the_report_for_those_who_may(ferry, who, ada):
    event = record.event(ada.pk, "complaint", actor="customer", body={"text": "Wrong!"})
    made = Caller(who["ben"]).post(status=201, **{**REPORT, "kind": "complaint", "key": str(event.pk)})
    assert made["origin"]["complaint"] == event.pk
    page = f"/admin/conversations/conversation/{ada.pk}/change/"
    assert "Report this answer" in Caller(who["ben"]).client.get(page).content.decode()
    from sites.access.roles import grant
    from sites.models import Role

    grant(who["eve"], ferry, Role.AUDITOR)
    shown = Caller(who["eve"]).client.get(page).content.decode()
    assert "What does it cost?" in shown
    assert "Report this answer" not in shown
