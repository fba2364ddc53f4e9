"""What a clock asks of this room: forgetting what sites need not keep."""

from celery import shared_task
from django.db import close_old_connections

from conversations import retention


@shared_task  # type: ignore[untyped-decorator]
def forget() -> int:
    """Erase what has been kept for as long as each site's data policy says; returns how many conversations."""
    close_old_connections()
    try:
        return retention.forget()
    finally:
        close_old_connections()
