"""Exposure is earned one step at a time by two people on evidence, and it falls at once."""

import pytest

from chatbot.decide import bot
from conversations import record
from knowledge.models import Category
from release.bundles import bundle
from release.exposure import levels
from release.exposure.evidence import MIN_ACCEPTED
from release.gate import gate
from release.live import pauses, permits, snapshot
from release.models import Exposure, ExposureMove, Release, Run
from release.scenarios import offered
from sites.access.roles import NotAllowed
from sites.core.refusal import Refused
from sites.models import LedgerEntry, Site
from tests.release import stage

pytestmark = pytest.mark.django_db


def tickets(site: Site) -> Category:
    return Category.objects.get(site=site, slug="tickets")


def level(site: Site, slug: str = "tickets") -> int:
    return permits.of(site.pk, slug).level


def accept_drafts(site: Site, count: int, kind: str = "draft.approved") -> None:
    conversation, _ = record.open_conversation(site)
    for _ in range(count):
        record.event(conversation.pk, kind, actor="ben", body={"category": "tickets"})


def test_nothing_live_means_level_one_whatever_was_earned(ferry):
    Exposure.objects.create(category=tickets(ferry), level=3)
    assert level(ferry) == 1


def test_a_live_release_gives_what_was_earned(ferry):
    stage.publish(ferry)
    assert level(ferry) == 3
    assert level(ferry, "no-such-category") == 1


def test_a_release_that_asks_for_less_gets_less(ferry):
    stage.publish(ferry)
    Category.objects.filter(slug="tickets").update(asked_level=2)
    stage.publish(ferry)
    assert level(ferry) == 2
    assert levels.level_of(tickets(ferry)) == 3


def test_another_build_falls_back_to_level_one(ferry, monkeypatch):
    offered.ahead(stage.publish(ferry))
    assert permits.suggestions(ferry.pk)
    monkeypatch.setattr(bot, "fingerprint_parts", lambda: {"code": "another"})
    assert level(ferry) == 1
    assert permits.suggestions(ferry.pk) == []


def test_a_live_release_without_a_passing_run_is_no_release(ferry):
    stage.publish(ferry)
    Run.objects.update(passed=False)
    assert snapshot.live(ferry.pk) is None
    assert level(ferry) == 1


def test_a_run_of_another_fingerprint_proves_nothing(ferry):
    stage.publish(ferry)
    Run.objects.update(fingerprint="0" * 64)
    assert level(ferry) == 1


def test_one_site_never_has_the_level_of_another(ferry, tmp_path):
    stage.publish(ferry)
    other = bundle.load(stage.write(tmp_path / "other", stage.plan(site="other")), actor="test").site
    assert level(other) == 1
    assert permits.of(other.pk, "tickets", snapshot.live(ferry.pk)).level == 1


def test_a_step_up_needs_drafts_that_were_accepted(ferry):
    stage.publish(ferry)
    who = stage.people(ferry)
    levels.lower_level(tickets(ferry), 2, actor=who["ben"], reason="A wrong price was quoted.")
    with pytest.raises(Refused, match="0 drafts were accepted, level 3 needs 20"):
        levels.raise_level(tickets(ferry), actor=who["cleo"], second=who["dan"], reason="Again.")
    accept_drafts(ferry, MIN_ACCEPTED)
    move = levels.raise_level(tickets(ferry), actor=who["cleo"], second=who["dan"], reason="Twenty were right.")
    assert (move.before, move.after, move.second) == (2, 3, "dan")
    assert move.evidence["drafts"] == {"approved": MIN_ACCEPTED, "edited": 0, "rejected": 0}
    assert level(ferry) == 3


def test_too_many_rejected_drafts_hold_it_back(ferry):
    stage.publish(ferry)
    who = stage.people(ferry)
    levels.lower_level(tickets(ferry), 2, actor=who["dan"], reason="A wrong price was quoted.")
    accept_drafts(ferry, MIN_ACCEPTED)
    accept_drafts(ferry, 3, "draft.rejected")
    with pytest.raises(Refused, match="3 drafts were rejected"):
        levels.raise_level(tickets(ferry), actor=who["cleo"], second=who["dan"], reason="Again.")


def test_nobody_is_their_own_second_person(ferry):
    stage.publish(ferry)
    dan = stage.people(ferry)["dan"]
    with pytest.raises(Refused, match="somebody else"):
        levels.raise_level(tickets(ferry), actor=dan, second=dan, reason="Me and me.")


def test_one_of_the_two_is_the_owner(ferry):
    stage.publish(ferry)
    who = stage.people(ferry)
    levels.lower_level(tickets(ferry), 2, actor=who["dan"], reason="A wrong price was quoted.")
    accept_drafts(ferry, MIN_ACCEPTED)
    with pytest.raises(Refused, match="One of the two must be the owner, cleo"):
        levels.raise_level(tickets(ferry), actor=who["dan"], second=who["rosa"], reason="We like it.")


