"""The widget on other people's pages: it works under the strictest policy, and only where the site allows it."""

import threading
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import expect

from tests.journeys.stage import Stage, set_site
from tests.journeys.test_customer import RETURNS
from tests.server import Server

pytestmark = pytest.mark.browser


class Host(ThreadingHTTPServer):
    """A page of another company, with the snippet and a policy that allows the widget's host and nothing else."""

    def __init__(self, widget: Server) -> None:
        super().__init__(("127.0.0.1", 0), Page)
        self.widget = widget
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Page(BaseHTTPRequestHandler):
    server: Host

    def do_GET(self) -> None:
        widget = self.server.widget
        socket = widget.url.replace("http", "ws", 1)
        policy = f"default-src 'none'; img-src data:; script-src {widget.url}; connect-src {widget.url} {socket}"
        body = (
            "<!doctype html><html lang=en><title>Somebody else</title><link rel=icon href=data:,>"
            f'<h1>Somebody else</h1><script src="{widget.url}/w/v1.js" data-site="fernway" async></script>'
        )
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Security-Policy", policy)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def host(served: Server) -> Iterator[Host]:
    page = Host(served)
    yield page
    page.shutdown()


def test_under_the_strictest_policy_of_a_host_the_widget_looks_and_works_as_it_should(stage: Stage, host: Host) -> None:
    set_site(stage.server, origins=[host.origin])
    ada = stage.customer(host.origin)
    ada.open()
    figure = ada.cite(ada.ask(RETURNS))
    expect(figure.locator("blockquote")).to_contain_text("30 days")
    assert ada.dialog.evaluate("node => getComputedStyle(node).borderRadius") == "18px"
    ada.talk_to_a_human()


def test_on_a_page_the_site_does_not_name_the_widget_says_that_it_is_not_available(stage: Stage, host: Host) -> None:
    stage.foresee("may not open the widget of fernway. Add it to the site's origins.")
    set_site(stage.server, origins=["https://shop.example.com"])
    ada = stage.customer(host.origin)
    ada.page.get_by_role("button", name="Open chat").click()
    expect(ada.dialog.get_by_role("heading", name="Chat is not available here")).to_be_visible()
    expect(ada.input).to_be_hidden()
    assert stage.complaints, "the page's developer reads why in the console"


@pytest.fixture
def danish(served: Server, host: Host) -> Iterator[None]:
    """The site's release has some of the widget's words in Danish."""
    words = {"widget.open": "Åbn", "widget.human": "Tal med et menneske", "widget.close": "Luk"}
    live = {"wording": words, "disclosure": "", "contact": {}, "crisis": "Ring 112."}
    set_site(served, origins=[host.origin], published=live)
    yield
    set_site(served, published={})


def test_the_widget_says_what_the_site_says_also_before_its_next_hello(stage: Stage, host: Host, danish: None) -> None:
    ada = stage.customer(host.origin)
    ada.open()  # in English, for the script is everybody's
    human = ada.dialog.locator("header").get_by_role("button", name="Tal med et menneske")
    expect(human).to_be_visible()
    expect(ada.dialog.get_by_role("button", name="Send", exact=True)).to_be_visible()
    ada.page.route_web_socket("**/ws/chat/", lambda socket: None)  # one that never answers
    ada.page.reload()
    expect(human, "as it was left: open, and as the site said last").to_be_visible()
    ada.page.evaluate("Handrail.setLocale('da', {close: 'Fold sammen'})")
    expect(ada.dialog.get_by_role("button", name="Fold sammen"), "the page has the last word").to_be_visible()


def test_the_widget_is_one_file_of_less_than_18_kb(served: Server) -> None:
    request = urllib.request.Request(f"{served.url}/w/v1.js", headers={"Accept-Encoding": "gzip"})
    with urllib.request.urlopen(request) as script:
        assert script.headers["Content-Encoding"] == "gzip"
        assert script.headers["Access-Control-Allow-Origin"] == "*"
        assert len(script.read()) < 18_000


def test_the_ear_for_complaints_is_not_deaf(stage: Stage, host: Host) -> None:
    page = stage.context().new_page()
    page.goto(host.origin)
    page.evaluate(
        "document.body.append(Object.assign(document.createElement('img'), {src: 'http://127.0.0.1:1/x.png'}))"
    )
    page.wait_for_function("true")
    page.evaluate("setTimeout(() => { throw new Error('a mistake of the page') })")
    page.wait_for_event("pageerror")
    assert any("Content Security Policy" in text for text in stage.complaints)
    assert any("a mistake of the page" in text for text in stage.complaints)
    stage.foresee(".")
