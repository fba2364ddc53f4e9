"""Synthetic history is marked wherever it is shown, and nothing real rests on it."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from chatbot import tasks
from config import metrics
from conversations import record, replay, synthetic
from conversations.models import Conversation, Event, Rating, Turn
from conversations.synthetic import Exchange, Happening, Talk
from escalation.models import Handoff
from escalation.queue import waiting
from knowledge.models import Category, Gap
from release.exposure import evidence, rates
from release.incidents import lifecycle, reach
from release.models import ExposureMove
from release.monitoring import alerts, history, monitor, watch
from sites.core import ledger
from sites.core.refusal import Refused
from sites.models import LedgerEntry, Site
from tests.release import stage, talk
from tests.release.talk import Said
from tests.unsealed import change

pytestmark = pytest.mark.django_db
MS = {"read": 10.0, "decided": 12.0}


def seed(site: Site, **options) -> None:
    call_command("seed_history", site=site.slug, verbosity=0, **{"weeks": 2, "a_day": 10, **options})


def tickets() -> Category:
    return Category.objects.get(site__slug="ferry", slug="tickets")


def poor(site: Site, number: int = 60) -> None:
    """Synthetic conversations as bad as can be: answered, rated with one star, complained of, drafts rejected."""
    talks = [
        Talk(
            timezone.now() - timedelta(minutes=30),
            (Exchange(0, "answer", "answered", tickets().pk, MS, ("override",)),),
            (
                Happening(1, "complaint", {"text": "-"}),
                Happening(2, "draft.rejected", {"category": "tickets"}),
                Happening(3, "draft.approved", {"category": "tickets"}),
                Happening(4, "rating", {"value": 1}),
                Happening(5, "handoff.closed", {"category": "tickets", "need": "needed"}),
            ),
            rating=(4, 1),
        )
        for _ in range(number)
    ]
    synthetic.write(site, talks, actor="test", seed=1)


# ── What the command does ─────────────────────────────────────────────────────────────────────────────────────


def test_the_chain_holds_and_names_what_was_written_and_what_was_taken_away(ferry):
    seed(ferry)
    assert list(ledger.verify(ferry)) == []
    seed(ferry, remove=True)
    assert list(ledger.verify(ferry)) == []
    assert not Conversation.objects.exists()
    kinds = list(LedgerEntry.objects.filter(kind__startswith="synthetic").values_list("kind", flat=True))
    assert kinds == ["synthetic.written", "synthetic.removed"]


def test_removing_leaves_what_is_real(ferry):
    talk.write(ferry, [[Said(())]])
    synthetic.write(ferry, [Talk(timezone.now(), (Exchange(0, "answer", "answered", None, MS),))], actor="t", seed=1)
    seed(ferry, remove=True)
    assert (Conversation.objects.count(), Turn.objects.count()) == (1, 1)


def test_the_same_seed_makes_the_same_weeks(ferry):
    categories = list(Category.objects.filter(site=ferry))
    asked = {"weeks": 3, "a_day": 12, "now": timezone.now()}
    first = list(history.weeks_of(ferry, categories, seed=4, **asked))
    assert first == list(history.weeks_of(ferry, categories, seed=4, **asked))
    assert first != list(history.weeks_of(ferry, categories, seed=5, **asked))
    assert max(talk.at for talk in first) < asked["now"] - timedelta(days=1)


def test_it_is_refused_beside_real_conversations_and_says_why(ferry, settings):
    settings.DEBUG = False
    talk.write(ferry, [[Said(())]])
    with pytest.raises(CommandError, match=r"1 conversations of real people.*DEBUG=1"):
        seed(ferry)
    assert not Conversation.objects.filter(synthetic=True).exists()
    settings.DEBUG = True
    seed(ferry)
    with pytest.raises(CommandError, match="--remove"):
        seed(ferry)


@pytest.mark.parametrize(("option", "value"), [("weeks", 0), ("weeks", 99), ("a_day", 0)])
def test_odd_sizes_are_refused(ferry, option, value):
    with pytest.raises(CommandError, match="use 1 to"):
        seed(ferry, **{option: value})


def test_nobody_can_resume_one_and_each_names_itself(ferry):
    seed(ferry)
    one = Conversation.objects.first()
    assert (one.state, "synthetic" in str(one), replay.read(one, actor="alma")["synthetic"]) == ("closed", True, True)
    assert record.resume(ferry, str(one.pk), "") is None


# ── What must not count it ────────────────────────────────────────────────────────────────────────────────────


def test_it_is_no_evidence_for_exposure(ferry):
    stage.publish(ferry)
    poor(ferry)
    facts = evidence.gather(tickets(), 3).facts
    assert facts["drafts"] == {"approved": 0, "edited": 0, "rejected": 0}
    assert facts["handoffs"] == {}


def test_nothing_falls_by_it(ferry):
    stage.publish(ferry)
    ExposureMove.objects.update(at=timezone.now() - 2 * watch.PERIOD)
    poor(ferry)
    assert [rate.n for rate in rates.of(tickets(), timezone.now() - watch.PERIOD)] == [0, 0, 0]
    assert watch.look(ferry) == []


def test_a_marked_word_in_it_is_no_leak(ferry):
    stage.publish(ferry)
    poor(ferry, 1)
    Conversation.objects.get().messages.filter(author="bot").update(text=f"{watch.CANARY}7f")
    assert watch.look(ferry) == []


def test_no_incident_can_be_made_of_it_or_reach_it(ferry):
    who = stage.people(ferry)
    poor(ferry, 1)
    with pytest.raises(Refused, match="synthetic"):
        reach.reach(Turn.objects.get())
    with pytest.raises(Refused, match="synthetic"):
        reach.reach(Event.objects.get(kind="complaint"))
    release = stage.publish(ferry)
    change(Turn.objects.all(), release=release.fingerprint)
    incident = lifecycle.report(release, severity="minor", reason="All of it.", actor=who["dan"])
    assert not reach.answers(incident).exists()


def test_it_makes_no_gap_no_wait_and_no_handoff(ferry):
    seed(ferry)
    assert Turn.objects.filter(outcome="decline").exists()
    Turn.objects.update(noted=False)
    tasks._harvest()
    assert not Gap.objects.exists()
    assert not Handoff.objects.exists()
    assert waiting.typical_wait(ferry, timezone.now()) is None


def test_recorded_figures_have_none_of_it(ferry):
    poor(ferry)
    period = monitor.Period(28, timezone.now())
    assert monitor.categories(ferry, period, synthetic=False) == []
    assert monitor.ratings(ferry, period, synthetic=False).pleased.n == 0
    assert monitor.complaints(ferry, period, synthetic=False).total == 0
    assert monitor.injection(ferry, period, synthetic=False).total == 0
    (row,) = monitor.categories(ferry, period, synthetic=True)
    assert row.resolution[monitor.CONTRADICTED].hits == 60
    assert (Rating.objects.count(), monitor.complaints(ferry, period, synthetic=True).total) == (60, 60)


def test_no_alert_and_no_metric_knows_it(ferry):
    poor(ferry)
    change(Turn.objects.all(), reason="error", outcome="handoff")
    assert alerts.look(ferry) == []
    metrics._tally.__init__()
    text = metrics.exposition(timezone.now()).decode()
    assert "handrail_turns_total{" not in text
    assert "handrail_conversations{" not in text
