"""The clock of the workers inside the serving process: it gives them a task only where there is something to do.

Law of the room: who cannot say whether there is something to do is asked for it, for a task too many costs a hundredth
of a second, and one too few a promise. A worker's own cost of a task is some twenty times that of the look at a table.
"""

import logging
from collections.abc import Callable, Mapping
from typing import Any

from celery.beat import PersistentScheduler, ScheduleEntry
from django.db import close_old_connections

from chatbot import tasks, turn
from escalation.desk import approvals, desk
from sites.core import outbox

log = logging.getLogger(__name__)

WAITING: Mapping[str, Callable[[], bool]] = {
    "chatbot.tasks.fast": lambda: outbox.any_due(bulk=False),
    "chatbot.tasks.bulk": lambda: outbox.any_due(bulk=True),
    "chatbot.tasks.sweep": turn.any_left,
    "chatbot.tasks.harvest": tasks.any_unnoted,
    "escalation.tasks.end_changes": approvals.any_going_on,
    "escalation.tasks.free_vanished": desk.any_claimed,
}
"""Tasks that are asked for every few seconds, and whether there is anything for each now."""


LATE = 0.02  # seconds after its time that a task is asked for: a clock that wakes too early wakes twice


class Sparing(PersistentScheduler):
    """Celery's own scheduler, but for the tasks that nothing waits for; nobody changes its schedule while it runs."""

    def adjust(self, n: float | None, drift: float = LATE) -> float | None:
        """The seconds until an entry is due, and a little more."""
        return n + drift if n and n > 0 else n

    def schedules_equal(self, old: object, new: object) -> bool:
        """Whether the schedule is as it was read; Celery compares each entry at each tick."""
        return old is not None

    def apply_entry(self, entry: ScheduleEntry, producer: Any = None) -> None:
        """Send the task of an entry that is due, where something waits for it."""
        if wanted(entry.task):
            super().apply_entry(entry, producer)  # type: ignore[no-untyped-call]


def wanted(task: str) -> bool:
    """Whether there is something to do for a periodic task; True where that cannot be said."""
    look = WAITING.get(task)
    if look is None:
        return True
    close_old_connections()
    try:
        return look()
    except Exception:
        log.exception("whether %s has anything to do could not be seen: it is asked for", task)
        return True
    finally:
        close_old_connections()
