"""The child that reads files is kept between tests: a new one for each bundle would cost a tenth of a whole run.

A child reads one file after another anyway; one that was too much for itself is thrown away by its reader as ever.
"""

import subprocess

from knowledge.readers.sandbox import Reader

STARTED, ENDED = Reader._started, Reader.__exit__
"""What the product does itself, for tests of just that."""


def keep() -> None:
    """From now on a reader that ends well leaves its child to the next one with the same limit of memory."""
    resting: dict[int, subprocess.Popen[bytes]] = {}

    def started(self: Reader) -> subprocess.Popen[bytes]:
        child = resting.pop(self.memory, None)
        return child if child is not None and child.poll() is None else STARTED(self)

    def ended(self: Reader, *broken: object) -> None:
        if self._child is not None and broken[0] is None and self.memory not in resting:
            resting[self.memory], self._child = self._child, None
        self.close()

    Reader._started = started  # type: ignore[method-assign]
    Reader.__exit__ = ended  # type: ignore[method-assign]
