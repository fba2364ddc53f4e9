"""Work of the desk that a clock asks for. Idempotent: each looks at the rows before it moves them."""

from collections.abc import Callable

from celery import shared_task
from django.db import close_old_connections

from escalation.desk import approvals, desk
from escalation.drafts import review
from escalation.models import Draft
from escalation.queue import alerts, reminders
from sites.core import outbox
from sites.models import OutboxItem, Site


@outbox.handler("draft.expire")
def expire_draft(item: OutboxItem) -> None:
    """A draft's time is up: if nobody has decided, the customer gets a person."""
    drafts = Draft.objects.select_related("conversation__site", "turn__question", "turn__category")
    for draft in drafts.filter(pk=item.payload["draft"]):
        review.expire(draft)


@shared_task  # type: ignore[untyped-decorator]
def free_vanished() -> int:
    """Customers of agents who have vanished go back into the queue."""
    return _clean(desk.free_vanished)


@shared_task  # type: ignore[untyped-decorator]
def remind() -> int:
    """Take the steps that are due on handoffs nobody has claimed."""
    return _clean(reminders.sweep)


@shared_task  # type: ignore[untyped-decorator]
def end_changes() -> int:
    """Changes whose time is over end, and those that a dead process left running."""
    return _clean(approvals.sweep)


@shared_task  # type: ignore[untyped-decorator]
def alarm() -> int:
    """Apply the alert rules of the desk to every site; returns how many alerts went up."""
    return _clean(lambda: sum(len(alerts.look(site)) for site in Site.objects.all()))


def _clean(work: Callable[[], int]) -> int:
    close_old_connections()
    try:
        return work()
    finally:
        close_old_connections()
