"""The door: who may speak to which site, how often and how much. Nothing past it is trusted either.

Law of the room: every kind of frame is counted by itself, for its address and for its conversation, but for the wish
for a person, which never is. A count is of the running minute, by all processes together; sockets are counted by each.
"""

import ipaddress
import secrets
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http.request import split_domain_port, validate_host

from conversations.wording import Spoken
from sites.core import rate

LONGEST_TEXT = 4_000
LONGEST_FRAME = 262_144
MESSAGE = "message"
"""Questions and choices: one kind, for a choice is a message."""
BY_ITSELF = frozenset({"resume", "look", "typing", "seen"})
OFTEN = 5
"""What a widget does without anybody's pressing anything, and how many times as often as messages it may come."""

BUSY_FOR = range(3, 9)
"""Seconds after which somebody who was told that all is busy is to try again."""

_sockets: Counter[str] = Counter()


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


def served(host: str) -> bool:
    """Whether this server is known by the name in a Host header, port or none: ALLOWED_HOSTS, as Django reads it."""
    domain, _ = split_domain_port(host)
    return bool(domain) and validate_host(domain, settings.ALLOWED_HOSTS)


def address(peer: str) -> str:
    """The customer's address from where a request comes: of IPv6 the network of 64 bits that one household has.

    `peer` is what `config.asgi` has made of the socket's peer and of the headers of proxies that were named: the one
    reading of them there is.
    """
    try:
        found = ipaddress.ip_address(peer.partition("%")[0])
    except ValueError:
        return peer[:100]
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(ipaddress.IPv6Address(int(found) >> 64 << 64)) if not found.is_loopback else str(found)
    return str(found)


@contextmanager
def socket(address: str) -> Iterator[bool]:
    """Hold one open socket of an address for this process; whether there is room for it."""
    _sockets[address] += 1
    most = settings.HANDRAIL_LIMIT_SOCKETS
    try:
        yield not most or _sockets[address] <= most
    finally:
        _sockets[address] -= 1
        if not _sockets[address]:
            del _sockets[address]


def sockets() -> int:
    """How many chat sockets this process holds."""
    return _sockets.total()


def count(kind: str, address: str, conversation: str, spoken: Spoken) -> None:
    """Count one frame of a kind against both limits. Raises Refusal `rate_limited` with the seconds to wait."""
    times = OFTEN if kind in BY_ITSELF else 1
    for what, who, limit in (
        ("address", address, settings.HANDRAIL_LIMIT_ADDRESS),
        ("conversation", conversation, settings.HANDRAIL_LIMIT_CONVERSATION),
    ):
        if not limit or not who:
            continue
        frames, wait = rate.count("door", kind, what, who)
        if frames > limit * times:
            said = spoken.say(f"refused.{'rate_limited' if kind == MESSAGE else 'too_often'}", seconds=str(wait))
            raise Refusal("rate_limited", said, retry_after=wait)


def not_too_much(spoken: Spoken, *, overloaded: bool) -> None:
    """Raise Refusal `busy` where no more can be answered in time; moments differ, so that not all come back at once."""
    if overloaded:
        seconds = secrets.choice(BUSY_FOR)
        raise Refusal("busy", spoken.say("refused.busy", seconds=str(seconds)), retry_after=seconds)


def within(kind: str, address: str, conversation: str) -> bool:
    """The same of what a program sends by itself, where nobody is there to be told."""
    try:
        count(kind, address, conversation, Spoken())
    except Refusal:
        return False
    return True


def text_of(frame: Mapping[str, Any], spoken: Spoken) -> str:
    """The text of a frame. Raises Refusal when it is missing, not text, empty or too long."""
    value = frame.get("text")
    if not isinstance(value, str) or not value.strip():
        raise Refusal("bad_frame", spoken.say("refused.empty"))
    if len(value) > LONGEST_TEXT:
        said = spoken.say("refused.too_long", count=str(len(value)), most=str(LONGEST_TEXT))
        raise Refusal("too_long", said)
    return value
