"""The keys of this installation: the one that signs now, and those of before that are still believed.

Law of the room: what is made is made with the first; what is checked is checked with all. A key of before is believed
for as long as SECRET_KEY_FALLBACKS names it: for Django's own signatures and sessions, and for all derived here.
"""

from collections.abc import Iterator

from django.conf import settings
from django.utils.crypto import salted_hmac


def every() -> Iterator[str]:
    """The keys, the one that counts first."""
    yield settings.SECRET_KEY
    yield from settings.SECRET_KEY_FALLBACKS


def derived(salt: str, value: str) -> Iterator[bytes]:
    """32 bytes that follow from each key, for a purpose (`salt`) and a value; the first is what new things use."""
    for key in every():
        yield salted_hmac(salt, value, secret=key, algorithm="sha256").digest()
