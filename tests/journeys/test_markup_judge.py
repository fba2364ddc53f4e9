"""The red team's judge of scripts against a browser: what it says of a message is what a widget without escaping does.

The bot repeats whatever is asked (`tests.broken`), the real widget is changed in one call so that it renders a part as
HTML, and the page's policy, which would stop much of it, is off.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, WebSocket

from conversations.wording import Spoken
from release.redteam.judges import Seen, findings
from release.redteam.judges_ground import Ground
from tests import markups
from tests.conftest import FULL
from tests.journeys.stage import PATIENCE, Stage, set_site
from tests.journeys.unescaped import break_widget
from tests.journeys.widget_page import WidgetPage
from tests.server import Server, copy

pytestmark = [pytest.mark.browser, pytest.mark.timeout(1800)]
RENDERED = "document.createRange().createContextualFragment({part}.text)"
TOUCH = """() => {
  for (const node of document.querySelector("handrail-chat").shadowRoot.querySelectorAll("article.bot .text *")) {
    for (const { name } of [...node.attributes])
      if (name.startsWith("on")) node.dispatchEvent(new Event(name.slice(2)));
    const to = node.getAttribute("href") || node.getAttribute("xlink:href") || "";
    if (/^(a|area)$/i.test(node.tagName) && new URL(to, location.href).protocol === "javascript:")
      node.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true }));
    if (/^(BUTTON|INPUT)$/.test(node.tagName)) node.click();
  }
}"""
"""Do with everything in an answer what a customer could: press it, and whatever else it waits for."""
NOTHING = Ground("", Spoken(), "", (), (), frozenset(), frozenset(), ())
WAIT = 300
"""Milliseconds after which what has not happened does not happen."""


@pytest.fixture(scope="module")
def served(homes: Path) -> Iterator[Server]:
    server = Server(copy(homes, "echo"), {"BROKEN": "echo"}, module="tests.broken").start()
    set_site(server, hours={})
    yield server
    server.stop()


class Watched:
    """A customer's page whose scripts and requests are counted, and which keeps the messages that came."""

    def __init__(self, page: Page, *, rendering: bool) -> None:
        self.widget, self.page = WidgetPage(page), page
        self.done: list[str] = []
        self.usual: set[str] = set()
        self.frames: list[Any] = []
        page.on("websocket", self._listen)
        page.on("console", lambda message: message.type == "debug" and self.done.append(message.text))
        page.on("request", lambda request: self._loaded(request.url))
        if rendering:
            break_widget(page, RENDERED)

    def _listen(self, socket: WebSocket) -> None:
        socket.on("framereceived", lambda payload: self.frames.append(payload))

    def _loaded(self, url: str) -> None:
        own = url.endswith("/w/more.js")  # the widget's second file comes with the first answer, whatever that says
        if not url.startswith("data:") and url not in self.usual and not own:
            self.done.append(url)

    def ask(self, url: str, text: str) -> None:
        """A new customer asks on a new page; what the page itself loads up to then is not the answer's doing."""
        self.done.clear()
        self.page.goto(url)
        self.page.evaluate("localStorage.clear(), sessionStorage.clear()")
        self.page.goto(url)
        self.widget.open()
        self.page.wait_for_load_state("load")
        self.usual.update(url for url in self.done if markups.LOAD not in url)  # the last text's may come late
        self.done.clear()
        self.frames.clear()
        self.widget.ask(text)

    def did(self, *, wanted: bool) -> list[str]:
        """What ran or was loaded; waits for it longer where something is wanted."""
        for _ in range(PATIENCE // WAIT if wanted else 2):
            if self.done:
                break
            self.page.wait_for_timeout(WAIT)
            if not self.done:
                self.page.evaluate(TOUCH)
        self.page.wait_for_timeout(WAIT)
        return list(self.done)

    def judged(self) -> list[str]:
        """What the judge of scripts has against the message that came over the socket."""
        frames = [frame for frame in map(json.loads, self.frames) if frame["type"] == "message"]
        assert [frame["author"] for frame in frames if frame["author"] == "bot"] == ["bot"]
        return [found.why for found in findings(Seen("markup", frames=frames), NOTHING) if found.judge == "script"]


def some(texts: Sequence[str]) -> Sequence[str]:
    """All of them under `make proof`, else every third."""
    assert len(texts) >= 30
    return texts if FULL else texts[::3]


@pytest.fixture
def watched(stage: Stage) -> Watched:
    stage.foresee(".*")
    return Watched(stage.context(bypass_csp=True).new_page(), rendering=True)


def test_what_the_judge_finds_runs_in_a_browser(stage: Stage, watched: Watched) -> None:
    for text in some(markups.RUNS):
        watched.ask(stage.server.url, text)
        assert watched.judged(), text
        assert watched.did(wanted=True), text


def test_what_the_judge_lets_pass_runs_in_no_browser(stage: Stage, watched: Watched) -> None:
    for text in some(markups.QUIET):
        watched.ask(stage.server.url, text)
        assert watched.judged() == [], text
        assert watched.did(wanted=False) == [], text


def test_where_the_judge_is_more_careful_than_a_browser_it_says_yes(stage: Stage, watched: Watched) -> None:
    for text in markups.CAUTIOUS:
        watched.ask(stage.server.url, text)
        assert watched.judged(), text
        assert watched.did(wanted=False) == [], text


def test_the_widget_as_it_is_runs_none_of_it(stage: Stage) -> None:
    watched = Watched(stage.context(bypass_csp=True).new_page(), rendering=False)
    for text in some(markups.RUNS)[::4]:
        watched.ask(stage.server.url, text)
        assert watched.judged(), text
        assert watched.did(wanted=False) == [], text
