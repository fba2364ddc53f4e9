"""Promise 5, bounded tools: default deny; personal reads need a verified identity, writes a person's approval."""

from dataclasses import replace

import pytest

from chatbot import tools
from conversations.outcomes import Reason
from release import snapshot
from tests.doctrine.ada import Ada, identity
from tests.hostile.conftest import shop, shop_service  # noqa: F401  the shop's real order service

pytestmark = pytest.mark.django_db
MINE, GRACES = "Where is my order FW-10023?", "Where is my order FW-10024?"


def test_what_is_not_declared_is_refused_and_kept(fernway):
    found = tools.call("refund_order", "Refund FW-10023", identity(), snapshot.live(fernway.pk))
    assert (found.reason, found.lines, found.calls[0].state) == (Reason.TOOL_FAILED, (), "refused")


def test_a_tool_that_says_no_more_than_its_name_writes_for_good_and_so_needs_a_person(fernway, monkeypatch):
    known = tools.REGISTRY["order_status"]
    silent = tools.Tool("cancel", "", "", known.arguments, known.asked, known.run, known.site)
    assert (silent.writes, silent.reversible, silent.identity) == (True, False, True)
    monkeypatch.setattr(tools, "REGISTRY", {"cancel": silent})
    found = tools.call("cancel", MINE, identity(), snapshot.live(fernway.pk))
    assert found.reason is Reason.NEEDS_APPROVAL


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
    known = tools.REGISTRY["order_status"]
    live = snapshot.live(fernway.pk)
    asked = [tools.call("order_status", MINE, identity("linus"), live) for _ in range(2 * known.a_minute + 1)]
    assert {found.reason for found in asked} >= {Reason.TOOL_FAILED}
    assert replace(known).a_minute == 12
