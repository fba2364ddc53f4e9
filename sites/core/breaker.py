"""A circuit breaker: another system that keeps failing is left alone for a while, so that nobody waits for it.

Law of the room: it is one process's own knowledge, safe between threads, and holds no lock while the other system is
asked. What stands in for that system is for the caller.
"""

import threading
import time


class Breaker:
    """Opens after `patience` failures in a row, for `rest` seconds. Then one caller tries; the others still go without
    until that one has told how it went, or has been silent for as long again."""

    def __init__(self, patience: int, rest: float) -> None:
        self.patience, self.rest = patience, rest
        self._lock = threading.Lock()
        self.reset()

    def reset(self) -> None:
        """The system answered: forget its failures."""
        self._failures, self._until = 0, 0.0

    def fail(self) -> None:
        """The system failed once more."""
        with self._lock:
            self._failures += 1
            if self._failures >= self.patience:
                self._until = time.monotonic() + self.rest

    @property
    def open(self) -> bool:
        """Whether the system is being left alone; looking does not count as the one try."""
        return time.monotonic() < self._until

    def admits(self) -> bool:
        """Whether this caller may ask the system now. Whoever may, tells how it went: `reset` or `fail`."""
        if not self._failures:
            return True
        with self._lock:
            if self.open:
                return False
            if self._failures >= self.patience:
                self._until = time.monotonic() + self.rest
            return True
