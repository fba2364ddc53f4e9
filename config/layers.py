"""The channel layer of one process: Channels' own in-memory layer with its clean-up throttled.

The stock layer walks every channel on every receive, so its cost grows with the number of open sockets.
"""

import time

from channels.layers import InMemoryChannelLayer


class SweepingInMemoryChannelLayer(InMemoryChannelLayer):
    """In-memory layer that looks for expired messages at most once in five seconds."""

    _swept = 0.0

    def _clean_expired(self) -> None:
        now = time.monotonic()
        if now - self._swept >= 5.0:
            self._swept = now
            super()._clean_expired()
