"""Whoever puts the widget on a page is told whether its line is there and what stops it, with what to mend."""

import threading
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from sites.core.refusal import Refused
from sites.models import Site
from sites.outside import csp, placed, reach
from sites.outside.placed import Fetched

BASE = "https://chat.example"
PAGE = "https://shop.example/help"
LINE = f'<script src="{BASE}/w/v1.js" data-site="shop" async></script>'


def look(html: str = LINE, *policies: str, url: str = PAGE, base: str = BASE) -> list[placed.Finding]:
    site = Site(slug="shop", origins=["https://shop.example/"])
    return placed.look(site, Fetched(url, html, policies), base)


def stops(*args: str, **how: str) -> str:
    return " / ".join(f"{each.said} {each.mend}" for each in look(*args, **how) if each.kind == "stops")


def test_a_page_with_the_line_and_no_policy_is_fine() -> None:
    assert {each.kind for each in look()} == {"fine"}


@pytest.mark.parametrize(
    ("html", "told"),
    [
        (LINE.replace('"shop"', '"shopp"'), 'The line names the site “shopp”. This one is data-site="shop".'),
        (
            LINE.replace(' data-site="shop"', ""),
            f"names no site. Some editors drop data-site: write the address as {BASE}",
        ),
        (
            LINE.replace("chat.example", "old.example"),
            "The line asks https://old.example, and this server is https://chat",
        ),
        (LINE.replace("async", 'type="text/plain"'), "A consent tool holds it back"),
        (f'<meta http-equiv="content-security-policy" content="script-src \'self\'">{LINE}', "script-src 'self' Add"),
    ],
)
def test_what_is_wrong_with_the_line_is_named_with_its_mend(html: str, told: str) -> None:
    assert told in stops(html)


@pytest.mark.parametrize("html", [LINE.replace(' data-site="shop"', "").replace("v1.js", "v1.js?site=shop")])
def test_a_line_for_tag_managers_is_as_good(html: str) -> None:
    assert not stops(html)


def test_a_line_that_cannot_be_seen_is_not_called_missing() -> None:
    assert [each.kind for each in look("<p>No line</p>")] == ["unseen", "fine"]
    assert "A script of the page puts the line there" in look(f'<script>load("{BASE}/w/v1.js")</script>')[0].said
    assert look(f"<!-- {LINE} -->")[0].kind == "unseen"


def test_an_origin_that_is_not_let_in_is_named_as_a_browser_sends_it() -> None:
    (stop,) = [each for each in look(url="https://www.shop.example:443/x?y") if each.kind == "stops"]
    assert stop.origin == "https://www.shop.example"
    assert "not among the pages where it may appear (https://shop.example)" in stop.said
    assert "http://shop.example is not among" in stops(url="http://shop.example/")


def test_mixed_content_and_a_server_of_this_machine_alone_are_named() -> None:
    here = LINE.replace(BASE, "http://chat.example")
    assert "Mixed content: the page is https:" in stops(here, base="http://chat.example")
    local = LINE.replace(BASE, "http://localhost:8000")
    assert "reached from this machine alone" in stops(local, base="http://localhost:8000")


POLICIES = [
    ("default-src 'self'", True, True),
    ("default-src 'self'; script-src https:; connect-src https: wss:", False, False),
    (f"script-src {BASE}; connect-src {BASE}", False, True),
    (f"script-src {BASE}; connect-src {BASE} wss://chat.example", False, False),
    ("script-src *.example; connect-src *", False, False),
    ("script-src *.chat.example", True, False),
    (f"script-src-elem 'none'; script-src {BASE}", True, False),
    (f"script-src {BASE} 'strict-dynamic' 'nonce-abc'", True, False),
    (f"script-src {BASE}/w/; connect-src 'none'", False, True),
    (f"script-src {BASE}/static/v1.js", True, False),
    (f"script-src {BASE}:8443", True, False),
    ("img-src 'none'; style-src 'self'", False, False),
]


@pytest.mark.parametrize(("policy", "script", "connect"), POLICIES)
def test_a_policy_is_read_as_a_browser_reads_it(policy: str, script: bool, connect: bool) -> None:
    said = stops(LINE, policy)
    assert ("stops loading the script" in said, "stops the connection" in said) == (script, connect)


def test_of_several_policies_each_counts_and_a_nonce_lets_the_line_in() -> None:
    assert "script-src 'none'" in stops(LINE, f"script-src {BASE}", "script-src 'none'")
    noted = LINE.replace("async", 'nonce="abc" async')
    assert not stops(noted, "script-src 'nonce-abc' 'strict-dynamic'")
    assert "Give the line the nonce" in stops(LINE, "script-src 'nonce-abc' 'strict-dynamic'")


@pytest.mark.parametrize("source", ["'unsafe-inline'", "http://[", "///", "https://:80", "'self", "a" * 5000])
def test_a_source_that_is_nonsense_lets_nothing_in(source: str) -> None:
    assert csp.stops([f"script-src {source}"], csp.SCRIPT, f"{BASE}/w/v1.js", PAGE)


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        kind = "text/html" if self.path.startswith("/help") else "application/pdf"
        self.send_response(200 if self.path != "/help/gone" else 404)
        for name, value in (("Content-Type", kind), ("Content-Security-Policy", "img-src *")):
            self.send_header(name, value)
        self.send_header("Content-Security-Policy", "script-src 'none'")
        self.end_headers()
        self.wfile.write(LINE.encode())

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def shop():
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://shop.example:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


SEND = partial(reach.send, resolver=lambda *_: ["127.0.0.1"], refusal=lambda *_: "")


def test_every_policy_that_a_server_sends_counts(shop: str) -> None:
    page = placed.fetch(f"{shop}/help", send=SEND)
    assert "script-src 'none'" in stops(page.text, *page.policies)


@pytest.mark.parametrize(
    ("path", "told"), [("/help/gone", "answers 404"), ("/a.pdf", "is application/pdf and no page")]
)
def test_what_is_no_page_is_refused_in_words(shop: str, path: str, told: str) -> None:
    with pytest.raises(Refused, match=told):
        placed.fetch(shop + path, send=SEND)


def test_an_address_inside_our_own_network_is_not_asked(shop: str) -> None:
    with pytest.raises(Refused, match="may not be reached"):
        placed.fetch(shop.replace("shop.example", "127.0.0.1"))


def test_a_policy_that_knows_only_the_first_file_is_said_to_stop_the_chat() -> None:
    assert f"Add {BASE} to script-src" in stops(LINE, f"script-src {BASE}/w/v1.js")
    assert not stops(LINE, f"script-src {BASE}/w/v1.js {BASE}/w/more.js")


@pytest.mark.parametrize(
    ("policies", "stopped"),
    [
        (["trusted-types other"], False),  # nothing is demanded
        (["require-trusted-types-for 'script'"], False),  # a policy may have any name
        (["require-trusted-types-for 'script'; trusted-types other handrail"], False),
        (["require-trusted-types-for 'script'; trusted-types *"], False),
        (["require-trusted-types-for 'script'; trusted-types other"], True),
        (["require-trusted-types-for 'script'", "trusted-types"], True),
    ],
)
def test_a_page_that_demands_trusted_types_must_let_the_widget_name_its_own(policies, stopped) -> None:
    mends = [each.mend for each in look(LINE, *policies) if "trusted-types" in each.said]
    assert mends == (["Add handrail to trusted-types."] if stopped else [])
