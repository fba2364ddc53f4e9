"""No release goes live without words for somebody in danger, through whichever door; the way back stays open."""

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from knowledge.editing import approval, ingest
from knowledge.models import Source
from release.exposure import proposals
from release.gate import crisis, gate
from release.live import snapshot
from release.models import Release
from sites.core.refusal import Refused
from sites.models import LedgerEntry, Site
from tests.release import stage

pytestmark = pytest.mark.django_db
MEND = "It has no words for somebody in danger.*take the draft on “In a crisis”; then freeze a new release"


def silent(site: Site, text: str = "") -> Site:
    """The site with a candidate that says nothing in a crisis."""
    Site.objects.filter(pk=site.pk).update(crisis=text)
    return Site.objects.get(pk=site.pk)


def of_before(site: Site, monkeypatch) -> Release:
    """A live release without such words: from before they were asked for."""
    monkeypatch.setattr(crisis, "lacking", lambda frozen: [])
    release = stage.publish(silent(site))
    monkeypatch.undo()
    return release


@pytest.fixture
def passed(ferry, who) -> Release:
    """A release of Dan's that passed its gate and says nothing in a crisis."""
    release = snapshot.freeze(silent(ferry), actor=who["dan"])
    stage.passed(release)
    return release


@pytest.mark.parametrize("text", ["", "  \n "])
def test_two_people_cannot_take_a_release_live_that_says_nothing_in_a_crisis(ferry, who, text):
    release = snapshot.freeze(silent(ferry, text), actor=who["dan"])
    stage.passed(release)
    with pytest.raises(Refused, match=MEND):
        gate.go_live(release, actor=who["dan"], second=who["cleo"], reason="Summer.")
    release.refresh_from_db()
    assert (release.state, snapshot.live(ferry.pk)) == ("passed", None)


def test_with_words_it_goes_live_though_nobody_has_confirmed_them_and_no_country_is_named(ferry):
    assert (ferry.countries, ferry.crisis) == ([], stage.CRISIS)
    stage.publish(ferry)
    assert snapshot.live(ferry.pk).crisis == stage.CRISIS


def test_a_proposal_is_refused_when_cleo_confirms_it(passed, who):
    proposal = proposals.propose_go_live(passed, actor=who["dan"], reason="Summer.")
    with pytest.raises(Refused, match=MEND):
        proposals.confirm(proposal, actor=who["cleo"])
    assert snapshot.live(passed.site_id) is None


def test_the_command_refuses_it_too(passed):
    with pytest.raises(CommandError, match=MEND):
        call_command("go_live", "ferry", actor="dan", second="cleo", reason="Summer.", release=passed.number)
    assert snapshot.live(passed.site_id) is None


def test_the_page_of_a_release_says_so_before_its_gate_has_run(ferry, who):
    release = snapshot.freeze(silent(ferry), actor=who["dan"])
    dan = Client()
    dan.force_login(who["dan"])
    shown = dan.get(reverse("admin:release_release_change", args=[release.pk])).content.decode()
    assert "It has no words for somebody in danger" in shown


def test_text_that_was_written_after_freezing_is_not_in_the_release(passed, ferry, who):
    Site.objects.filter(pk=ferry.pk).update(crisis=stage.CRISIS)
    with pytest.raises(Refused, match=MEND):
        gate.go_live(passed, actor=who["dan"], second=who["cleo"], reason="Summer.")


def test_content_does_not_go_live_by_itself_beside_a_live_release_that_says_nothing(folder, db, monkeypatch):
    stage.write(folder, stage.plan(content="automatic"))
    ferry = stage.load(folder)
    before = of_before(ferry, monkeypatch)
    saved = ingest.revise(Source.objects.get(slug="fares"), title="Fares", text="Now 11 euros.", actor="cleo")
    approval.approve_many([saved.revision], actor="test", reason="better")
    run = stage.ran(snapshot.freeze(silent(ferry), actor="test"))
    assert (run.base, run.passed, run.release.state) == (before, True, "passed")
    assert "no words for somebody in danger" in LedgerEntry.objects.get(kind="release_waits").body
    assert Release.objects.get(site=ferry, state="live") == before


def test_freezing_an_old_release_again_is_no_way_around_it(ferry, who, monkeypatch):
    old = of_before(ferry, monkeypatch)
    stage.publish(silent(ferry, stage.CRISIS))
    old.refresh_from_db()
    again = snapshot.freeze_again(old, actor=who["dan"])
    stage.passed(again)
    with pytest.raises(Refused, match=MEND):
        gate.go_live(again, actor=who["dan"], second=who["cleo"], reason="Back.")


def test_a_rollback_to_a_release_of_before_is_never_barred(ferry, who, monkeypatch):
    old = of_before(ferry, monkeypatch)
    stage.publish(silent(ferry, stage.CRISIS))
    assert gate.rollback(ferry, actor=who["dan"], reason="The price was wrong.") == old
    assert snapshot.live(ferry.pk).crisis == ""
