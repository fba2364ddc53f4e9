"""Text at its worst, a socket on which to send it, and the pages on which what became of it must be readable."""

import io
import json
from collections.abc import Iterator
from typing import Any

from asgiref.testing import ApplicationCommunicator
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from config.asgi import application
from conversations.models import Conversation
from sites.core import hints

BAD = {
    "half a character": "\ud83d",
    "its other half": "\ude00",
    "halves the wrong way round": "\ude00\ud83d",
    "NUL": "\0",
    "all of them between words": "Ada \0\ud83d of \ude00 Fern\0way",
}
DEEP = "[" * 100_000
JSON = {
    "deep lists": DEEP + "]" * 100_000,
    "deep lists without an end": DEEP,
    "deep objects": '{"a":' * 100_000 + "1" + "}" * 100_000,
    "no number": "NaN",
    "no end of it": "1e999",
    "a number of ten thousand digits": "9" * 10_000,
    "a number of four thousand digits": "9" * 4_000,
    "half a character as a key": '{"\\ud83d": "\\u0000"}',
}
"""Values of JSON in which something breaks; the last two are well formed."""


class Socket:
    """One socket of the whole application, as a server would open it."""

    def __init__(self, path: str, **headers: str) -> None:
        given = {"origin": "http://localhost", "host": "localhost", **headers}
        lines = [(name.encode(), value.encode("latin-1")) for name, value in given.items()]
        scope = {"type": "websocket", "path": path, "headers": lines, "query_string": b"", "client": ["127.0.0.1", 1]}
        self.pipe = ApplicationCommunicator(application, scope)

    async def __aenter__(self) -> "Socket":
        await self.pipe.send_input({"type": "websocket.connect"})
        self.opened = (await self.pipe.receive_output(10))["type"]
        return self

    async def __aexit__(self, *_: object) -> None:
        if not self.pipe.future.done():
            await self.pipe.send_input({"type": "websocket.disconnect", "code": 1000})
            await self.pipe.wait(5)
        hints.bind(None)

    async def send(self, frame: dict[str, Any] | str) -> None:
        text = frame if isinstance(frame, str) else json.dumps(frame)
        await self.pipe.send_input({"type": "websocket.receive", "text": text})

    async def next(self, *kinds: str) -> dict[str, Any]:
        """The next frame of one of these types; every frame on the way must be UTF-8."""
        while True:
            output = await self.pipe.receive_output(10)
            frame = json.loads(output["text"].encode().decode())
            if frame["type"] in kinds:
                return frame


def reads_everywhere(conversation: Conversation, superuser: User) -> str:
    """Read a conversation wherever it can be read; returns all that was shown."""
    client = Client()
    client.force_login(superuser)
    shown = [said(client, address) for address in addresses(conversation)]
    out = io.StringIO()
    call_command("replay", str(conversation.pk), stdout=out)
    shown.append(out.getvalue())
    return "\n".join(shown).encode().decode()


def said(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, (address, answer.status_code)
    return answer.content.decode()


def addresses(conversation: Conversation) -> Iterator[str]:
    yield reverse("admin:desk")
    yield reverse("admin:desk_conversation", args=[conversation.pk])
    yield reverse("admin:conversations_conversation_changelist")
    yield reverse("admin:conversations_conversation_change", args=[conversation.pk])
    yield reverse("admin:handrail_sites_ledgerentry_changelist")
    yield reverse("handoffs")
    yield "/api/v1/record/"
    yield f"/api/v1/record/{conversation.pk}/"
