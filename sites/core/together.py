"""One reading for many who ask at once.

Law of the room: a reading holds all that was committed before it began, so it is as good as their own for everybody
who asked earlier; whoever asks later gets a later one.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

T = TypeVar("T")
KEPT = 16


@dataclass(slots=True)
class _Last(Generic[T]):
    """The last reading of one thing; whoever holds the lock may make a new one."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    began: float = float("-inf")
    value: T | None = None


class Together(Generic[T]):
    """The last reading of each of up to KEPT things, with the moment it began."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last: OrderedDict[Hashable, _Last[T]] = OrderedDict()

    def since(self, asked: float, which: Hashable, read: Callable[[], T]) -> T:
        """A reading of `which` that began at `asked` (of `time.monotonic`) or later: the last one, or a new one.

        Raises whatever `read` raises; the next who asks then reads again.
        """
        with self._lock:
            last = self._last.setdefault(which, _Last())
            self._last.move_to_end(which)
            while len(self._last) > KEPT:
                self._last.popitem(last=False)
        with last.lock:
            if last.value is None or last.began < asked:
                began = time.monotonic()
                last.value, last.began = read(), began
            return last.value
