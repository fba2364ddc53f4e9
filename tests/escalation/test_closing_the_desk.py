"""The desk is closed by hand: with a reason, recorded, at once everywhere, and those who wait are told."""

import json

import pytest
from asgiref.sync import sync_to_async
from asgiref.testing import ApplicationCommunicator
from django.urls import reverse

from chatbot.web import chat
from chatbot.web.consumers import ChatConsumer
from conversations import record
from conversations.record import IllegalMove
from escalation.desk import closing
from escalation.queue import waiting
from sites.access.roles import NotAllowed
from sites.core import hints
from sites.models import LedgerEntry, Site
from tests.escalation.conftest import said, state_of, wait, whole

pytestmark = pytest.mark.django_db


def test_everybody_who_waits_is_told_and_asked_for_an_address(shop, ben):
    handoff = wait(shop)
    assert closing.close_desk(shop, actor=ben, reason="fire drill") == 1
    assert said(handoff.conversation)[-1] == (
        "system",
        "The desk has just closed. Leave an e-mail address and a person will write to you.",
    )
    assert state_of(handoff) == ("open", "waiting")
    assert "Nobody is at the desk right now" in waiting.promise(shop)


def test_it_is_a_link_in_the_chain_with_who_and_why(shop, ben):
    closing.close_desk(shop, actor=ben, reason="fire drill")
    closing.open_desk(shop, actor=ben, reason="all back")
    entries = LedgerEntry.objects.exclude(kind="membership_given").order_by("number")
    assert [(e.kind, "fire drill" in e.body, "all back" in e.body) for e in entries] == [
        ("desk.closed", True, False),
        ("desk.opened", False, True),
    ]
    assert whole(shop) == []


def test_it_needs_a_reason_and_happens_once(shop, ben, mia):
    with pytest.raises(IllegalMove, match="Say in a few words why"):
        closing.close_desk(shop, actor=ben, reason="  ")
    closing.close_desk(shop, actor=ben, reason="fire drill")
    with pytest.raises(IllegalMove, match="already closed"):
        closing.close_desk(shop, actor=mia, reason="me too")
    assert Site.objects.get(pk=shop.pk).closed_because == "Ben: fire drill"
    closing.open_desk(shop, actor=mia)
    with pytest.raises(IllegalMove, match="not closed by hand"):
        closing.open_desk(shop, actor=ben)


def test_opening_within_hours_tells_those_who_wait_and_outside_hours_promises_nothing(shop, ben):
    handoff = wait(shop)
    closing.close_desk(shop, actor=ben, reason="fire drill")
    assert closing.open_desk(shop, actor=ben) == 1
    assert said(handoff.conversation)[-1][1] == "The desk is open again. A person will join you here."
    closing.close_desk(shop, actor=ben, reason="for the night")
    Site.objects.filter(pk=shop.pk).update(hours={"mon": []})
    assert closing.open_desk(Site.objects.get(pk=shop.pk), actor=ben) == 0


def test_only_an_agent_of_the_site_does_it(shop, hugo):
    with pytest.raises(NotAllowed):
        closing.close_desk(shop, actor=hugo, reason="mischief")
    assert not Site.objects.get(pk=shop.pk).desk_closed


def test_an_agent_finds_the_switch_on_the_desk_and_uses_it(client, shop, ben):
    client.force_login(ben)
    page = reverse("admin:desk_closing")
    assert page in client.get(reverse("admin:desk")).content.decode()
    assert "Close the desk now" in client.get(page).content.decode()
    told = client.post(page, {"site": "shop", "close": "1", "reason": "fire <drill>"}, follow=True).content.decode()
    assert "The desk of Fernway is closed." in told
    assert "Ben: fire &lt;drill&gt;" in told
    client.post(page, {"site": "shop", "open": "1"})
    assert not Site.objects.get(pk=shop.pk).desk_closed


def test_an_agent_of_another_site_does_not_find_this_one(client, shop, hugo):
    client.force_login(hugo)
    page = reverse("admin:desk_closing")
    assert "Fernway" not in client.get(page).content.decode()
    assert client.post(page, {"site": "shop", "close": "1", "reason": "x"}).status_code == 404


@pytest.mark.django_db(transaction=True)
async def test_an_open_widget_that_has_not_asked_for_anybody_sees_it_at_once(shop, ben):
    headers = [(b"origin", b"http://localhost"), (b"host", b"localhost")]
    scope = {"type": "websocket", "path": "/ws/chat/", "headers": headers, "query_string": b""}
    widget = ApplicationCommunicator(ChatConsumer.as_asgi(), scope)
    await widget.send_input({"type": "websocket.connect"})
    await widget.receive_output(10)
    hello = {"type": "hello", "site": "shop"}
    await widget.send_input({"type": "websocket.receive", "text": json.dumps(hello)})
    welcome = json.loads((await widget.receive_output(10))["text"])
    assert (welcome["state"], welcome["availability"]["open"]) == ("bot", True)
    await sync_to_async(closing.close_desk)(shop, actor=ben, reason="fire drill")
    frame = json.loads((await widget.receive_output(10))["text"])
    assert (frame["type"], frame["state"], frame["availability"]["open"]) == ("state", "bot", False)
    await widget.send_input({"type": "websocket.disconnect", "code": 1000})
    await widget.wait(5)
    hints.bind(None)


def test_a_socket_is_told_what_changed_and_nothing_that_did_not(shop, ben):
    conversation, token = record.open_conversation(shop)
    thread = chat.Thread(conversation.pk, shop.pk, token)
    shown = chat.state_frame(thread, "bot")
    assert chat.news(thread, 0, shown, look=True).state is None
    closing.close_desk(shop, actor=ben, reason="fire drill")
    assert chat.news(thread, 0, shown).state is None, "a message alone costs no look at the desk"
    assert chat.news(thread, 0, shown, look=True).state["availability"]["open"] is False
