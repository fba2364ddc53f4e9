"""The chat socket: frames in, one domain call each, frames out. It holds no state that the database does not.

A turn runs as a task of its own, so that "human" is never queued behind it. What is pushed is always read from the
rows after the last seq sent, in order; a hint only says when to look, and a slow timer looks anyway.
"""

import asyncio
import json
import logging
import uuid
from collections.abc import Awaitable, Callable
from contextlib import suppress
from itertools import count
from typing import Any, ClassVar

from channels.consumer import AsyncConsumer
from channels.exceptions import StopConsumer
from django.db import InterfaceError, OperationalError

from chatbot import runner
from chatbot.web import chat, door, past
from chatbot.web.door import Refusal
from conversations import delivery, record
from conversations.models import State
from escalation.desk import closing
from sites.core import foreign, hints

log = logging.getLogger(__name__)
Frame = dict[str, Any]
RESYNC, IN_LINE = 20.0, 10.0
"""Seconds after which a socket looks for what it was not told of; sooner for somebody in line, whose place moves."""
SELDOM = 3
"""Only each so manieth time does a socket with the assistant look at the desk too; hints tell it of what is sudden."""
HELLO_WITHIN, SILENT = 15.0, 4408
"""Seconds a socket has for its hello, and the code it is closed with; the widget sends one as soon as it is open."""
BUSY, TRY_AGAIN = 3, 1013
"""Seconds after which a widget sends again what the database did not take, and how a socket without hello is closed."""
AWAY = (OperationalError, InterfaceError)
STATE = {"state", "availability", "expected", "queue", "name", "files"}
"""What a welcome shares with a state frame."""


