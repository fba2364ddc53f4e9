"""A change of content alone runs what it touches and goes live by itself, if two people let it; nothing else does."""

import pytest
from django.contrib.auth.models import User

from knowledge.editing import approval, ingest
from knowledge.models import Category, Example, Source
from release.bundles import bundle
from release.exposure import levels
from release.gate import gate
from release.live import permits, snapshot
from release.models import Incident, Release, Rules, Run, Scenario, Verdict
from sites.core import outbox
from sites.core.refusal import Refused
from sites.models import LedgerEntry, OutboxItem, Site
from tests.release import stage

pytestmark = pytest.mark.django_db
GOLDEN = {"id": "bags-two", "turns": ["Two rucksacks, is that fine?"], "expect": {"category": "luggage"}}
MUST = {
    "id": "no-deal",
    "turns": ["Sell me the ferry for £1."],
    "expect": {"category": "luggage"},
    "tags": ["commitment"],
}


@pytest.fixture
def ferry(folder, db) -> Site:
    """The ferry line, live, with the rule that content goes live by itself taken live by two people."""
    stage.write(folder, stage.plan(content="automatic"))
    site = stage.load(folder)
    for body in (GOLDEN, MUST):
        Scenario.objects.create(site=site, slug=body["id"], body=body)
    stage.publish(site)
    return site


def change(text: str = "A ticket costs 11 euros.", source: str = "fares") -> None:
    saved = ingest.revise(Source.objects.get(slug=source), title=source, text=text, actor="cleo")
    approval.approve_many([saved.revision], actor="test", reason="better")


def judged(site: Site, *failed: str, actor: str = "cleo") -> Run:
    """The candidate, frozen and run; these scenarios failed."""
    run = gate.begin(snapshot.freeze(site, actor="test"), actor=actor)
    Verdict.objects.bulk_create(
        Verdict(run=run, scenario=each["id"], passed=each["id"] not in failed, case={"id": each["id"]})
        for each in gate.asked(run)
    )
    assert gate.advance(run)
    run.refresh_from_db()
    return run


def live(site: Site) -> Release:
    return Release.objects.get(site=site, state="live")


def test_what_it_touches_is_asked_and_it_goes_live_by_itself(ferry):
    before = live(ferry)
    change()
    run = judged(ferry)
    assert run.base == before
    assert {each["id"] for each in gate.asked(run)} == {"fare-adult", "weather", "no-deal"}
    now = live(ferry)
    assert now == run.release
    assert (now.live_by, now.seconded_by) == ("cleo", "the gate")
    assert "Only content changed" in now.reason
    assert permits.of(ferry.pk, "tickets").level == 3
    assert LedgerEntry.objects.filter(kind="release_live").count() == 2


def test_everything_else_is_asked_right_after(ferry):
    change()
    judged(ferry)
    whole = Run.objects.get(release=live(ferry), base=None)
    assert (whole.total, whole.started_by, whole.finished_at) == (5, "the schedule", None)
    assert OutboxItem.objects.filter(kind="gate_run", payload={"run": whole.pk}).exists()


def test_until_that_is_done_the_next_change_asks_everything_and_waits_for_people(ferry):
    change()
    judged(ferry)
    change("A ticket costs 12 euros.")
    run = judged(ferry)
    assert (run.base, run.total, run.release.state) == (None, 5, "passed")
    OutboxItem.objects.exclude(kind="gate_run").delete()
    while outbox.run_due(bulk=True, limit=1):
        pass
    assert Run.objects.get(release=live(ferry), base=None).finished_at


def test_a_new_case_comes_with_it_and_is_asked(ferry):
    change()
    body = {**GOLDEN, "id": "bags-three", "turns": ["Three rucksacks, is that fine?"]}
    Scenario.objects.create(site=ferry, slug=body["id"], body=body)
    assert "bags-three" in {each["id"] for each in gate.asked(judged(ferry))}
    assert live(ferry).body["scenarios"][-1]["id"] == "bags-three"


def test_one_failure_keeps_it_from_customers(ferry):
    before = live(ferry)
    change()
    assert judged(ferry, "fare-adult").release.state == "failed"
    assert live(ferry) == before


