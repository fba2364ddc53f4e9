"""The desk socket: it tells an agent's screen what changed. Verbs are posted; it carries only "I am typing".

An open socket outlives a logout, so the session and the roles are read again before anything is sent or done.
Hints carry ids only; what is shown is read from the rows, and a slow timer looks even when no hint came.

    → {"type": "watch", "rows": {row id: signature}}                          what a queue screen holds
    → {"type": "watch", "conversation": id, "seq", "event", "head"}           what a conversation screen holds
    → {"type": "typing"}
    ← {"type": "news", "html"}   ← {"type": "typing"}   ← {"type": "bye", "text"} and close 4401
"""

import asyncio
import json
import time
import uuid
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from importlib import import_module
from typing import Any, ClassVar, TypeVar

from channels.consumer import AsyncConsumer
from channels.exceptions import StopConsumer
from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.auth.models import User
from django.db import close_old_connections
from django.http import HttpRequest

from conversations import delivery
from escalation.desk import desk
from escalation.models import Handoff
from escalation.queue import presence
from escalation.web import queue_screen, screens
from sites.core import foreign, hints
from sites.people import second_factor

T = TypeVar("T")
Frame = dict[str, Any]
RESYNC = 10.0  # seconds; a look at 500 waiting customers takes 23 ms, so 20 screens cost a twentieth of a core
LONGEST_FRAME = 262_144
READERS = ThreadPoolExecutor(2, thread_name_prefix="desk")


class SignedOut(Exception):
    """The session is over, or no longer belongs to an agent."""


