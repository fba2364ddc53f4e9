"""`POST /w/v1/frames`: the chat socket's own frames by plain requests, where a network lets no socket through.

Law of the file: a request is a socket that lives as long as it: the same consumer, hello first, and what a client has
missed is read again from the rows. So a request that is lost on its way loses, doubles and reorders nothing.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from chatbot.web import door
from chatbot.web.consumers import ChatConsumer
from sites.core import foreign

Frame = dict[str, Any]
_consumer: Any = ChatConsumer.as_asgi()  # type: ignore[no-untyped-call]
HOLD, GATHER = 20.0, 0.05
"""Seconds that a request with nothing to say waits for something to be told, and then for what comes with it."""
MOST = 50
"""Frames that one request may bring, its hello included."""


@csrf_exempt
async def frames(request: HttpRequest) -> HttpResponse:
    """Frames in, a hello first, and frames out: `{"frames": […], "shown": state}` → `{"frames": […]}`.

    No cookie counts. The answer may be read by a page of any origin, for it holds what the hello's proof opens.
    """
    if request.method != "POST":
        return _told({"detail": "Frames are posted."}, 405)
    try:
        said, shown = _said(request.body)
    except ValueError as error:
        return _told({"detail": str(error)}, 400)
    async with _Socket.of(request) as socket:
        for frame in said:
            socket.hear(frame)
        await socket.handled()
        if len(said) == 1 and socket.is_news_to(shown) is False:
            await socket.news()
        return _told({"frames": socket.told})


class _Socket:
    """A consumer with a queue at both ends."""

    def __init__(self) -> None:
        self.told: list[Frame] = []
        self.over = False
        self._in: asyncio.Queue[Frame] = asyncio.Queue()
        self._idle, self._out = asyncio.Event(), asyncio.Event()

    @classmethod
    @asynccontextmanager
    async def of(cls, request: HttpRequest) -> AsyncIterator["_Socket"]:
        """Connected as a socket of this request's page and address would be; gone with the request."""
        names = {"origin": request.headers.get("Origin"), "host": request.headers.get("Host")}
        headers = [(name.encode(), value.encode("latin-1")) for name, value in names.items() if value]
        scope = {"type": "websocket", "headers": headers, "client": (request.META.get("REMOTE_ADDR", ""), 0)}
        socket = cls()
        socket._in.put_nowait({"type": "websocket.connect"})
        task = asyncio.get_running_loop().create_task(_consumer(scope, socket._receive, socket._send))
        task.add_done_callback(lambda done: socket._end())
        try:
            yield socket
        finally:
            socket._in.put_nowait({"type": "websocket.disconnect", "code": 1000})
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(asyncio.shield(task), HOLD)

    def hear(self, frame: Frame) -> None:
        """One frame of the client's."""
        self._idle.clear()
        self._in.put_nowait({"type": "websocket.receive", "text": json.dumps(frame)})

    async def handled(self) -> None:
        """Until each frame has been answered, or the consumer has hung up."""
        await self._idle.wait()

    async def news(self) -> None:
        """Until there is something to tell, and for what comes with it; not for ever."""
        before = len(self.told)
        with suppress(asyncio.TimeoutError):
            while len(self.told) == before and not self.over:
                self._out.clear()
                await asyncio.wait_for(self._out.wait(), HOLD)
            await asyncio.sleep(GATHER)

    def is_news_to(self, shown: str) -> bool:
        """Whether the welcome holds what a client in this state has not got."""
        welcome = self.told[0] if self.told else {}
        return welcome.get("type") != "welcome" or bool(welcome["messages"]) or welcome["state"] != shown

    async def _receive(self) -> Frame:
        if self._in.empty():
            self._idle.set()
        return await self._in.get()

    async def _send(self, message: Frame) -> None:
        if "text" in message:
            self.told.append(foreign.loads(message["text"]))
        if message["type"] == "websocket.close":
            self._end()
        self._out.set()

    def _end(self) -> None:
        self.over = True
        self._idle.set()
        self._out.set()


def _said(body: bytes) -> tuple[list[Frame], str]:
    """What a body says: its frames, and the state its sender shows. Raises ValueError with what is wrong."""
    if len(body) > door.LONGEST_FRAME:
        raise ValueError(f"The body may be {door.LONGEST_FRAME} bytes long; this one is longer.")
    try:
        whole = foreign.loads(body)
    except ValueError as error:
        raise ValueError(f"The body is not JSON that can be read: {error}.") from None
    said = whole.get("frames") if isinstance(whole, dict) else None
    if not isinstance(said, list) or not 1 <= len(said) <= MOST or not all(isinstance(each, dict) for each in said):
        raise ValueError(f"“frames” is a list of 1 to {MOST} objects.")
    if said[0].get("type") != "hello":
        raise ValueError("The first frame is the hello: each request says who it is.")
    return said, str(whole.get("shown", ""))


def _told(body: Frame, status: int = 200) -> HttpResponse:
    headers = {"Access-Control-Allow-Origin": "*", "Cache-Control": "no-store"}
    return JsonResponse(body, status=status, headers=headers, json_dumps_params={"ensure_ascii": False})
