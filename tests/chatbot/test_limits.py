"""How often each thing may come from one address and in one conversation; the wish for a person is never counted."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest
from asgiref.testing import ApplicationCommunicator
from django.core.cache import cache
from django.test import Client

from chatbot.web import chat, consumers, door
from chatbot.web.consumers import ChatConsumer
from chatbot.web.door import Refusal
from conversations.models import Conversation, Event
from sites.models import Site

HOME, EVE, ADA = "https://shop.example", "203.0.113.66", "203.0.113.1"
NOTES: dict[str, dict[str, Any]] = {
    "rate": {"value": 5},
    "contact": {"email": "ada@example.com"},
    "leave": {},
    "consent": {"at": "2026-11-30T02:00:00Z"},
    "end": {},
    "feedback": {"seq": 1, "value": 1},
    "complaint": {"id": "1", "text": "It broke."},
}


@pytest.fixture(autouse=True)
def limits(settings: Any) -> Iterator[None]:
    settings.HANDRAIL_LIMIT_ADDRESS, settings.HANDRAIL_LIMIT_CONVERSATION = 6, 3
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def shop(db: None) -> Site:
    return Site.objects.create(slug="shop", name="Shop", origins=[HOME])


def hello(address: str = ADA, **frame: Any) -> chat.Thread:
    return chat.open_thread({"site": "shop", **frame}, HOME, "x", address)


def tried(times: int, work: Any) -> list[str]:
    """What came of each try: the code of its refusal, or nothing."""
    found = []
    for _ in range(times):
        try:
            work()
            found.append("")
        except Refusal as refusal:
            found.append(refusal.code)
    return found


def test_eve_opens_so_many_conversations_a_minute_and_ada_is_not_kept_out(shop: Site) -> None:
    assert tried(20, lambda: hello(EVE)) == [""] * 6 + ["rate_limited"] * 14
    assert Conversation.objects.count() == 6
    assert tried(1, lambda: hello(ADA)) == [""]


def test_who_comes_back_is_counted_apart_and_not_so_soon(shop: Site) -> None:
    thread = hello()
    back = {"conversation": str(thread.id), "token": thread.token}
    assert tried(31, lambda: hello(**back)) == [""] * 30 + ["rate_limited"]


@pytest.mark.parametrize("kind", NOTES)
def test_each_kind_of_note_is_counted_by_itself(shop: Site, kind: str) -> None:
    assert set(NOTES) == set(chat.NOTES)
    thread = hello()
    codes = tried(10, lambda: chat.note(thread, kind, NOTES[kind], ADA))
    assert codes[3:] == ["rate_limited"] * 7
    assert "rate_limited" not in codes[:3]
    other = next(name for name in ("rate", "contact") if name != kind)
    chat.note(thread, other, NOTES[other], ADA)


def test_six_hundred_ratings_and_addresses_leave_three_of_each(shop: Site) -> None:
    thread = hello()
    for kind in ("rate", "contact"):
        tried(300, lambda kind=kind: chat.note(thread, kind, NOTES[kind], EVE))
    kinds = list(Event.objects.filter(conversation=thread.id).values_list("kind", flat=True))
    assert (kinds.count("rating"), kinds.count("contact")) == (3, 3)


def test_the_customer_is_told_in_the_sites_words_and_when_it_goes_on(shop: Site) -> None:
    thread = hello()
    tried(3, lambda: chat.note(thread, "rate", NOTES["rate"], ADA))
    with pytest.raises(Refusal) as refused:
        chat.note(thread, "rate", NOTES["rate"], ADA)
    seconds = refused.value.more["retry_after"]
    assert 0 < seconds <= 60
    assert refused.value.text == f"That was too often. Please wait {seconds} seconds."


def test_typing_and_seen_beyond_the_limit_are_let_go_without_a_word(shop: Site, monkeypatch: Any) -> None:
    shown: list[Any] = []
    monkeypatch.setattr(chat.desk, "customer_types", shown.append)
    thread = hello()
    assert tried(100, lambda: chat.typing(thread, EVE)) == [""] * 100
    assert len(shown) == 3 * door.OFTEN


def test_the_button_is_never_counted(shop: Site) -> None:
    thread = hello(EVE)
    tried(100, lambda: chat.note(thread, "rate", NOTES["rate"], EVE))
    tried(100, lambda: hello(EVE))
    assert tried(50, lambda: chat.human(thread)) == [""] * 50


def test_over_rest_the_same_counts(shop: Site) -> None:
    headers = {"Origin": HOME}
    asked = {"site": "shop"}
    said = [Client().post("/api/v1/conversations/", asked, "application/json", headers=headers) for _ in range(8)]
    assert [answer.status_code for answer in said] == [200] * 6 + [429] * 2
    first = said[0].json()
    mine = {"Authorization": f"Bearer {first['token']}"}
    path = f"/api/v1/conversations/{first['conversation']}/"
    rated = [
        Client().post(f"{path}rate/", {"value": 5}, "application/json", headers=mine).status_code for _ in range(4)
    ]
    assert rated == [200, 200, 200, 429]
    assert {Client().post(f"{path}human/", headers=mine).status_code for _ in range(8)} == {200}
    looked = [Client().get(path, headers=mine).status_code for _ in range(16)]
    assert looked == [200] * 15 + [429]


# ── Sockets ───────────────────────────────────────────────────────────────────────────────────────────────────


def dial(host: bytes = b"localhost", address: str = EVE) -> ApplicationCommunicator:
    headers = [(b"origin", b"https://shop.example"), (b"host", host)]
    scope = {"type": "websocket", "path": "/ws/chat/", "headers": headers, "client": (address, 4000)}
    return ApplicationCommunicator(ChatConsumer.as_asgi(), scope)


async def opened(socket: ApplicationCommunicator) -> str:
    await socket.send_input({"type": "websocket.connect"})
    return str((await socket.receive_output(5))["type"])


async def hung_up(socket: ApplicationCommunicator) -> None:
    await socket.send_input({"type": "websocket.disconnect", "code": 1000})
    await socket.wait(5)


async def test_a_socket_that_says_nothing_is_closed(monkeypatch: Any) -> None:
    monkeypatch.setattr(consumers, "HELLO_WITHIN", 0.05)
    socket = dial()
    assert await opened(socket) == "websocket.accept"
    assert await socket.receive_output(5) == {"type": "websocket.close", "code": 4408}
    await hung_up(socket)


async def test_so_is_one_that_says_everything_but_hello(monkeypatch: Any) -> None:
    monkeypatch.setattr(consumers, "HELLO_WITHIN", 0.2)
    socket = dial()
    await opened(socket)
    await socket.send_input({"type": "websocket.receive", "text": json.dumps({"type": "human"})})
    assert json.loads((await socket.receive_output(5))["text"])["code"] == "hello_first"
    assert (await socket.receive_output(5))["type"] == "websocket.close"
    await hung_up(socket)


async def test_an_address_has_so_many_sockets_at_once_and_gets_its_room_back(settings: Any) -> None:
    settings.HANDRAIL_LIMIT_SOCKETS = 3
    held = [dial() for _ in range(3)]
    assert [await opened(each) for each in held] == ["websocket.accept"] * 3
    more = dial()
    assert await opened(more) == "websocket.close"
    ada, again = dial(address=ADA), dial()
    assert await opened(ada) == "websocket.accept"
    await hung_up(held[0])
    assert await opened(again) == "websocket.accept"
    for each in (*held[1:], ada, again):
        await hung_up(each)
    await asyncio.sleep(0)
    assert not door._sockets


@pytest.mark.parametrize(("host", "answer"), [(b"localhost:8000", "accept"), (b"eve.example", "close"), (b"", "close")])
async def test_the_socket_answers_to_its_own_names_only(host: bytes, answer: str) -> None:
    socket = dial(host)
    assert await opened(socket) == f"websocket.{answer}"
    if answer == "accept":
        await hung_up(socket)
