"""A progress bar on stderr, for people at a terminal and for logs."""

import sys
import time
from types import TracebackType

WIDTH = 30
EVERY = {True: 0.1, False: 5.0}  # seconds between two drawings, on a terminal and in a log


class Bar:
    """Draws `label [####    ] 120/700` while `at(done, total)` is called; silent unless `show`."""

    def __init__(self, label: str, *, show: bool) -> None:
        self.label, self.show = label, show
        self.terminal = sys.stderr.isatty()
        self.drawn = 0.0
        self.open = False

    def __enter__(self) -> "Bar":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.open:
            sys.stderr.write("\n")
            sys.stderr.flush()

    def at(self, done: int, total: int) -> None:
        """Show how far the work is."""
        now = time.monotonic()
        if not self.show or not total or (now - self.drawn < EVERY[self.terminal] and done < total):
            return
        self.drawn, self.open = now, self.terminal
        filled = WIDTH * done // total
        line = f"{self.label:<10} [{'#' * filled}{' ' * (WIDTH - filled)}] {done}/{total}"
        sys.stderr.write(f"\r{line}" if self.terminal else f"{line}\n")
        sys.stderr.flush()
