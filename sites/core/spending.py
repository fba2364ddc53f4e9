"""How much of something was used up today, counted by all processes together.

Law of the room: as with `rate`, a count names nobody and lives in the cache; nobody is refused for want of a counter.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

from django.core.cache import cache
from django.utils.crypto import salted_hmac

KEPT = 2 * 24 * 3600  # seconds: a day of UTC, and what is left of it


def spend(amount: int, *what: str) -> None:
    """Count so much more for today."""
    key = _key(what)
    cache.add(key, 0, KEPT)
    try:
        cache.incr(key, amount)
    except ValueError:  # it was dropped in between
        cache.set(key, amount, KEPT)


def spent(*each: Sequence[str]) -> list[int]:
    """How much was used up today of each."""
    keys = [_key(what) for what in each]
    found = cache.get_many(keys)
    return [int(found.get(key, 0)) for key in keys]


def _key(what: Sequence[str]) -> str:
    digest = salted_hmac("handrail.spending", "\0".join(what), algorithm="sha256").hexdigest()
    return f"spent:{digest}:{datetime.now(UTC):%Y%m%d}"
