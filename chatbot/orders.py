"""Orders of the shop, read only. Whose they are is decided by the verified identity, never by the text.

What the shop sends is data: it is checked against its contract, must name the customer it was asked for, and
reaches the customer only inside fixed wording.
"""

import asyncio
import functools
import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Literal

import httpx
from django.conf import settings
from django.utils import timezone
from pydantic import BaseModel, Field, StringConstraints, ValidationError

from chatbot import outside
from conversations.wording import say

MOST_NUMBERS = 3
MOST_ITEMS = 3
RECENT = 4
LONGEST_NAME = 60

line = outside.Line()
"""The line to the shop's order service, cut for a while when it keeps failing."""

_NUMBER = re.compile(r"\bFW\W{0,3}(\d{5})(?!\d)|(?:\border|\bnumber|#)\W{0,3}(?:is\W+)?(\d{5})(?!\d)", re.I | re.A)

Number = Annotated[str, StringConstraints(pattern=r"^FW-\d{5}$")]
Status = Literal["processing", "packed", "shipped", "out_for_delivery", "delivered", "cancelled", "returned"]


class Asked(BaseModel):
    """The orders a text asks about; none: the customer's orders as a whole."""

    numbers: tuple[Number, ...] = Field(default=(), max_length=MOST_NUMBERS)


class Item(BaseModel):
    """Some pieces of one thing in an order."""

    name: str = Field(max_length=1_000)
    quantity: int = Field(ge=1)


class Order(BaseModel):
    """One order as the shop sends it; what is not named here is not read."""

    number: Number
    customer: str
    status: Status
    carrier: str = Field(max_length=100)
    placed: date
    shipped: date | None
    due: date | None
    delivered: date | None
    items: list[Item] = Field(min_length=1, max_length=500)


class Orders(BaseModel):
    """All orders of one customer as the shop sends them."""

    orders: list[Order] = Field(max_length=500)


# ── Asking ────────────────────────────────────────────────────────────────────────────────────────────────────


def asked(message: str, whole: str = "") -> Asked:
    """The orders a message names by number, else those that `whole`, the message with what it leans on, names."""
    return Asked(numbers=_numbers(message) or _numbers(whole))


def _numbers(text: str) -> tuple[str, ...]:
    """Order numbers, however they are typed, oldest first; of many, the last three."""
    found = _NUMBER.findall(unicodedata.normalize("NFKC", text))
    numbers = [f"FW-{with_letters or bare}" for with_letters, bare in found]
    newest = list(dict.fromkeys(reversed(numbers)))[:MOST_NUMBERS]
    return tuple(reversed(newest))


def look_up(question: Asked, customer: str, seconds: float) -> dict[str, Order | None] | list[Order]:
    """The orders asked for by number (None: this customer has none of that number), or all of them, newest first.

    Raises outside.Failed when the shop does not answer in time as its contract says.
    """
    paths = [f"/orders/{number}" for number in question.numbers]
    replies = line.call(lambda: _get(paths or ["/orders"], customer), seconds)
    try:
        if paths:
            return {n: _order(r, n, customer) for n, r in zip(question.numbers, replies, strict=True)}
        found = Orders.model_validate_json(_body(replies[0]), strict=True).orders
    except ValidationError:
        raise outside.Failed("a reply that breaks the contract") from None
    if any(order.customer != customer for order in found):
        raise outside.Failed("another customer's order")
    return sorted(found, key=lambda order: (order.placed, order.number), reverse=True)


async def _get(paths: Sequence[str], customer: str) -> list[httpx.Response]:
    """One read a path; the customer is put in here, from the identity."""
    headers = {"Authorization": f"Bearer {settings.SHOP_KEY}"}
    reads = [_client().get(settings.SHOP_URL + path, params={"customer": customer}, headers=headers) for path in paths]
    return await asyncio.gather(*reads)


@functools.cache
def _client() -> httpx.AsyncClient:
    return outside.client()


def _order(reply: httpx.Response, number: str, customer: str) -> Order | None:
    if reply.status_code == httpx.codes.NOT_FOUND:
        return None
    order = Order.model_validate_json(_body(reply), strict=True)
    if order.number != number or order.customer != customer:
        raise outside.Failed("another order than was asked for")
    return order


def _body(reply: httpx.Response) -> bytes:
    if reply.status_code != httpx.codes.OK:
        raise outside.Failed(f"status {reply.status_code}")
    return reply.content


# ── Telling ───────────────────────────────────────────────────────────────────────────────────────────────────


def told(found: dict[str, Order | None] | list[Order], own: Mapping[str, str]) -> tuple[str, ...]:
    """What was found, in fixed wording; several orders nobody named are asked back about."""
    if isinstance(found, dict):
        return tuple(
            text
            for number, order in found.items()
            for text in (_lines(order, own) if order else [say("order_none", own, number=number)])
        )
    if not found:
        return (say("order_empty", own),)
    if len(found) == 1:
        return tuple(_lines(found[0], own))
    recent = ", ".join(f"{order.number} ({_items(order.items[:1], own)})" for order in found[:RECENT])
    return (say("order_which", own, numbers=recent),)


def suggestions(found: dict[str, Order | None] | list[Order], own: Mapping[str, str]) -> tuple[str, ...]:
    """A question for each recent order, where it was not clear which is meant."""
    if isinstance(found, dict) or len(found) < 2:
        return ()
    return tuple(say("order_ask", own, number=order.number) for order in found[:RECENT])


def kept(found: dict[str, Order | None] | list[Order]) -> dict[str, str]:
    """What the record keeps of a look-up: each number with its status."""
    if isinstance(found, dict):
        return {number: order.status if order else "none" for number, order in found.items()}
    return {order.number: order.status for order in found}


def _lines(order: Order, own: Mapping[str, str]) -> list[str]:
    """Where an order is, and when it should come while it has not."""
    carrier = cleaned(order.carrier)
    days = {"due": day(order.due), "shipped": day(order.shipped), "delivered": day(order.delivered)}
    status = say(f"order_is_{order.status}", own, carrier=carrier, **days)
    lines = [say("order_status", own, number=order.number, items=_items(order.items, own), status=status)]
    if order.due and order.status not in {"delivered", "cancelled", "returned"}:
        late = order.due < timezone.localdate()
        lines.append(say("order_late" if late else "order_dates", own, carrier=carrier, **days))
    return lines


def _items(items: Sequence[Item], own: Mapping[str, str]) -> str:
    shown = [
        f"“{cleaned(i.name)}”" if i.quantity == 1 else f"{i.quantity} × “{cleaned(i.name)}”" for i in items[:MOST_ITEMS]
    ]
    more = len(items) - len(shown)
    text = ", ".join(shown)
    return say("order_more", own, items=text, count=str(more)) if more else text


def cleaned(name: str) -> str:
    """A name of the shop's as a short run of plain characters that cannot end its own quotation marks."""
    visible = "".join(" " if unicodedata.category(c)[0] in "CZ" else c for c in name)
    plain = " ".join(visible.translate(_QUOTES).split())
    return plain if len(plain) <= LONGEST_NAME else f"{plain[: LONGEST_NAME - 1].rstrip()}…"


_QUOTES = str.maketrans(dict.fromkeys('"“”„‟«»〝〞＂', "'"))


def day(value: date | None) -> str:
    """A date as English people write it."""
    return f"{value:%A} {value.day} {value:%B %Y}" if value else "an unknown day"
