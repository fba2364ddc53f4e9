"""The rules whose facts are at the desk: waits beyond the service level, and customers with nobody there."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.utils import timezone

from escalation.models import Handoff
from escalation.queue import presence
from escalation.queue.waiting import target_of
from sites.choices.hours import availability, staffed
from sites.models import Site
from sites.models.thresholds import Thresholds
from sites.outside import alerts
from sites.outside.alerts import Finding

HERE = ("waits", "nobody")
LATELY = timedelta(hours=4)
FEWEST = 5  # waits: a desk with fewer in four hours is looked after by the reminders of each
MOST = 500


def look(site: Site, now: datetime | None = None) -> list[Finding]:
    """Apply the desk's rules to a site; returns what was told anew."""
    now = now or timezone.now()
    found = [*_waits(site, alerts.thresholds(site), now), *_nobody(site, now)]
    return alerts.settle(site, HERE, found, now)


def _waits(site: Site, limits: Thresholds, now: datetime) -> Iterator[Finding]:
    """Those that ended with a person lately and those that still go on."""
    lately = Handoff.objects.filter(site=site, opened_at__gte=now - LATELY).order_by("-opened_at")
    rows = lately.values_list("opened_at", "claimed_at", "closed_at", "urgent")[:MOST]
    waited = [(staffed(site, a, b or c or now).total_seconds(), target_of(site, urgent)) for a, b, c, urgent in rows]
    late = sum(seconds > target for seconds, target in waited)
    if len(waited) >= FEWEST and late > limits.late * len(waited):
        text = f"{late} of the last four hours' {len(waited)} customers waited longer than the service level."
        yield Finding("waits", text, facts={"late": late, "n": len(waited), "bar": limits.late})


def _nobody(site: Site, now: datetime) -> Iterator[Finding]:
    waiting = Handoff.objects.filter(site=site, state=Handoff.State.OPEN).count()
    if waiting and availability(site, now).open and presence.deserted(site.pk, now):
        text = f"{waiting} wait for a person in open hours, and nobody is available at the desk."
        yield Finding("nobody", text, facts={"waiting": waiting})
