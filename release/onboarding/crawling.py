"""The pages of a crawl, read one after another: so many, so much, so long, and what their server lets programs read.

Law of the room: every request goes out through `sites.outside.reach`, one at a time, each address of a redirect asked
of robots.txt anew, and none on another server than the one that was named. Killed, it goes on where it was.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from functools import partial
from typing import Any
from urllib.parse import urljoin, urlsplit

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from knowledge.face.documents import Document, DocumentError, folder, incoming, robots, sitemap
from knowledge.face.editing import ingest
from knowledge.models import Source
from release.models.crawled import Crawl, CrawledPage
from release.models.started import Suggestion
from release.onboarding import folders, starts
from release.onboarding.crawls import PAGES
from sites.core import ledger
from sites.core.refusal import Refused
from sites.outside import reach

MAPS = 20  # sitemaps of one crawl
BYTES = 200_000_000  # of all its pages together
PATIENCE = timedelta(hours=2)  # for all of it
SECONDS = 20.0  # for a sitemap, and for robots.txt
UNREAD_MAP = "A sitemap could not be read"
Send = Callable[..., reach.Reply]
Change, State = CrawledPage.Change, Crawl.State


def advance(crawl: Crawl, *, seconds: float, send: Send = reach.send) -> bool:
    """Read for about so long, or one page where its server wants a pause; whether all is done."""
    until = time.monotonic() + seconds
    while crawl.state != State.READY:
        if crawl.state == State.MAPPING:
            _map(crawl, send)
        elif (page := _next(crawl)) is None:
            _settle(crawl)
        else:
            _read(crawl, page, send)
            if pause(crawl):
                return False
        if time.monotonic() >= until:
            break
    return crawl.state == State.READY


def pause(crawl: Crawl) -> float:
    """Seconds that its servers want to have between two pages."""
    return max((_rules(text).delay for text in crawl.robots.values()), default=0.0)


# ── What pages there are ──────────────────────────────────────────────────────────────────────────────────────


def _map(crawl: Crawl, send: Send) -> None:
    """Read one sitemap, or end the looking for pages."""
    if not crawl.maps or _named(crawl).count() >= PAGES:
        if not _named(crawl).exists() and not crawl.warnings:
            _name(crawl, [crawl.address])
        _save(crawl, state=State.READING, maps=[])
        return
    (url, how), *rest = crawl.maps
    try:
        found = _sitemap(crawl, url, send)
    except (reach.Failed, Refused, ValueError) as why:
        lost = [] if how == "guessed" else [f"{UNREAD_MAP}: {url}: {why}"]
        _save(crawl, maps=rest, warnings=[*crawl.warnings, *lost])
        return
    if found is None:
        _save(crawl, maps=[*rest, *_guesses(crawl, send)] if how == "typed" else rest)
        return
    _name(crawl, [page for page in found.pages if _same(page, crawl.address)])
    deeper = [[each, "named"] for each in found.sitemaps if _same(each, crawl.address) and how != "named"]
    _save(crawl, maps=[*rest, *deeper][:MAPS])


def _sitemap(crawl: Crawl, url: str, send: Send) -> sitemap.Sitemap | None:
    """Raises reach.Failed, Refused, ValueError."""
    reply = send(
        "GET", url, limit=sitemap.LARGEST, seconds=SECONDS, redirects=incoming.REDIRECTS,
        barred=_barred(crawl, crawl.address, send),
    )  # fmt: skip
    if reply.status in (404, 410) and url == crawl.address:
        return None  # the beginning of a help centre need not be a page
    if reply.status != 200:
        raise ValueError(f"the server answers {reply.status}")
    return sitemap.read(reply.body)


def _guesses(crawl: Crawl, send: Send) -> list[list[str]]:
    """Where the sitemap of a typed page may be: as robots.txt says, or where most are. Only pages below it are read."""
    path = urlsplit(crawl.address).path
    if path.strip("/"):
        _save(crawl, under=crawl.address.partition("?")[0].rstrip("/"))
    stated = [each for each in _robots(crawl, crawl.address, send).sitemaps if _same(each, crawl.address)]
    return [[each, "guessed"] for each in (stated or [urljoin(crawl.address, "/sitemap.xml")])[:MAPS]]


def _name(crawl: Crawl, urls: Sequence[str]) -> None:
    """Keep that these pages are there, up to the most that are read."""
    wanted = [each.partition("#")[0] for each in urls if each.startswith(crawl.under) and len(each) <= 500]
    room = PAGES - _named(crawl).count()
    known = set(crawl.pages.values_list("url", flat=True))
    some = list(dict.fromkeys(wanted))[:room]
    crawl.pages.filter(url__in=some).update(named_at=timezone.now())
    CrawledPage.objects.bulk_create(
        (CrawledPage(crawl=crawl, url=url, named_at=timezone.now()) for url in some if url not in known), batch_size=100
    )
    if len(wanted) > len(some):
        _save(crawl, warnings=[*crawl.warnings, f"Only {PAGES} pages are read of one address; name a part of it."])


# ── One page ──────────────────────────────────────────────────────────────────────────────────────────────────


def _next(crawl: Crawl) -> CrawledPage | None:
    """The next page that was not looked at this time, while there is time and room."""
    if timezone.now() - crawl.begun_at > PATIENCE or crawl.size > BYTES:
        return None
    return _named(crawl).exclude(read_at__gte=crawl.begun_at).first()


def _read(crawl: Crawl, page: CrawledPage, send: Send) -> None:
    """Look at one page: what it says is new, has changed, is the same, or is not there."""
    counted = partial(_counted, crawl, partial(send, barred=_barred(crawl, page.url, send)))
    try:
        found = incoming.from_web(page.url, locale=crawl.site.locale, send=counted)
        news = _news(crawl, page, found.document)
    except incoming.Gone as gone:
        news = {"change": Change.GONE} if page.digest else {"said": gone.why[:300]}
    except (DocumentError, Refused, ingest.Rejected) as why:
        news = {"said": getattr(why, "why", str(why))[:300]}
    CrawledPage.objects.filter(pk=page.pk).update(**{"said": "", "change": "", "read_at": timezone.now()} | news)
    _save(crawl, size=crawl.size, robots=crawl.robots)


def _counted(crawl: Crawl, send: Send, *args: Any, **how: Any) -> reach.Reply:
    reply = send(*args, **how)
    crawl.size += len(reply.body)
    return reply


def _news(crawl: Crawl, page: CrawledPage, document: Document) -> dict[str, Any]:
    """What a page that was read changes on its row; a changed article becomes a draft. Raises Refused, Rejected."""
    digest = ingest.digest_of(document.title, document.text)
    if digest == page.digest:
        return {}
    held = Source.objects.filter(site=crawl.site, url=page.url, retired=False, withdrawn_at=None).first()
    if held is not None:
        saved = ingest.revise(
            held, title=document.title, text=document.text, warnings=document.warnings, actor=crawl.created_by,
            later=True,
        )  # fmt: skip
        return {"digest": digest, "change": Change.CHANGED if saved.changed else ""}
    article = folders.article(folder.Paper(page.url, document, "", page.url))
    if _proposed(crawl, page.url, article):
        return {"digest": digest}
    body = {"title": article.title, **article.body}
    return {"digest": digest} if page.digest else {"digest": digest, "change": Change.NEW, "body": body}


def _proposed(crawl: Crawl, url: str, article: folders.Article) -> bool:
    """Whether it waits as a proposal already, which says what the page says now."""
    waiting = Suggestion.objects.filter(
        start__site=crawl.site, kind=Suggestion.Kind.ARTICLE, state=Suggestion.State.OPEN, body__front__url=url
    ).first()
    if waiting is not None:
        kept = {key: waiting.body[key] for key in ("file", "group", "section", "lot") if key in waiting.body}
        Suggestion.objects.filter(pk=waiting.pk).update(text=article.title, body=article.body | kept)
    return waiting is not None


# ── The end ───────────────────────────────────────────────────────────────────────────────────────────────────


def _settle(crawl: Crawl) -> None:
    """Propose what is new, say what has disappeared, and set the next time; once."""
    whole = not any(each.startswith(UNREAD_MAP) for each in crawl.warnings)
    unread = _named(crawl).exclude(read_at__gte=crawl.begun_at).count()
    late = [f"{unread} pages were not reached: too many, or too slow."] * bool(unread)
    now = timezone.now()
    due = now + timedelta(days=crawl.every) if crawl.every else None
    with transaction.atomic():
        head = ledger.hold(crawl.site_id)
        ended = {"state": State.READY, "ended_at": now, "due_at": due, "warnings": [*crawl.warnings, *late]}
        if Crawl.objects.filter(pk=crawl.pk, state=State.READING).update(**ended) and whole:
            gone = crawl.pages.filter(named_at__lt=crawl.begun_at).exclude(digest="")
            gone.update(change=Change.GONE, read_at=now)
        new = list(crawl.pages.filter(change=Change.NEW, body__isnull=False))
        if articles := list(_articles(new)):
            starts.begin_articles(crawl.site, articles, [], str(crawl)[:200], crawl.created_by, head)
            CrawledPage.objects.filter(pk__in=[page.pk for page in new]).update(body=None)
        facts = {"crawl": crawl.pk, **{change: crawl.pages.filter(change=change).count() for change in Change.values}}
        ledger.append(crawl.site_id, "crawl_ended", facts, head=head)
    crawl.refresh_from_db()


def _articles(pages: Sequence[CrawledPage]) -> Iterator[folders.Article]:
    """What the new pages say, each filed under its folder where several pages are in that."""
    paths = [urlsplit(page.url).path.strip("/") for page in pages]
    top = folder.shared(paths)
    firsts = [path[top:].partition("/")[0] if "/" in path[top:] else "" for path in paths]
    for page, first in zip(pages, firsts, strict=True):
        body = dict(page.body or {})
        group = first if firsts.count(first) > 1 else ""
        yield folders.again(body.pop("title"), body | {"group": group})


# ── Inside ────────────────────────────────────────────────────────────────────────────────────────────────────


def _barred(crawl: Crawl, named: str, send: Send) -> Callable[[str], str]:
    """Says of an address why it is not to be asked: it is on another server, or closed to programs."""

    def why_not(url: str) -> str:
        if not _same(url, named):
            return f"It leads to {urlsplit(url).hostname}, which is another server: name that one, if it is yours."
        rules = _robots(crawl, url, send)
        if rules is robots.NOTHING:
            return (
                "What its server lets programs read (robots.txt) cannot be learnt, so it is left alone. Is it public?"
            )
        if not rules.allows(url):
            return "Its server does not let programs read it (robots.txt). Let “Handrail” in there, if it is yours."
        return ""

    return why_not


def _robots(crawl: Crawl, url: str, send: Send) -> robots.Robots:
    """The rules of a server; where they cannot be had, nothing of it is read (RFC 9309, 2.3.1.4)."""
    parts = urlsplit(url)
    origin = f"{parts.scheme}://{parts.netloc}"
    if origin not in crawl.robots:
        try:
            where = f"{origin}/robots.txt"
            reply = send("GET", where, limit=robots.LARGEST, seconds=SECONDS, redirects=incoming.REDIRECTS)
            text = reply.body.decode("utf-8", "replace") if reply.status == 200 else "" if reply.status < 500 else None
        except reach.TooLarge:
            text = ""
        except (reach.Failed, Refused):
            text = None
        crawl.robots[origin] = text.replace("\0", "") if text else text
    return _rules(crawl.robots[origin])


def _rules(text: str | None) -> robots.Robots:
    return robots.NOTHING if text is None else robots.read(text.encode(), reach.AGENT)


def _named(crawl: Crawl) -> QuerySet[CrawledPage]:
    """The pages that were named this time."""
    return crawl.pages.filter(named_at__gte=crawl.begun_at)


def _same(one: str, other: str) -> bool:
    """Whether two addresses are on one server; with and without www. are."""
    try:
        hosts = [(urlsplit(each).hostname or "").removeprefix("www.") for each in (one, other)]
    except ValueError:
        return False
    return bool(hosts[0]) and hosts[0] == hosts[1]


def _save(crawl: Crawl, **fields: Any) -> None:
    for name, value in fields.items():
        setattr(crawl, name, value)
    Crawl.objects.filter(pk=crawl.pk).exclude(state=State.READY).update(**fields)
