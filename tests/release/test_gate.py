"""Customers get only what passed its own scenarios on this build, was taken by two people, and was not taken back."""

import pytest

from chatbot.decide import bot
from knowledge.editing import approval, ingest
from knowledge.models import Category, Revision, Source
from release import tasks
from release.exposure import levels, proposals
from release.gate import gate
from release.live import pauses, permits, snapshot
from release.models import Proposal, Release, Run, Scenario, Verdict
from sites.access.roles import NotAllowed
from sites.core import ledger, outbox
from sites.core.refusal import Refused
from sites.models import LedgerEntry, OutboxItem, Site
from tests.release import stage

pytestmark = pytest.mark.django_db


@pytest.fixture
def release(ferry, who) -> Release:
    """A release that passed."""
    made = snapshot.freeze(ferry, actor=who["dan"])
    stage.passed(made)
    made.refresh_from_db()
    return made


def change(source: str, text: str) -> None:
    """New approved text in the candidate."""
    saved = ingest.revise(Source.objects.get(slug=source), title=source, text=text, actor="cleo")
    approval.approve_many([saved.revision], actor="test", reason="better")


def test_the_gate_asks_the_real_bot_and_keeps_every_verdict(ferry, who):
    release = snapshot.freeze(ferry, actor=who["dan"])
    told: list[tuple[int, int]] = []
    run = gate.run(release, actor=who["dan"], progress=lambda done, total: told.append((done, total)))
    assert set(run.verdicts.values_list("scenario", flat=True)) == {"fare-adult", "bags-free", "weather"}
    assert told[-1] == (3, 3)
    assert run.failed == run.verdicts.filter(passed=False).count()
    assert run.finished_at
    assert release.state == (Release.State.PASSED if run.passed else Release.State.FAILED)
    answered = run.verdicts.get(scenario="fare-adult").case
    assert answered["citations"][0]["source"] == "fares"
    assert answered["citations"][0]["quote"] in Revision.objects.get(source__slug="fares").text


def test_one_failed_scenario_fails_the_release(ferry, who):
    body = {"id": "moon", "turns": ["Do you sail to the moon?"], "expect": {"outcome": ["answer"]}}
    Scenario.objects.create(site=ferry, slug="moon", body=body)
    release = snapshot.freeze(ferry, actor=who["dan"])
    run = gate.run(release, actor=who["dan"])
    assert not run.passed
    assert release.state == Release.State.FAILED
    assert "outcome is" in run.verdicts.get(scenario="moon").why
    with pytest.raises(Refused, match="no passing run"):
        gate.go_live(release, actor=who["dan"], second=who["cleo"], reason="Please.")


def test_a_release_without_scenarios_proves_nothing(ferry, who):
    Scenario.objects.all().delete()
    with pytest.raises(Refused, match="no scenarios"):
        gate.run(snapshot.freeze(ferry, actor=who["dan"]), actor=who["dan"])


def test_a_run_that_was_killed_goes_on_where_it_stood(ferry, who):
    release = snapshot.freeze(ferry, actor=who["dan"])
    begun = gate.begin(release, actor=who["dan"])
    Verdict.objects.create(run=begun, scenario="weather", passed=True, case={"kept": True})
    run = gate.run(release, actor=who["dan"])
    assert run == begun
    assert run.verdicts.count() == 3
    assert run.verdicts.get(scenario="weather").case == {"kept": True}


def test_the_gate_runs_in_the_background_in_slices(ferry, who):
    release = snapshot.freeze(ferry, actor=who["dan"])
    run = tasks.promise_run(release, actor=who["dan"])
    for _ in range(20):
        OutboxItem.objects.exclude(kind="gate_run").delete()
        if not outbox.run_due(bulk=True, limit=1):
            break
    run.refresh_from_db()
    assert run.finished_at
    assert run.verdicts.count() == 3


def test_going_live_publishes_exactly_what_was_frozen(ferry, who, release):
    change("fares", "A ticket costs 99 euros.")
    gate.go_live(release, actor=who["dan"], second=who["cleo"], reason="Summer.")
    live = Revision.objects.filter(live=True)
    assert set(live.values_list("pk", flat=True)) == set(snapshot.of(release).revisions)
    assert not live.filter(text__contains="99 euros").exists()
    assert snapshot.live(ferry.pk).fingerprint == release.fingerprint
    assert (release.state, release.live_by, release.seconded_by) == ("live", "dan", "cleo")
    assert LedgerEntry.objects.filter(kind="release_live").count() == 1
    assert list(ledger.verify(ferry)) == []


