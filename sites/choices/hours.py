"""When people are there, told honestly: weekly hours with split shifts and holidays, in the site's time zone.

Hours are wall-clock times: "09:00" is nine on the clock of the site's town on every day of the year. A span
runs from the first moment the clock shows its start to the last moment it shows its end, so a repeated hour
(autumn) keeps the desk open and a missing one (spring) keeps a span's length. No hours given: always open.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from sites.models import Site

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HORIZON = 400  # days looked ahead for the next opening: a year and a month, past any yearly list of holidays
SPAN = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-(?:([01]\d|2[0-3]):([0-5]\d)|24:00)")

Minutes = tuple[int, int]
Span = tuple[datetime, datetime]


class HoursError(ValueError):
    """Hours or a time zone that cannot be read; the sentence names the entry."""


@dataclass(frozen=True, slots=True)
class Week:
    """Parsed hours: minutes of the day for each weekday (0 is Monday) and for each exceptional date."""

    days: Mapping[int, tuple[Minutes, ...]] = field(default_factory=dict)
    holidays: Mapping[date, tuple[Minutes, ...]] = field(default_factory=dict)
    always: bool = False

    def on(self, day: date) -> tuple[Minutes, ...]:
        """The spans of one calendar day."""
        return self.holidays[day] if day in self.holidays else self.days.get(day.weekday(), ())


@dataclass(frozen=True, slots=True)
class Availability:
    """Whether people are there now, until when or from when, and how else the company can be reached."""

    open: bool
    until: datetime | None = None
    next: datetime | None = None
    contact: Mapping[str, str] = field(default_factory=dict)

    def frame(self) -> dict[str, Any]:
        """The form of the chat socket: {"open", "until"?, "next"?, "contact"?}, times in ISO 8601."""
        frame: dict[str, Any] = {"open": self.open}
        if self.until:
            frame["until"] = self.until.isoformat()
        if self.next:
            frame["next"] = self.next.isoformat()
        if self.contact:
            frame["contact"] = dict(self.contact)
        return frame


def availability(site: Site, now: datetime | None = None) -> Availability:
    """Whether the desk is open at `now` (aware; else the present). One closed by hand promises no time."""
    now = now or datetime.now(UTC)
    contact = {key: str(value) for key, value in site.spoken.contact.items() if value}
    if site.desk_closed:
        return Availability(False, contact=contact)
    week = parse(site.hours or {})
    if week.always:
        return Availability(True, contact=contact)
    where = zone(site.timezone)
    for start, end in _spans(week, where, now.astimezone(where).date()):
        if now < start:
            return Availability(False, next=start.astimezone(where), contact=contact)
        if now < end:
            return Availability(True, until=end.astimezone(where), contact=contact)
    return Availability(False, contact=contact)


def staffed(site: Site, since: datetime, until: datetime) -> timedelta:
    """How much of the time between two moments lies inside the written hours; a desk closed by hand changes nothing."""
    week = parse(site.hours or {})
    if week.always:
        return max(until - since, timedelta())
    where, total = zone(site.timezone), timedelta()
    for start, end in _spans(week, where, since.astimezone(where).date()):
        if start >= until:
            break
        total += max(min(end, until) - max(start, since), timedelta())
    return total


def parse(hours: Mapping[str, Any]) -> Week:
    """Read `{mon: ["09:00-12:30", "13:30-18:00"], …, holidays: {"2026-12-25": []}}`; raises HoursError."""
    if not hours:
        return Week(always=True)
    if not isinstance(hours, Mapping):
        raise HoursError('hours: must be a mapping like {"mon": ["09:00-18:00"]}.')
    if unknown := [key for key in hours if key not in (*DAYS, "holidays")]:
        raise HoursError(f"hours: {unknown[0]!r} is not a day; use {', '.join(DAYS)} and holidays.")
    days = {DAYS.index(name): _day(name, spans) for name, spans in hours.items() if name != "holidays"}
    holidays = hours.get("holidays") or {}
    if not isinstance(holidays, Mapping):
        raise HoursError('hours: holidays must be a mapping like {"2026-12-25": []}.')
    return Week(days, {_date(name): _day(str(name), spans) for name, spans in holidays.items()})


def zone(name: str) -> ZoneInfo:
    """The time zone of that name; raises HoursError when there is none."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise HoursError(f"timezone: {name!r} is not a time zone; use a name like Europe/Berlin.") from error


def _day(name: str, spans: object) -> tuple[Minutes, ...]:
    if not isinstance(spans, Sequence) or isinstance(spans, str):
        raise HoursError(f'hours: {name} must be a list of spans like ["09:00-18:00"].')
    read = sorted(_minutes(name, span) for span in spans)
    for (_, end), (start, _) in pairwise(read):
        if start < end:
            raise HoursError(f"hours: two spans of {name} overlap.")
    return tuple(read)


def _minutes(name: str, span: object) -> Minutes:
    found = SPAN.fullmatch(span) if isinstance(span, str) else None
    if found is None:
        raise HoursError(f"hours: {span!r} on {name} is not a span like 09:00-18:00.")
    hour, minute, until_hour, until_minute = found.groups()
    start = int(hour) * 60 + int(minute)
    end = int(until_hour) * 60 + int(until_minute) if until_hour else 24 * 60
    if end <= start:
        raise HoursError(f"hours: {span} on {name} ends before it starts; split it at 24:00.")
    return start, end


def _date(name: object) -> date:
    try:
        return name if isinstance(name, date) else date.fromisoformat(str(name))
    except ValueError as error:
        raise HoursError(f"hours: holiday {name!r} is not a date like 2026-12-25.") from error


def _spans(week: Week, where: ZoneInfo, today: date) -> Iterator[Span]:
    """Open spans in order from yesterday on, in UTC, touching ones joined; the last stops at the horizon."""
    days = (today + timedelta(days=n) for n in range(-1, HORIZON))
    spans = ((_start(day, a, where), _end(day, b, where)) for day in days for a, b in week.on(day))
    current = next(spans, None)
    if current is None:
        return
    for start, end in spans:
        if start <= current[1]:
            current = (current[0], max(current[1], end))
        else:
            yield current
            current = (start, end)
    yield current


def _start(day: date, minutes: int, where: ZoneInfo) -> datetime:
    return _wall(day, minutes, where).astimezone(UTC)


def _end(day: date, minutes: int, where: ZoneInfo) -> datetime:
    """The last time the clock shows it; for a time the clock skips, as long after the start as written."""
    wall = _wall(day, minutes, where)
    return max(wall.astimezone(UTC), wall.replace(fold=1).astimezone(UTC))


def _wall(day: date, minutes: int, where: ZoneInfo) -> datetime:
    days, minute = divmod(minutes, 24 * 60)
    return datetime.combine(day + timedelta(days=days), time(minute // 60, minute % 60), where)
