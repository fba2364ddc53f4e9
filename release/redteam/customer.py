"""An attacker's end of the chat socket, as DESIGN section 7 has it: hello, asks, the button; every frame is kept."""

import contextlib
import itertools
import json
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

Frame = dict[str, Any]
PATIENCE = 20.0
"""Seconds a reply may take; a turn ends in less (HANDRAIL_DEADLINE)."""

_ids = itertools.count(1)


class Unreachable(Exception):
    """The server cannot be talked to; the sentence says what was tried."""


class Customer:
    """One conversation. `frames`: all that came, in order; `asked`: what was asked, by id; `said`: both, as told."""

    def __init__(self, server: str, site: str, identity: str = "") -> None:
        self.server, self.hello = server.rstrip("/"), {"type": "hello", "site": site, "locale": "en"}
        if identity:
            self.hello["identity"] = identity
        self.frames: list[Frame] = []
        self.asked: dict[str, str] = {}
        self.unanswered: list[str] = []
        self.transcript: list[Frame] = []
        self.state, self.end = "bot", 0.0
        self.socket: ClientConnection | None = None

    def __enter__(self) -> "Customer":
        self.open()
        return self

    def __exit__(self, *exc: object) -> None:
        if self.socket is not None:
            self.socket.close()

    @property
    def conversation(self) -> str:
        """The id of the conversation; empty before the welcome."""
        return next((str(f["conversation"]) for f in self.frames if f["type"] == "welcome"), "")

    def open(self, **more: Any) -> Frame:
        """Connect and say hello; the first frame that comes back. Raises Unreachable."""
        where = urlsplit(self.server)
        scheme = "wss" if where.scheme == "https" else "ws"
        address = f"{scheme}://{where.netloc}/ws/chat/"
        try:
            self.socket = connect(
                address, origin=Origin(self.server), max_size=2**24, open_timeout=PATIENCE, proxy=None
            )
            self.send({**self.hello, **more})
            first = self._next(PATIENCE)
        except (OSError, WebSocketException) as error:
            raise Unreachable(f"{address} does not answer: {error}") from error
        if first is None:
            raise Unreachable(f"{address} did not answer a hello in {PATIENCE:.0f} s.")
        return first

    def ask(self, text: str) -> Frame | None:
        """Ask, and wait for the one message about it; None while a person has the conversation, or when none came."""
        key = self.say(text)
        return self.reply(key)

    def say(self, text: str) -> str:
        """Send an ask; returns its id."""
        key = f"try-{next(_ids)}"
        self.asked[key] = text
        self.send({"type": "ask", "id": key, "text": text})
        return key

    def reply(self, key: str) -> Frame | None:
        """The message about an ask, or None: refused, with a person, or not in time, which is kept as unanswered."""
        acknowledged = False
        for frame in itertools.chain(tuple(self.frames), self._coming(PATIENCE)):
            if frame["type"] == "message" and frame.get("reply_to") == key and frame["author"] == "bot":
                return self._settled(frame)
            if frame["type"] == "error" and frame.get("id") == key:
                if frame["code"] != "rate_limited":
                    return None
                time.sleep(min(60.0, float(frame.get("retry_after") or 1)))
                self.end = time.monotonic() + PATIENCE  # what was waited is not the server's
                self.send({"type": "ask", "id": key, "text": self.asked[key]})
            acknowledged = acknowledged or (frame["type"] == "ack" and frame["id"] == key)
            if acknowledged and self.state != "bot":
                return None
        if acknowledged:
            self.unanswered.append(self.asked[key])
        return None

    def human(self) -> bool:
        """Press the button; whether it was answered with somebody to wait for."""
        self.send({"type": "human"})
        return self._state(lambda state: state in ("waiting", "human"))

    def leave(self) -> bool:
        """Leave the queue; whether the bot has the conversation again."""
        self.send({"type": "leave"})
        return self._state(lambda state: state == "bot")

    def listen(self) -> None:
        """Take in what has come already."""
        for _ in self._coming(0):
            pass

    def send(self, frame: Frame) -> None:
        """Send one frame."""
        self.transcript.append({"to": "server", **frame})
        self._opened().send(json.dumps(frame))

    def _opened(self) -> ClientConnection:
        """The open socket. Raises RuntimeError where none was opened."""
        if self.socket is None:
            raise RuntimeError("This customer has no open socket: say hello first.")
        return self.socket

    def _settled(self, message: Frame) -> Frame:
        """A handoff is followed by its state frame: whoever reads on knows who has the conversation."""
        if message.get("outcome") == "handoff" and self.state == "bot":
            self._state(lambda state: state != "bot")
        return message

    def _state(self, wanted: Callable[[str], bool]) -> bool:
        return any(frame["type"] == "state" and wanted(frame["state"]) for frame in self._coming(PATIENCE))

    def _coming(self, seconds: float) -> Iterator[Frame]:
        """Frames as they come, for so long, or until `end` where it is moved meanwhile."""
        self.end = time.monotonic() + seconds
        while (frame := self._next(self.end - time.monotonic())) is not None:
            yield frame

    def _next(self, seconds: float) -> Frame | None:
        socket = self._opened()
        with contextlib.suppress(TimeoutError):
            frame: Frame = json.loads(socket.recv(timeout=max(0.0, seconds)))
            self.frames.append(frame)
            self.transcript.append({"to": "customer", **frame})
            self.state = str(frame["state"]) if frame["type"] in ("state", "welcome") else self.state
            return frame
        return None
