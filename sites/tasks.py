"""What a clock asks of this room: anchors of the record, and forgetting what nobody needs any more."""

from collections.abc import Callable

from celery import shared_task
from django.db import close_old_connections

from sites.core import outbox
from sites.outside import anchors, webhooks
from sites.people import sessions


@shared_task  # type: ignore[untyped-decorator]
def prune() -> int:
    """Forget sessions that are over, and work that was done and messages to webhooks that have ended long ago."""
    return _clean(lambda: outbox.prune() + webhooks.prune() + sessions.forget())


@shared_task  # type: ignore[untyped-decorator]
def anchor() -> int:
    """Have each chain's head written where the operator keeps it, once a day; returns of how many sites."""
    return _clean(anchors.due)


def _clean(work: Callable[[], int]) -> int:
    close_old_connections()
    try:
        return work()
    finally:
        close_old_connections()
