"""WebKitGTK by WebDriver, as Debian's `webkit2gtk-driver` and `xvfb` have it: the same few verbs as Firefox's.

Law of the file: a browser that is not on the machine is no failure; a test says that it was left out.
"""

import json
import os
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from glob import glob
from typing import Any

from tests.journeys.bidi import PATIENCE, Verbs
from tests.server import free_port

DRIVER, SCREEN = shutil.which("WebKitWebDriver"), shutil.which("Xvfb")
BROWSER = next(iter(glob("/usr/lib/*/webkit2gtk-4.1/MiniBrowser")), "")
WEBKIT = DRIVER and SCREEN and BROWSER


class WebKit(Verbs):
    """One window."""

    def __init__(self, port: int) -> None:
        self.driver = f"http://127.0.0.1:{port}/session"
        options = {"binary": BROWSER, "args": ["--automation"]}
        asked = {"capabilities": {"alwaysMatch": {"webkitgtk:browserOptions": options}}}
        self.session = self._call("", asked)["sessionId"]
        self._call("/timeouts", {"script": int(PATIENCE * 1000)})

    def go(self, url: str) -> None:
        """Load a page."""
        self._call("/url", {"url": url})

    def run(self, body: str) -> Any:
        """What a function with this body returns in the page, as JSON has it."""
        code = f"""const done = arguments[arguments.length - 1];
        (async () => {{ {body} }})().then(value => done(JSON.stringify(value ?? null)), error => done("!" + error));"""
        told = str(self._call("/execute/async", {"script": code, "args": []}))
        if told.startswith("!"):
            raise RuntimeError(told)
        return json.loads(told)

    def press(self, keys: str) -> None:
        """Keys as a person presses them, one after the other."""
        actions = [{"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")]
        self._call("/actions", {"actions": [{"type": "key", "id": "keys", "actions": actions}]})

    def _call(self, path: str, body: dict[str, Any]) -> Any:
        """One command's value. Raises RuntimeError with what the driver says of it."""
        where = f"{self.driver}/{self.session}{path}" if path else self.driver
        request = urllib.request.Request(where, json.dumps(body).encode(), {"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=2 * PATIENCE) as reply:
                return json.load(reply)["value"]
        except urllib.error.HTTPError as error:
            raise RuntimeError(f"{path}: {error.read().decode()[:500]}") from None


@contextmanager
def webkit() -> Iterator[WebKit]:
    """WebKit's own small browser on a screen that nobody sees."""
    port, screen = free_port(), f":{100 + os.getpid() % 900}"
    quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    shown = subprocess.Popen([str(SCREEN), screen, "-screen", "0", "1280x900x24", "-nolisten", "tcp"], **quiet)
    env = {**os.environ, "DISPLAY": screen, "GDK_BACKEND": "x11", "WEBKIT_DISABLE_COMPOSITING_MODE": "1"}
    driver = subprocess.Popen([str(DRIVER), f"--port={port}"], env=env, **quiet)
    try:
        yield _begun(port)
    finally:
        for process in (driver, shown):
            process.terminate()
            process.wait(20)


def _begun(port: int) -> WebKit:
    """A session, once the driver listens."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            return WebKit(port)
        except urllib.error.URLError:
            if time.monotonic() > end:
                raise
            time.sleep(0.2)
