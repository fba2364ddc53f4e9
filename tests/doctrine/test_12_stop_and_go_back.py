"""Promise 12, stop and go back, in seconds: also for an answer that is under way."""

import pytest

from chatbot import turn as turns
from knowledge.editing import approval
from knowledge.models import Category, Example, Source
from release.gate import gate
from release.live import pauses, snapshot
from release.models import Release, Run
from tests.doctrine.ada import BOOTS, RETURNS, Ada

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("what", ["the site", "the category"])
def test_a_pause_stops_the_answer_under_way_and_every_one_after_until_it_is_lifted(fernway, people, what):
    category = Category.objects.get(site=fernway, slug="returns-refunds")
    reach = {"site": fernway} if what == "the site" else {"category": category}
    ada = Ada(fernway)
    running = ada.write(RETURNS)
    decision = turns.decide(running)
    pauses.pause(**reach, actor=people["ben"], reason="A wrong answer.")
    turns.settle(running, decision)
    assert "30 days" not in str(ada.heard)
    assert Ada(fernway).ask(RETURNS).reason == "paused"
    pauses.resume(**reach, actor=people["dan"], reason="Mended.")
    assert Ada(fernway).ask(RETURNS).outcome == "answer"


def test_a_rollback_brings_the_release_before_back_but_not_what_was_withdrawn(fernway, people):
    first = Release.objects.get(site=fernway, state=Release.State.LIVE)
    Example.objects.create(site=fernway, category=None, counter=True, text="Do you sell helicopters?")
    second = snapshot.freeze(fernway, actor=people["dan"])
    passed(second)
    gate.go_live(second, actor=people["dan"], second=people["admin"], reason="One counterexample more.")
    boots = Source.objects.get(site=fernway, slug="boot-care")
    approval.withdraw(boots, actor=people["cleo"], reason="Wrong advice.")
    gate.rollback(fernway, actor=people["dan"], reason="The counterexample was a mistake.")
    assert snapshot.live(fernway.pk).fingerprint == first.fingerprint
    assert Ada(fernway).ask(RETURNS).outcome == "answer"
    ada = Ada(fernway)
    ada.ask(BOOTS)
    assert boots.revisions.first().title not in {c["title"] for c in ada.last["citations"]}


def passed(release: Release) -> None:
    """A passing run for exactly this release, as rows: the gate itself is tested where it lives."""
    total = len(snapshot.of(release).scenarios)
    Run.objects.create(
        release=release, fingerprint=release.fingerprint, total=total, failed=0, passed=True, started_by="dan"
    )
    Release.objects.filter(pk=release.pk).update(state=Release.State.PASSED)
    release.refresh_from_db()
