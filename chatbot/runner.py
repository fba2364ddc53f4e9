"""Where turns run: writes on their own threads, thinking on others, so that neither waits behind the other.

SQLite has one writer thread, because it has one writer; PostgreSQL a few.
"""

import asyncio
import contextvars
import functools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from django.conf import settings
from django.db import close_old_connections, connection

from chatbot import turn as turns
from conversations.models import Turn
from sites.core import logs

P = ParamSpec("P")
T = TypeVar("T")


@functools.cache
def _writers() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1 if connection.vendor == "sqlite" else 4, thread_name_prefix="write")


@functools.cache
def _thinkers() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(16 if settings.HANDRAIL_MODEL else 2, thread_name_prefix="think")


_running: set[asyncio.Task[None]] = set()


async def write(function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Run a short function with its transaction on a writer thread."""
    return await _on(_writers(), function, *args, **kwargs)


async def think(function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Run a function that reads or waits on a thinking thread."""
    return await _on(_thinkers(), function, *args, **kwargs)


def start(turn: Turn) -> None:
    """Run a leased turn, and those queued behind it, in the background of this process."""
    task = asyncio.get_running_loop().create_task(_run(turn))
    _running.add(task)
    task.add_done_callback(_running.discard)


async def drain(seconds: float) -> int:
    """Wait for turns in flight, at most so long; returns how many were left to the sweeper."""
    if _running:
        await asyncio.wait(_running, timeout=seconds)
    return len(_running)


async def _run(turn: Turn) -> None:
    following: Turn | None = turn
    while following is not None:
        with logs.about(conversation=following.conversation_id, turn=following.pk):
            decision = await think(turns.decide, following)
            following = await write(turns.settle, following, decision)


async def _on(pool: ThreadPoolExecutor, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    def run() -> T:
        close_old_connections()
        try:
            return function(*args, **kwargs)
        finally:
            close_old_connections()

    return await asyncio.get_running_loop().run_in_executor(pool, contextvars.copy_context().run, run)
