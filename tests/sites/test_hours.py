"""Opening hours are wall-clock promises: right over split shifts, holidays and both changes of the clock."""

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sites.choices.hours import DAYS, HoursError, availability, parse
from sites.models import Site

BERLIN = ZoneInfo("Europe/Berlin")
SPLIT = {day: ["09:00-12:30", "13:30-18:00"] for day in DAYS[:5]}


def site(hours, zone="Europe/Berlin", **fields):
    return Site(hours=hours, timezone=zone, **fields)


def at(text, zone=BERLIN):
    return datetime.fromisoformat(text).replace(tzinfo=zone)


@pytest.mark.parametrize("told", [5, "mon", ["mon"], True])
def test_hours_that_are_no_mapping_are_told_so(told):
    with pytest.raises(HoursError, match="must be a mapping"):
        parse(told)


def test_a_desk_without_hours_is_always_open():
    assert availability(site({}), at("2026-03-01 03:00")).frame() == {"open": True}


def test_a_split_shift_is_closed_over_lunch_and_says_when_it_opens_again():
    noon = availability(site(SPLIT), at("2026-03-02 12:45"))
    assert (noon.open, noon.next) == (False, at("2026-03-02 13:30"))
    morning = availability(site(SPLIT), at("2026-03-02 12:29"))
    assert (morning.open, morning.until) == (True, at("2026-03-02 12:30"))


def test_the_last_minute_of_a_shift_is_open_and_its_end_is_not():
    assert availability(site(SPLIT), at("2026-03-06 17:59")).open
    evening = availability(site(SPLIT), at("2026-03-06 18:00"))
    assert (evening.open, evening.next) == (False, at("2026-03-09 09:00"))


def test_a_holiday_replaces_the_hours_of_its_day():
    hours = {**SPLIT, "holidays": {"2026-12-25": [], "2026-12-24": ["09:00-11:00"]}}
    assert availability(site(hours), at("2026-12-24 10:59")).open
    assert availability(site(hours), at("2026-12-24 11:00")).next == at("2026-12-28 09:00")


def test_a_holiday_may_open_a_day_that_is_otherwise_closed():
    hours = {"mon": ["09:00-10:00"], "holidays": {date(2026, 3, 1): ["12:00-13:00"]}}
    assert availability(site(hours), at("2026-03-01 12:30")).open


def test_nine_o_clock_stays_nine_o_clock_over_the_change_to_summer_time():
    before = availability(site(SPLIT), at("2026-03-27 20:00"))
    assert before.next.astimezone(UTC) == datetime(2026, 3, 30, 7, tzinfo=UTC)  # 09:00 is 07:00 UTC in summer
    winter = availability(site(SPLIT), at("2026-03-20 20:00"))
    assert winter.next.astimezone(UTC) == datetime(2026, 3, 23, 8, tzinfo=UTC)


def test_a_span_through_the_repeated_hour_stays_open_until_its_end_is_shown_the_last_time():
    night = site({"sun": ["01:00-02:30"]})
    opened = datetime(2026, 10, 24, 23, 0, tzinfo=UTC)  # 01:00 summer time
    closed = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)  # 02:30 the second time
    assert availability(night, opened).until.astimezone(UTC) == closed
    assert availability(night, closed - timedelta(seconds=1)).open
    assert not availability(night, closed).open


def test_a_span_inside_the_skipped_hour_keeps_its_length():
    night = site({"sun": ["02:15-02:45"]})
    opening = availability(night, at("2026-03-28 12:00")).next.astimezone(UTC)
    closing = availability(night, opening).until.astimezone(UTC)
    assert closing - opening == timedelta(minutes=30)


def test_shifts_that_touch_at_midnight_are_one():
    hours = {"fri": ["20:00-24:00"], "sat": ["00:00-04:00"]}
    assert availability(site(hours), at("2026-03-06 22:00")).until == at("2026-03-07 04:00")


def test_a_desk_closed_by_hand_is_closed_and_promises_no_time():
    desk = site({}, desk_closed=True, contact={"email": "help@example.com"})
    closed = availability(desk, at("2026-03-02 10:00"))
    assert closed.frame() == {"open": False, "contact": {"email": "help@example.com"}}


def test_a_desk_that_never_opens_promises_no_time():
    assert availability(site({"mon": []}), at("2026-03-02 10:00")).frame() == {"open": False}


@pytest.mark.parametrize(
    ("hours", "said"),
    [
        ({"monday": ["09:00-10:00"]}, "'monday' is not a day"),
        ({"mon": "09:00-10:00"}, "mon must be a list"),
        ({"mon": ["9-10"]}, "'9-10' on mon is not a span"),
        ({"mon": ["18:00-09:00"]}, "ends before it starts"),
        ({"mon": ["09:00-12:00", "11:00-13:00"]}, "two spans of mon overlap"),
        ({"holidays": {"christmas": []}}, "'christmas' is not a date"),
        ({"holidays": ["2026-12-25"]}, "holidays must be a mapping"),
        ({"mon": [None]}, "is not a span"),
    ],
)
def test_hours_that_cannot_be_read_are_refused_with_the_entry_named(hours, said):
    with pytest.raises(HoursError, match=said):
        parse(hours)


def test_an_unknown_time_zone_is_refused_by_name():
    with pytest.raises(HoursError, match="'Europe/Nowhere' is not a time zone"):
        availability(site(SPLIT, zone="Europe/Nowhere"), at("2026-03-02 10:00"))


@st.composite
def weeks(draw):
    """A week of up to three separate spans a day."""
    week = {}
    for day in DAYS:
        edges = sorted(draw(st.lists(st.integers(0, 96), max_size=6, unique=True)))
        pairs = list(zip(edges[::2], edges[1::2], strict=False))
        week[day] = [f"{_clock(a)}-{_clock(b)}" for a, b in pairs]
    return week


def _clock(quarter):
    return f"{quarter // 4:02}:{quarter % 4 * 15:02}"


ZONES = st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"])
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))


@given(weeks(), ZONES, MOMENTS)
def test_what_is_promised_is_what_happens(week, zone, now):
    """At the promised moment the state has changed, and one second before it has not."""
    desk = site(week, zone)
    state = availability(desk, now)
    change = state.until if state.open else state.next
    if change is None:
        assert not any(week.values()) or state.open
        return
    assert change > now
    assert availability(desk, change).open is not state.open or change - now > timedelta(days=399)
    assert availability(desk, change - timedelta(seconds=1)).open is state.open


@given(weeks(), MOMENTS)
def test_without_clock_changes_the_desk_is_open_exactly_when_the_clock_says(week, now):
    minutes = f"{now:%H:%M}"
    shown = any(a <= minutes < b for a, b in (span.split("-") for span in week[DAYS[now.weekday()]]))
    assert availability(site(week, "UTC"), now).open is shown


ANYTHING = st.recursive(
    st.none() | st.text() | st.integers() | st.dates(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(ANYTHING)
def test_hours_of_any_shape_are_read_or_refused_and_never_crash(value):
    with suppress(HoursError):
        parse({"mon": value, "holidays": value})
