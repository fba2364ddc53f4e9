"""Calls to other systems. Each ends by its time, whatever the other side does, and brings back little.

A call runs as a coroutine on an event loop of its own thread, so that ending it really ends it: a cancelled
call closes its connection and holds no thread. A system that fails several times in a row is left alone for a
while: a turn must not wait for what is known to be down.
"""

import asyncio
import functools
import threading
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from concurrent.futures import CancelledError
from enum import StrEnum
from typing import Any, TypeVar

import httpx

from sites.core.breaker import Breaker
from sites.core.turnstile import Turnstile
from sites.outside import addresses

LARGEST = 262_144
"""Bytes of a reply that are read; the answers asked for are a hundredth of that."""

LOOKING = 3.0
"""Seconds for the look-up of a name."""

T = TypeVar("T")


class How(StrEnum):
    """In which way a call failed; the last four were not made at all."""

    TIMEOUT = "timeout"
    REFUSED = "refused"  # an answer with an error status
    CONNECTION = "connection"  # none, or one that broke off or brought too much
    MALFORMED = "malformed"
    WRONG_KEY = "wrong_key"  # who we are, or what we may
    QUOTA = "quota"  # too often, or nothing is left of what was paid for
    UNSUPPORTED = "unsupported"  # it does not understand how it was asked
    REFUSAL = "refusal"  # it understood, and declined
    CUT = "cut"  # its answer broke off at a limit of its own
    LEFT_ALONE = "left_alone"
    NO_TIME = "no_time"
    BUSY = "busy"  # as many as may ask do so already, and as many as may wait
    OVER_BUDGET = "over_budget"


class Failed(Exception):
    """Nothing usable came in time; the text names the kind of failure and repeats nothing that was sent."""

    def __init__(self, text: str, how: How = How.MALFORMED) -> None:
        super().__init__(text)
        self.how = how


ANSWERS = frozenset({How.UNSUPPORTED, How.REFUSAL, How.CUT})
"""Failures of a system that is well: it answered, only not as it was asked."""
Meaning = Callable[[BaseException], How | None]
"""What a system's own errors mean, where they are known."""


def _unknown(error: BaseException) -> How | None:
    return None


class Line:
    """The line to one other system, cut for `rest` seconds once `patience` calls in a row have failed.

    `turnstile`: how many may ask at once; without one any number.
    """

    def __init__(
        self,
        patience: int = 3,
        rest: float = 20.0,
        meaning: Meaning = _unknown,
        turnstile: Turnstile | None = None,
    ) -> None:
        self.breaker, self.meaning, self.turnstile = Breaker(patience, rest), meaning, turnstile

    def call(self, make: Callable[[], Coroutine[Any, Any, T]], seconds: float) -> T:
        """What the coroutine of `make` returns within so many seconds. Raises Failed, whatever went wrong."""
        if seconds <= 0:
            raise Failed("no time left", How.NO_TIME)
        if self.turnstile is None:
            return self._admitted(make, seconds)
        until = time.monotonic() + seconds
        with self.turnstile.passed(seconds) as inside:
            if not inside:
                raise Failed("too many ask at once", How.BUSY)
            return self._admitted(make, until - time.monotonic())

    def _admitted(self, make: Callable[[], Coroutine[Any, Any, T]], seconds: float) -> T:
        if not self.breaker.admits():
            raise Failed("left alone after repeated failures", How.LEFT_ALONE)
        try:
            result = _call(make, seconds, self.meaning)
        except Failed as failed:
            if failed.how in ANSWERS:
                self.breaker.reset()
            else:
                self.breaker.fail()
            raise
        self.breaker.reset()
        return result


def client(refusal: Callable[[str, int], str] | None = None) -> httpx.AsyncClient:
    """A client for one system: no redirects, no compression, replies of at most LARGEST bytes.

    `refusal`: why an address and a port are not to be reached, looked at before each request; empty where they may.

    To be used inside `Line.call` only, whose wall clock is the limit that counts.
    """
    return httpx.AsyncClient(
        headers={"Accept-Encoding": "identity"},
        follow_redirects=False,
        event_hooks={"request": [_allowed(refusal)] if refusal else [], "response": [_bound]},
        timeout=10,
    )


def _call(make: Callable[[], Coroutine[Any, Any, T]], seconds: float, meaning: Meaning) -> T:
    future = asyncio.run_coroutine_threadsafe(_within(make, seconds), _loop())
    try:
        # The error is looked at, not caught: foreign code may die of anything, and all of it means one thing.
        error = future.exception(seconds + 0.5)
    except (TimeoutError, CancelledError):
        future.cancel()
        raise Failed("no end in time", How.TIMEOUT) from None
    if error is not None:
        raise Failed(type(error).__name__, meaning(error) or _how(error)) from None
    return future.result()


def _how(error: BaseException) -> How:
    """What an error means; client libraries name as its causes what happened on the wire."""
    chain = list(causes(error))
    if any(isinstance(each, (TimeoutError, httpx.TimeoutException)) for each in chain):
        return How.TIMEOUT
    if any(isinstance(getattr(each, "status_code", None), int) for each in chain):
        return How.REFUSED
    on_the_wire = any(isinstance(each, (OSError, httpx.TransportError)) for each in chain)
    return How.CONNECTION if on_the_wire else How.MALFORMED


def causes(error: BaseException | None, most: int = 8) -> Iterator[BaseException]:
    """An error and its causes, the outermost first; not without end, for it is foreign."""
    while error is not None and most:
        yield error
        error, most = error.__cause__, most - 1


async def _within(make: Callable[[], Coroutine[Any, Any, T]], seconds: float) -> T:
    return await asyncio.wait_for(make(), seconds)


def _loop() -> asyncio.AbstractEventLoop:
    with _starting:
        return _started()


_starting = threading.Lock()


@functools.cache
def _started() -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="outside", daemon=True).start()
    return loop


def _allowed(refusal: Callable[[str, int], str]) -> Callable[[httpx.Request], Coroutine[Any, Any, None]]:
    async def look(request: httpx.Request) -> None:
        port = request.url.port or (443 if request.url.scheme == "https" else 80)
        try:
            found = await asyncio.to_thread(addresses.look_up, request.url.host, port, LOOKING)
        except addresses.Unknown as error:
            raise httpx.ConnectError(str(error), request=request) from None
        if why := next(filter(None, (refusal(each, port) for each in found)), ""):
            raise httpx.ConnectError(why, request=request)

    return look


async def _bound(response: httpx.Response) -> None:
    """Refuse what could be more than it seems, and count what is read."""
    if response.headers.get("Content-Encoding", "identity") != "identity":
        raise httpx.DecodingError("The reply is compressed; that was not asked for.", request=response.request)
    assert isinstance(response.stream, httpx.AsyncByteStream)
    response.stream = _Counted(response.stream)


class _Counted(httpx.AsyncByteStream):
    """A reply's body that breaks off when it grows too large."""

    def __init__(self, inner: httpx.AsyncByteStream) -> None:
        self._inner = inner

    async def __aiter__(self) -> AsyncIterator[bytes]:
        read = 0
        async for chunk in self._inner:
            read += len(chunk)
            if read > LARGEST:
                raise httpx.ReadError(f"The reply is larger than {LARGEST} bytes.")
            yield chunk

    async def aclose(self) -> None:
        await self._inner.aclose()
