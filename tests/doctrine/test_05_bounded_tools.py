"""Promise 5, bounded tools: default deny; personal reads need a verified identity, writes a person's approval."""

import pytest

from conversations.outcomes import Reason
from release.live import snapshot
from tests.declared import Declaring
from tests.doctrine.ada import Ada, identity
from tests.hostile.conftest import shop, shop_service  # noqa: F401  the shop's real order service
from tools import registry
from tools.declaration import Tool

pytestmark = pytest.mark.django_db
MINE, GRACES = "Where is my order FW-10023?", "Where is my order FW-10024?"


def test_what_is_not_declared_is_refused_and_kept(fernway):
    found = registry.call("refund_order", "Refund FW-10023", identity(), snapshot.live(fernway.pk))
    assert (found.reason, found.lines, found.calls[0].state) == (Reason.TOOL_FAILED, (), "refused")


def test_a_tool_that_leaves_it_open_writes_for_good_and_so_needs_a_person(fernway):
    live = snapshot.live(fernway.pk)
    body = live.tools["order_status"].as_json()
    post = {**body["request"], "method": "POST"}
    one = {**body["arguments"], "number": {**body["arguments"]["number"], "most": 1}}
    said = {**body, "request": post, "arguments": one, "change": "Order $number is changed", "guest": None}
    silent = Tool.model_validate({key: value for key, value in said.items() if key != "access"})
    assert (silent.writes, silent.reversible, silent.identity) == (True, "", "verified")
    site = Declaring(tools={**live.tools, "order_status": silent}, connections=dict(live.connections))
    assert registry.call("order_status", MINE, identity(), site).reason is Reason.NEEDS_APPROVAL


def test_an_order_is_told_to_its_own_verified_customer_and_to_nobody_else(fernway, shop):  # noqa: F811
    ada, eve = Ada(fernway, identity("ada")), Ada(fernway, identity("grace"))
    assert ada.ask(MINE).outcome == "answer"
    assert "Kestrel rain jacket" in ada.last["text"]
    assert ada.last["generated"] == "tool"
    eve.ask(MINE)
    assert "I found no order FW-10023 in your account." in eve.last["text"]
    ada.ask(GRACES)
    assert "Head torch" not in ada.last["text"]
    assert Ada(fernway).ask(MINE).reason == "needs_identity"
    assert Ada(fernway, identity(seconds=-60)).ask(MINE).reason == "needs_identity"


def test_more_calls_than_declared_are_refused(fernway, shop):  # noqa: F811
    live = snapshot.live(fernway.pk)
    most = live.tools["order_status"].limits.person
    asked = [registry.call("order_status", MINE, identity("linus"), live) for _ in range(2 * most + 1)]
    assert {found.reason for found in asked} >= {Reason.TOOL_FAILED}
    assert most == 12


def test_a_claim_comes_from_the_signed_identity_alone(fernway):
    body = snapshot.live(fernway.pk).tools["order_status"].as_json()
    typed = {"customer": {"claim": "sub", "pattern": "(ada|grace)"}, "number": body["arguments"]["number"]}
    with pytest.raises(ValueError, match="from the signed identity and from nowhere else"):
        Tool.model_validate({**body, "arguments": typed})
    with pytest.raises(ValueError, match="nothing binds it to who asks"):
        Tool.model_validate({**body, "arguments": {"customer": {"pattern": "x"}, "number": typed["number"]}})
