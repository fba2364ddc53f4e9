"""Reports of the desk: how many came, how long they waited and were talked to, by day, agent or category.

Law of the room: read from the handoffs alone; a wait is measured in hours that people are there, a share comes with its
interval, and every file that leaves is an entry in the chain. No cell begins as a formula does.
"""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from statistics import median

from django.contrib.auth.models import User
from django.utils import timezone

from conversations.export import cell
from escalation.core.moves import name_of
from escalation.models import Handoff
from escalation.queue.waiting import target_of
from knowledge.models import Category
from sites.access.roles import require
from sites.choices.hours import staffed
from sites.core import ledger
from sites.core.intervals import wilson
from sites.core.refusal import Refused
from sites.models import Role, Site

LONGEST = 366  # days of one report
BY = {"day": "Day", "agent": "Agent", "category": "Category"}
COLUMNS = (
    "handoffs", "claimed", "closed", "resolved", "resolved_share", "resolved_low", "resolved_high", "gave_up",
    "in_target", "in_target_low", "in_target_high", "wait_median_s", "wait_p90_s", "handling_median_s",
    "handling_p90_s",
)  # fmt: skip
NOBODY, NONE = "nobody yet", "no category"


@dataclass(slots=True)
class Line:
    """One line: what it is of, and its handoffs counted. Waits and handling times in seconds."""

    name: str
    handoffs: int = 0
    claimed: int = 0
    closed: int = 0
    resolved: int = 0
    gave_up: int = 0
    in_target: int = 0
    waits: list[float] = field(default_factory=list)
    handling: list[float] = field(default_factory=list)

    @property
    def resolved_share(self) -> tuple[float | None, float, float]:
        """Of what was closed: the share that was resolved, and its 95 % interval."""
        return _share(self.resolved, self.closed)

    @property
    def in_target_share(self) -> tuple[float | None, float, float]:
        """Of who got a person: the share that got one in time, and its 95 % interval."""
        return _share(self.in_target, self.claimed)

    @property
    def wait(self) -> tuple[float | None, float | None]:
        """Median, and what 90 of 100 stay within."""
        return _spread(self.waits)

    @property
    def handled(self) -> tuple[float | None, float | None]:
        """The same of the time from the claim to the end."""
        return _spread(self.handling)

    def values(self) -> list[object]:
        """The line as COLUMNS has it."""
        ratio = [None if each is None else round(each, 4) for each in (*self.resolved_share, *self.in_target_share)]
        times = [None if each is None else round(each) for each in (*self.wait, *self.handled)]
        counts = [self.handoffs, self.claimed, self.closed, self.resolved]
        return [*counts, *ratio[:3], self.gave_up, *ratio[3:], *times]


def of(site: Site, since: date, until: date, by: str, *, actor: User) -> list[Line]:
    """The lines of a report on what was opened from one day to another. Raises Refused, NotAllowed."""
    require(actor, site, Role.AGENT, Role.AUDITOR, Role.RELEASE_OWNER)
    if by not in BY:
        raise Refused(f"A report is by {', '.join(BY)}.")
    if until < since:
        raise Refused("The last day lies before the first.")
    if until - since > timedelta(days=LONGEST):
        raise Refused(f"A report covers {LONGEST} days at most.")
    opened = Handoff.objects.filter(site=site, conversation__synthetic=False).select_related("agent")
    mine = opened.filter(opened_at__gte=_midnight(since), opened_at__lt=_midnight(until + timedelta(days=1)))
    lines: dict[str, Line] = {}
    named = _names(site, by)
    for handoff in mine.order_by("opened_at").iterator(1000):
        name = named(handoff)
        _count(lines.setdefault(name, Line(name)), site, handoff)
    return list(lines.values()) if by == "day" else sorted(lines.values(), key=lambda line: -line.handoffs)


def table(site: Site, since: date, until: date, by: str, *, actor: User) -> str:
    """The same as CSV in UTF-8 with a byte order mark, on the record. Raises Refused, NotAllowed."""
    lines = of(site, since, until, by, actor=actor)
    ledger.note(
        site.pk, "exported", actor=actor.get_username(), what=f"desk by {by}", since=str(since), until=str(until)
    )
    page = io.StringIO()
    page.write("\ufeff")
    csv.writer(page).writerows(_rows(by, lines))
    return page.getvalue()


def _rows(by: str, lines: Iterable[Line]) -> Iterator[Sequence[str]]:
    yield (by, *COLUMNS)
    for line in lines:
        yield tuple(cell(value) for value in (line.name, *line.values()))


def _count(line: Line, site: Site, handoff: Handoff) -> None:
    line.handoffs += 1
    if handoff.claimed_at:
        waited = staffed(site, handoff.opened_at, handoff.claimed_at).total_seconds()
        line.claimed += 1
        line.waits.append(waited)
        line.in_target += waited <= target_of(site, handoff.urgent)
    if handoff.closed_at:
        line.closed += 1
        line.resolved += handoff.ending in (Handoff.Ending.RESOLVED, Handoff.Ending.CALLED_BACK)
        line.gave_up += not handoff.claimed_at and handoff.ending in (
            Handoff.Ending.WITHDRAWN, Handoff.Ending.ABANDONED,
        )  # fmt: skip
        if handoff.claimed_at:
            line.handling.append((handoff.closed_at - handoff.claimed_at).total_seconds())


def _names(site: Site, by: str) -> Callable[[Handoff], str]:
    if by == "agent":
        return lambda handoff: name_of(handoff.agent) if handoff.agent else NOBODY
    if by == "category":
        titles = dict(Category.objects.filter(site=site).values_list("slug", "title"))
        return lambda handoff: titles.get(handoff.category, handoff.category) or NONE
    return lambda handoff: timezone.localtime(handoff.opened_at).date().isoformat()


def _share(hits: int, n: int) -> tuple[float | None, float, float]:
    return (hits / n if n else None, *wilson(hits, n))


def _spread(values: Sequence[float]) -> tuple[float | None, float | None]:
    if not values:
        return None, None
    ordered = sorted(values)
    return median(ordered), ordered[max(0, -(-9 * len(ordered) // 10) - 1)]


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
