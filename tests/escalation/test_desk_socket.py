"""The desk socket: what changed reaches the screens of the right people, and nobody else's."""

import asyncio
import json
import uuid
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
from asgiref.sync import sync_to_async
from asgiref.testing import ApplicationCommunicator
from channels.auth import AuthMiddlewareStack
from django.conf import settings
from django.test import Client

from conversations import record
from escalation.desk import desk
from escalation.web import consumers, queue_screen
from sites.access.roles import revoke
from sites.core import hints
from sites.models import Role
from tests.escalation.conftest import LEASE, wait

pytestmark = pytest.mark.django_db(transaction=True)
act = sync_to_async


class Screen:
    """One open screen of one person."""

    def __init__(self, user) -> None:
        client = Client()
        client.force_login(user)
        self.client = client
        cookie = f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"
        headers = [(b"cookie", cookie.encode()), (b"host", b"localhost")]
        scope = {"type": "websocket", "path": "/ws/desk/", "headers": headers, "query_string": b""}
        self.pipe = ApplicationCommunicator(AuthMiddlewareStack(consumers.DeskConsumer.as_asgi()), scope)

    async def open(self):
        await self.pipe.send_input({"type": "websocket.connect"})
        return (await self.pipe.receive_output(10))["type"]

    async def send(self, **frame):
        await self.pipe.send_input({"type": "websocket.receive", "text": json.dumps(frame)})

    async def next(self, kind="news"):
        while True:
            output = await self.pipe.receive_output(10)
            if output["type"] == "websocket.close":
                return output
            frame = json.loads(output["text"])
            if frame["type"] == kind:
                return frame

    async def quiet(self):
        return await self.pipe.receive_nothing(0.3)

    async def close(self):
        await self.pipe.send_input({"type": "websocket.disconnect", "code": 1000})
        await self.pipe.wait(5)


@asynccontextmanager
async def screen(user, **watch):
    opened = await act(Screen)(user)
    assert await opened.open() == "websocket.accept"
    if watch:
        await opened.send(type="watch", **watch)
    try:
        yield opened
    finally:
        await opened.close()
        hints.bind(None)


def of(handoff, seq=0, event=0, head=""):
    return {"conversation": str(handoff.conversation_id), "seq": seq, "event": event, "head": head}


async def test_a_new_customer_appears_and_a_claim_is_seen_by_the_others(shop, ben, mia):
    async with screen(ben, rows={}) as ben_sees, screen(mia, rows={}) as mia_sees:
        handoff = await act(wait)(shop)
        for seen in (ben_sees, mia_sees):
            assert f"claim-h-{handoff.pk}" in (await seen.next())["html"]
        await act(desk.claim)(handoff, actor=ben)
        assert "beforeend:#list-mine" in (await ben_sees.next())["html"]
        assert "beforeend:#list-taken" in (await mia_sees.next())["html"]


async def test_nothing_of_one_site_reaches_an_agent_of_another(shop, ben, hugo):
    async with screen(hugo, rows={}) as hugo_sees:
        handoff = await act(wait)(shop)
        await hugo_sees.send(type="watch", **of(handoff))
        await act(desk.claim)(handoff, actor=ben)
        assert await hugo_sees.quiet()


async def test_a_customers_words_reach_the_open_conversation_once(shop, ben):
    handoff = await act(desk.claim)(await act(wait)(shop), actor=ben)
    async with screen(ben, **of(handoff)) as seen:
        assert 'id="m-1"' in (await seen.next())["html"]
        await act(record.ask)(handoff.conversation_id, "second", "are you there?", LEASE)
        html = (await seen.next())["html"]
        assert "are you there?" in html
        assert 'id="m-1"' not in html
        assert await seen.quiet()


async def test_a_reconnect_resumes_where_the_screen_stands(shop, ben):
    handoff = await act(desk.claim)(await act(wait)(shop), actor=ben)
    await act(desk.reply)(handoff, actor=ben, text="first")
    await act(desk.reply)(handoff, actor=ben, text="second")
    async with screen(ben, **of(handoff, seq=4, event=10**6)) as seen:
        html = (await seen.next())["html"]
        assert "second" in html
        assert "first" not in html


