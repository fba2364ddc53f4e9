"""What a customer's socket may be sent by accident or by Eve: a clear error each time, and nothing lost."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.client import Customer, Frame
from tests.server import Server, copy

pytestmark = pytest.mark.timeout(600)
BAD: dict[str, tuple[Any, str]] = {
    "malformed": ('{"type": "ask", ', "bad_frame"),
    "no object": ("[1, 2]", "bad_frame"),
    "a bare word": ("null", "bad_frame"),
    "no type": ("{}", "bad_frame"),
    "a type that is no text": ('{"type": 7}', "bad_frame"),
    "an unknown type": ('{"type": "grant_refund"}', "bad_frame"),
    "binary": (b'{"type":"human"}', "bad_frame"),
    "300 KiB": (json.dumps({"type": "ask", "id": "big", "text": "a" * 300 * 1024}), "too_long"),
    "300 KiB in few characters": (json.dumps({"type": "x", "text": "€" * 100 * 1024}, ensure_ascii=False), "too_long"),
    "a deep nest": ("[" * 100_000, "bad_frame"),
    "a text that is no text": ({"type": "ask", "id": "s", "text": 5}, "bad_frame"),
    "4,001 characters": ({"type": "ask", "id": "long", "text": "a" * 4001}, "too_long"),
    "no text": ({"type": "ask", "id": "none"}, "bad_frame"),
    "an empty text": ({"type": "ask", "id": "empty", "text": " \n "}, "bad_frame"),
    "no id": ({"type": "ask", "text": "hello"}, "bad_frame"),
    "an empty id": ({"type": "ask", "id": "", "text": "hello"}, "bad_frame"),
    "a long id": ({"type": "ask", "id": "i" * 65, "text": "hello"}, "bad_frame"),
    "an id that is no text": ({"type": "ask", "id": {"$ne": 1}, "text": "hello"}, "bad_frame"),
    "a choice without an offer": ({"type": "choose", "id": "c1"}, "bad_frame"),
    "a choice that is no id": ({"type": "choose", "id": "c2", "offer": "1 OR 1=1"}, "bad_frame"),
    "a choice of nobody's offer": ({"type": "choose", "id": "c3", "offer": "0" * 32}, "bad_frame"),
    "none of what was never offered": ({"type": "choose", "id": "c4", "offer": None}, "bad_frame"),
    "a second hello": ({"type": "hello", "site": "fernway"}, "bad_frame"),
    "a thumb on nothing": ({"type": "feedback", "seq": 99, "value": 1}, "bad_frame"),
    "a thumb of 5": ({"type": "feedback", "seq": 2, "value": 5}, "bad_frame"),
    "six stars": ({"type": "rate", "value": 6}, "bad_frame"),
    "a complaint without an id": ({"type": "complaint", "text": "torn"}, "bad_frame"),
    "a complaint without words": ({"type": "complaint", "id": "1", "text": " "}, "bad_frame"),
    "no address": ({"type": "contact", "email": "ada at example.com"}, "bad_frame"),
}


@pytest.fixture
async def ada(served: Server) -> AsyncIterator[Customer]:
    """Ada, who has asked one question and has its answer."""
    async with Customer(served.ws) as customer:
        await customer.ask("hello")
        yield customer


async def still_works(customer: Customer) -> None:
    """The socket answers the next question, and a fresh one finds the whole thread."""
    assert (await customer.ask("thanks"))["outcome"] == "courtesy"
    async with Customer(customer.ws) as later:
        await later.close()
        later.welcome = customer.welcome
        assert (await later.open())["type"] == "welcome"
        assert later.messages == customer.messages
        assert later.gapless()


async def refusal(ws: str, *frames: Frame, origin: str | None = None) -> Frame:
    """What a fresh socket says to these frames, the last of which it refuses."""
    own = ws.replace("ws://", "http://").split("/ws/")[0]
    async with connect(ws, origin=origin or own) as socket:
        for frame in frames:
            await socket.send(json.dumps(frame))
        return json.loads(await socket.recv())


@pytest.mark.parametrize("name", BAD)
async def test_a_bad_frame_gets_its_error_and_loses_nothing(ada: Customer, name: str) -> None:
    frame, code = BAD[name]
    seen = len(ada.frames)
    await ada.send(frame)
    error = await ada.next("error", after=seen)
    assert error["code"] == code
    assert error["text"].endswith(".")
    if isinstance(frame, dict) and isinstance(frame.get("id"), str) and 0 < len(frame["id"]) <= 64:
        assert error["id"] == frame["id"]
    await still_works(ada)


async def test_a_page_without_an_origin_is_turned_away_at_the_door(served: Server) -> None:
    with pytest.raises(InvalidStatus) as refused:
        await connect(served.ws)
    assert refused.value.response.status_code == 403


async def test_a_page_of_another_origin_is_told_why_and_closed(served: Server) -> None:
    async with connect(served.ws, origin="https://eve.example.com") as socket:
        await socket.send(json.dumps({"type": "hello", "site": "fernway"}))
        error = json.loads(await socket.recv())
        assert error["code"] == "origin"
        with pytest.raises(ConnectionClosed) as closed:
            await socket.recv()
    assert closed.value.rcvd.code == 4403


@pytest.mark.parametrize("site", ["nobody", "", None, 7, {"slug": "fernway"}, "fernway\x00"])
async def test_an_unknown_site_is_named_as_such(served: Server, site: Any) -> None:
    assert (await refusal(served.ws, {"type": "hello", "site": site}))["code"] == "unknown_site"


@pytest.mark.parametrize("kind", ["ask", "human", "typing", "feedback", "rate", "contact", "leave", "end", "complaint"])
async def test_nothing_is_done_before_hello(served: Server, kind: str) -> None:
    assert (await refusal(served.ws, {"type": kind, "id": "1", "text": "hello"}))["code"] == "hello_first"


@pytest.mark.parametrize("token", ["", "wrong", "a" * 5000, None])
async def test_a_conversation_opens_to_its_own_secret_only(ada: Customer, token: str | None) -> None:
    hello = {"type": "hello", "site": "fernway", "conversation": ada.welcome["conversation"], "token": token}
    assert (await refusal(ada.ws, hello))["code"] == "token"
    no_uuid = {**hello, "conversation": "1 OR 1=1", "token": ada.welcome["token"]}
    assert (await refusal(ada.ws, no_uuid))["code"] == "token"
    await still_works(ada)


@pytest.mark.parametrize("identity", ["nonsense", "a.b.c", "e30.e30.", {"sub": "ada"}])
async def test_a_forged_identity_is_refused_and_the_socket_may_say_hello_again(served: Server, identity: Any) -> None:
    async with Customer(served.ws, identity=identity) as eve:
        assert eve.frames[0]["code"] == "identity"
        await eve.send({"type": "hello", "site": "fernway"})
        assert json.loads(await eve.socket.recv())["type"] == "welcome"


async def test_an_ask_sent_twice_is_acknowledged_twice_and_stored_once(ada: Customer) -> None:
    before = len(ada.messages)
    for _ in range(3):
        seen = len(ada.frames)
        await ada.say("thanks", "the-same")
        ack = await ada.next("ack", after=seen)
        assert ack == {"type": "ack", "id": "the-same", "seq": before + 1}
    await ada.until(lambda: ada.reply("the-same"))
    await still_works(ada)
    assert [m["text"] for m in ada.messages.values()].count("thanks") == 2


async def test_a_closed_conversation_takes_no_message_but_a_rating(ada: Customer) -> None:
    await ada.send({"type": "end"})
    await ada.until(lambda: ada.state == "closed")
    await ada.say("one more thing", "late")
    error = await ada.next("error", after=0)
    assert (error["code"], error["id"]) == ("closed", "late")
    await ada.send({"type": "rate", "value": 4})
    assert (await ada.next("ok"))["for"] in {"rate", "end"}
    await ada.human()
    assert ada.state == "closed"


async def test_too_many_messages_are_told_when_to_come_back_and_the_button_is_not_counted(
    homes: Any, served: Server
) -> None:
    served.stop()  # one server at a time
    limited = Server(copy(homes, "limited"), {"HANDRAIL_LIMIT_CONVERSATION": "3"}).start()
    try:
        async with Customer(limited.ws) as eve:
            for n in range(8):
                await eve.say("hello", f"m{n}")
            await eve.until(lambda: sum(f["type"] in {"ack", "error"} for f in eve.frames) == 8)
            errors = [frame for frame in eve.frames if frame["type"] == "error"]
            assert {error["code"] for error in errors} == {"rate_limited"}
            assert all(1 <= error["retry_after"] <= 60 for error in errors)
            assert len(errors) + len(eve.acked) == 8
            for _ in range(10):
                await eve.human()
            assert eve.state == "waiting"
            assert {e["id"] for e in errors}.isdisjoint(eve.acked)
    finally:
        limited.stop()
