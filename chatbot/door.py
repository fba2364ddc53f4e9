"""The door: who may speak to which site, how often and how much. Nothing past it is trusted either."""

import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.cache import cache

LONGEST_TEXT = 4_000
LONGEST_FRAME = 262_144


class Refusal(Exception):
    """A frame that is answered with an error frame; `code` is one of the contract's."""

    def __init__(self, code: str, text: str, **more: Any) -> None:
        super().__init__(text)
        self.code, self.text, self.more = code, text, more

    def frame(self) -> dict[str, Any]:
        """The error frame."""
        return {"type": "error", "code": self.code, "text": self.text, **self.more}


def admits(origin: str, own_host: str, origins: list[str]) -> bool:
    """Whether a page of this origin may open the widget: the site's origins and the server's own host."""
    return origin.rstrip("/") in {o.rstrip("/") for o in origins} or urlsplit(origin).netloc == own_host != ""


def address(peer: str, headers: Mapping[bytes, bytes]) -> str:
    """The customer's address: the last one that a trusted proxy vouches for, else the peer."""
    trusted = set(settings.HANDRAIL_TRUSTED_PROXIES)
    if peer not in trusted:
        return peer
    hops = [h.strip() for h in headers.get(b"x-forwarded-for", b"").decode("latin-1").split(",") if h.strip()]
    return next((hop for hop in reversed(hops) if hop not in trusted), peer)


def count(address: str, conversation: str) -> None:
    """Count one message against both limits. Raises Refusal `rate_limited` with the seconds to wait."""
    minute, second = divmod(int(time.time()), 60)
    for name, limit in (
        (f"address:{address}", settings.HANDRAIL_LIMIT_ADDRESS),
        (f"conversation:{conversation}", settings.HANDRAIL_LIMIT_CONVERSATION),
    ):
        if limit and _add(f"door:{name}:{minute}") > limit:
            wait = 60 - second
            raise Refusal("rate_limited", f"That is a lot of messages. Please wait {wait} seconds.", retry_after=wait)


def text_of(frame: Mapping[str, Any], key: str = "text", longest: int = LONGEST_TEXT) -> str:
    """A text field of a frame. Raises Refusal when it is missing, not text, empty or too long."""
    value = frame.get(key)
    if not isinstance(value, str) or not value.strip():
        raise Refusal("bad_frame", f"“{key}” must be a text that is not empty.")
    if len(value) > longest:
        raise Refusal("too_long", f"“{key}” is {len(value)} characters long; at most {longest} fit.")
    return value.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()


def _add(key: str) -> int:
    cache.add(key, 0, 120)
    try:
        return cache.incr(key)
    except ValueError:
        return 1
