"""What a socket or a signed claim brings is text or is refused: no half character and no NUL is ever kept.

Ada's page sends them in every field of every frame; then Ben reads her conversation on all of his pages.
"""

from collections.abc import Callable
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings as configured
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client

from chatbot import runner
from conversations import delivery
from conversations.models import Conversation
from sites.models import Site
from tests.escalation.conftest import wait
from tests.hostile.foreign import BAD, JSON, Socket, reads_everywhere
from tools import identity

pytestmark = pytest.mark.django_db(transaction=True)
act = sync_to_async
Frame = dict[str, Any]

HELLO: dict[str, Callable[[str], Frame]] = {
    "a site": lambda x: {"site": f"shop{x}"},
    "a locale": lambda x: {"locale": x},
    "a page": lambda x: {"page": f"https://shop.example/{x}"},
    "a conversation": lambda x: {"conversation": x},
    "a token": lambda x: {"token": x},
    "an identity": lambda x: {"identity": x},
    "a version of words": lambda x: {"words": x},
    "a signed name": lambda x: {"identity": identity.sign("shop", "ada", name=f"Ada{x}")},
    "a signed address": lambda x: {"identity": identity.sign("shop", "ada", email=f"ada{x}@example.com")},
    "a signed audience": lambda x: {"identity": identity.sign("shop", "ada", audiences=[f"trade{x}"])},
    "a signed claim nobody asked for": lambda x: {"identity": identity.sign("shop", "ada", **{f"x{x}": [x]})},
}
LATER: dict[str, Callable[[str], Frame]] = {
    "a type": lambda x: {"type": f"ask{x}"},
    "a key": lambda x: {"type": "typing", x: {x: [x]}},
    "the id of an ask": lambda x: {"type": "ask", "id": x, "text": "hello"},
    "the text of an ask": lambda x: {"type": "ask", "id": "1", "text": f"hello {x}"},
    "the id of a choice": lambda x: {"type": "choose", "id": x, "offer": None},
    "an offer": lambda x: {"type": "choose", "id": "2", "offer": x},
    "a reason": lambda x: {"type": "feedback", "seq": 1, "value": -1, "reason": f"wrong{x}"},
    "a comment on an answer": lambda x: {"type": "feedback", "seq": 1, "value": -1, "comment": f"no{x}"},
    "a comment on it all": lambda x: {"type": "rate", "value": 1, "comment": f"bad{x}"},
    "an address": lambda x: {"type": "contact", "email": f"ada{x}@example.com"},
    "a complaint's id": lambda x: {"type": "complaint", "id": x, "text": "torn"},
    "a complaint": lambda x: {"type": "complaint", "id": "3", "text": f"torn {x}"},
    "a complaint's address": lambda x: {"type": "complaint", "id": "4", "text": "torn", "email": f"a{x}@b.example"},
}


@pytest.fixture(autouse=True)
def shop(settings: Any) -> Site:
    cache.clear()  # all sockets come from one address, and are counted
    settings.HANDRAIL_IDENTITY_KEYS = {"shop": {"k1": "x" * 40}}
    return Site.objects.create(slug="shop", name="Fernway", origins=["http://localhost"])


@pytest.fixture
def ben() -> User:
    return User.objects.create_superuser("ben")


async def opened(socket: Socket) -> Conversation:
    """A conversation with one message of the assistant's, on a socket that has said hello."""
    await socket.send({"type": "hello", "site": "shop"})
    welcome = await socket.next("welcome")
    conversation = await act(Conversation.objects.get)(pk=welcome["conversation"])
    await act(delivery.append)(conversation.pk, author="bot", text="Yes.", outcome="answer")
    return conversation


async def goes_on(socket: Socket, conversation: Conversation, ben: User) -> None:
    """The socket answers the button, and everything that is kept can be read."""
    await socket.send({"type": "human"})
    assert (await socket.next("state"))["state"] == "waiting"
    assert await runner.drain(10) == 0
    shown = await act(reads_everywhere)(conversation, ben)
    assert not set(shown) & set("\0\ud83d\ude00")


