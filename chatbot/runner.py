"""Where turns run: writes, reads and thinking each on their own threads, so that none waits behind another.

SQLite has one writer thread, because it has one writer; PostgreSQL a few. A turn waits here for a thread that thinks;
when the longest wait is over PATIENCE, nothing more is taken, so that what is taken is answered within its deadline.
"""

import asyncio
import contextvars
import functools
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from django.conf import settings
from django.db import close_old_connections, connection

from chatbot import turn as turns
from chatbot.outcome import Decision
from conversations.models import Turn
from sites.core import logs

P = ParamSpec("P")
T = TypeVar("T")

PATIENCE = 4.0
"""Seconds: a third of the deadline, so that who is let in last has long been answered when it ends."""


@functools.cache
def _writers() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1 if connection.vendor == "sqlite" else 4, thread_name_prefix="write")


@functools.cache
def _readers() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(2, thread_name_prefix="read")


@functools.cache
def _thinkers() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(16 if settings.HANDRAIL_MODEL else 2, thread_name_prefix="think")


_running: set[asyncio.Task[None]] = set()
_waiting: dict[int, float] = {}  # turn → since when it waits to be decided (monotonic), the longest first


async def write(function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Run a short function with its transaction on a writer thread."""
    return await _on(_writers(), function, *args, **kwargs)


async def read(function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Run a short function that only reads; it never waits behind turns."""
    return await _on(_readers(), function, *args, **kwargs)


def start(turn: Turn) -> None:
    """Run a leased turn, and those queued behind it, in the background of this process."""
    task = asyncio.get_running_loop().create_task(_run(turn))
    _running.add(task)
    task.add_done_callback(_running.discard)


def waiting() -> int:
    """How many turns wait to be decided in this process."""
    return len(_waiting)


def overloaded() -> bool:
    """Whether the turn that waits longest has waited too long for another to be taken."""
    since = [*_waiting.values()]  # a copy: threads take turns out of it
    return bool(since) and time.monotonic() - since[0] > PATIENCE


async def drain(seconds: float) -> int:
    """Wait for turns in flight, at most so long; returns how many were left to the sweeper."""
    if _running:
        await asyncio.wait(_running, timeout=seconds)
    return len(_running)


async def _run(turn: Turn) -> None:
    following: Turn | None = turn
    while following is not None:
        with logs.about(conversation=following.conversation_id, turn=following.pk):
            decision = await _decided(following)
            following = await write(turns.settle, following, decision)


async def _decided(turn: Turn) -> Decision:
    """DECIDE on a thinking thread, counted as waiting until one has it."""
    _waiting[turn.pk] = time.monotonic()
    try:
        return await _on(_thinkers(), _begun, turn)
    finally:
        _waiting.pop(turn.pk, None)


def _begun(turn: Turn) -> Decision:
    _waiting.pop(turn.pk, None)
    return turns.decide(turn)


async def _on(pool: ThreadPoolExecutor, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    def run() -> T:
        close_old_connections()
        try:
            return function(*args, **kwargs)
        finally:
            close_old_connections()

    return await asyncio.get_running_loop().run_in_executor(pool, contextvars.copy_context().run, run)
