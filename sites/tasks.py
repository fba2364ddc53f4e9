"""What a clock asks of this room: forget what nobody needs any more."""

from celery import shared_task
from django.db import close_old_connections

from sites import outbox, webhooks


@shared_task  # type: ignore[untyped-decorator]
def prune() -> int:
    """Forget work that was done, and messages to webhooks that have ended, long ago."""
    close_old_connections()
    try:
        return outbox.prune() + webhooks.prune()
    finally:
        close_old_connections()
