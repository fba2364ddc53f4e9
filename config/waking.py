"""The queue of the embedded workers: what Kombu has in memory, whose workers sleep until something is put in.

The stock one looks at its queues several times a second, which is most of what an idle installation costs.
"""

import threading
import time
from queue import Empty
from typing import Any

from kombu.transport import memory

PATIENCE = 2.0
"""Seconds a worker sleeps at most when it is not told how long."""


class News:
    """How often something was put into any queue of this process."""

    def __init__(self) -> None:
        self.number, self.changed = 0, threading.Condition()

    def tell(self) -> None:
        """Something was put in: wake who sleeps."""
        with self.changed:
            self.number += 1
            self.changed.notify_all()

    def since(self, seen: int, seconds: float) -> bool:
        """Sleep until there is more than was seen, at most so long; whether there is."""
        with self.changed:
            return self.changed.wait_for(lambda: self.number != seen, max(0.0, seconds))


news = News()


class Channel(memory.Channel):
    """A channel that tells of each message."""

    def _put(self, queue: str, message: Any, **more: Any) -> None:
        super()._put(queue, message, **more)
        news.tell()


class Transport(memory.Transport):
    """The transport that `broker_transport` names."""

    Channel = Channel

    def drain_events(self, connection: Any, timeout: float | None = None, **more: Any) -> None:
        """Deliver one message, now or when it comes. Raises socket.timeout."""
        until = time.monotonic() + (timeout or PATIENCE)
        while True:
            seen = news.number
            assert self.cycle is not None
            try:
                self.cycle.get(self._deliver, timeout=timeout)
                return
            except Empty:
                if not news.since(seen, until - time.monotonic()):
                    raise TimeoutError from None