class DeskConsumer(AsyncConsumer):
    """One screen of one agent."""

    handlers: ClassVar[dict[str, str]] = {
        "websocket.connect": "connected",
        "websocket.receive": "received",
        "websocket.disconnect": "disconnected",
        "desk.changed": "changed",
        "desk.typing": "customer_types",
        "conversation.changed": "changed",
    }
    verbs: ClassVar[dict[str, str]] = {"watch": "watch", "typing": "typing"}

    async def dispatch(self, message: Frame) -> None:
        """Call the handler directly: Channels' own dispatch makes a thread hop a message."""
        if name := self.handlers.get(message["type"]):
            await getattr(self, name)(message)

    # ── The socket ──────────────────────────────────────────────────────────────────────────────────────────

    async def connected(self, message: Frame) -> None:
        """Accept a signed-in agent; anybody else gets 403."""
        hints.bind(asyncio.get_running_loop())
        self.held: Mapping[str, Any] | None = None
        self.conversation: uuid.UUID | None = None
        self.groups_joined: set[str] = set()
        self.reading, self.stale, self.timer = asyncio.Lock(), False, None
        self.where: set[str] | None = set()
        self.session = getattr(self.scope.get("session"), "session_key", None)
        try:
            sites = await self.read(self.arrive)
        except SignedOut:
            await self.send({"type": "websocket.close"})
            raise StopConsumer from None
        await self.send({"type": "websocket.accept"})
        for site_id in sites:
            await self.join(desk.group(site_id))
        self.timer = asyncio.get_running_loop().create_task(self.resync())

    async def disconnected(self, message: Frame) -> None:
        """Forget the screen."""
        await self.stop()
        raise StopConsumer

    async def received(self, message: Frame) -> None:
        """One frame from the screen; what cannot be read is ignored."""
        frame = parse(message.get("text"))
        try:
            if (kind := frame.get("type")) in self.verbs:
                await getattr(self, self.verbs[kind])(frame)
        except SignedOut:
            await self.bye()

    async def watch(self, frame: Frame) -> None:
        """Note what the screen holds, and send what it lacks."""
        async with self.reading:
            self.held, self.where = held_by(frame), None
        self.conversation = self.held.get("conversation")
        if self.conversation is not None and await self.read(self.may_see):
            await self.join(delivery.group(self.conversation))
        await self.look()

    async def typing(self, frame: Frame) -> None:
        """The agent is typing."""
        if self.conversation is not None:
            await self.read(self.agent_types)

    async def stop(self) -> None:
        """Leave every group and stop the timer."""
        if self.timer is not None:
            self.timer.cancel()
        for name in self.groups_joined:
            await self.channel_layer.group_discard(name, self.channel_name)
        self.groups_joined.clear()

    async def bye(self) -> None:
        """The session is over: say so and close."""
        await self.put({"type": "bye", "text": "You are signed out. Sign in again to go on."})
        await self.send({"type": "websocket.close", "code": 4401})
        await self.stop()

    # ── Pushing ─────────────────────────────────────────────────────────────────────────────────────────────

    async def changed(self, message: Frame) -> None:
        """A hint: look where it says, unless somebody is looking who will look again."""
        where = message.get("conversation")
        if self.conversation is not None and where not in (None, str(self.conversation)):
            await self.put({"type": "queue"})
            return
        self.stale = True
        self.where = {*self.where, where} if where is not None and self.where is not None else None
        if not self.reading.locked():
            try:
                await self.look()
            except SignedOut:
                await self.bye()

    async def customer_types(self, message: Frame) -> None:
        """The customer of this screen's conversation is typing."""
        if self.conversation is not None and message.get("conversation") == str(self.conversation):
            await self.put({"type": "typing"})

    async def look(self) -> None:
        """Send what the screen lacks, until nothing has changed while reading. Raises SignedOut."""
        async with self.reading:
            self.stale = True
            while self.stale:
                self.stale = False
                if self.held is None:
                    return
                where, self.where = self.where, set()
                news = await self.read(partial(self.news, where, time.monotonic()))
                self.held = news.held
                if news.html:
                    await self.put({"type": "news", "html": news.html})

    async def resync(self) -> None:
        """Look from time to time without being told: hints may be lost, and a sign-out gives none."""
        with suppress(asyncio.CancelledError):
            while True:
                await asyncio.sleep(RESYNC)
                with suppress(SignedOut):
                    await self.read(presence.beat)
                await self.changed({})

    async def join(self, name: str) -> None:
        """Hear the hints of a group."""
        if name not in self.groups_joined:
            self.groups_joined.add(name)
            await self.channel_layer.group_add(name, self.channel_name)

    async def put(self, frame: Frame) -> None:
        """Send one JSON text frame."""
        await self.send({"type": "websocket.send", "text": json.dumps(frame, ensure_ascii=False)})

    # ── On a reading thread, as the person the session belongs to now ───────────────────────────────────────

    async def read(self, function: Callable[[User], T]) -> T:
        """Run a function as the session's person, read anew. Raises SignedOut."""

        def run() -> T:
            close_old_connections()
            try:
                return function(person(self.session))
            finally:
                close_old_connections()

        return await asyncio.get_running_loop().run_in_executor(READERS, run)

    def arrive(self, user: User) -> list[int]:
        """The sites whose desk this is; whoever works one of them is there from now on."""
        sites = [site.pk for site in screens.desks(user)]
        if sites:
            presence.beat(user)
        return sites

    def news(self, where: set[str] | None, asked: float, user: User) -> queue_screen.News:
        """What this screen lacks: of the conversations in `where`, or of all, as they were at `asked` or later."""
        if self.held is None:
            raise RuntimeError("This screen has not said yet what it holds.")
        if self.conversation is not None:
            return screens.conversation_news(user, self.held)
        only = None if where is None else [uuid.UUID(key) for key in where]
        return queue_screen.news(user, self.held, only, asked)

    def may_see(self, user: User) -> bool:
        """Whether the conversation is on one of the person's sites."""
        return self.conversation is not None and screens.seen_by(user, self.conversation) is not None

    def agent_types(self, user: User) -> None:
        """Tell the customer that the agent is typing, if it is their agent."""
        claimed = Handoff.objects.filter(conversation=self.conversation, state=Handoff.State.CLAIMED).first()
        if claimed is not None:
            desk.agent_types(claimed, actor=user)


def person(session_key: str | None) -> User:
    """The active agent or auditor a session belongs to at this moment. Raises SignedOut."""
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(session_key)
    user = get_user(request) if session_key else None
    if not isinstance(user, User) or not user.is_active or not user.is_staff:
        raise SignedOut
    if second_factor.missing(user, request.session):
        raise SignedOut
    return user


def held_by(frame: Frame) -> Frame:
    """What a screen says it holds, in the form `screens` wants; nonsense counts as holding nothing."""
    try:
        return {
            "conversation": uuid.UUID(str(frame["conversation"])),
            "seq": max(0, int(frame.get("seq") or 0)),
            "event": max(0, int(frame.get("event") or 0)),
            "head": str(frame.get("head", "")),
        }
    except (KeyError, ValueError, TypeError):
        rows = frame.get("rows")
        return {"rows": {str(k): str(v) for k, v in rows.items()} if isinstance(rows, dict) else {}}


def parse(text: str | None) -> Frame:
    """One text frame as a JSON object; an empty one when it is not."""
    if text is None or len(text) > LONGEST_FRAME:
        return {}
    with suppress(ValueError):
        frame = foreign.loads(text)
        return frame if isinstance(frame, dict) else {}
    return {}