@pytest.mark.parametrize("name", LATER)
async def test_a_frame_with_what_is_no_text_is_answered_and_what_is_kept_can_be_read(name: str, ben: User) -> None:
    async with Socket("/ws/chat/") as ada:
        conversation = await opened(ada)
        for bad in BAD.values():
            await ada.send(LATER[name](bad))
        await goes_on(ada, conversation, ben)


@pytest.mark.parametrize("name", HELLO)
async def test_a_hello_with_what_is_no_text_is_answered_and_what_is_kept_can_be_read(name: str, ben: User) -> None:
    for bad in BAD.values():
        hello = {"type": "hello", "site": "shop", **(await act(HELLO[name])(bad))}
        async with Socket("/ws/chat/") as ada:
            await ada.send(hello)
            first = await ada.next("welcome", "error")
            if first["type"] == "error":
                hello = {"type": "hello", "site": "shop"}
                await ada.send(hello)
                first = await ada.next("welcome")
        async with Socket("/ws/chat/") as again:
            await again.send({**hello, **{key: first[key] for key in ("conversation", "token")}})
            conversation = await act(Conversation.objects.get)(pk=(await again.next("welcome"))["conversation"])
            if bad == BAD["all of them between words"]:
                await goes_on(again, conversation, ben)


@pytest.mark.parametrize("name", JSON)
async def test_a_frame_of_json_in_which_something_breaks_is_answered(name: str, ben: User) -> None:
    value = JSON[name]
    async with Socket("/ws/chat/") as ada:
        conversation = await opened(ada)
        await ada.send(value)
        for kind in ("ask", "feedback", "rate", "seen", "complaint", "hello"):
            for key in ("seq", "last_seq", "value", "id", "text"):
                await ada.send(f'{{"type": "{kind}", "seq": 1, "value": 1, "{key}": {value}}}')
        await goes_on(ada, conversation, ben)


async def test_a_frame_that_is_nested_too_deeply_is_told_so(ben: User) -> None:
    async with Socket("/ws/chat/") as ada:
        await ada.send('{"type": "hello", "site": "shop", "x": ' + "[" * 100 + "]" * 100 + "}")
        error = await ada.next("error")
        assert (error["code"], error["text"]) == (
            "bad_frame",
            "The frame is not JSON that can be read: nested deeper than 64 levels.",
        )


async def test_a_message_keeps_every_character_that_is_one(ben: User) -> None:
    typed = "café cafe\u0301 ﬁ \U0001f600\u200d\U0001f9e1 \u202e ½ 日本 \x07\ufffe"
    async with Socket("/ws/chat/") as ada:
        conversation = await opened(ada)
        await ada.send({"type": "ask", "id": "1", "text": typed})
        await ada.next("ack")
        await runner.drain(10)
        assert await act(conversation.messages.filter(author="customer").values_list("text", flat=True).get)() == typed


@pytest.mark.parametrize("name", BAD)
async def test_the_desks_socket_holds_whatever_a_screen_says(name: str, ben: User) -> None:
    def cookie() -> str:
        wait(Site.objects.get(slug="shop"))
        client = Client()
        client.force_login(ben)
        return f"{configured.SESSION_COOKIE_NAME}={client.cookies[configured.SESSION_COOKIE_NAME].value}"

    bad = BAD[name]
    async with Socket("/ws/desk/", cookie=await act(cookie)()) as screen:
        assert screen.opened == "websocket.accept"
        for frame in ({"type": bad}, {"type": "watch", bad: bad}, {"type": "watch", "rows": {bad: bad}}):
            await screen.send(frame)
        await screen.send({"type": "watch", "conversation": bad, "head": bad, "seq": bad})
        for value in JSON.values():
            await screen.send(f'{{"type": "watch", "conversation": "{"0" * 32}", "seq": {value}}}')
            await screen.send(value)
        await screen.send({"type": "watch", "rows": {}})
        assert "Where is my tent?" in (await screen.next("news"))["html"]


async def test_a_cookie_that_holds_nul_opens_no_desk(shop: Site) -> None:
    async with Socket("/ws/desk/", cookie='sessionid="\\000\\000\\000\\000\\000\\000\\000\\000\\000"') as screen:
        assert screen.opened == "websocket.close"
