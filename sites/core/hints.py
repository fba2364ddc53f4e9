"""Wake-up hints over the channel layer: they carry ids, never content, and may be lost without harm.

Whoever is hinted reads the database; slow timers read it anyway.
"""

import asyncio
from typing import Any

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.conf import settings
from django.db import transaction

_loop: asyncio.AbstractEventLoop | None = None


def bind(loop: asyncio.AbstractEventLoop | None) -> None:
    """Name the event loop that serves the sockets of this process; hints from any thread go through it."""
    global _loop
    _loop = loop


def send(group: str, kind: str, **ids: Any) -> None:
    """Hint a group after the surrounding transaction has committed; `kind` names the consumer's method."""
    transaction.on_commit(lambda: _send(group, {"type": kind, **ids}))


def _send(group: str, message: dict[str, Any]) -> None:
    layer = get_channel_layer()
    if _loop is not None and _loop.is_running():
        asyncio.run_coroutine_threadsafe(layer.group_send(group, message), _loop)
    elif settings.REDIS_URL:
        async_to_sync(layer.group_send)(group, message)