@pytest.mark.parametrize("name", ["ben", "eve"])
def test_agents_and_strangers_raise_nothing(ferry, name):
    stage.publish(ferry)
    who = stage.people(ferry)
    levels.lower_level(tickets(ferry), 2, actor=who["dan"], reason="A wrong price was quoted.")
    with pytest.raises(NotAllowed):
        levels.raise_level(tickets(ferry), actor=who[name], second=who["cleo"], reason="Please.")


def test_ben_the_agent_lowers_at_once_and_eve_does_not(ferry):
    stage.publish(ferry)
    who = stage.people(ferry)
    with pytest.raises(NotAllowed):
        levels.lower_level(tickets(ferry), 1, actor=who["eve"], reason="For fun.")
    levels.lower_level(tickets(ferry), 1, actor=who["ben"], reason="It said something odd.")
    assert level(ferry) == 1
    assert LedgerEntry.objects.filter(site=ferry, kind="exposure").last().body.count("something odd") == 1


def test_lowering_is_downwards_and_has_a_reason(ferry):
    stage.publish(ferry)
    dan = stage.people(ferry)["dan"]
    with pytest.raises(Refused, match="not below"):
        levels.lower_level(tickets(ferry), 3, actor=dan, reason="Sideways.")
    with pytest.raises(Refused, match="reason"):
        levels.lower_level(tickets(ferry), 1, actor=dan, reason="  ")


def test_every_first_release_step_is_a_row_with_its_run(ferry):
    stage.publish(ferry)
    steps = (
        ExposureMove.objects.filter(category__slug="tickets").order_by("pk").values_list("before", "after", "second")
    )
    assert list(steps) == [(1, 2, "cleo"), (2, 3, "cleo")]
    assert all(move.evidence["first_release"] and move.evidence["run"] for move in ExposureMove.objects.all())


def test_a_first_release_does_not_bring_back_what_was_lowered(ferry):
    release = stage.publish(ferry)
    who = stage.people(ferry)
    levels.lower_level(tickets(ferry), 1, actor=who["dan"], reason="It said something odd.")
    run = release.runs.get()
    assert levels.first_release(ferry, actor=who["dan"], second=who["cleo"], run=run, reason="Again.") == []
    assert level(ferry) == 1


def test_a_first_release_is_bound_to_a_passing_run_of_exactly_this_release(ferry):
    who = stage.people(ferry)
    release = snapshot.freeze(ferry, actor=who["dan"])
    run = gate.begin(release, actor=who["dan"])
    verb = {"actor": who["dan"], "second": who["cleo"], "reason": "Trust me."}
    with pytest.raises(Refused, match="did not pass"):
        levels.first_release(ferry, run=run, **verb)
    Run.objects.update(passed=True, fingerprint="0" * 64)
    with pytest.raises(Refused, match="did not pass for exactly"):
        levels.first_release(ferry, run=Run.objects.get(), **verb)
    Run.objects.update(fingerprint=release.fingerprint)
    with pytest.raises(Refused, match="is candidate"):
        levels.first_release(ferry, run=Run.objects.get(), **verb)
    assert not Exposure.objects.exists()


def test_a_risky_or_thin_category_gets_level_two_at_most_at_first(ferry, folder):
    manifest = stage.plan()
    manifest["categories"][0]["risk"] = "high"
    manifest["categories"][1]["examples"] = stage.LUGGAGE[:9]
    bundle.load(stage.write(folder, manifest), actor="test")
    stage.publish(ferry)
    assert (level(ferry, "tickets"), level(ferry, "luggage")) == (2, 2)


def test_a_pause_overrides_without_erasing(ferry):
    stage.publish(ferry)
    dan = stage.people(ferry)["dan"]
    pauses.pause(site=ferry, actor=dan, reason="We look into it.")
    assert permits.of(ferry.pk, "tickets") == permits.Permit(level=3, paused=True)
    pauses.resume(site=ferry, actor=dan, reason="It was nothing.")
    assert permits.of(ferry.pk, "tickets") == permits.Permit(level=3)


def test_the_database_itself_refuses_a_step_without_a_second_person(ferry):
    from django.db import IntegrityError, transaction

    with pytest.raises(IntegrityError), transaction.atomic():
        ExposureMove.objects.create(category=tickets(ferry), before=1, after=2, actor="dan", second="dan", reason="x")
    with pytest.raises(IntegrityError), transaction.atomic():
        ExposureMove.objects.create(category=tickets(ferry), before=1, after=3, actor="dan", second="cleo", reason="x")
    assert not Release.objects.exists()
