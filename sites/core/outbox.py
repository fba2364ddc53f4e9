"""Work that follows a commit. The row is written with its cause and is the promise; a broker only says "look now".

Handlers are idempotent: a worker that dies is followed by another once the lease has run out.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from sites.core.refusal import Refused
from sites.models import OutboxItem

Result = dict[str, Any] | None
Handler = Callable[[OutboxItem], Result]

LEASE = timedelta(seconds=60)
ATTEMPTS = 8
DEADLY = "Each worker that began it was gone before its end: it crashes, or takes more memory than there is."
KEPT = timedelta(days=30)
_handlers: dict[str, Handler] = {}
_listeners: list[Callable[[bool], None]] = []


class Again(Exception):
    """Raised by a handler that did a slice of its work and wants to go on after the others."""


def handler(kind: str) -> Callable[[Handler], Handler]:
    """Register the function that does items of this kind; it returns a JSON result or None."""

    def register(function: Handler) -> Handler:
        _handlers[kind] = function
        return function

    return register


def put(kind: str, payload: dict[str, Any], *, bulk: bool = False, due_at: datetime | None = None) -> OutboxItem:
    """Promise one piece of work inside the transaction that causes it; listeners hear of it after the commit."""
    item = OutboxItem.objects.create(kind=kind, payload=payload, bulk=bulk, due_at=due_at or timezone.now())
    transaction.on_commit(lambda: _tell(bulk))
    return item


def listen(listener: Callable[[bool], None]) -> None:
    """Have `listener(bulk)` called after each commit that promised work: a hint, never a promise."""
    _listeners.append(listener)


def run_due(*, bulk: bool, limit: int = 20) -> int:
    """Do up to `limit` due items of one lane, oldest first; returns how many were taken.

    What a handler raises is kept on its row, which is due again later, and then raised here: the worker reports it.
    """
    done = 0
    while done < limit and (item := _lease(bulk)) is not None:
        _run(item)
        done += 1
    if done == limit:  # there may be more: say so now, not when the clock next strikes
        _tell(bulk)
    return done


def any_due(*, bulk: bool) -> bool:
    """Whether a lane has anything to do now."""
    return _due(timezone.now(), bulk).exists()


def prune() -> int:
    """Forget what was done longer ago than KEPT; what failed stays until somebody has looked. Returns how many."""
    long_ago = timezone.now() - KEPT
    return OutboxItem.objects.filter(state=OutboxItem.State.DONE, due_at__lt=long_ago).delete()[0]


def _lease(bulk: bool) -> OutboxItem | None:
    now = timezone.now()
    State = OutboxItem.State
    due = _due(now, bulk)
    for item in due.order_by("due_at", "id")[:5]:
        if item.state == State.LEASED and item.attempts >= ATTEMPTS:  # it takes its worker along each time
            left = OutboxItem.objects.filter(pk=item.pk, state=State.LEASED, lease_until=item.lease_until)
            left.update(state=State.DEAD, lease_until=None, error=DEADLY)
            continue
        taken = due.filter(pk=item.pk).update(state=State.LEASED, lease_until=now + LEASE, attempts=F("attempts") + 1)
        if taken:
            item.refresh_from_db()
            return item
    return None


def _due(now: datetime, bulk: bool) -> QuerySet[OutboxItem]:
    """The items of a lane that are to be done now, those whose worker has died among them."""
    State = OutboxItem.State
    due = Q(state=State.DUE, due_at__lte=now) | Q(state=State.LEASED, lease_until__lt=now)
    return OutboxItem.objects.filter(due, bulk=bulk, kind__in=_handlers)


def _run(item: OutboxItem) -> None:
    State = OutboxItem.State
    try:
        result = _handlers[item.kind](item)
    except Again:
        _settle(item, state=State.DUE, due_at=timezone.now(), attempts=0)
    except Refused as refusal:
        _settle(item, state=State.DEAD, error=str(refusal))
    except Exception as error:
        tired = item.attempts >= ATTEMPTS
        pause = timedelta(seconds=min(600, 2**item.attempts))
        _settle(
            item,
            state=State.DEAD if tired else State.DUE,
            due_at=timezone.now() + pause,
            error=repr(error)[:2000],
        )
        raise
    else:
        _settle(item, state=State.DONE, result=result, error="")


def _settle(item: OutboxItem, **fields: Any) -> None:
    """Write how an item went, unless its lease was lost to another worker meanwhile."""
    OutboxItem.objects.filter(pk=item.pk, state=OutboxItem.State.LEASED, lease_until=item.lease_until).update(
        lease_until=None, **fields
    )


def _tell(bulk: bool) -> None:
    for listener in _listeners:
        listener(bulk)
