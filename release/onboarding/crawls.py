"""Pages read in from their addresses: begun by a person, read in the background, looked at again when it is time.

Law of the room: nothing is published by it. What is new is proposed, what has changed becomes a draft in the name of
whoever set it up (who cannot approve it, then), and what has disappeared is said, no more.
"""

import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from django.db import transaction
from django.utils import timezone

from release.core.people import Actor, allow, name
from release.models.crawled import Crawl, CrawledPage
from release.onboarding.starts import MAY
from sites.core import foreign, ledger, outbox
from sites.core.refusal import Refused
from sites.models import Site

KIND = "crawl"
PAGES = 500  # of one crawl
_ADDRESS = re.compile(r"https?://[^\s<>\"/?#]+(?:[/?#][^\s<>\"]*)?", re.I)
State = Crawl.State


def begin(site: Site, typed: str, *, every: int = 0, actor: Actor) -> Crawl:
    """Have the pages at these addresses, one a line, read; one alone may be a sitemap or the start of a help centre.

    `every`: days until it is looked at again; 0: never by itself. Raises Refused, NotAllowed.
    """
    allow(actor, site, *MAY)
    found = _addresses(typed)
    days, now = _every(every), timezone.now()
    one = found[0] if len(found) == 1 else ""
    with transaction.atomic():
        head = ledger.hold(site.pk)
        crawl = Crawl.objects.create(
            site=site, address=one, every=days, begun_at=now, created_by=name(actor),
            state=State.MAPPING if one else State.READING, maps=[[one, "typed"]] if one else [],
        )  # fmt: skip
        if not one:
            CrawledPage.objects.bulk_create(CrawledPage(crawl=crawl, url=url, named_at=now) for url in found)
        outbox.put(KIND, {"crawl": crawl.pk}, bulk=True)
        facts = {"actor": name(actor), "crawl": crawl.pk, "address": one or f"{len(found)} addresses", "every": days}
        ledger.append(site.pk, "crawl_begun", facts, head=head)
    return crawl


def again(crawl: Crawl, *, actor: Actor) -> None:
    """Look at all its pages now. Raises Refused, NotAllowed."""
    allow(actor, crawl.site, *MAY)
    if not _begin_again(crawl, name(actor)):
        raise Refused("Its pages are being read already.")


def schedule(crawl: Crawl, every: int, *, actor: Actor) -> None:
    """Look at it every so many days from now on; 0: only when asked. Raises Refused, NotAllowed."""
    allow(actor, crawl.site, *MAY)
    days = _every(every)
    due = timezone.now() + timedelta(days=days) if days else None
    with transaction.atomic():
        head = ledger.hold(crawl.site_id)
        Crawl.objects.filter(pk=crawl.pk).update(every=days, due_at=due)
        facts = {"actor": name(actor), "crawl": crawl.pk, "every": days}
        ledger.append(crawl.site_id, "crawl_scheduled", facts, head=head)


def begin_due() -> int:
    """Begin again what is due; how many. Late, lost or doubled, it does no harm."""
    due = Crawl.objects.filter(due_at__lte=timezone.now(), state=State.READY).select_related("site")
    return sum(_begin_again(crawl, "schedule") for crawl in due)


def _begin_again(crawl: Crawl, by: str) -> bool:
    """Whether it was begun: not while it is being read."""
    now = timezone.now()
    fresh: dict[str, Any] = {"begun_at": now, "ended_at": None, "due_at": None, "robots": {}, "warnings": [], "size": 0}
    maps = [[crawl.address, "typed"]] if crawl.address else []
    with transaction.atomic():
        head = ledger.hold(crawl.site_id)
        state = State.MAPPING if crawl.address else State.READING
        if not Crawl.objects.filter(pk=crawl.pk, state=State.READY).update(state=state, maps=maps, **fresh):
            return False
        if not crawl.address:
            crawl.pages.update(named_at=now)
        outbox.put(KIND, {"crawl": crawl.pk}, bulk=True)
        ledger.append(crawl.site_id, "crawl_begun", {"actor": by, "crawl": crawl.pk, "again": True}, head=head)
    return True


def _every(days: int) -> int:
    if days not in Crawl.Every.values:
        raise Refused("Choose how often it is looked at again.")
    return days


def _addresses(typed: str) -> list[str]:
    lines = [line.strip() for line in foreign.text(typed).splitlines() if line.strip()]
    found = list(dict.fromkeys(_whole(line) for line in lines))
    if not found:
        raise Refused("Type the address of a sitemap or of a help centre, or the addresses of pages, one a line.")
    if len(found) > PAGES:
        raise Refused(f"{len(found)} addresses are more than {PAGES}; hand in a part of them.")
    return found


def _whole(line: str) -> str:
    url = line if "://" in line else f"https://{line}"
    if not _ADDRESS.fullmatch(url) or len(url) > 500 or not _host(url):
        raise Refused(f"“{line[:80]}” is no address of a page; it looks like https://help.example.com/returns.")
    return url.partition("#")[0]


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
