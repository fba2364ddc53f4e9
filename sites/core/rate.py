"""How often something was done in the running minute, counted by all processes together.

Law of the room: a count names nobody (its key is a keyed digest) and is over with its minute. It lives in the cache:
with Redis, one for all processes; while Redis is away, each goes on by itself. Nobody is refused for want of a counter.
"""

import time

from django.core.cache import cache
from django.utils.crypto import salted_hmac

MINUTE = 60  # seconds


def count(*what: str) -> tuple[int, int]:
    """Count once more: how often in the running minute, this time included, and the seconds until it is over."""
    minute, second = divmod(int(time.time()), MINUTE)
    key = _key(what, minute)
    cache.add(key, 0, 2 * MINUTE)
    try:
        return cache.incr(key), MINUTE - second
    except ValueError:  # it was dropped in between
        return 1, MINUTE - second


def counted(*what: str) -> int:
    """How often it was done in the running minute; looking does not count."""
    return int(cache.get(_key(what, int(time.time()) // MINUTE), 0))


def _key(what: tuple[str, ...], minute: int) -> str:
    digest = salted_hmac("handrail.rate", "\0".join(what), algorithm="sha256").hexdigest()
    return f"rate:{digest}:{minute}"