def test_one_release_is_live_and_the_one_before_is_retired(ferry, who):
    first = stage.publish(ferry)
    change("fares", "A ticket costs 11 euros.")
    second = stage.publish(ferry)
    first.refresh_from_db()
    assert (first.state, second.state) == ("retired", "live")
    assert Revision.objects.get(source__slug="fares", live=True).text == "A ticket costs 11 euros."


@pytest.mark.parametrize(
    ("actor", "second", "why"),
    [("dan", "dan", "somebody else"), ("rosa", "cleo", "One of the two must be the owner, dan")],
)
def test_it_takes_two_people_and_the_owner(ferry, who, release, actor, second, why):
    with pytest.raises(Refused, match=why):
        gate.go_live(release, actor=who[actor], second=who[second], reason="Please.")


@pytest.mark.parametrize("name", ["ben", "eve"])
def test_agents_and_strangers_publish_nothing(ferry, who, release, name):
    for pair in ((who[name], who["dan"]), (who["dan"], who[name])):
        with pytest.raises(NotAllowed):
            gate.go_live(release, actor=pair[0], second=pair[1], reason="Please.")
    assert snapshot.live(ferry.pk) is None


def test_nothing_goes_live_while_an_owner_is_missing(ferry, who, release):
    who["ben"].is_active = False
    who["ben"].save()
    with pytest.raises(Refused, match=r"reviewing answers .ben has no active account., contacting customers"):
        gate.go_live(release, actor=who["dan"], second=who["cleo"], reason="Please.")
    Site.objects.update(owners={"release": "dan"})
    release.refresh_from_db()
    with pytest.raises(Refused, match="nobody is named"):
        gate.go_live(release, actor=who["dan"], second=who["cleo"], reason="Please.")


def test_an_unevaluated_release_does_not_go_live(ferry, who):
    release = snapshot.freeze(ferry, actor=who["dan"])
    with pytest.raises(Refused, match="no passing run"):
        gate.go_live(release, actor=who["dan"], second=who["cleo"], reason="Please.")
    Release.objects.filter(pk=release.pk).update(state="passed")
    with pytest.raises(Refused, match="no passing run"):
        gate.go_live(release, actor=who["dan"], second=who["cleo"], reason="Please.")


def test_another_build_must_be_gated_first(ferry, who, release, monkeypatch):
    monkeypatch.setattr(bot, "fingerprint_parts", lambda: {"code": "another"})
    for verb in (
        lambda: gate.go_live(release, actor=who["dan"], second=who["cleo"], reason="Please."),
        lambda: gate.run(release, actor=who["dan"]),
    ):
        with pytest.raises(Refused, match="frozen on another build or model"):
            verb()


def test_a_body_edited_after_its_run_does_not_go_live(ferry, who, release):
    body = {**release.body, "crisis": "Buy more tickets."}
    Release.objects.filter(pk=release.pk).update(body=body)
    snapshot.forget()
    with pytest.raises(Refused, match="not what its fingerprint covers"):
        gate.go_live(release, actor=who["dan"], second=who["cleo"], reason="Please.")


def test_the_database_itself_refuses_one_person(ferry, who, release):
    from django.db import IntegrityError, transaction

    with pytest.raises(IntegrityError), transaction.atomic():
        Release.objects.filter(pk=release.pk).update(state="live", live_by="dan", seconded_by="dan")


def test_rolling_back_brings_back_the_release_before(ferry, who):
    first = stage.publish(ferry)
    change("fares", "A ticket costs 11 euros.")
    stage.publish(ferry)
    back = gate.rollback(ferry, actor=who["dan"], reason="The price was wrong.")
    assert back == first
    assert snapshot.live(ferry.pk).fingerprint == first.fingerprint
    assert "9 euros" in Revision.objects.get(source__slug="fares", live=True).text


