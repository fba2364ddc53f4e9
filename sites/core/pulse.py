"""Whether workers that are processes of their own are alive: each lane leaves the time of its last work in one row."""

import time
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from sites.models import Pulse

EVERY = 5.0  # seconds between two writes of one process
SILENT = {"fast": timedelta(seconds=30), "bulk": timedelta(minutes=3)}
"""After how long a lane counts as dead: six missed writes; in the long lane a slice of work may take two minutes."""

_written: dict[str, float] = {}


def beat(lane: str) -> None:
    """Say that a lane works, where it has a process of its own; most calls write nothing."""
    if settings.CELERY_BROKER_URL and time.monotonic() - _written.get(lane, -EVERY) >= EVERY:
        Pulse.objects.update_or_create(lane=lane, defaults={"at": timezone.now()})
        _written[lane] = time.monotonic()


def lanes() -> dict[str, bool]:
    """Every lane that has a process of its own, and whether it works; empty where workers live in this process."""
    if not settings.CELERY_BROKER_URL:
        return {}
    seen = dict(Pulse.objects.values_list("lane", "at"))
    now = timezone.now()
    return {f"worker-{lane}": lane in seen and now - seen[lane] < silent for lane, silent in SILENT.items()}
