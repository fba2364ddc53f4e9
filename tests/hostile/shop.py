"""A hostile order service: it answers Ada's question for FW-10023 with what no honest shop would send."""

import json
from collections.abc import Callable
from typing import Any

from tests.hostile.server import LIES, STALLS, Exchange, Habits

SECRET = "Grace's ring"
ADAS = {
    "number": "FW-10023",
    "customer": "ada",
    "status": "shipped",
    "carrier": "Northbound Post",
    "placed": "2026-03-12",
    "shipped": "2026-03-13",
    "due": "2026-03-16",
    "delivered": None,
    "items": [{"name": "Rain jacket", "quantity": 1}],
}
GRACES = {**ADAS, "number": "FW-10024", "customer": "grace", "items": [{"name": SECRET, "quantity": 1}]}


def order(**changes: Any) -> Callable[[Exchange], None]:
    """Ada's order with some fields changed, or taken out where the change is `...`."""
    body = {k: v for k, v in {**ADAS, **changes}.items() if v is not ...}

    def reply(e: Exchange) -> None:
        listed = "/orders/" not in e.request["head"].split(" ")[1]
        e.reply(json.dumps({"orders": [body]} if listed else body).encode())

    return reply


def both(e: Exchange) -> None:
    e.reply(json.dumps({"orders": [ADAS, GRACES]}).encode())


LYING: Habits = {
    "another customer's order": order(**GRACES),
    "another customer's order under this number": order(**{**GRACES, "number": "FW-10023"}),
    "no customer": order(customer=...),
    "a null customer": order(customer=None),
    "the customer in other letters": order(customer="Ada"),
    "an unknown status": order(status="refund approved"),
    "a status in other letters": order(status="SHIPPED"),
    "no status": order(status=...),
    "a number that is text": order(number="FW-10023 is free"),
    "a date that is none": order(due="soon"),
    "a date that is a number": order(due=0),
    "items that are a text": order(items=SECRET),
    "no items": order(items=[]),
    "an item without a name": order(items=[{"quantity": 1}]),
    "a million items": order(items=[{"name": "x", "quantity": 1}] * 501),
    "a quantity below one": order(items=[{"name": SECRET, "quantity": -1}]),
    "a quantity that is text": order(items=[{"name": SECRET, "quantity": "1"}]),
    "a name of endless length": order(items=[{"name": "x" * 1_001, "quantity": 1}]),
    "a carrier that is a list": order(carrier=["x"]),
    "a list where one order was asked for, or the reverse": lambda e: e.reply(b"[]"),
    "an empty object": lambda e: e.reply(b"{}"),
    "status 201": lambda e: e.reply(json.dumps(ADAS).encode(), "201 Created"),
    "status 403": lambda e: e.reply(b"{}", "403 No"),
}
HTTP = (
    "a deeply nested reply", "broken JSON", "JSON that is not UTF-8", "not a number", "null", "an empty reply",
    "no content status", "a web page", "an event stream", "status 500", "status 429", "status 401", "status 999",
    "a redirect to itself", "a redirect elsewhere", "not HTTP", "broken chunks", "endless headers", "a flood",
    "a gzip bomb", "a closed connection", "a reset connection", "half a reply",
)  # fmt: skip
BAD: Habits = {**LYING, **{name: LIES[name] for name in HTTP}}
SHOP: Habits = {
    **BAD,
    **STALLS,
    "the truth": order(),
    "another order of hers": order(number="FW-10031"),
    "both": both,
    "none": lambda e: e.reply(b"{}", "404 No"),
}
