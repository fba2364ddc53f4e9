"""Pages are read in from their addresses, as their server allows; what changed is a draft, what disappeared is said."""

import gzip
import threading
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.utils import timezone

from knowledge.face.editing import approval
from knowledge.models import Revision, Source
from release.models.crawled import Crawl, CrawledPage
from release.models.started import Start
from release.onboarding import crawling, crawls, together
from sites.access.roles import NotAllowed, grant
from sites.core import outbox
from sites.core.refusal import Refused
from sites.models import LedgerEntry, OutboxItem, Role, Site
from sites.outside import reach
from sites.people import founding

pytestmark = pytest.mark.django_db


class Web(ThreadingHTTPServer):
    """A help centre on loopback: path → (status, type, body), changed by the tests; `asked` is what was asked of it."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.pages: dict[str, tuple[int, str, bytes]] = {}
        self.asked: list[str] = []

    def put(self, path: str, body: str | bytes, kind: str = "text/html", status: int = 200) -> None:
        self.pages[path] = (status, kind, body if isinstance(body, bytes) else body.encode())

    def page(self, path: str, title: str, words: str) -> None:
        self.put(path, f"<main><h1>{title}</h1><p>{words}</p></main>")

    def at(self, path: str = "") -> str:
        return f"http://help.example:{self.server_address[1]}{path}"

    def map(self, *paths: str, at: str = "/sitemap.xml") -> None:
        locs = "".join(f"<url><loc>{self.at(path)}</loc></url>" for path in paths)
        self.put(at, f'<?xml version="1.0"?><urlset xmlns="x">{locs}</urlset>', "application/xml")


class _Handler(BaseHTTPRequestHandler):
    server: Web

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        status, kind, body = self.server.pages.get(self.path, (404, "text/html", b"gone"))
        self.send_response(status)
        self.send_header("Location" if status == 302 else "Content-Type", body.decode() if status == 302 else kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def web() -> Iterator[Web]:
    server = Web()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def site(people) -> Site:
    made = founding.found(
        "Corner", origins=["https://corner.example"], timezone="Europe/London", email="", countries=["GB"],
        actor=people["admin"],
    )  # fmt: skip
    grant(people["cleo"], made, Role.CONTENT_OWNER)
    return made


SEND = partial(reach.send, resolver=lambda *_: ["127.0.0.1"], refusal=lambda *_: "")


@pytest.fixture(autouse=True)
def _reaches_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crawling.advance, "__kwdefaults__", {"send": SEND})


def work() -> None:
    OutboxItem.objects.filter(kind=crawls.KIND, state="due").update(due_at=timezone.now())
    while outbox.run_due(bulk=True):
        OutboxItem.objects.filter(kind=crawls.KIND, state="due").update(due_at=timezone.now())


def read(site: Site, typed: str, actor, **how: int) -> Crawl:
    crawl = crawls.begin(site, typed, actor=actor, **how)
    work()
    crawl.refresh_from_db()
    assert crawl.state == Crawl.State.READY
    return crawl


def help_centre(web: Web) -> None:
    web.page("/help/returns/how", "Returning", "Send it back within 30 days.")
    web.page("/help/returns/where", "Where to send it", "To our warehouse in Leeds.")
    web.page("/help/hours", "Opening hours", "From nine to five.")
    web.map("/help/returns/how", "/help/returns/where", "/help/hours", "/shop/boots")


def taken(site: Site, people) -> None:
    together.take(Start.objects.filter(site=site).latest("id"), actor=people["admin"], title="Help")
    work()
    approval.approve_plain(site.pk, actor=people["cleo"], reason="read")


def said(crawl: Crawl) -> dict[str, str]:
    return {page.url.rpartition(":")[2].partition("/")[2]: page.said for page in crawl.pages.exclude(said="")}


# ── The first time ────────────────────────────────────────────────────────────────────────────────────────────


def test_a_help_centre_is_read_by_its_sitemap_and_filed_by_its_folders(site: Site, people, web: Web) -> None:
    help_centre(web)
    crawl = read(site, web.at("/help/"), people["admin"], every=7)
    assert set(crawl.pages.values_list("change", flat=True)) == {"new"}
    assert "/shop/boots" not in web.asked, "only what is below the address"
    proposed = together.open_(Start.objects.get(site=site))
    assert {each.text: each.body["articles"] for each in proposed if each.body["named"]} == {"Returns": 2}
    taken(site, people)
    sources = Source.objects.filter(site=site)
    assert set(sources.values_list("url", flat=True)) == {
        web.at(f"/help/{p}") for p in ("returns/how", "returns/where", "hours")
    }
    assert set(Revision.objects.values_list("state", flat=True)) == {"approved"}
    assert crawl.due_at > timezone.now() + timedelta(days=6)
    assert [*LedgerEntry.objects.filter(site=site, kind__startswith="crawl").values_list("kind", flat=True)] == [
        "crawl_begun",
        "crawl_ended",
    ]


def test_a_list_of_addresses_is_read_and_what_cannot_be_is_said(site: Site, people, web: Web) -> None:
    web.page("/a", "Fees", "A parcel costs four pounds.")
    web.put("/b", b"\x89PNG", "image/png")
    web.put("/c", "https://elsewhere.example/", status=302)
    crawl = read(site, "\n".join(web.at(path) for path in ("/a", "/a#top", "/b", "/c", "/d")), people["cleo"])
    assert Start.objects.get(site=site).articles == 1
    assert "image/png" in said(crawl)["b"]
    assert "another server" in said(crawl)["c"]
    assert "404" in said(crawl)["d"]


def test_an_index_of_packed_sitemaps_leads_to_its_pages_on_this_server_alone(site: Site, people, web: Web) -> None:
    help_centre(web)
    inner = (
        f"<urlset><url><loc>{web.at('/help/hours')}</loc></url><url><loc>https://evil.example/x</loc></url></urlset>"
    )
    web.put("/one.xml.gz", gzip.compress(inner.encode()), "application/gzip")
    index = "".join(
        f"<sitemap><loc>{each}</loc></sitemap>" for each in (web.at("/one.xml.gz"), "https://evil.example/s")
    )
    web.put("/index.xml", f"<sitemapindex>{index}</sitemapindex>", "application/xml")
    crawl = read(site, web.at("/index.xml"), people["admin"])
    assert [page.url for page in crawl.pages.all()] == [web.at("/help/hours")]


def test_what_robots_txt_closes_is_never_asked_for(site: Site, people, web: Web) -> None:
    help_centre(web)
    others, ours = "User-agent: *\nDisallow: /\n\n", "User-agent: handrail\nDisallow: /help/*/where$\nCrawl-delay: 1\n"
    web.put("/robots.txt", f"{others}{ours}Sitemap: {web.at('/maps/all.xml')}\n", "text/plain")
    web.map("/help/hours", "/help/returns/where", "/moved", at="/maps/all.xml")
    web.put("/moved", web.at("/help/returns/where"), status=302)
    crawl = read(site, web.at(), people["admin"])
    assert "/help/returns/where" not in web.asked
    assert "robots.txt" in said(crawl)["help/returns/where"]
    assert "robots.txt" in said(crawl)["moved"], "nor by way of another page"
    assert Start.objects.get(site=site).articles == 1


def test_a_server_whose_robots_txt_fails_is_left_alone(site: Site, people, web: Web) -> None:
    help_centre(web)
    web.put("/robots.txt", "down", status=503)
    crawl = read(site, web.at("/sitemap.xml"), people["admin"])
    assert web.asked == ["/robots.txt"]
    assert "cannot be learnt" in crawl.warnings[0]


def test_one_that_is_killed_goes_on_where_it_was(site: Site, people, web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    help_centre(web)
    crawl = crawls.begin(site, web.at("/help"), actor=people["admin"])
    for _ in range(4):
        crawling.advance(Crawl.objects.get(pk=crawl.pk), seconds=0)
    assert crawl.pages.filter(read_at__isnull=False).count() == 1
    before = len(web.asked)
    work()
    assert not {"/help/returns/how", "/robots.txt", "/sitemap.xml"} & set(web.asked[before:])
    assert Start.objects.get(site=site).articles == 3


# ── Looked at again ───────────────────────────────────────────────────────────────────────────────────────────


def test_what_changed_is_a_draft_what_is_new_a_proposal_and_what_disappeared_is_said(
    site: Site, people, web: Web
) -> None:
    help_centre(web)
    crawl = read(site, web.at("/help"), people["admin"], every=1)
    taken(site, people)
    web.page("/help/hours", "Opening hours", "From ten to four.")
    web.page("/help/new", "Gift cards", "They never expire.")
    del web.pages["/help/returns/how"]
    web.map("/help/returns/how", "/help/hours", "/help/new")
    Crawl.objects.filter(pk=crawl.pk).update(due_at=timezone.now())
    assert crawls.begin_due() == 1
    assert crawls.begin_due() == 0
    work()
    changes = {page.url.rpartition("/help/")[2]: page.change for page in crawl.pages.all()}
    assert changes == {"returns/how": "gone", "returns/where": "gone", "hours": "changed", "new": "new"}
    newest = Revision.objects.filter(source__url=web.at("/help/hours")).latest("number")
    assert (newest.state, newest.author, newest.number) == ("draft", "admin", 2)
    assert "ten to four" in newest.text
    assert not Source.objects.filter(withdrawn_at__isnull=False).exists()
    assert not Source.objects.filter(retired=True).exists()
    assert Start.objects.filter(site=site).latest("id").articles == 1
    crawls.again(crawl, actor=people["cleo"])
    work()
    assert Revision.objects.filter(source__url=web.at("/help/hours")).count() == 2, "the same is no news"


def test_a_sitemap_that_is_away_makes_nothing_disappear(site: Site, people, web: Web) -> None:
    help_centre(web)
    crawl = read(site, web.at("/sitemap.xml"), people["admin"])
    web.put("/sitemap.xml", "down", status=500)
    crawls.again(crawl, actor=people["admin"])
    work()
    crawl.refresh_from_db()
    assert "A sitemap could not be read" in crawl.warnings[0]
    assert not crawl.pages.filter(change=CrawledPage.Change.GONE).exists()


# ── Who may, and what ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("typed", "why"),
    [("", "Type the address"), ("ftp://x.example/a", "is no address"), ("java script", "is no address"),
     ("\n".join(f"https://x.example/{n}" for n in range(501)), "more than 500")],
)  # fmt: skip
def test_what_is_no_address_is_refused_with_the_cause(site: Site, people, typed: str, why: str) -> None:
    with pytest.raises(Refused, match=why):
        crawls.begin(site, typed, actor=people["admin"])


def test_an_agent_reads_nothing_in_and_an_inside_address_is_never_asked(site: Site, people) -> None:
    with pytest.raises(NotAllowed):
        crawls.begin(site, "https://help.example/", actor=people["ben"])
    crawl = crawls.begin(site, "http://169.254.169.254/latest\nhttp://169.254.169.254/meta", actor=people["admin"])
    while not crawling.advance(crawl, seconds=1, send=reach.send):
        pass
    assert set(crawl.pages.values_list("digest", flat=True)) == {""}
