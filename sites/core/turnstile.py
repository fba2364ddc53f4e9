"""A turnstile before another system: so many callers inside at once, so many waiting, and others go without.

Law of the room: it is one process's own, safe between threads; nobody waits longer than they said.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Turnstile:
    """`inside` callers at once, and at most `waiting` of them before it."""

    def __init__(self, inside: int, waiting: int) -> None:
        self.inside, self.waiting = inside, waiting
        self._free = threading.BoundedSemaphore(inside)
        self._lock = threading.Lock()
        self.queued = 0

    @contextmanager
    def passed(self, seconds: float) -> Iterator[bool]:
        """Whether this caller is inside while the block runs; False when too many wait, or it took too long."""
        inside = self._free.acquire(blocking=False) or self._waited(seconds)
        try:
            yield inside
        finally:
            if inside:
                self._free.release()

    def _waited(self, seconds: float) -> bool:
        with self._lock:
            if self.queued >= self.waiting:
                return False
            self.queued += 1
        try:
            return self._free.acquire(timeout=max(0.0, seconds))
        finally:
            with self._lock:
                self.queued -= 1
