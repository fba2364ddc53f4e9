"""The desk's alerts: customers beyond the service level, and customers with nobody there."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from escalation.desk import desk
from escalation.models import Presence
from escalation.queue import alerts, presence
from sites.models import Site
from sites.models.thresholds import Alert
from tests.escalation.conftest import agent, wait

pytestmark = pytest.mark.django_db


@pytest.fixture
def clock(monkeypatch):
    class Clock:
        now = datetime(2026, 11, 20, 12, tzinfo=UTC)

        def pass_(self, **time: float) -> None:
            self.now += timedelta(**time)

    clock = Clock()
    monkeypatch.setattr(timezone, "now", lambda: clock.now)
    return clock


@pytest.fixture
def shop(db):
    return Site.objects.create(slug="corner", name="Corner")


def rules(site: Site) -> list[str]:
    return [finding.rule for finding in alerts.look(site)]


def test_waits_beyond_the_target_ring_once_and_not_for_two_of_them(shop, clock):
    waiting = [wait(shop) for _ in range(4)]
    clock.pass_(minutes=6)
    assert rules(shop) == []
    waiting.append(wait(shop))
    clock.pass_(minutes=6)
    assert [rules(shop), rules(shop)] == [["waits"], []]
    ben = agent("ben", shop)
    for handoff in waiting:
        desk.close(desk.claim(handoff, actor=ben), actor=ben)
    clock.pass_(hours=5)
    assert rules(shop) == []
    assert not Alert.objects.get(rule="waits").firing


def test_a_night_is_nobodys_slowness(shop, clock):
    Site.objects.update(hours={"mon": ["09:00-17:00"]})
    site = Site.objects.get(pk=shop.pk)
    for _ in range(6):
        wait(site)
    clock.pass_(hours=3)
    assert rules(site) == []


def test_nobody_at_a_desk_that_is_used_rings_only_while_somebody_waits_in_open_hours(shop, clock):
    ben = agent("ben", shop)
    presence.beat(ben)
    assert rules(shop) == []
    wait(shop)
    assert rules(shop) == []
    clock.pass_(minutes=2)
    assert rules(shop) == ["nobody"]
    presence.beat(ben)
    clock.pass_(seconds=30)
    assert Presence.objects.get().seen_at
    clock.pass_(minutes=11)
    presence.beat(ben)
    rules(shop)
    assert not Alert.objects.get(rule="nobody").firing


def test_a_closed_desk_rings_for_nobody(shop, clock):
    presence.beat(agent("ben", shop))
    wait(shop)
    clock.pass_(minutes=2)
    Site.objects.update(desk_closed=True)
    assert rules(Site.objects.get(pk=shop.pk)) == []