async def test_both_see_the_other_type_and_nothing_is_stored(shop, ben):
    handoff = await act(desk.claim)(await act(wait)(shop), actor=ben)
    async with screen(ben, **of(handoff)) as seen:
        await seen.next()
        await act(desk.customer_types)(handoff.conversation_id)
        assert await seen.next("typing") == {"type": "typing"}


async def test_a_customer_typing_elsewhere_is_not_shown_here(shop, ben):
    handoff, other = await act(wait)(shop), await act(wait)(shop)
    async with screen(ben, **of(handoff)) as seen:
        await seen.next()
        await act(desk.customer_types)(other.conversation_id)
        assert await seen.quiet()


async def test_after_signing_out_the_open_socket_says_goodbye_and_tells_nothing(shop, ben):
    async with screen(ben, rows={}) as seen:
        await act(seen.client.logout)()
        await act(wait)(shop, text="a secret")
        assert (await seen.next("bye"))["text"].startswith("You are signed out")
        assert await seen.next() == {"type": "websocket.close", "code": 4401}


async def test_a_role_taken_away_empties_the_screen(shop, ben):
    handoff = await act(wait)(shop)
    async with screen(ben, rows={f"h-{handoff.pk}": "old"}) as seen:
        await seen.next()
        await act(revoke)(ben, shop, Role.AGENT)
        await act(desk.announce)(shop.pk)
        assert f'<div id="h-{handoff.pk}" hx-swap-oob="delete">' in (await seen.next())["html"]


async def test_a_visitor_gets_no_socket():
    scope = {"type": "websocket", "path": "/ws/desk/", "headers": [], "query_string": b""}
    pipe = ApplicationCommunicator(AuthMiddlewareStack(consumers.DeskConsumer.as_asgi()), scope)
    await pipe.send_input({"type": "websocket.connect"})
    assert (await pipe.receive_output(10))["type"] == "websocket.close"


@pytest.mark.parametrize(
    "text",
    [None, "", "{", "[]", "null", '"x"', '{"type": "watch", "conversation": "nonsense"}', '{"type": "claim"}',
     '{"type": "watch", "rows": [1]}', '{"type": "watch", "seq": {}, "conversation": 5}', "[" * 200_000],
)  # fmt: skip
async def test_nonsense_is_ignored_and_the_socket_stays_open(shop, ben, text):
    async with screen(ben) as seen:
        await seen.pipe.send_input({"type": "websocket.receive", "text": text})
        await seen.send(type="watch", rows={})
        handoff = await act(wait)(shop)
        assert f"h-{handoff.pk}" in (await seen.next())["html"]


def test_a_screen_that_says_nothing_sensible_holds_nothing():
    assert consumers.held_by({}) == {"rows": {}}
    key = uuid.uuid4()
    assert consumers.held_by({"conversation": str(key), "seq": "x"}) == {"rows": {}}
    assert consumers.held_by({"conversation": str(key), "seq": -4, "head": 7}) == {
        "conversation": key,
        "seq": 0,
        "event": 0,
        "head": "7",
    }


async def test_a_lost_hint_is_made_up_for_by_the_slow_timer(shop, ben, monkeypatch):
    monkeypatch.setattr(consumers, "RESYNC", 0.05)
    monkeypatch.setattr(hints, "send", lambda *args, **ids: None)
    async with screen(ben, rows={}) as seen:
        handoff = await act(wait)(shop)
        assert f"h-{handoff.pk}" in (await asyncio.wait_for(seen.next(), 10))["html"]


async def test_a_claim_is_read_for_all_screens_together_and_each_sees_its_own_side_of_it(shop, ben, mia, monkeypatch):
    handoff = await act(wait)(shop)
    whole, looks = queue_screen._Queues.read, []

    def read(sites, only):
        looks.append(only)
        return whole(sites, only)

    async with AsyncExitStack() as screens:
        seen = [await screens.enter_async_context(screen(person, rows={})) for person in [ben, *[mia] * 9]]
        for each in seen:
            await each.next()
        monkeypatch.setattr(queue_screen._Queues, "read", read)
        await act(desk.claim)(handoff, actor=ben)
        news = [(await each.next())["html"] for each in seen]
    assert "#list-mine" in news[0]
    assert all("#list-taken" in html for html in news[1:])
    assert len(looks) < len(seen), "one for those who had heard by then, and one or two for the rest"
