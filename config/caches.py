"""The cache of several processes: in Redis, and in this process's own memory while Redis is away.

It holds counters of rate limits and where a block applies; both go on, process by process, without Redis.
"""

from typing import Any

from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

from sites.core.breaker import Breaker

AGAIN = 2.0
"""Seconds before a Redis that did not answer is asked again: one caller in so long waits for it."""


class PatientRedisCache(RedisCache):
    """Django's Redis cache that never fails for want of Redis."""

    breaker = Breaker(patience=1, rest=AGAIN)

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._own = LocMemCache("while Redis is away", {"MAX_ENTRIES": 100_000})

    def _ask(self, verb: str, *args: Any, **kwargs: Any) -> Any:
        if self.breaker.admits():
            try:
                found = getattr(super(), verb)(*args, **kwargs)
            except (RedisError, OSError):
                self.breaker.fail()
            except ValueError:  # an answer too: there is no such counter
                self.breaker.reset()
                raise
            else:
                self.breaker.reset()
                return found
        return getattr(self._own, verb)(*args, **kwargs)

    def get(self, *args: Any, **kwargs: Any) -> Any:
        """As Django's."""
        return self._ask("get", *args, **kwargs)

    def set(self, *args: Any, **kwargs: Any) -> Any:
        """As Django's."""
        return self._ask("set", *args, **kwargs)

    def add(self, *args: Any, **kwargs: Any) -> Any:
        """As Django's."""
        return self._ask("add", *args, **kwargs)

    def incr(self, *args: Any, **kwargs: Any) -> Any:
        """As Django's."""
        return self._ask("incr", *args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        """As Django's."""
        return self._ask("delete", *args, **kwargs)
