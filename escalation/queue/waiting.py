"""Waiting, told honestly: who is before whom, how long it took others lately, and what happens next.

A wait is measured in hours that people are there: a night between two shifts is nobody's slowness, and while nobody
is there no length is promised at all.
"""

import json
import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import lru_cache
from statistics import median
from typing import Any

from django.db.models import Case, IntegerField, Q, QuerySet, When
from django.utils import timezone

from conversations.outcomes import Reason
from conversations.wording import Spoken
from escalation.models import Handoff, ServiceLevel
from escalation.queue import presence
from sites.choices.hours import Availability, availability, staffed
from sites.core import sql
from sites.models import Site

RECENT, SAMPLES, FEWEST = timedelta(days=7), 20, 3
"""An estimate is the median of the latest 20 waits, from 3 on; a week back, for a Monday after a holiday has none."""
DISTRESS = Q(urgent=True, reason=Reason.DISTRESS)
"""Who stands before all others, whatever came before."""
MINUTE = 60
WEEK = 7
"""Days from which on a weekday's name no longer says which one."""


def queue(sites: Iterable[int]) -> QuerySet[Handoff]:
    """Every handoff of these sites that is not over: distress, then what else is urgent, then by the wait."""
    unclosed = Handoff.objects.filter(site__in=list(sites)).exclude(state=Handoff.State.CLOSED)
    ordered = unclosed.annotate(distress=Case(When(DISTRESS, then=0), default=1, output_field=IntegerField()))
    rows = ordered.select_related("conversation__site", "agent", "site")
    return rows.order_by("distress", "-urgent", "opened_at", "pk")


def queue_place(conversation_id: uuid.UUID) -> dict[str, Any] | None:
    """{"position" (from 1), "estimate_s"?, "longer"?} of a waiting conversation, as state frames say it; else None."""
    waiting = Handoff.objects.filter(conversation_id=conversation_id, state=Handoff.State.OPEN)
    mine = waiting.select_related("site").first()
    if mine is None:
        return None
    earlier = Q(opened_at__lt=mine.opened_at) | Q(opened_at=mine.opened_at, pk__lt=mine.pk)
    if mine.urgent:
        same = Q(urgent=True) & earlier
        before = DISTRESS & earlier if mine.reason == Reason.DISTRESS else DISTRESS | same
    else:
        before = Q(urgent=True) | earlier
    ahead = Handoff.objects.filter(before, site_id=mine.site_id, state=Handoff.State.OPEN).count()
    now = timezone.now()
    waited = staffed(mine.site, mine.opened_at, now)
    return {"position": ahead + 1} | _estimate(mine.site, now, waited, at_the_desk(mine.site, now))


def expected(site: Site, now: datetime, desk: Availability) -> dict[str, Any]:
    """What somebody who asks for a person now is to expect: {"ahead": how many wait already, "estimate_s"?}."""
    waiting = sql.row("SELECT COUNT(*) FROM escalation_handoff WHERE site_id = %s AND state = 'open'", site.pk)
    return {"ahead": waiting[0] if waiting else 0} | _estimate(site, now, timedelta(), desk)


def at_the_desk(site: Site, now: datetime) -> Availability:
    """Whether people are there: the written hours, the switch, and whether anybody has the desk open where a desk is
    used. Everything a customer is told of it comes from here."""
    desk = availability(site, now)
    if desk.open and presence.deserted(site.pk, now):
        return Availability(False, contact=desk.contact)
    return desk


_CLAIMS = """
    SELECT opened_at, claimed_at FROM escalation_handoff WHERE site_id = %s AND claimed_at > %s
    ORDER BY claimed_at DESC LIMIT %s
"""


def target_of(site: Site, urgent: bool) -> int:
    """Seconds within which a person should come, by what the site has promised itself."""
    level = getattr(site, "service_level", None) or ServiceLevel()
    return 60 * (level.urgent_minutes if urgent else level.minutes)


def typical_wait(site: Site, now: datetime) -> float | None:
    """Staffed seconds: the median of the latest waits that ended with a person; None while there are too few."""
    claims = sql.rows(_CLAIMS, site.pk, now - RECENT, SAMPLES)
    spans = tuple((sql.moment(opened), sql.moment(claimed)) for opened, claimed in claims)
    return _median(json.dumps(site.hours), site.timezone, spans) if len(spans) >= FEWEST else None


@lru_cache(maxsize=256)
def _median(hours: str, timezone: str, spans: tuple[tuple[datetime, datetime], ...]) -> float:
    """The median staffed seconds of these spans; kept, for every open widget asks for the same."""
    site = Site(hours=json.loads(hours), timezone=timezone)
    return median(staffed(site, opened, claimed).total_seconds() for opened, claimed in spans)


def promise(site: Site, *, danger: bool = False) -> str:
    """What happens next, in one sentence for the customer: somebody comes, or nobody until when.

    Somebody in danger is told of no day and asked for no address: the numbers they were given come first.
    """
    desk, spoken = at_the_desk(site, timezone.now()), Spoken.of(site)
    if desk.open:
        return spoken.say("handoff_open")
    if danger:
        return spoken.say("handoff_closed_urgent")
    return spoken.say("handoff_closed", next=_back(spoken, desk.next) if desk.next else "")


def _back(spoken: Spoken, at: datetime) -> str:
    """When people are back, to go into a line; with its date where a weekday alone could be an earlier one."""
    days = (at.date() - timezone.now().astimezone(at.tzinfo).date()).days
    day = spoken.when("far" if days >= WEEK else "weekday", at)
    return spoken.say("handoff.next", day=day, time=spoken.when("time", at))


def duration(seconds: float) -> str:
    """A length of time as people say it: 45 s, 3 min, 1 h 20 min, 2 days."""
    minutes, whole = divmod(max(0, int(seconds)), 60)
    hours, rest = divmod(minutes, 60)
    if minutes == 0:
        return f"{whole} s"
    if hours == 0:
        return f"{minutes} min"
    if hours >= 48:
        return f"{hours // 24} days"
    return f"{hours} h {rest} min" if rest else f"{hours} h"


def _estimate(site: Site, now: datetime, waited: timedelta, desk: Availability) -> dict[str, Any]:
    """What is left of the usual wait: {"estimate_s"}, {"longer": True} when it has passed, {} when nobody can say."""
    usual = typical_wait(site, now) if desk.open else None
    if usual is None:
        return {}
    left = usual - waited.total_seconds()
    if desk.until and now + timedelta(seconds=left) > desk.until:
        return {}  # the desk closes before
    return {"estimate_s": _rounded(left)} if left > 0 else {"longer": True}


def _rounded(seconds: float) -> int:
    """Whole minutes from one and a half on: a figure that ticks would promise more than is known."""
    return round(seconds / MINUTE) * MINUTE if seconds > 1.5 * MINUTE else max(1, round(seconds))
