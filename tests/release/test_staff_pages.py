"""The staff's pages and the REST routes: each person sees and moves what their roles allow, on their sites only."""

import pytest
from django.test import Client
from django.urls import reverse

from knowledge.models import Category
from release.bundles import bundle
from release.live import permits, snapshot
from release.models import KillSwitch, Proposal, Release, Scenario
from tests.release import stage

pytestmark = pytest.mark.django_db
PAGES = ["release_release_changelist", "release_exposure_changelist", "release_killswitch_changelist"]
LISTS = ["release_scenario_changelist", "release_run_changelist", "release_verdict_changelist"]


def login(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def act(client: Client, name: str, *args: object, **data: str):
    return client.post(reverse(f"admin:{name}", args=args), data, follow=True)


def test_dan_sees_every_page_and_no_page_needs_inline_code(ferry, who):
    release = stage.publish(ferry)
    tickets = Category.objects.get(slug="tickets")
    client = login(who["dan"])
    urls = [reverse(f"admin:{name}") for name in PAGES + LISTS]
    urls += [
        reverse("admin:release_release_change", args=[release.pk]),
        reverse("admin:release_category", args=[tickets.pk]),
        reverse("admin:release_scenario_change", args=[Scenario.objects.first().pk]),
    ]
    for url in urls:
        page = client.get(url)
        assert page.status_code == 200, url
        text = page.content.decode()
        assert not any(inline in text for inline in ("<script>", " style=", " onclick=")), url


def test_a_release_goes_live_through_two_logins(ferry, who):
    dan, cleo = login(who["dan"]), login(who["cleo"])
    act(dan, "release_freeze", ferry.pk)
    release = Release.objects.get()
    stage.passed(release)
    act(dan, "release_release_act", release.pk, "propose", reason="Summer.")
    proposal = Proposal.objects.get()
    act(dan, "release_proposal_act", proposal.pk, "confirm")
    assert snapshot.live(ferry.pk) is None
    page = cleo.get(reverse("admin:release_release_change", args=[release.pk])).content.decode()
    assert "Summer." in page
    assert "Confirm as the second person" in page
    act(cleo, "release_proposal_act", proposal.pk, "confirm")
    assert snapshot.live(ferry.pk).fingerprint == release.fingerprint


def test_rosa_confirms_what_dan_proposed(ferry, who):
    dan, rosa = login(who["dan"]), login(who["rosa"])
    act(dan, "release_freeze", ferry.pk)
    release = Release.objects.get()
    stage.passed(release)
    act(dan, "release_release_act", release.pk, "propose", reason="Summer.")
    act(rosa, "release_proposal_act", Proposal.objects.get().pk, "confirm")
    assert snapshot.live(ferry.pk).fingerprint == release.fingerprint
    act(dan, "release_release_act", release.pk, "first", reason="It passed.")
    act(rosa, "release_proposal_act", Proposal.objects.first().pk, "confirm")
    assert permits.of(ferry.pk, "tickets").level == 3


def test_a_failed_run_shows_its_failed_cases(ferry, who):
    release = snapshot.freeze(ferry, actor=who["dan"])
    run = release.runs.create(fingerprint=release.fingerprint, total=3, started_by="dan")
    run.verdicts.create(scenario="weather", passed=False, why="outcome is answer", case={"text": "<b>bold</b>"})
    client = login(who["dan"])
    page = client.get(reverse("admin:release_release_change", args=[release.pk])).content.decode()
    assert "1 failed so far" in page
    assert "outcome is answer" in page
    assert "&lt;b&gt;bold" in page
    assert "<b>bold" not in page
    progress = client.get(reverse("admin:release_run_progress", args=[run.pk]))
    assert progress.status_code == 200
    assert "HX-Refresh" not in progress.headers


def test_ben_stops_everything_and_every_page_says_so(ferry, who):
    ben = login(who["ben"])
    assert "Pause everything" in ben.get(reverse("admin:release_killswitch_changelist")).content.decode()
    act(ben, "release_pause", site="ferry", reason="It says odd things.")
    assert permits.of(ferry.pk, "").paused
    switch = KillSwitch.objects.get()
    act(ben, "release_resume", switch.pk, reason="Fine.")
    assert permits.of(ferry.pk, "").paused
    act(login(who["dan"]), "release_resume", switch.pk, reason="Fine.")
    assert not permits.of(ferry.pk, "").paused


def test_a_part_is_paused(ferry, who):
    act(login(who["dan"]), "release_pause", part="ferry/all/tickets", reason="Wrong fares.")
    assert permits.of(ferry.pk, "tickets").paused
    assert not permits.of(ferry.pk, "luggage").paused
    act(login(who["dan"]), "release_pause", part="ferry/tools", reason="Down.")
    assert not permits.of(ferry.pk, "luggage").tools


def test_dan_lowers_a_category_in_the_admin(ferry, who):
    stage.publish(ferry)
    tickets = Category.objects.get(slug="tickets")
    act(login(who["dan"]), "release_category_act", tickets.pk, "lower", to="1", reason="Odd.")
    assert permits.of(ferry.pk, "tickets").level == 1


def test_another_sites_people_find_nothing(ferry, who, tmp_path):
    release = stage.publish(ferry)
    other = bundle.load(stage.write(tmp_path / "other", stage.plan(site="other")), actor="test").site
    from sites.access.roles import grant
    from sites.models import Role

    eve = who["eve"]
    grant(eve, other, Role.RELEASE_OWNER)
    client = login(type(eve).objects.get(pk=eve.pk))
    assert client.get(reverse("admin:release_release_change", args=[release.pk])).status_code == 404
    assert act(client, "release_release_act", release.pk, "rollback", reason="x").status_code == 404
    assert act(client, "release_freeze", ferry.pk).status_code == 404
    assert act(client, "release_pause", site="ferry", reason="x").status_code == 404
    assert client.get(f"/api/v1/releases/{release.pk}/").status_code == 404
    assert client.get("/api/v1/releases/").json()["results"] == []
    assert {row["site"] for row in client.get("/api/v1/exposure/").json()} == {"other"}


def test_agents_freeze_and_roll_back_nothing(ferry, who):
    release = stage.publish(ferry)
    ben = login(who["ben"])
    assert act(ben, "release_freeze", ferry.pk).status_code == 403
    assert act(ben, "release_release_act", release.pk, "rollback", reason="x").status_code == 403


def test_a_scenario_that_cannot_run_is_refused_where_it_is_typed(ferry, who):
    client = login(who["dan"])
    data = {"site": ferry.pk, "file": "new.jsonl", "slug": "x", "turns": "Where is it?", "says": "(open"}
    page = client.post(reverse("admin:release_scenario_add"), data)
    assert "is no regular expression" in page.content.decode()
    assert Scenario.objects.count() == 3
    client.post(reverse("admin:release_scenario_add"), {**data, "turns": "hi\n\nWhere is it?", "says": "here"})
    assert Scenario.objects.get(slug="x").body == {
        "id": "x",
        "turns": ["hi", "Where is it?"],
        "expect": {"says": ["here"]},
    }


def test_what_the_form_does_not_know_of_a_scenario_stays_as_it_was_written(ferry, who):
    body = {"id": "y", "turns": ["A.\n\nB?"], "expect": {"reason_not": ["error"], "category": None}, "note": "kept"}
    row = Scenario.objects.create(site=ferry, slug="y", body=body)
    client, address = login(who["dan"]), reverse("admin:release_scenario_change", args=[row.pk])
    page = client.get(address)
    assert "reason_not" not in page.content.decode()
    shown = {bound.html_name: bound.value() for bound in page.context["adminform"].form}
    client.post(address, {name: value for name, value in shown.items() if value} | {"never": "sorry"})
    row.refresh_from_db()
    assert row.body == {**body, "expect": {**body["expect"], "never": ["sorry"]}}


def test_rest_tells_and_pauses(ferry, who):
    release = stage.publish(ferry)
    client = login(who["dan"])
    assert client.get("/api/v1/releases/").json()["results"][0]["fingerprint"] == release.fingerprint
    assert client.get(f"/api/v1/releases/{release.pk}/").json()["body"]["site"]["slug"] == "ferry"
    run = client.get("/api/v1/runs/").json()["results"][0]
    assert len(client.get(f"/api/v1/runs/{run['id']}/verdicts/").json()["results"]) == 3
    assert {row["in_effect"] for row in client.get("/api/v1/exposure/").json()} == {3}
    order = {"site": "ferry", "category": "tickets", "reason": "Wrong."}
    assert client.post("/api/v1/pauses/", order).status_code == 201
    assert permits.of(ferry.pk, "tickets").paused
    assert client.get("/api/v1/pauses/").json()[0]["category"] == "tickets"
    assert client.post("/api/v1/pauses/resume/", order).status_code == 200
    assert client.post("/api/v1/pauses/resume/", order).status_code == 409
    assert client.post("/api/v1/pauses/", {"reason": "All."}).status_code == 403


def test_visitors_get_nothing(ferry):
    for path in ("releases/", "runs/", "exposure/", "pauses/"):
        assert Client().get(f"/api/v1/{path}").status_code == 401
