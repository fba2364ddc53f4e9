"""The rules whose facts are in the record: when they ring, and when it is only bad luck."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from conversations.models import Conversation, Message, Turn
from knowledge.models import Category
from release.live import alarms
from release.models import Run, Verdict
from release.monitoring import alerts
from sites.models import OutboxItem, Site
from sites.models.thresholds import Alert, Thresholds
from tests.release import stage

pytestmark = pytest.mark.django_db
BEGINS = datetime(2026, 11, 1, 12, tzinfo=UTC)


class Clock:
    """The time of a test, which it moves; and the turns of that time."""

    def __init__(self, site: Site, monkeypatch) -> None:
        self.site, self.now = site, BEGINS
        monkeypatch.setattr(timezone, "now", lambda: self.now)
        self.category = Category.objects.get(site=site, slug="tickets")

    def turns(self, n: int, outcome: str, reason: str, signs: tuple[str, ...] = ()) -> None:
        for _ in range(n):
            talk = Conversation.objects.create(site=self.site, token_digest="")
            asked = Message.objects.create(conversation=talk, seq=1, author="customer", text="?", client_id="a")
            Turn.objects.create(
                conversation=talk, question=asked, state="settled", outcome=outcome, reason=reason, release="f" * 64,
                category=self.category, settled_at=self.now - timedelta(minutes=1), trace={"signs": list(signs)},
            )  # fmt: skip

    def look(self) -> list[str]:
        return [finding.rule for finding in alerts.look(self.site)]

    def pass_(self, **time: float) -> None:
        self.now += timedelta(**time)


@pytest.fixture
def clock(ferry, monkeypatch):
    return Clock(ferry, monkeypatch)


def test_many_errors_ring_once_and_again_after_they_were_over(clock):
    clock.turns(30, "answer", "answered")
    clock.turns(12, "handoff", "error")
    assert [clock.look(), clock.look()] == [["errors"], []]
    clock.pass_(hours=2)
    assert clock.look() == []
    assert not Alert.objects.get().firing
    clock.turns(30, "answer", "answered")
    clock.turns(12, "handoff", "tool_failed")
    assert clock.look() == ["errors"]


def test_one_error_in_a_quiet_hour_is_no_alarm(clock):
    clock.turns(2, "handoff", "error")
    assert clock.look() == []


def test_a_site_sets_its_own_threshold(clock):
    Thresholds.objects.create(site=clock.site, errors=0.9)
    clock.turns(30, "answer", "answered")
    clock.turns(12, "handoff", "error")
    assert clock.look() == []


def test_declines_ring_when_they_jump_above_the_weeks_before(clock):
    for _ in range(10):
        clock.turns(9, "answer", "answered")
        clock.turns(1, "decline", "not_grounded")
        clock.pass_(days=1)
    assert clock.look() == []
    clock.pass_(days=1)
    clock.turns(14, "decline", "not_grounded")
    clock.turns(10, "answer", "answered")
    assert clock.look() == ["declined"]
    assert Alert.objects.get().about == "tickets"


def test_a_category_that_was_always_declined_as_often_does_not_ring(clock):
    for _ in range(10):
        clock.turns(5, "answer", "answered")
        clock.turns(5, "decline", "not_grounded")
        clock.pass_(days=1)
    clock.pass_(days=1)
    clock.turns(13, "decline", "not_grounded")
    clock.turns(11, "answer", "answered")
    assert clock.look() == []


def test_a_burst_of_injections_rings_whatever_became_of_them(clock):
    clock.turns(20, "answer", "answered", signs=("override",))
    assert clock.look() == []
    clock.turns(1, "decline", "injection", signs=("override",))
    assert clock.look() == ["injection"]


def test_a_scheduled_run_that_fails_rings_until_one_passes(clock):
    live = stage.publish(clock.site)
    fields = {"release": live, "fingerprint": live.fingerprint, "started_by": alarms.SCHEDULE, "finished_at": clock.now}
    run = Run.objects.create(**fields)
    Verdict.objects.create(run=run, scenario="weather", passed=False, case={})
    assert [clock.look(), clock.look()] == [["drift"], []]
    Run.objects.create(**fields, passed=True)
    clock.pass_(hours=1)
    clock.look()
    assert not Alert.objects.get(rule="drift").firing


def test_overdue_and_abandoned_promises_ring(clock):
    promise = OutboxItem.objects.create(kind="mail", due_at=clock.now)
    assert clock.look() == []
    clock.pass_(minutes=11)
    assert clock.look() == ["outbox"]
    OutboxItem.objects.filter(pk=promise.pk).update(state=OutboxItem.State.DONE)
    clock.pass_(minutes=11)
    assert clock.look() == []
    assert not Alert.objects.get().firing
    OutboxItem.objects.filter(pk=promise.pk).update(state=OutboxItem.State.DEAD)
    assert clock.look() == ["outbox"]
