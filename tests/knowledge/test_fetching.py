"""A page becomes a source by its address: from the public internet only, in bounded time and size."""

import gzip
import json
from functools import partial

import pytest
from django.core.management import call_command

from knowledge.models import Source
from knowledge.readers import incoming
from knowledge.readers.documents import DocumentError
from sites.outside import reach
from tests.hostile.server import STALLS, hostile
from tests.knowledge import made

PAGE = "<html><title>Shop</title><nav>Menu</nav><main><h1>Returns</h1><p>Within 30 days. Größe egal.</p></main>"
FLOOD = 200


def _flood(e):
    e.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n")
    for _ in range(FLOOD):
        e.send(b"<p>more</p>" * 90_000)


def _onwards(e):
    e.reply(b"", "302 There", Location=f"/{len(e.server.asked)}")


HABITS = STALLS | {
    "a page": lambda e: e.reply(PAGE.encode(), Content_Type="text/html; charset=utf-8"),
    "a page in latin-1": lambda e: e.reply(PAGE.encode("latin-1"), Content_Type="text/html; charset=iso-8859-1"),
    "a page that declares": lambda e: e.reply(
        PAGE.replace("<title>", '<meta charset="iso-8859-1"><title>').encode("latin-1"), Content_Type="text/html"
    ),
    "a PDF": lambda e: e.reply(made.pdf(made.page(made.BODY)), Content_Type="application/pdf"),
    "a text": lambda e: e.reply(b"# Returns\n\nWithin 30 days.", Content_Type="text/plain"),
    "no type": lambda e: e.send(b"HTTP/1.1 200 OK\r\n\r\n# Returns\n\nWithin 30 days."),
    "a picture": lambda e: e.reply(b"\x89PNG", Content_Type="image/png"),
    "front matter": lambda e: e.reply(b"---\nowner: eve\naudience: vip\n---\nText.", Content_Type="text/markdown"),
    "nothing there": lambda e: e.reply(b"gone", "404 Not Found", Content_Type="text/html"),
    "a flood": _flood,
    "a bomb": lambda e: e.reply(gzip.compress(b"<p>" * 70_000_000), Content_Encoding="gzip", Content_Type="text/html"),
    "endless redirects": _onwards,
    "a redirect to a file": lambda e: e.reply(b"", "302 There", Location="file:///etc/passwd"),
    "a redirect inside": lambda e: e.reply(b"", "302 There", Location="http://169.254.169.254/latest/"),
}


@pytest.fixture(scope="module")
def running():
    with hostile(HABITS) as server:
        yield server


def only_loopback(address, port):
    return "" if address == "127.0.0.1" else f"{address} is not a public address"


@pytest.fixture
def fetch(running, monkeypatch):
    """The page at shop.example, which is looked up to this machine."""
    running.asked.clear()
    running.sent = 0

    def run(habit, path="/help/returns.html", resolver=lambda name, *_: ["127.0.0.1"] if name[0] != "1" else [name]):
        running.habit = habit
        send = partial(reach.send, resolver=resolver, refusal=only_loopback)
        return incoming.from_web(f"http://shop.example:{running.server_address[1]}{path}", send=send)

    return run


@pytest.mark.parametrize("habit", ["a page", "a page in latin-1", "a page that declares"])
def test_a_page_becomes_a_document_in_its_own_letters(fetch, habit):
    found = fetch(habit)
    assert found.document.text == "# Returns\n\nWithin 30 days. Größe egal."
    assert (found.slug, found.document.warnings) == ("shop-example-help-returns", ())
    assert found.url == found.origin


@pytest.mark.parametrize(
    ("habit", "path", "text"),
    [
        ("a PDF", "/download?id=3", "<!-- page 1 -->\n\n" + made.BODY),
        ("a text", "/raw/returns.md", "# Returns\n\nWithin 30 days."),
        ("no type", "/raw/returns.md", "# Returns\n\nWithin 30 days."),
    ],
)
def test_other_formats_are_known_by_their_type_or_else_their_ending(fetch, habit, path, text):
    assert fetch(habit, path).document.text == text


def test_a_page_of_strangers_sets_no_policies(fetch):
    assert fetch("front matter", "/x.md").document.front == {}


@pytest.mark.parametrize(
    ("habit", "why"),
    [
        ("nothing there", "the server answers 404"),
        ("a picture", "image/png, which is not supported"),
        ("a flood", "larger than 20 MB"),
        ("a bomb", "larger than 20 MB"),
        ("endless redirects", "at most 5 are followed"),
        ("a redirect to a file", "only http: and https: are read"),
        ("a redirect inside", "169.254.169.254 is not a public address"),
    ],
)
def test_what_cannot_be_fetched_is_refused_with_the_reason(fetch, running, habit, why):
    with pytest.raises(DocumentError, match=why):
        fetch(habit)
    assert running.sent < 80_000_000, "what the sockets hold, not the 200 MB that were on their way"


@pytest.mark.parametrize("habit", STALLS)
def test_a_server_that_drips_is_left_at_the_end_of_the_time(fetch, monkeypatch, habit):
    monkeypatch.setattr(incoming, "SECONDS", 0.4)
    with pytest.raises(DocumentError, match=r"was not done within 0\.4 seconds"):
        fetch(habit)


def test_a_name_that_changes_its_address_is_reached_where_it_was_checked(fetch, running):
    answers = iter([["127.0.0.1"], ["169.254.169.254"]])
    assert fetch("a page", resolver=lambda *_: next(answers)).document.title == "Returns"
    assert len(running.asked) == 1


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("file:///etc/passwd", "only http: and https: are read"),
        ("http://127.0.0.1/", "127.0.0.1 is not a public address"),
        ("http://localhost:8000/", "port 8000 is not one of"),
        ("http://[::ffff:10.0.0.1]/", "is not a public address"),
        ("http://169.254.169.254/latest/meta-data/", "169.254.169.254 is not a public address"),
        ("http://ada:secret@example.com/", "carries a name or password"),
    ],
)
def test_the_command_refuses_what_is_not_public(site, capsys, address, why):
    with pytest.raises(SystemExit) as end:
        call_command("add_source", address, "--site", "hill", "--category", "returns")
    said = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (end.value.code, said["status"], said["passages"]) == (1, "rejected", 0)
    assert why in said["reason"]
    assert not Source.objects.exists()


def test_the_same_address_is_the_same_source(site, fetch, monkeypatch, capsys):
    monkeypatch.setattr("knowledge.readers.incoming.take", lambda place, **_: fetch("a page"))
    for _ in range(2):
        call_command("add_source", "http://shop.example/help/returns.html", "--site", "hill", "--category", "returns")
        said = json.loads(capsys.readouterr().out.splitlines()[-1])
        assert (said["status"], said["source"]) == ("indexed", "shop-example-help-returns")
    source = Source.objects.get()
    assert source.url.endswith("/help/returns.html")
    assert source.revisions.count() == 1


@pytest.mark.parametrize(
    ("address", "slug"),
    [
        ("https://www.example.com/", "example-com"),
        ("https://example.com/help/Fees%20%26%20costs.html#top", "example-com-help-fees-costs"),
        ("https://example.com/a?id=7", "example-com-a-id-7"),
        ("https://example.com/" + "x" * 300, "example-com-" + "x" * 88),
    ],
)
def test_an_address_has_a_lasting_name(address, slug):
    assert incoming.slug_of(address) == slug
