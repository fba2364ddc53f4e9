"""A hostile shop behind declared tools: whatever it replies, nothing of somebody else's and nothing foreign is said."""

import json
import random
import re
import time
from collections.abc import Callable
from typing import Any

import pytest

from conversations.outcomes import Reason
from sites.core import foreign, rate
from tests.conftest import count
from tests.declared import Declaring
from tests.hostile.foreign import BAD, JSON
from tests.hostile.server import INJECTED, LIES, STALLS, Exchange, Hostile
from tests.hostile.shop import ADAS, GRACES, HTTP, SECRET
from tools import registry, wire
from tools.connection import Connection
from tools.identity import Identity

ADA = Identity("ada", int(time.time()) + 86_400)
MARKUP = ("<script>alert(1)</script>", "[free](javascript:alert(1))", "</p><img src=x onerror=alert(1)>", INJECTED)
ASKED = {"order_status": "Where is FW-10023?", "orders": "list them", "loyalty_points": "my points"}
POINTS = {"customer": "ada", "points": 12, "ending": None}
LINES = {
    "order_status": r"Order FW-10023 \((?:\d+ × )?“[^“”\n]{1,60}”(?:, (?:\d+ × )?“[^“”\n]{1,60}”)*(?: and \d+ more)?\) "
    r"is [^\n]{1,160}\.|[^\n]{1,60} expects to deliver it on [^\n]+\.|It was due on [^\n]+\.",
    "orders": r"Your orders, the newest first: .*\.|I found no orders in your account\.",
    "loyalty_points": r"You have \d{1,12} Circle points\.|\d+ of them end on [^\n]+\.",
}
"""What each tool may say at all."""


INSIDE = ("http://127.0.0.1:9/", "http://10.0.0.1/", "http://169.254.169.254/latest/meta-data/", "file:///etc/passwd")
"""Where a redirect would like to lead."""
DEADLINE = 0.5
"""Seconds that a lookup is given; a stall uses all of them."""


def mutated(dice: random.Random, body: Any) -> Any:
    """An honest body with one thing in it made strange: its type, its size, its depth, its words."""
    strange: list[Callable[[Any], Any]] = [
        lambda v: None, lambda v: [v], lambda v: {"x": v}, lambda v: 7, lambda v: -1, lambda v: True, lambda v: 1e300,
        lambda v: "x" * 5_000, lambda v: [v] * 600, lambda v: f"{v}{dice.choice(list(BAD.values()))}",
        lambda v: dice.choice(MARKUP), lambda v: "$status $items {number}", lambda v: "“", lambda v: "2026-13-45",
        lambda v: [[[[[[[[[[v]]]]]]]]]], lambda v: f"{v}\r\nX: y", lambda v: "\u202e" + str(v), lambda v: "",
    ]  # fmt: skip
    if isinstance(body, dict) and body and dice.random() < 0.9:
        key = dice.choice(sorted(body))
        return {**body, key: mutated(dice, body[key]) if dice.random() < 0.5 else dice.choice(strange)(body[key])}
    if isinstance(body, list) and body and dice.random() < 0.7:
        return [*body[:-1], mutated(dice, body[-1])]
    return dice.choice(strange)(body)


def swapped(dice: random.Random, body: Any) -> Any:
    """Grace's thing in the place of Ada's, or beside it, in one of the ways a broken system might."""
    if "points" in body:
        return {**body, "customer": dice.choice(["grace", "Ada", ["ada"], None, "ada ", {"ada": 1}]), "points": 999_999}
    if "orders" in body:
        return {"orders": dice.choice([[GRACES], [ADAS, GRACES], [GRACES, ADAS], [{**GRACES, "customer": None}]])}
    hers = dice.choice([{}, {"number": "FW-10023"}, {"customer": dice.choice(["Ada", "ada\0", "", ["ada"], 7])}])
    return {**GRACES, "number": "FW-10023", **hers} if hers.get("customer") != "ada" else GRACES


def lying(dice: random.Random, tool: str) -> Callable[[Exchange], None]:
    body = {"order_status": ADAS, "orders": {"orders": [ADAS]}, "loyalty_points": POINTS}[tool]
    way = dice.random()
    if way < 0.35:
        said = json.dumps(swapped(dice, body))
    elif way < 0.8:
        said = json.dumps(mutated(dice, body))
    elif way < 0.9:
        said = dice.choice(list(JSON.values()))
    elif way < 0.96:
        return LIES[dice.choice(HTTP)]
    elif way < 0.99:
        target = dice.choice(INSIDE)
        return lambda e: e.reply(b"", "302 There", Location=target)
    else:
        return STALLS[dice.choice(sorted(STALLS))]
    return lambda e: e.reply(said.encode("utf-8", "surrogatepass"), dice.choice(["200 OK", "200 OK", "201 Made"]))


