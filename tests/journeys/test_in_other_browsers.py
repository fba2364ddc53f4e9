"""The situations of host pages that Firefox and WebKitGTK can be driven through; under `make proof` alone.

By the browsers' own protocols, from the machine's own packages. What needs a second tab's cache or an input method of
the system is tried in Chromium only.
"""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.journeys.alone import door_alone
from tests.journeys.bidi import FIREFOX, Verbs, firefox
from tests.journeys.stage import set_site
from tests.journeys.webdriver import WEBKIT, webkit
from tests.server import Server

pytestmark = [
    pytest.mark.alone,
    pytest.mark.timeout(600),
    pytest.mark.proof,
]
BOX = """const box = root.querySelector("dialog").getBoundingClientRect();
return [box.top >= 0, box.left >= 0, box.bottom <= innerHeight + 1, box.right <= innerWidth + 1];"""
FORBIDDEN = """<script>for (const name of ["localStorage", "sessionStorage"])
  Object.defineProperty(window, name, {get() { throw new Error }});</script>"""
BLOCKED = """<script>WebSocket = class {
  constructor() { setTimeout(() => this.onclose && this.onclose(), 10) }
  close() {}
};</script>"""
EMPTY = "/empty"
ROOT = "const root = document.querySelector('handrail-chat').shadowRoot;"
ASKED = f"{ROOT} return [...root.querySelectorAll('article.customer .text')].map(each => each.textContent)"
ANSWERED = f"{ROOT} return root.querySelectorAll('article.bot').length"
STEALS = """<script>for (const capture of [true, false]) addEventListener("keydown", event => {
  if (!/^(INPUT|TEXTAREA)$/.test(event.target.tagName) && "/sfj".includes(event.key)) event.preventDefault();
}, capture);</script>"""
TRAP = """<div id=modal tabindex=-1>Cookies?<input></div><script>addEventListener("focusin", event => {
  if (!modal.contains(event.target)) modal.querySelector("input").focus();
});</script>"""


class Host:
    """Pages of another company; each path is the page that was put there."""

    def __init__(self, widget: str) -> None:
        pages = {EMPTY: "<!doctype html><title>Nothing</title>"}

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = pages.get(self.path, "").encode()
                self.send_response(200 if body else 404)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *told: object) -> None:
                """Say nothing."""

        self.pages, self.widget = pages, widget
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def put(
        self, path: str, html: str = "<html lang=en>", *, head: str = "", body: str = "", tag: str = "async"
    ) -> str:
        """A page with the snippet; returns its address."""
        snippet = f'<script src="{self.widget}/w/v1.js" data-site="fernway" {tag}></script>'
        whole = f"<!doctype html>{html}<head><title>Host</title><link rel=icon href=data:,>{head}</head>"
        self.pages[path] = f"{whole}<body>{body}{snippet}"
        return self.url + path


@pytest.fixture(scope="module")
def served(homes: Path) -> Iterator[Server]:
    """The door alone: what the assistant answers does not matter here."""
    server = door_alone(homes, "browsers")
    yield server
    server.stop()


@pytest.fixture(scope="module", params=["firefox", "webkit"])
def browser(request: pytest.FixtureRequest) -> Iterator[Verbs]:
    """One browser for all of them; each begins without what the one before has kept."""
    there, begun = {"firefox": (FIREFOX, firefox), "webkit": (WEBKIT, webkit)}[request.param]
    if not there:
        pytest.skip(f"there is no {request.param} here")
    with begun() as opened:
        yield opened


@pytest.fixture(scope="module")
def host(served: Server) -> Iterator[Host]:
    opened = Host(served.url)
    set_site(served, origins=[opened.url])
    yield opened
    opened.server.shutdown()


def begin(browser: Verbs, address: str) -> None:
    """A page as somebody sees it for the first time, with the chat open and connected."""
    browser.go(address.rpartition("/")[0] + EMPTY)  # what a chat keeps as its page is left has been kept by then
    browser.run("localStorage.clear(); sessionStorage.clear()")
    browser.go(address)
    browser.until("return window.Handrail && Handrail.version")
    browser.run("Handrail.open()")
    browser.until(f"{ROOT} return root.querySelector('[role=log]')?.id")
    browser.run(f"{ROOT} root.querySelector('#input').focus()")


