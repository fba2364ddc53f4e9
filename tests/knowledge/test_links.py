"""Links in articles that lead nowhere are found: articles without the network, other pages politely and safely."""

import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.utils import timezone

from knowledge.editing import ingest
from knowledge.insights import health, links
from knowledge.models import Link, Source
from knowledge.readers.documents import Document
from sites.outside import reach

pytestmark = pytest.mark.django_db


class Answers(BaseHTTPRequestHandler):
    """A server with good pages, gone ones, one that knows no HEAD, one that is large, one that is ill."""

    seen = Counter()

    def do_HEAD(self):
        self.answer(self.path)

    def do_GET(self):
        self.answer(self.path)

    def answer(self, path):
        Answers.seen[f"{self.command} {path}"] += 1
        status = {"/gone": 404, "/ill": 503, "/private": 403}.get(path, 200)
        if path == "/no-head" and self.command == "HEAD":
            status = 405
        self.send_response(status)
        body = b"x" * (3_000_000 if path == "/large" else 10)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def server():
    serving = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=serving.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{serving.server_port}"
    serving.shutdown()


def allowed(method, url, **how):
    return reach.send(method, url, **how, refusal=lambda *_: "")


def write(site, slug, text, url=""):
    return ingest.save(site, slug, Document(slug, text, {}), categories=[], author="mallory", url=url).source


def look_at_all(site, send=allowed):
    links.collect(site)
    while links.look(send=send):
        pass


def said(site):
    return {each.url.rpartition("/")[2]: each.said for each in links.broken(site)}


def test_addresses_are_found_in_markdown_and_bare_and_what_opens_no_page_is_left_out():
    text = """See [the rules](https://a.example/rules "Rules") and https://b.example/x. Or (https://c.example/y).
    [Mail](mailto:us@example.com), [call](tel:112), [below](#below), [near](returns.md), [w](https://d.example/a_(b))."""
    assert links.addresses(text) == [
        "https://a.example/rules",
        "returns.md",
        "https://d.example/a_(b)",
        "https://b.example/x",
        "https://c.example/y",
    ]


def test_gone_pages_are_broken_at_once_and_others_are_not(shop, server):
    pages = ("fine", "gone", "no-head", "large", "private", "gone#part")
    write(shop, "a", " ".join(f"[x]({server}/{page})" for page in pages) + " Words.")
    look_at_all(shop)
    assert said(shop) == {"gone": "The server answers 404.", "gone#part": "The server answers 404."}
    states = {link.url.rpartition("/")[2]: link.state for link in Link.objects.all()}
    assert states == {"fine": "fine", "gone": "broken", "no-head": "fine", "large": "fine", "private": "unseen"}
    assert all(link.checked_at for link in Link.objects.all())
    assert Answers.seen["HEAD /fine"] == 1
    assert "GET /fine" not in Answers.seen, "a page that answers HEAD is not fetched"


def test_a_server_that_is_only_ill_is_broken_after_the_third_look(shop, server):
    write(shop, "a", f"Words and [x]({server}/ill).")
    links.collect(shop)
    for number in (1, 2, 3):
        assert said(shop) == {}, number
        Link.objects.update(due_at=timezone.now())
        assert links.look(send=allowed)
        assert not links.look(send=allowed), "it is not looked at again before an hour has passed"
    assert said(shop) == {"ill": "The server answers 503."}


def test_nothing_is_asked_of_an_address_that_is_not_public(shop, server):
    before = sum(Answers.seen.values())
    write(shop, "a", f"Words and [x]({server}/gone) and [y](http://169.254.169.254/latest).")
    look_at_all(shop, send=reach.send)
    assert sum(Answers.seen.values()) == before
    assert {link.state for link in Link.objects.all()} == {"unseen"}
    assert all("may not be reached" in link.said for link in Link.objects.all())


def test_links_to_articles_are_looked_up_without_the_network(shop):
    write(shop, "old", "Old words.", url="https://shop.example/help/old")
    Source.objects.filter(slug="old").update(withdrawn_at=timezone.now())
    write(shop, "new", "New words.", url="https://shop.example/help/new")
    text = "[1](old) [2](https://shop.example/help/new/#top) [3](../returns.md) [4](nothing-here.md) Words."
    write(shop, "a", text)
    write(shop, "b", "[5](./old) Words.", url="https://shop.example/help/b")
    links.collect(shop)
    assert not Link.objects.exists(), "nothing of this needs to be asked of a server"
    found = {(each.source.slug, each.url) for each in links.broken(shop)}
    assert found == {("a", "old"), ("a", "nothing-here.md"), ("b", "./old")}


def test_a_link_that_left_the_articles_leaves_the_list_and_each_is_looked_at_once_at_a_time(shop, server):
    found = write(shop, "a", f"Words and [x]({server}/gone).")
    look_at_all(shop)
    ingest.revise(found, title="a", text=f"Other words and [x]({server}/fine).", actor="mallory")
    links.collect(shop)
    assert [link.url for link in Link.objects.all()] == [f"{server}/fine"]
    inside = []

    def while_looking(method, url, **how):
        inside.append(links.look(send=allowed))  # another worker, at the same moment
        return allowed(method, url, **how)

    assert links.look(send=while_looking)
    assert inside == [False]


def test_the_health_page_leads_from_a_broken_link_to_the_mend(shop, cleo, client, server):
    found = write(shop, "a", f"Words and [x]({server}/gone).")
    look_at_all(shop)
    client.force_login(cleo)
    page = client.get("/admin/knowledge/source/health/", {"site": shop.slug}).content.decode()
    assert "Broken links: 1" in page
    assert f"/admin/knowledge/source/{found.pk}/revise/" in page
    assert [each.source.slug for each in health.report(shop).broken] == ["a"]