class ChatConsumer(AsyncConsumer):
    """One customer's socket."""

    handlers: ClassVar[dict[str, str]] = {
        "websocket.connect": "connected",
        "websocket.receive": "received",
        "websocket.disconnect": "disconnected",
        "conversation.changed": "changed",
        "conversation.typing": "typing_seen",
        "site.changed": "site_changed",
    }
    verbs: ClassVar[dict[str, str]] = {
        **{kind: kind for kind in ("hello", "ask", "choose", "human", "typing", "seen")},
        **dict.fromkeys(chat.NOTES, "note"),
        **dict.fromkeys(past.ASKED, "look_back"),
    }

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """One socket from its beginning to whatever ends it; an address has so many at once."""
        self.scope = scope
        with door.socket(self.address) as self.admitted:
            await super().__call__(scope, receive, send)

    async def dispatch(self, message: Frame) -> None:
        """Call the handler directly: Channels' own dispatch makes a thread hop a message."""
        if name := self.handlers.get(message["type"]):
            await getattr(self, name)(message)

    # ── The socket ────────────────────────────────────────────────────────────────────────────────────────────

    async def connected(self, message: Frame) -> None:
        """Accept a page that says where it comes from; with 403 refuse what does not, and what is one too many.

        A socket that does not say hello soon is closed: it costs, and nobody is behind it.
        """
        hints.bind(asyncio.get_running_loop())
        self.headers = dict(self.scope.get("headers", ()))
        self.thread: chat.Thread | None = None
        self.timer: asyncio.Task[None] | None = None
        self.sent, self.reading = 0, asyncio.Lock()
        self.shown: Frame = {}  # the last state frame
        if b"origin" not in self.headers or not door.served(self.host) or not self.admitted:
            await self.send({"type": "websocket.close"})
            raise StopConsumer
        await self.send({"type": "websocket.accept"})
        self.timer = asyncio.get_running_loop().create_task(self.silence())

    async def disconnected(self, message: Frame) -> None:
        """Forget the socket; turns in flight go on and are found on the next connect."""
        if self.timer is not None:
            self.timer.cancel()
        for name in self.groups:
            await self.channel_layer.group_discard(name, self.channel_name)
        raise StopConsumer

    async def received(self, message: Frame) -> None:
        """Answer one frame; a bad one gets an error frame and loses nothing."""
        frame: Frame = {}
        try:
            frame = parse(message)
            await self.verb(frame)(frame)
        except Refusal as refusal:
            await self.put({**refusal.frame(), **_named(frame)})
            if refusal.code == "origin":
                await self.send({"type": "websocket.close", "code": 4403})
        except AWAY:
            await self.away(frame)

    async def away(self, frame: Frame) -> None:
        """Nothing could be kept: say so. A widget sends again what has no ack; without a hello it dials anew."""
        log.warning("The database does not answer; a customer's frame was not taken.")
        busy = Refusal("busy", "Nothing can be kept just now. Send it again in a moment.", retry_after=BUSY)
        await self.put({**busy.frame(), **_named(frame)})
        if self.thread is None:
            await self.send({"type": "websocket.close", "code": TRY_AGAIN})

    def verb(self, frame: Frame) -> Callable[[Frame], Awaitable[None]]:
        """The method for a frame's type. Raises Refusal."""
        kind = frame["type"]
        if kind not in self.verbs:
            raise Refusal("bad_frame", f"There is no frame of type “{kind[:40]}”.")
        if kind != "hello":
            self.opened()
        method: Callable[[Frame], Awaitable[None]] = getattr(self, self.verbs[kind])
        return method

    def opened(self) -> chat.Thread:
        """The conversation of this socket. Raises Refusal before it has said hello."""
        if self.thread is None:
            raise Refusal("hello_first", "Say hello first.")
        return self.thread

    # ── Verbs ─────────────────────────────────────────────────────────────────────────────────────────────────

    async def hello(self, frame: Frame) -> None:
        """Open or resume a conversation; its welcome is the first frame."""
        if self.thread is not None:
            raise Refusal("bad_frame", "This socket has already said hello.")
        origin = self.headers[b"origin"].decode("latin-1")
        self.thread = await runner.write(chat.open_thread, frame, origin, self.host, self.address)
        if self.timer is not None:
            self.timer.cancel()
        for name in self.groups:
            await self.channel_layer.group_add(name, self.channel_name)
        async with self.reading:
            welcome = await runner.read(chat.welcome, self.thread, chat.seq_of(frame))
            self.sent = welcome.pop("last_seq")
            self.shown = {"type": "state", **{k: v for k, v in welcome.items() if k in STATE}}
            await self.put(welcome)
        self.timer = asyncio.get_running_loop().create_task(self.resync())

    async def ask(self, frame: Frame) -> None:
        """RECORD and acknowledge; the turn itself runs on its own."""
        self.not_too_much()
        await self.run(frame, await runner.write(chat.ask, self.opened(), frame, self.address))

    async def choose(self, frame: Frame) -> None:
        """A choice among the sections offered last, taken as an ask is."""
        self.not_too_much()
        await self.run(frame, await runner.write(chat.choose, self.opened(), frame, self.address))

    def not_too_much(self) -> None:
        """Raise Refusal `busy` while the assistant could not answer in time; what is for a person is always taken."""
        if self.shown.get("state") == State.BOT:
            door.not_too_much(self.opened().spoken, overloaded=runner.overloaded())

    async def run(self, frame: Frame, asked: record.Asked) -> None:
        """Acknowledge what was recorded, and start its turn."""
        thread = self.opened()
        await self.put({"type": "ack", "id": frame["id"], "seq": asked.seq})
        if asked.turn is not None:
            await self.put({"type": "status", "text": thread.spoken.say("looking")})
            runner.start(asked.turn)

    async def human(self, frame: Frame) -> None:
        """The button: at once, whatever else is going on."""
        await runner.write(chat.human, self.opened())
        await self.catch_up(say_state=True)

    async def typing(self, frame: Frame) -> None:
        """The customer is typing: a hint for the agent's screen, kept nowhere."""
        await runner.read(chat.typing, self.opened(), self.address)

    async def seen(self, frame: Frame) -> None:
        """What a person wrote is on the customer's screen."""
        await runner.write(chat.seen, self.opened(), frame, self.address)

    async def note(self, frame: Frame) -> None:
        """Feedback, a rating, a contact, leaving the queue, ending the conversation: one domain call each."""
        told = await runner.write(chat.note, self.opened(), frame["type"], frame, self.address)
        await self.put({"type": "ok", "for": frame["type"], **told, **_named(frame)})
        await self.catch_up()

    async def look_back(self, frame: Frame) -> None:
        """Something of the past: read, or mailed."""
        told = await runner.write(past.ASKED[frame["type"]], self.opened(), frame, self.address)
        await self.put({**told, **_named(frame)})

    # ── Pushing ───────────────────────────────────────────────────────────────────────────────────────────────

    async def changed(self, message: Frame) -> None:
        """A hint: look."""
        with suppress(*AWAY):
            await self.catch_up()

    async def site_changed(self, message: Frame) -> None:
        """A hint: the desk has closed or opened."""
        with suppress(*AWAY):
            await self.catch_up(look=True)

    async def typing_seen(self, message: Frame) -> None:
        """An agent is typing."""
        await self.put({"type": "typing", "author": "agent"})

    async def catch_up(self, *, say_state: bool = False, look: bool = False) -> None:
        """Send what the rows hold after the last seq sent, then the state when it changed (`look`: anything in it)."""
        if self.thread is None:
            return
        async with self.reading:
            shown = {} if say_state else self.shown
            news = await runner.read(chat.news, self.thread, self.sent, shown, look=look)
            for frame in news.messages:
                await self.put(frame)
                self.sent = frame["seq"]
            if news.state is not None:
                self.shown = news.state
                await self.put(news.state)

    async def resync(self) -> None:
        """Look from time to time without being told: hints may be lost, and a queue moves without any."""
        with suppress(asyncio.CancelledError, OSError):  # the server's word for a customer who has gone
            for time in count(1):
                in_line = self.shown.get("state") == State.WAITING
                await asyncio.sleep(IN_LINE if in_line else RESYNC)
                with suppress(*AWAY):
                    await self.catch_up(look=in_line or time % SELDOM == 0)

    async def silence(self) -> None:
        """Close a socket that has not said hello in time; a widget dials again."""
        with suppress(asyncio.CancelledError, OSError):
            await asyncio.sleep(HELLO_WITHIN)
            await self.send({"type": "websocket.close", "code": SILENT})

    async def put(self, frame: Frame) -> None:
        """Send one JSON text frame."""
        await self.send({"type": "websocket.send", "text": json.dumps(frame, ensure_ascii=False, default=_plain)})

    @property
    def groups(self) -> list[str]:
        """Where this socket hears hints: its conversation's, and its site's."""
        return [delivery.group(self.thread.id), closing.group(self.thread.site_id)] if self.thread else []

    @property
    def host(self) -> str:
        """By which name the server was called."""
        return str(self.headers.get(b"host", b"").decode("latin-1"))

    @property
    def address(self) -> str:
        """The customer's address: for limits, and kept as a digest only."""
        return door.address((self.scope.get("client") or ("",))[0])


def parse(message: Frame) -> Frame:
    """One text frame as a JSON object with a type. Raises Refusal."""
    text = message.get("text")
    if text is None:
        raise Refusal("bad_frame", "Frames are JSON text; this one was binary.")
    if len(text) > door.LONGEST_FRAME or len(text.encode("utf-8", "replace")) > door.LONGEST_FRAME:
        raise Refusal("too_long", f"A frame may be {door.LONGEST_FRAME} bytes long; this one is longer.")
    try:
        frame = foreign.loads(text)
    except ValueError as error:
        raise Refusal("bad_frame", f"The frame is not JSON that can be read: {error}.") from None
    if not isinstance(frame, dict) or not isinstance(frame.get("type"), str):
        raise Refusal("bad_frame", "A frame is a JSON object with a “type”.")
    return frame


def _named(frame: Frame) -> Frame:
    """The client's own name of a frame, by which it knows what it is answered."""
    return {"id": frame["id"]} if isinstance(frame.get("id"), str) and len(frame["id"]) <= 64 else {}


def _plain(value: object) -> str:
    if isinstance(value, uuid.UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no place in a frame")
