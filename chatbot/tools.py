"""Bounded tools: default deny. What is not declared here is refused; what writes needs a person's approval.

A tool reads for a verified customer only, so often a minute and so long; what it says is fixed wording around
what it read, with the time of reading. Every call is kept, refused ones too.
"""

import hashlib
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.utils import timezone
from pydantic import BaseModel

from chatbot import orders, outside
from chatbot.identity import Identity
from chatbot.outcome import Called, Cited
from conversations.outcomes import Reason
from release.snapshot import Snapshot

LONGEST = 2.0
"""Seconds a tool may take."""


@dataclass(frozen=True, slots=True)
class Read:
    """What a tool read: lines of fixed wording, what to ask next, and what the record keeps."""

    lines: tuple[str, ...]
    kept: dict[str, str]
    suggestions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Tool:
    """One declared tool. Whatever a declaration does not say is the strictest: it writes, for good, for one customer.

    `asked` reads the arguments out of a message, and out of the message together with what it leans on (None:
    not a question for this tool); `run` gets them, the customer's `sub`, the site's own wording and its seconds,
    and raises outside.Failed.
    """

    name: str
    title: str
    description: str
    arguments: type[BaseModel]
    asked: Callable[[str, str], BaseModel | None]
    run: Callable[[Any, str, Mapping[str, str], float], Read]
    site: Callable[[], str]
    writes: bool = True
    reversible: bool = False
    identity: bool = True
    a_minute: int = 12

    def declaration(self) -> dict[str, Any]:
        """The tool as data."""
        return {
            "name": self.name,
            "description": self.description,
            "arguments": self.arguments.model_json_schema(),
            "writes": self.writes,
            "reversible": self.reversible,
            "identity": self.identity,
            "a_minute": self.a_minute,
            "seconds": LONGEST,
        }


@dataclass(frozen=True, slots=True)
class Found:
    """How a call ended: `reason` answered with lines and their citation, or why there is nothing to say."""

    reason: Reason
    calls: tuple[Called, ...]
    lines: tuple[str, ...] = ()
    cited: Cited | None = None
    suggestions: tuple[str, ...] = ()


def call(
    name: str,
    message: str,
    identity: Identity | None,
    snapshot: Snapshot,
    *,
    whole: str = "",
    until: float | None = None,
) -> Found | None:
    """Use a tool for a message; None when that is no question for it. Never raises for what the system does.

    `whole`: the message with the earlier ones it leans on; `until` (time.monotonic): when it must be over.
    """
    tool = REGISTRY.get(name)
    if tool is None or tool.site() != snapshot.site:
        return _refused(name, {}, Reason.TOOL_FAILED, "not a tool of this site")
    arguments = tool.asked(message, whole)
    if arguments is None:
        return None
    shown = arguments.model_dump(mode="json")
    if tool.writes:
        return _refused(name, shown, Reason.NEEDS_APPROVAL, "a person must approve what writes")
    if tool.identity and (identity is None or identity.expired):
        return _refused(name, shown, Reason.NEEDS_IDENTITY, "no verified customer")
    customer = identity.sub if identity is not None and tool.identity else ""
    shown["customer"] = customer
    if _count(name, snapshot.site, customer) > tool.a_minute:
        return _refused(name, shown, Reason.TOOL_FAILED, "too many calls in a minute")
    seconds = LONGEST if until is None else min(LONGEST, until - time.monotonic())
    return _used(tool, arguments, customer, snapshot, seconds, shown)


def names() -> list[str]:
    """The declared tools."""
    return sorted(REGISTRY)


def describe() -> str:
    """All declarations as one stable text: part of what a release freezes."""
    return json.dumps([REGISTRY[name].declaration() for name in names()], sort_keys=True)


def _used(
    tool: Tool, arguments: BaseModel, customer: str, snapshot: Snapshot, seconds: float, shown: dict[str, Any]
) -> Found:
    began = time.perf_counter()
    try:
        read = tool.run(arguments, customer, snapshot.wording, seconds)
    except outside.Failed as failed:
        return Found(Reason.TOOL_FAILED, (Called(tool.name, shown, {"why": str(failed)}, "failed", _ms(began)),))
    cited = Cited(n=1, title=tool.title, quote="\n".join(read.lines), url="", updated=timezone.now())
    calls = (Called(tool.name, shown, {**read.kept}, "ok", _ms(began)),)
    return Found(Reason.ANSWERED, calls, read.lines, cited, read.suggestions)


def _refused(name: str, shown: dict[str, Any], reason: Reason, why: str) -> Found:
    return Found(reason, (Called(name, shown, {"why": why}, "refused", 0.0),))


def _count(*whose: str) -> int:
    """How often this was called in the running minute, this time included."""
    key = hashlib.sha256("\0".join(whose).encode()).hexdigest()
    counted = f"tool:{key}:{int(time.time()) // 60}"
    cache.add(counted, 0, 120)
    try:
        return cache.incr(counted)
    except ValueError:
        return 1


def _ms(began: float) -> float:
    return round((time.perf_counter() - began) * 1000, 2)


def _order_status(question: orders.Asked, customer: str, own: Mapping[str, str], seconds: float) -> Read:
    found = orders.look_up(question, customer, seconds)
    return Read(orders.told(found, own), orders.kept(found), orders.suggestions(found, own))


REGISTRY: Mapping[str, Tool] = {
    tool.name: tool
    for tool in (
        Tool(
            name="order_status",
            title="Order system",
            description="Where one of the customer's own orders is, and when it should arrive.",
            arguments=orders.Asked,
            asked=orders.asked,
            run=_order_status,
            site=lambda: settings.SHOP_SITE,
            writes=False,
            reversible=True,
        ),
    )
}
