"""Firefox by WebDriver BiDi, the W3C's protocol that it speaks itself: a socket, no driver beside it.

Only what a few situations need: a tab, a page, a script in it, keys as a person presses them.
"""

import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect

from tests.server import free_port

FIREFOX = shutil.which("firefox-esr") or shutil.which("firefox")
PATIENCE = 30.0
"""Seconds until what is waited for has failed to come."""
QUIET = """user_pref("app.update.enabled", false); user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("network.captive-portal-service.enabled", false); user_pref("network.connectivity-service.enabled", false);
user_pref("browser.shell.checkDefaultBrowser", false); user_pref("extensions.getAddons.cache.enabled", false);"""
"""What a fresh profile would ask the network for."""


class Verbs:
    """What a test does with a browser, whatever it is driven by; `run` is a function's body in its page."""

    def go(self, url: str) -> None:
        """Load a page."""
        raise NotImplementedError

    def run(self, body: str) -> Any:
        """What a function with this body returns in the page, as JSON has it."""
        raise NotImplementedError

    def press(self, keys: str) -> None:
        """Keys as a person presses them, one after the other."""
        raise NotImplementedError

    def until(self, body: str) -> Any:
        """The first value of this body that counts as true. Raises AssertionError when none comes."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if found := self.run(body):
                return found
            time.sleep(0.05)
        raise AssertionError(f"never true: {body}")


class Firefox(Verbs):
    """One window."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket, self.ids = socket, count(1)
        self.call("session.new", capabilities={})
        self.tab = self.call("browsingContext.getTree")["contexts"][0]["context"]

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """One command's result. Raises RuntimeError with what Firefox says of it."""
        key = next(self.ids)
        self.socket.send(json.dumps({"id": key, "method": method, "params": params}))
        while True:
            told = json.loads(self.socket.recv(PATIENCE))
            if told.get("id") == key:
                if told["type"] == "error":
                    raise RuntimeError(f"{method}: {told['error']}: {told['message']}")
                result: dict[str, Any] = told["result"]
                return result

    def go(self, url: str) -> None:
        """Load a page."""
        self.call("browsingContext.navigate", context=self.tab, url=url, wait="complete")

    def run(self, body: str) -> Any:
        """What a function with this body returns in the page, as JSON has it."""
        code = f"(async () => JSON.stringify(await (async () => {{ {body} }})() ?? null))()"
        where = {"context": self.tab}
        told = self.call("script.evaluate", expression=code, target=where, awaitPromise=True)
        if told["type"] == "exception":
            raise RuntimeError(told["exceptionDetails"]["text"])
        return json.loads(told["result"]["value"])

    def press(self, keys: str) -> None:
        """Keys as a person presses them, one after the other."""
        actions = [{"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")]
        self.call("input.performActions", context=self.tab, actions=[{"type": "key", "id": "keys", "actions": actions}])


@contextmanager
def firefox() -> Iterator[Firefox]:
    """A Firefox with a fresh profile and no window."""
    port = free_port()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        (Path(profile) / "user.js").write_text(QUIET)
        asked = [str(FIREFOX), "--headless", "--no-remote", "--profile", profile, f"--remote-debugging-port={port}"]
        process = subprocess.Popen([*asked, "about:blank"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            with _connected(port) as socket:
                yield Firefox(socket)
        finally:
            process.terminate()
            process.wait(20)


def _connected(port: int) -> ClientConnection:
    """Its socket, once it listens."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            return connect(f"ws://127.0.0.1:{port}/session", max_size=None)
        except (OSError, WebSocketException):
            if time.monotonic() > end:
                raise
            time.sleep(0.2)
