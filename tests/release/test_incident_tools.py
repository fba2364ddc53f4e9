"""An incident names a tool: it is opened from the tool's page, pauses that tool alone, and lists who was shown it."""

import json

import pytest
from django.test import Client
from django.urls import reverse

from chatbot import again
from conversations.models import ToolCall, Turn
from escalation.desk import approvals
from release.incidents import lifecycle
from release.live import pauses, permits
from release.models import Incident, KillSwitch
from sites.core import audit
from sites.core.refusal import Refused
from sites.models import LedgerEntry
from tests.doctrine.ada import RETURNS, Ada, identity
from tests.hostile.conftest import shop, shop_service  # noqa: F401  the shop's real service
from tools.models import Tool

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shop")]
MINE = "Where is my order FW-10023?"


def test_dan_opens_one_from_the_tools_page_and_that_tool_is_paused_at_once(fernway, people):
    ada, grace = Ada(fernway, identity("ada")), Ada(fernway, identity("grace"))
    assert ada.ask(MINE).outcome == "answer"
    grace.ask(RETURNS)
    dan = Client()
    dan.force_login(people["dan"])
    page = dan.get(reverse("admin:tools_tool_change", args=[Tool.objects.get(name="order_status").pk]))
    address = reverse("admin:release_incident_new")
    assert f"{address}?kind=tool&amp;key=order_status&amp;site=fernway" in page.content.decode()
    asked = dan.get(address, {"site": "fernway", "kind": "tool", "key": "order_status"}).content.decode()
    assert "the tool “order_status”" in asked
    order = {"site": "fernway", "kind": "tool", "key": "order_status", "severity": "major", "reason": "Wrong days."}
    shown = dan.post(address, {**order, "measure": "pause_tool"}, follow=True).content.decode()
    assert "Paused: the tool “order_status” on Fernway Outdoor." in shown
    found = Incident.objects.get()
    assert [row.conversation for row in found.affected.all()] == [ada.conversation]
    assert ada.ask(MINE).reason == "paused"
    assert Ada(fernway, identity("grace")).ask("How many points do I have?").outcome == "answer"
    entries = LedgerEntry.objects.filter(site=fernway, kind__in=("incident_opened", "paused")).order_by("number")
    told = [json.loads(each.body) for each in entries]
    assert [each.get("origin", each.get("tool")) for each in told] == [{"tool": "order_status"}, "order_status"]
    assert [each for each in audit.of(fernway).findings if each.table.startswith("conversations.")] == []


def test_a_paused_tool_is_not_called_for_another_either_and_goes_on_when_it_is_resumed(fernway, people):
    """“orders” lists what “order_status” asks about."""
    pauses.pause(site=fernway, what="tools", tool="orders", actor=people["dan"], reason="It lists what is not theirs.")
    ada = Ada(fernway, identity("ada"))
    turn = ada.ask("Where is my order?")
    assert turn.reason == "paused"
    assert ToolCall.objects.get(turn=turn).state == "refused"
    other = Ada(fernway, identity("ada"))
    assert other.ask(MINE).outcome == "answer"
    pauses.resume(site=fernway, what="tools", tool="orders", actor=people["dan"], reason="Mended.")
    assert Ada(fernway, identity("ada")).ask("Where is my order?").reason == "asking"
    held = [again.decide(each) for each in Turn.objects.order_by("pk")]
    assert [each.differs for each in held] == [[], [], []]


def test_a_change_of_a_paused_tool_does_not_run(fernway, people):
    ada = Ada(fernway, identity("ada"))
    assert ada.ask("Please cancel my order FW-10233 for me").reason == "needs_approval"
    (change, _), *_ = approvals.of(ada.conversation)
    pauses.pause(site=fernway, what="tools", tool="cancel_order", actor=people["dan"], reason="It cancels too much.")
    with pytest.raises(approvals.IllegalMove, match="This tool is paused"):
        approvals.approve(change, actor=people["ben"])
    pauses.resume(site=fernway, what="tools", tool="cancel_order", actor=people["dan"], reason="Mended.")
    pauses.pause(site=fernway, what="tools", tool="orders", actor=people["dan"], reason="Another.")
    assert approvals.approve(change, actor=people["ben"]).state == "done"


def test_the_switch_of_one_tool_needs_a_site_and_is_no_switch_of_them_all(fernway, people):
    pauses.pause(site=fernway, what="tools", tool="orders", actor="shell", reason="One.")
    permit = permits.of(fernway.pk, "order-status")
    assert (permit.tools_paused, permit.pauses("orders"), permit.pauses("order_status")) == (False, True, False)
    with pytest.raises(Refused, match="name the site"):
        pauses.pause(what="tools", tool="orders", actor="shell", reason="Everywhere.")
    with pytest.raises(Refused, match="Nothing to resume"):
        pauses.resume(site=fernway, what="tools", actor="shell", reason="Which?")
    assert KillSwitch.objects.filter(lifted_at=None).count() == 1


def test_reported_again_it_is_the_same_incident(fernway, people):
    tool = Tool.objects.get(name="orders")
    first = lifecycle.report(tool, severity="minor", reason="Odd.", actor=people["dan"])
    again_ = lifecycle.report(tool, severity="severe", reason="Worse.", measures=["pause_tool"], actor=people["dan"])
    assert (again_.pk, again_.severity, again_.state) == (first.pk, "severe", "contained")
