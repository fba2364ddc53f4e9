"""The rules whose facts are in the record, the gate and the outbox: `sites.outside.alerts` tells what is found.

A rule on a share needs enough seen and an interval that clears its bar, as exposure's own watch does: whoever looks
every minute sees every bad luck there is. Synthetic history is never looked at.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models.fields.json import KeyTextTransform
from django.utils import timezone

from conversations.outcomes import UNPLACED, Outcome, Reason
from release.core.intervals import wilson
from release.exposure import rates
from release.live import alarms
from release.monitoring import sessions
from sites.models import OutboxItem, Site
from sites.models.thresholds import Thresholds
from sites.outside import alerts
from sites.outside.alerts import Finding

HERE = ("errors", "declined", "injection", "drift", "outbox")
HOUR, DAY, BEFORE = timedelta(hours=1), timedelta(days=1), timedelta(days=28)
FAILED = (Reason.ERROR, Reason.TOOL_FAILED)


def look(site: Site, now: datetime | None = None) -> list[Finding]:
    """Apply every rule of this room to a site; returns what was told anew."""
    now = now or timezone.now()
    limits = alerts.thresholds(site)
    found = [
        *_errors(site, limits, now),
        *_declined(site, limits, now),
        *_injection(site, limits, now),
        *_drift(site),
        *_outbox(limits, now),
    ]
    return alerts.settle(site, HERE, found, now)


def _errors(site: Site, limits: Thresholds, now: datetime) -> Iterator[Finding]:
    ended = sessions.turns(site, now - HOUR, now, synthetic=False)
    bad, n = ended.filter(reason__in=FAILED).count(), ended.count()
    if rates.exceeds(bad, n, limits.errors):
        facts = {"bad": bad, "n": n, "bar": limits.errors}
        yield Finding("errors", f"{bad} of the last hour's {n} turns ended in an error or a failed tool.", facts=facts)


def _declined(site: Site, limits: Thresholds, now: datetime) -> Iterator[Finding]:
    """The last day against the four weeks before it: the intervals of both shares must lie apart by the rise."""
    lately, before = _declines(site, now - DAY, now), _declines(site, now - DAY - BEFORE, now - DAY)
    for slug, (bad, n) in lately.items():
        then_bad, then_n = before.get(slug, (0, 0))
        if min(n, then_n) < rates.ENOUGH:
            continue
        low, high = wilson(bad, n, rates.WIDE)[0], wilson(then_bad, then_n)[1]
        if low > high + limits.declined_rise:
            text = f"“{slug}”: {bad} of {n} declined in the last day, {then_bad} of {then_n} in the four weeks before."
            facts = {"bad": bad, "n": n, "before_bad": then_bad, "before_n": then_n}
            yield Finding("declined", text, about=slug, facts=facts)


def _declines(site: Site, since: datetime, until: datetime) -> dict[str, tuple[int, int]]:
    """Declined turns and all, by category; each conversation counts once, as declined where it was."""
    told = sessions.turns(site, since, until, synthetic=False).exclude(outcome=Outcome.COURTESY)
    placed = told.filter(category__isnull=False).exclude(reason__in=UNPLACED).order_by()
    rows = set(placed.values_list("conversation", "category__slug", "outcome"))
    talks = {(talk, slug) for talk, slug, _ in rows}
    declined = {(talk, slug) for talk, slug, outcome in rows if outcome == Outcome.DECLINE}
    n, bad = (Counter(slug for _, slug in which) for which in (talks, declined))
    return {slug: (bad[slug], count) for slug, count in n.items()}


def _injection(site: Site, limits: Thresholds, now: datetime) -> Iterator[Finding]:
    told = sessions.turns(site, now - HOUR, now, synthetic=False).annotate(signs=KeyTextTransform("signs", "trace"))
    count = told.filter(signs__startswith="[").exclude(signs="[]").count()
    if count > limits.injections:
        text = f"{count} messages of the last hour had signs of instructions to the assistant."
        yield Finding("injection", text, facts={"count": count, "bar": limits.injections})


def _drift(site: Site) -> Iterator[Finding]:
    if drift := alarms.drifted(site.pk):
        named = ", ".join(drift.scenarios[:5])
        text = f"Run {drift.run} of the live release's scenarios failed: {named}."
        yield Finding("drift", text, facts={"run": drift.run, "scenarios": list(drift.scenarios)})


def _outbox(limits: Thresholds, now: datetime) -> Iterator[Finding]:
    """The outbox is everybody's: each site is told. Its mail goes past the outbox."""
    State, late = OutboxItem.State, now - timedelta(minutes=limits.outbox_minutes)
    overdue = OutboxItem.objects.filter(state__in=[State.DUE, State.LEASED], due_at__lt=late).count()
    given_up = OutboxItem.objects.filter(state=State.DEAD, due_at__gte=now - DAY).count()
    if overdue or given_up:
        late_by = f"more than {limits.outbox_minutes} minutes overdue"
        text = f"{overdue} promises are {late_by}, {given_up} were given up in a day."
        yield Finding("outbox", text, facts={"overdue": overdue, "given_up": given_up})