def ask(browser: Verbs, text: str) -> None:
    """Type it and press Enter; the answer is there."""
    before = browser.run(ANSWERED)
    browser.press(text + "\ue007")
    browser.until(f"{ANSWERED} > {before}")


@pytest.mark.parametrize("lang", ["en_GB", "de_DE", "x", "C", "", "zh-Hans-CN", "i-klingon"])
def test_whatever_the_page_calls_its_language_the_answer_appears(browser: Verbs, host: Host, lang: str) -> None:
    begin(browser, host.put("/lang", f'<html lang="{lang}">'))
    ask(browser, "Hello")


def test_shortcuts_of_the_page_take_no_letter(browser: Verbs, host: Host) -> None:
    begin(browser, host.put("/keys", head=STEALS))
    ask(browser, "fees for shipping/returns")
    assert browser.run(ASKED) == ["fees for shipping/returns"]


def test_a_dialog_of_the_page_that_holds_the_focus_takes_no_letter(browser: Verbs, host: Host) -> None:
    begin(browser, host.put("/trap", body=TRAP))
    ask(browser, "Where is my parcel?")
    assert browser.run("return modal.querySelector('input').value") == ""
    assert browser.run(ASKED) == ["Where is my parcel?"]


@pytest.mark.parametrize("tag", ["async", "defer", "type=module"])
def test_it_loads_however_the_page_loads_it(browser: Verbs, host: Host, tag: str) -> None:
    begin(browser, host.put("/tag", tag=tag))
    ask(browser, "Hello")


def test_enter_twice_sends_once_and_the_one_that_ends_a_composition_sends_nothing(browser: Verbs, host: Host) -> None:
    begin(browser, host.put("/enter"))
    browser.press("Hello")
    browser.run(f"{ROOT} root.querySelector('#input').dispatchEvent(new KeyboardEvent('keydown', "
            "{key: 'Enter', keyCode: 229, bubbles: true, composed: true}))")  # fmt: skip
    assert browser.run(ASKED) == []
    browser.press("\ue007\ue007")
    browser.until(ANSWERED)
    assert browser.run(ASKED) == ["Hello"]


@pytest.mark.parametrize(
    "style", ["body{transform:translateZ(0)}", "html{zoom:1.25}", "body{contain:layout;filter:none}"]
)
def test_what_a_page_does_to_its_layout_does_not_move_it(browser: Verbs, host: Host, style: str) -> None:
    begin(browser, host.put("/layout", head=f"<style>{style} body{{height:3000px}}</style>"))
    box = browser.run(ROOT + BOX)
    assert box == [True] * 4


def test_the_conversation_is_there_after_a_reload_and_where_storage_is_forbidden_it_is_said(
    browser: Verbs, host: Host
) -> None:
    address = host.put("/kept")
    begin(browser, address)
    ask(browser, "Hello")
    browser.go(address)
    browser.until(
        "return document.querySelector('handrail-chat')?.shadowRoot.querySelectorAll('article.customer').length"
    )
    browser.go(host.put("/forbidden", head=FORBIDDEN))
    browser.until("return window.Handrail && Handrail.version")
    browser.run("Handrail.open()")
    assert browser.until(f"{ROOT} return root.querySelector('#kept').textContent").startswith("Nothing")


def test_the_second_file_comes_and_where_sockets_are_blocked_requests_take_over(browser: Verbs, host: Host) -> None:
    begin(browser, host.put("/blocked", head=BLOCKED))
    ask(browser, "Hello")
    browser.until(f"{ROOT} return !root.querySelector('#past').hidden")
    browser.run(f"{ROOT} root.querySelector('#past').click()")
    assert browser.until(f"{ROOT} return root.querySelector('#talks b')?.textContent") == "Hello"