def test_withdrawals_demotions_and_pauses_win_over_a_rollback(ferry, who):
    stage.publish(ferry)
    change("bags", "Three bags are free.")
    stage.publish(ferry)
    tickets = Category.objects.get(slug="tickets")
    approval.withdraw(Source.objects.get(slug="bags"), actor="cleo", reason="wrong")
    levels.lower_level(tickets, 2, actor=who["dan"], reason="odd")
    pauses.pause(site=ferry, what="tools", actor=who["dan"], reason="down")
    gate.rollback(ferry, actor=who["dan"], reason="Back.")
    assert Source.objects.get(slug="bags").withdrawn_at is not None
    assert permits.of(ferry.pk, "tickets") == permits.Permit(level=2, tools=False)


def test_a_rollback_to_another_build_is_refused_plainly(ferry, who, monkeypatch):
    first = stage.publish(ferry)
    change("fares", "A ticket costs 11 euros.")
    with monkeypatch.context() as patched:
        patched.setattr(bot, "fingerprint_parts", lambda: {"code": "another"})
        second = stage.publish(ferry)
        with pytest.raises(Refused, match="run the gate on this one first"):
            gate.rollback(ferry, first, actor=who["dan"], reason="Back.")
    second.refresh_from_db()
    assert second.state == "live"


def test_only_what_was_live_can_be_rolled_back_to(ferry, who, release):
    with pytest.raises(Refused, match="is passed; it must be retired"):
        gate.rollback(ferry, release, actor=who["dan"], reason="Back.")
    with pytest.raises(Refused, match="no earlier release"):
        gate.rollback(ferry, actor=who["dan"], reason="Back.")
    with pytest.raises(NotAllowed):
        gate.rollback(ferry, release, actor=who["cleo"], reason="Back.")


def test_a_proposal_is_made_real_by_the_second_person_only(ferry, who, release):
    proposal = proposals.propose_go_live(release, actor=who["dan"], reason="Summer.")
    with pytest.raises(Refused, match="Somebody else must confirm it"):
        proposals.confirm(proposal, actor=who["dan"])
    with pytest.raises(NotAllowed):
        proposals.confirm(proposal, actor=who["eve"])
    assert snapshot.live(ferry.pk) is None
    proposals.confirm(proposal, actor=who["cleo"])
    release.refresh_from_db()
    assert (release.state, release.live_by, release.seconded_by) == ("live", "dan", "cleo")
    with pytest.raises(Refused, match="just decided"):
        proposals.confirm(proposal, actor=who["rosa"])


def test_a_proposal_is_checked_again_when_it_is_confirmed(ferry, who, release):
    proposal = proposals.propose_go_live(release, actor=who["dan"], reason="Summer.")
    Run.objects.update(passed=False)
    with pytest.raises(Refused, match="no passing run"):
        proposals.confirm(proposal, actor=who["cleo"])
    proposal.refresh_from_db()
    assert proposal.state == Proposal.State.OPEN
    assert snapshot.live(ferry.pk) is None


def test_a_declined_proposal_is_over(ferry, who, release):
    proposal = proposals.propose_go_live(release, actor=who["dan"], reason="Summer.")
    with pytest.raises(Refused, match="proposed this already"):
        proposals.propose_go_live(release, actor=who["rosa"], reason="Me too.")
    proposals.decline(proposal, actor=who["cleo"])
    with pytest.raises(Refused, match="just decided"):
        proposals.confirm(proposal, actor=who["cleo"])


def test_a_first_release_goes_through_a_proposal_too(ferry, who, release):
    gate.go_live(release, actor=who["dan"], second=who["cleo"], reason="Summer.")
    run = release.runs.get()
    proposal = proposals.propose_first_release(run, actor=who["dan"], reason="It passed.")
    proposals.confirm(proposal, actor=who["cleo"])
    assert permits.of(ferry.pk, "tickets").level == 3


def test_the_diff_shows_what_weakens_the_gate_first(ferry, who):
    from release.gate.diff import diff

    before = snapshot.candidate(ferry)
    Scenario.objects.filter(slug="weather").delete()
    Site.objects.update(name="Ferry")
    change("fares", "A ticket costs 11 euros.")
    changes = diff(before, snapshot.candidate(Site.objects.get()))
    assert (changes[0].what, changes[0].name, changes[0].after) == ("scenario", "weather", "removed")
    assert {(c.what, c.name) for c in changes[1:]} == {("article", "fares"), ("site", "name")}
    assert diff(before, before) == []
    assert len(diff(None, before)) > 5