def told(shop: Hostile, tool: str, lie: Callable[[Exchange], None], site: Declaring | None = None) -> registry.Found:
    shop.habits, shop.habit = {"a lie": lie}, "a lie"
    wire.forget()
    found = registry.call(tool, ASKED[tool], ADA, site or Declaring(), until=time.monotonic() + DEADLINE)
    assert found is not None
    return found


@pytest.fixture
def unlimited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate, "count", lambda *what: (1, 0))


@pytest.mark.timeout(3_600)
@pytest.mark.usefixtures("unlimited")
def test_whatever_the_shop_replies_nothing_foreign_is_said(bad_shop: Hostile) -> None:
    dice, ends, late, most = random.Random(5), {Reason.ANSWERED: 0, Reason.TOOL_FAILED: 0}, 0, count(10_000, 300)
    for _ in range(most):
        tool = dice.choice(sorted(ASKED))
        began = time.monotonic()
        found = told(bad_shop, tool, lying(dice, tool))
        late += time.monotonic() - began > DEADLINE + 2
        ends[found.reason] += 1
        text = "\n".join(found.lines)
        assert SECRET not in str(found)
        assert "999999" not in text
        assert foreign.text(text) == text
        assert all(re.fullmatch(LINES[tool], line) for line in found.lines), found.lines
    print(f"{most:,} replies: {dict(ends)}, {late} beyond their time, 0 foreign, 0 not as declared")
    assert min(ends.values()) > 0, "lies that are told and lies that are refused both came up"
    assert late == 0


@pytest.mark.usefixtures("unlimited")
def test_without_the_binding_the_same_lies_are_told(bad_shop: Hostile) -> None:
    """The guard taken out: this is what the test above would see."""
    lie = lambda e: e.reply(json.dumps({**GRACES, "number": "FW-10023"}).encode())  # noqa: E731
    assert SECRET not in str(told(bad_shop, "order_status", lie))
    unbound = Declaring().but("order_status", belongs_to=...)
    assert SECRET in str(told(bad_shop, "order_status", lie, unbound))


@pytest.mark.usefixtures("unlimited")
@pytest.mark.parametrize("target", ["http://127.0.0.1:9/", "http://169.254.169.254/latest/meta-data/", "/orders/FW-1"])
def test_a_redirect_is_followed_nowhere(bad_shop: Hostile, target: str) -> None:
    found = told(bad_shop, "order_status", lambda e: e.reply(b"", "302 There", Location=target))
    assert (found.reason, len(bad_shop.did)) == (Reason.TOOL_FAILED, 1)


@pytest.mark.usefixtures("unlimited")
@pytest.mark.parametrize("inside", ["http://10.0.0.1", "http://192.168.1.1:8080", "http://169.254.169.254"])
def test_an_address_that_is_not_on_the_list_is_never_asked(inside: str) -> None:
    body = {"name": "shop", "title": "Shop", "url": inside, "private": ["127.0.0.1/32"]}
    site = Declaring(connections={"shop": Connection.model_validate(body)})
    found = registry.call("order_status", "FW-10023", ADA, site)
    assert found is not None
    assert found.calls[0].result == {"why": "an address or a reply that is refused"}


@pytest.mark.usefixtures("unlimited")
def test_an_argument_is_a_value_and_never_a_piece_of_the_address(bad_shop: Hostile) -> None:
    anything = {"customer": {"claim": "sub"}, "number": {"pattern": r"<(.{1,40})>"}}
    site = Declaring().but("order_status", arguments=anything, belongs_to={"$.customer": "customer"})
    bad_shop.habit = "none"
    for text in ("../../admin", "1?customer=grace", "1#", "1/../../x", "%2e%2e", "a\r\nX: y", "..", "."):
        registry.call("order_status", f"<{text}>", ADA, site)
    paths = [request["head"].split(" ")[1] for request in bad_shop.asked]
    assert paths
    assert all(re.fullmatch(r"/orders/[^/?#]+\?customer=ada", path) for path in paths), paths
    assert not {"/orders/..?customer=ada", "/orders/.?customer=ada"} & set(paths)
