"""Waiting, told honestly: who is before whom, how long it took others lately, and what happens next."""

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from conversations.wording import say
from escalation.models import Handoff
from sites.hours import availability
from sites.models import Site

RECENT, SAMPLES, FEWEST = (
    timedelta(days=1),
    20,
    3,
)  # an estimate is the median of the last 20 waits of a day, from 3 on


def queue(sites: Iterable[int]) -> QuerySet[Handoff]:
    """Every handoff of these sites that is not over, by priority, then by how long the customer waits."""
    unclosed = Handoff.objects.filter(site__in=list(sites)).exclude(state=Handoff.State.CLOSED)
    return unclosed.select_related("conversation__site", "agent", "site").order_by("-urgent", "opened_at", "pk")


def queue_place(conversation_id: uuid.UUID) -> dict[str, Any] | None:
    """{"position" (from 1), "estimate_s"?} of a waiting conversation, as state frames say it; else None."""
    mine = Handoff.objects.filter(conversation_id=conversation_id, state=Handoff.State.OPEN).first()
    if mine is None:
        return None
    earlier = Q(opened_at__lt=mine.opened_at) | Q(opened_at=mine.opened_at, pk__lt=mine.pk)
    before = Q(urgent=mine.urgent) & earlier if mine.urgent else Q(urgent=True) | earlier
    ahead = Handoff.objects.filter(before, site_id=mine.site_id, state=Handoff.State.OPEN).count()
    estimate = typical_wait(mine.site_id, timezone.now())
    return {"position": ahead + 1} | ({"estimate_s": round(estimate)} if estimate is not None else {})


def typical_wait(site_id: int, now: datetime) -> float | None:
    """Seconds: the median of the latest waits that ended with a person; None while there are too few."""
    claims = Handoff.objects.filter(site_id=site_id, claimed_at__gt=now - RECENT).order_by("-claimed_at")
    waits = [
        (claimed - opened).total_seconds()
        for opened, claimed in claims.values_list("opened_at", "claimed_at")[:SAMPLES]
        if claimed is not None
    ]
    return median(waits) if len(waits) >= FEWEST else None


def promise(site: Site) -> str:
    """What happens next, in one sentence for the customer: somebody comes, or nobody until when."""
    desk = availability(site, timezone.now())
    if desk.open:
        return say("handoff_open", site.wording)
    again = f"; people are back on {desk.next:%A} at {desk.next:%H:%M} ({desk.next.tzname()})" if desk.next else ""
    return say("handoff_closed", site.wording, next=again)


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
