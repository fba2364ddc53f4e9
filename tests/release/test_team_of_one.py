"""A team of one does both halves where its administrator says so; it is marked where it counts, and level 3 waits."""

import json

import pytest

from release.exposure import levels, proposals
from release.gate import gate
from release.live import snapshot
from release.models import ExposureMove, Proposal, Release
from release.readiness import checklist
from sites.choices import on_record
from sites.core.refusal import Refused
from sites.models import LedgerEntry, Site

pytestmark = pytest.mark.django_db


def alone(site: Site, people) -> None:
    site.alone = True
    on_record.write(site, {"alone"}, actor=people["admin"])


def changed(site: Site, people) -> Release:
    """A release that is not live yet, with a passing run."""
    site.disclosure = "I am new."
    on_record.write(site, {"disclosure"}, actor=people["admin"])
    release = snapshot.freeze(site, actor=people["dan"])
    run = gate.begin(release, actor=people["dan"])
    type(run).objects.filter(pk=run.pk).update(passed=True, finished_at=run.started_at, base=None)
    Release.objects.filter(pk=release.pk).update(state="passed")
    release.refresh_from_db()
    return release


def reds(site: Site) -> str:
    return " ".join(fact.open for entry in checklist.of(site) for fact in entry.facts)


def test_without_the_mode_nobody_confirms_what_they_proposed(fernway, people) -> None:
    release = changed(fernway, people)
    made = proposals.propose_go_live(release, actor=people["dan"], reason="now")
    with pytest.raises(Refused, match="Somebody else"):
        proposals.confirm(made, actor=people["dan"])
    with pytest.raises(Refused, match="somebody else"):
        gate.go_live(release, actor=people["dan"], second=people["dan"], reason="now")


def test_in_it_one_person_takes_a_release_live_and_the_record_says_that_nobody_else_was_there(fernway, people) -> None:
    alone(fernway, people)
    made = proposals.propose_go_live(changed(fernway, people), actor=people["dan"], reason="now")
    proposals.confirm(made, actor=people["dan"])
    live = snapshot.live_release(fernway.pk).get()
    assert (live.live_by, live.seconded_by) == ("dan", "nobody else")
    assert Proposal.objects.get(pk=made.pk).decided_by == "nobody else"
    entry = LedgerEntry.objects.filter(site=fernway, kind="release_live").latest("number")
    assert json.loads(entry.body)["second"] == "nobody else"
    assert "One person may do both halves" in reds(fernway)
    assert "dan took it live alone" in reds(fernway)


def test_switching_the_mode_is_on_record(fernway, people) -> None:
    alone(fernway, people)
    entry = LedgerEntry.objects.filter(site=fernway, kind="site_changed").latest("number")
    assert json.loads(entry.body)["after"] == {"alone": True}


def test_no_category_goes_above_level_2_until_somebody_else_has_confirmed(fernway, people) -> None:
    alone(fernway, people)
    run = snapshot.live_release(fernway.pk).get().runs.filter(passed=True).first()
    category = fernway.categories.get(slug="delivery")
    ExposureMove.objects.filter(category=category).delete()
    category.exposure.delete()
    moves = levels.first_release(fernway, actor=people["dan"], second=people["dan"], run=run, reason="alone")
    assert [(m.after, m.second) for m in moves if m.category == category] == [(2, "nobody else")]
    assert "Nobody else confirmed it." in reds(fernway)
    with pytest.raises(Refused, match="stays at level 2"):
        levels.raise_level(category, actor=people["cleo"], second=people["cleo"], reason="more")
    levels.first_release(fernway, actor=people["dan"], second=people["admin"], run=run, reason="two of us")
    assert levels.level_of(category) == 3