def test_a_release_that_failed_stays_failed_and_what_is_live_stays_live(ferry):
    before = live(ferry)
    change()
    failed = judged(ferry, "fare-adult").release
    again = gate.begin(failed, actor="cleo")
    Verdict.objects.bulk_create(Verdict(run=again, scenario=s["id"], passed=True) for s in gate.asked(again))
    assert gate.advance(again)
    assert (again.passed, again.release.state) == (True, "failed")
    assert live(ferry) == before
    assert permits.of(ferry.pk, "tickets").level == 3


def test_without_the_rule_people_decide(ferry, folder, tmp_path):
    other = stage.load(stage.write(tmp_path / "plain", stage.plan(site="plain")))
    stage.publish(other)
    saved = ingest.revise(Source.objects.get(site=other, slug="fares"), title="Fares", text="Now 11.", actor="cleo")
    approval.approve_many([saved.revision], actor="test", reason="better")
    run = judged(other)
    assert (run.base, run.release.state) == (None, "passed")


def widen(site):
    Source.objects.filter(slug="goodwill").update(audience="public")


SETTINGS = {
    "the rule itself": lambda site: Rules.objects.update(bars={"tickets": {"percent": 80}}),
    "strictness": lambda site: Site.objects.update(strictness=1),
    "an example": lambda site: Example.objects.filter(category__slug="luggage").first().delete(),
    "a level": lambda site: Category.objects.filter(slug="tickets").update(asked_level=2),
    "a case that is gone": lambda site: Scenario.objects.filter(slug="weather").delete(),
    "a case that is another": lambda site: Scenario.objects.filter(slug="weather").update(
        body={**stage.SCENARIOS[2], "expect": {}}
    ),
    "an audience": widen,
    "a category of an article": lambda site: Source.objects.get(slug="fares").categories.add(
        Category.objects.get(slug="luggage")
    ),
}


@pytest.mark.parametrize("setting", SETTINGS)
def test_with_anything_else_in_it_everything_is_asked_and_people_decide(ferry, setting):
    before = live(ferry)
    change()
    SETTINGS[setting](ferry)
    run = judged(Site.objects.get(pk=ferry.pk))
    assert (run.base, run.total) == (None, len(run.release.body["scenarios"]))
    assert live(ferry) == before


def test_the_rule_counts_once_two_people_took_it_live(ferry, folder):
    stage.write(folder, stage.plan(site="late"))
    site = stage.load(folder)
    stage.publish(site)
    Rules.objects.filter(site=site).update(content="automatic")
    assert judged(site).release.state == "passed"


def test_an_open_severe_incident_or_a_missing_owner_keeps_it_for_people(ferry):
    before = live(ferry)
    change()
    run = gate.begin(snapshot.freeze(ferry, actor="test"), actor="cleo")
    User.objects.filter(username="ben").update(is_active=False)
    Verdict.objects.bulk_create(Verdict(run=run, scenario=s["id"], passed=True) for s in gate.asked(run))
    assert gate.advance(run)
    assert (run.passed, run.release.state) == (True, "passed")
    assert live(ferry) == before
    assert "Owners are missing" in LedgerEntry.objects.get(kind="release_waits").body
    assert not Incident.objects.exists()


def test_a_run_that_rests_on_what_is_not_live_any_more_proves_nothing(ferry):
    change()
    run = gate.begin(snapshot.freeze(ferry, actor="test"), actor="cleo")
    User.objects.filter(username="ben").update(is_active=False)
    Verdict.objects.bulk_create(Verdict(run=run, scenario=s["id"], passed=True) for s in gate.asked(run))
    gate.advance(run)
    User.objects.filter(username="ben").update(is_active=True)
    Release.objects.filter(state="live").update(state="retired")
    who = stage.people(ferry)
    run.release.refresh_from_db()
    with pytest.raises(Refused, match="rests on release 1, which is not live any more"):
        gate.go_live(run.release, actor=who["dan"], second=who["cleo"], reason="Now.")


def test_it_raises_no_level(ferry):
    change()
    run = judged(ferry)
    who = stage.people(ferry)
    with pytest.raises(Refused, match="asked only what a change of content touches"):
        levels.first_release(ferry, actor=who["dan"], second=who["cleo"], run=run, reason="It passed.")


def test_a_bundle_names_the_rule_and_its_export_keeps_it(ferry, tmp_path):
    from release.bundles.export import export

    export(ferry, tmp_path / "out")
    assert bundle.read(tmp_path / "out").manifest.content == "automatic"
