"""A customer's end of the chat socket, for tests: says hello, asks, waits, reconnects; keeps every frame it saw."""

import asyncio
import contextlib
import itertools
import json
from typing import Any

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

Frame = dict[str, Any]
ids = itertools.count(1)
PATIENCE = 60.0
"""Seconds until what does not come has not come; a machine that stands still for a while is no failure."""


class Customer:
    """One widget. `messages` holds every message frame by seq, as it first arrived."""

    def __init__(self, ws: str, site: str = "fernway", **hello: Any) -> None:
        self.ws, self.hello = ws, {"type": "hello", "site": site, **hello}
        self.origin = ws.replace("ws://", "http://").split("/ws/")[0]
        self.frames: list[Frame] = []
        self.messages: dict[int, Frame] = {}
        self.doubled: list[int] = []
        self.disordered: list[int] = []
        self.asked: dict[str, str] = {}
        self.acked: dict[str, int] = {}
        self.state = ""
        self.welcome: Frame = {}
        self.news = asyncio.Condition()
        self.socket = None
        self.reader: asyncio.Task | None = None
        self.later: set[asyncio.Task] = set()

    async def __aenter__(self) -> "Customer":
        await self.open()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.close()

    async def open(self) -> Frame:
        """Connect and say hello; with a conversation, resume it after the last seq seen."""
        self.socket = await connect(self.ws, origin=self.origin, max_size=2**24, open_timeout=PATIENCE)
        hello = dict(self.hello)
        if self.welcome:
            hello |= {"conversation": self.welcome["conversation"], "token": self.welcome["token"]}
            hello["last_seq"] = max(self.messages, default=0)
        await self.send(hello)
        first = json.loads(await asyncio.wait_for(self.socket.recv(), PATIENCE))
        self.frames.append(first)
        if first["type"] == "welcome":
            self.welcome = first
            for message in first["messages"]:
                self.see(message)
            self.state = first["state"]
            self.reader = asyncio.create_task(self.read())
        return first

    async def close(self) -> None:
        if self.socket is not None:
            await self.socket.close()
        for each in self.later:
            each.cancel()
        if self.reader is not None:
            self.reader.cancel()
            await asyncio.gather(self.reader, return_exceptions=True)

    async def read(self) -> None:
        with contextlib.suppress(ConnectionClosed):
            await self._read()

    async def _read(self) -> None:
        async for text in self.socket:
            frame = json.loads(text)
            async with self.news:
                self.frames.append(frame)
                if frame["type"] == "message":
                    self.see(frame)
                elif frame["type"] == "state":
                    self.state = frame["state"]
                elif frame["type"] == "ack":
                    self.acked[frame["id"]] = frame["seq"]
                elif frame["type"] == "error" and frame["code"] == "busy" and frame.get("id") in self.asked:
                    self.later.add(asyncio.create_task(self.again(frame["id"], frame["retry_after"])))
                self.news.notify_all()

    async def again(self, key: str, seconds: float) -> None:
        """Ask again after a while, as the widget does when all is busy."""
        await asyncio.sleep(seconds)
        with contextlib.suppress(ConnectionClosed):
            await self.send({"type": "ask", "id": key, "text": self.asked[key]})

    def see(self, message: Frame) -> None:
        if message["seq"] in self.messages:
            self.doubled.append(message["seq"])
        if self.messages and message["seq"] < max(self.messages):
            self.disordered.append(message["seq"])
        self.messages.setdefault(message["seq"], message)
        if message.get("outcome") == "handoff":
            self.state = "waiting"  # the state frame follows; what is said meanwhile is already said to people

    async def send(self, frame: Frame | str | bytes) -> None:
        await self.socket.send(frame if isinstance(frame, str | bytes) else json.dumps(frame))

    async def until(self, test: Any, seconds: float = PATIENCE) -> Any:
        """Wait until `test()` is truthy, and return it."""
        async with self.news:
            await asyncio.wait_for(self.news.wait_for(test), seconds)
            return test()

    async def say(self, text: str, id: str | None = None) -> str:
        """Send an ask; returns its id."""
        key = id or f"ask-{next(ids)}"
        self.asked[key] = text
        await self.send({"type": "ask", "id": key, "text": text})
        return key

    async def ask(self, text: str, seconds: float = PATIENCE) -> Frame:
        """Ask and wait for the bot's one message about it."""
        key = await self.say(text)
        return await self.until(lambda: self.reply(key), seconds)

    def reply(self, key: str) -> Frame | None:
        replies = [m for m in self.messages.values() if m.get("reply_to") == key and m["author"] == "bot"]
        assert len(replies) <= 1, replies
        return replies[0] if replies else None

    async def human(self) -> None:
        """Press the button and wait for the state frame that answers it."""
        seen = len(self.frames)
        await self.send({"type": "human"})
        await self.until(lambda: any(f["type"] == "state" for f in self.frames[seen:]))

    async def next(self, kind: str, after: int | None = None) -> Frame:
        """The next frame of a type that arrives from now on."""
        seen = len(self.frames) if after is None else after
        return await self.until(lambda: next((f for f in self.frames[seen:] if f["type"] == kind), None))

    def gapless(self) -> bool:
        return sorted(self.messages) == list(range(1, len(self.messages) + 1))
