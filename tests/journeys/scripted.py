"""A conversation with a scripted other side, on a page of somebody else's: for what no server of ours says by itself.

The widget is the served one, its script and its words too; only the socket is ours, and the page around it.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from playwright.sync_api import BrowserContext, Page, WebSocketRoute

from conversations.wording import Spoken
from tests.journeys.stage import Stage
from tests.journeys.widget_page import WidgetPage

Frame = dict[str, Any]
SNIPPET = '<script src="/w/v1.js" data-site="fernway" async></script>'
HEAD = "<title>Host</title><link rel=icon href=data:,><meta name=viewport content='width=device-width'>"
DISCLOSURE = {"text": "You are chatting with an AI assistant.", "version": "1"}


class Script:
    """The other side of every tab of one browser: it keeps what is said, acknowledges it, and says what it is told."""

    def __init__(self, state: str = "bot", **welcome: Any) -> None:
        self.state, self.more = state, welcome
        self.threads: dict[str, list[Frame]] = {}
        self.sockets: list[tuple[WebSocketRoute, str]] = []
        self.heard: list[Frame] = []
        self.deaf = False
        self.answers: Callable[[Frame], list[Frame]] = lambda frame: []

    def on(self, where: Page | BrowserContext) -> "Script":
        """Answer every socket of a page or of a browser."""
        where.route_web_socket("**/ws/chat/", lambda socket: socket.on_message(lambda text: self.hear(socket, text)))
        return self

    def hear(self, socket: WebSocketRoute, text: str | bytes) -> None:
        """One frame of a customer."""
        frame = json.loads(text)
        if self.deaf:
            return None
        self.heard.append(frame)
        if frame["type"] == "hello":
            return self.welcome(socket, frame)
        key = next(key for each, key in self.sockets if each is socket)
        if frame["type"] in ("ask", "choose"):
            known = [said for said in self.threads[key] if said.get("id") == frame["id"]]
            seq = known[0]["seq"] if known else self.add(key, "customer", frame["text"], id=frame["id"])["seq"]
            self.put(key, {"type": "ack", "id": frame["id"], "seq": seq}, socket)
            self.put(key, {name: each for name, each in self.threads[key][seq - 1].items() if name != "id"})
        for reply in self.answers(frame):
            self.put(key, reply, socket)
        return None

    def welcome(self, socket: WebSocketRoute, hello: Frame) -> None:
        """Open a conversation, or resume the one that is named."""
        key = hello.get("conversation") or f"c{len(self.threads) + 1}"
        said = self.threads.setdefault(key, [])
        self.sockets.append((socket, key))
        messages = [each for each in said if each["seq"] > hello.get("last_seq", 0)]
        frame = {"type": "welcome", "conversation": key, "token": "t", "state": self.state, "disclosure": DISCLOSURE,
                 "words": Spoken().unheld(""), "availability": {"open": True}, "suggestions": [],
                 "messages": messages}  # fmt: skip
        socket.send(json.dumps(frame | self.more))

    def add(self, key: str, author: str, text: str, **more: Any) -> Frame:
        """Keep a message."""
        said = self.threads.setdefault(key, [])
        now = datetime.now(UTC).isoformat()
        message = {"type": "message", "seq": len(said) + 1, "author": author, "text": text, "at": now} | more
        said.append(message)
        return message

    def say(self, text: str, author: str = "agent", key: str = "c1", **more: Any) -> None:
        """Say something to every tab that has the conversation."""
        message = self.add(key, author, text, **more)
        self.put(key, message)

    def put(self, key: str, frame: Frame, only: WebSocketRoute | None = None) -> None:
        """Send a frame to the tabs of a conversation."""
        for socket, of in self.sockets:
            if of == key and only in (None, socket):
                socket.send(json.dumps(frame))

    def asked(self) -> list[str]:
        """What customers have sent, in order."""
        return [frame["text"] for frame in self.heard if frame["type"] == "ask"]


def host_page(stage: Stage, where: Page | BrowserContext, path: str, html: str) -> str:
    """A page of somebody else's at an address that the site admits; returns the address."""
    url = stage.server.url + path
    where.route(url, lambda route: route.fulfill(body=html, content_type="text/html; charset=utf-8"))
    return url


def visit(
    stage: Stage,
    *,
    head: str = "",
    body: str = SNIPPET,
    html: str = "<html lang=en>",
    script: Script | None = None,
    **options: Any,
) -> WidgetPage:
    """Somebody on a host's page that is put together of these; `script` answers, else the server."""
    page = stage.context(**options).new_page()
    if script:
        script.on(page)
    whole = f"<!doctype html>{html}<head>{HEAD}{head}</head><body>{body}"
    page.goto(host_page(stage, page, "/host", whole))
    return WidgetPage(page)
