"""What a waiting customer is told: the place, what is left of the usual wait, and no length while nobody is there."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from escalation.models import Handoff
from escalation.queue import presence, waiting
from sites.choices.hours import staffed
from tests.escalation.conftest import wait

pytestmark = pytest.mark.django_db
LONDON = ZoneInfo("Europe/London")
SHIFTS = {day: ["09:00-12:30", "13:30-18:00"] for day in ("mon", "tue", "wed", "thu", "fri")}


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LONDON)


@pytest.fixture
def clock(monkeypatch):
    """A clock that stands where it is set."""

    def set_to(moment: datetime) -> datetime:
        monkeypatch.setattr(timezone, "now", lambda: moment)
        return moment

    return set_to


@pytest.fixture
def shifts(shop):
    shop.timezone, shop.hours = "Europe/London", SHIFTS | {"holidays": {"2026-05-25": []}}
    shop.save()
    return shop


def expected(site, now: datetime) -> dict:
    return waiting.expected(site, now, waiting.at_the_desk(site, now))


def waited(site, agent, opened: datetime, claimed: datetime) -> None:
    """One customer who was claimed in the past."""
    handoff = wait(site)
    Handoff.objects.filter(pk=handoff.pk).update(state="claimed", agent=agent, opened_at=opened, claimed_at=claimed)


def test_a_lunch_break_a_night_and_a_holiday_are_nobodys_slowness(shifts, ben, clock):
    for opened, claimed in (
        ("2026-05-22 12:25", "2026-05-22 13:35"),  # across the lunch break: ten minutes
        ("2026-05-22 17:58", "2026-05-26 09:08"),  # across a night, a weekend and a holiday: ten minutes
        ("2026-05-26 09:00", "2026-05-26 09:10"),
    ):
        waited(shifts, ben, at(opened), at(claimed))
    now = clock(at("2026-05-26 09:30"))
    assert waiting.typical_wait(shifts, now) == 600
    assert expected(shifts, now) == {"ahead": 0, "estimate_s": 600}


def test_no_length_is_promised_while_nobody_is_there(shifts, ben, clock):
    for _ in range(3):
        waited(shifts, ben, at("2026-05-22 10:00"), at("2026-05-22 10:05"))
    handoff = wait(shifts)
    for moment in ("2026-05-22 13:00", "2026-05-23 10:00", "2026-05-25 10:00"):
        now = clock(at(moment))
        assert expected(shifts, now) == {"ahead": 1}
        assert waiting.queue_place(handoff.conversation_id) == {"position": 1}
    clock(at("2026-05-26 10:00"))
    shifts.desk_closed = True
    shifts.save()
    assert waiting.queue_place(handoff.conversation_id) == {"position": 1}


def test_no_length_is_promised_that_ends_after_closing(shifts, ben, clock):
    for _ in range(3):
        waited(shifts, ben, at("2026-05-22 10:00"), at("2026-05-22 10:20"))
    assert expected(shifts, clock(at("2026-05-22 17:30"))) == {"ahead": 0, "estimate_s": 1200}
    assert expected(shifts, clock(at("2026-05-22 17:50"))) == {"ahead": 0}


def test_what_is_left_of_the_wait_shrinks_and_is_then_said_to_be_longer_than_usual(shop, ben, clock):
    now = timezone.now()
    for _ in range(3):
        waited(shop, ben, now - timedelta(minutes=10), now)
    handoff = wait(shop)
    opened = handoff.opened_at
    clock(opened + timedelta(minutes=4))
    assert waiting.queue_place(handoff.conversation_id) == {"position": 1, "estimate_s": 360}
    clock(opened + timedelta(minutes=11))
    assert waiting.queue_place(handoff.conversation_id) == {"position": 1, "longer": True}


def test_two_waits_are_no_measure_and_last_weeks_neither(shop, ben, clock):
    now = timezone.now()
    for _ in range(2):
        waited(shop, ben, now - timedelta(minutes=10), now)
    assert waiting.typical_wait(shop, now) is None
    waited(shop, ben, now - timedelta(days=8), now - timedelta(days=8))
    assert waiting.typical_wait(shop, now) is None


def test_a_changed_clock_costs_nobody_an_hour(shop):
    shop.timezone, shop.hours = "Europe/London", {"sat": ["22:00-24:00"], "sun": ["00:00-06:00"]}
    assert staffed(shop, at("2026-03-28 22:00"), at("2026-03-29 06:00")) == timedelta(hours=7)  # an hour is skipped
    assert staffed(shop, at("2026-10-24 22:00"), at("2026-10-25 06:00")) == timedelta(hours=9)  # an hour comes twice


def test_with_nobody_at_the_desk_a_contact_is_taken_whatever_the_hours_say(shop, ben):
    now = timezone.now()
    assert waiting.at_the_desk(shop, now).open, "nobody has ever opened the desk here: it says nothing"
    presence.beat(ben)
    assert waiting.at_the_desk(shop, now).open
    later = now + timedelta(minutes=5)
    assert not waiting.at_the_desk(shop, later).open, "the desk was used, and now nobody has it open"
    presence.choose(actor=ben, state="away")
    assert "Nobody is at the desk right now. Leave an e-mail address" in waiting.promise(shop)
