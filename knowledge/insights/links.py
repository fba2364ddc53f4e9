"""Links in a site's articles that lead nowhere, found in the background and shown to the articles' owners.

Law of the room: a link to another article is looked up here, never fetched; any other is asked for through
`sites.outside.reach`, one at a time, so that no server is pressed. Nothing that a server sends back is kept but its
status.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import PurePosixPath
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

from django.utils import timezone

from knowledge.embedding import vectors
from knowledge.models import Link, Revision, Source
from sites.core.refusal import Refused
from sites.models import Site
from sites.outside import reach

SECONDS, LIMIT, REDIRECTS = 15.0, 2_000_000, 5
LONGEST = 1000  # characters of an address that are kept
PATIENCE = timedelta(minutes=5)  # until somebody else looks at a link whose looker has died
SOON, DAILY, WEEKLY = timedelta(hours=1), timedelta(days=1), timedelta(days=7)
TIRED = 3
"""Failures in a row before a server that is only away makes a link broken; gone is gone at once."""

_MARKDOWN = re.compile(
    r"\[[^\]\n]{0,500}\]\(\s*<?([^\s<>()]{1,1000}(?:\([^\s<>()]*\)[^\s<>()]*)?)>?(?:\s+\"[^\"\n]*\")?\s*\)"
)
_BARE = re.compile(r"https?://[^\s<>\"'`\])|]{1,1000}")
_GONE = frozenset({404, 410})
_CLOSED = frozenset({401, 403, 407, 429})  # there, but not for us: says nothing about customers

Send = Callable[..., reach.Reply]
State = Link.State


@dataclass(frozen=True, slots=True)
class Broken:
    """A link of a source that leads nowhere; `checked_at` None: looked up here, now."""

    source: Source
    url: str
    said: str
    checked_at: datetime | None


def addresses(text: str) -> list[str]:
    """The addresses that a text links to, each once, in their order; what opens no page is left out."""
    found = [match[1] for match in _MARKDOWN.finditer(text)]
    found += [match[0].rstrip(".,;:!?*_") for match in _BARE.finditer(_MARKDOWN.sub(" ", text))]
    opened = (each for each in found if not re.match(r"(?i)(#|mailto:|tel:|sms:|data:|javascript:)", each))
    return list(dict.fromkeys(opened))


def collect(site: Site) -> int:
    """Bring the rows of a site's outside links up to date; how many there are. New ones are due at once."""
    wanted = {url for _, url in _outside(site)}
    known = dict(Link.objects.filter(site=site).values_list("url", "pk"))
    for some in vectors.slices([pk for url, pk in known.items() if url not in wanted], vectors.PARAMETERS):
        Link.objects.filter(pk__in=some).delete()
    new = [Link(site=site, url=url, due_at=timezone.now()) for url in sorted(wanted - known.keys())]
    Link.objects.bulk_create(new, ignore_conflicts=True, batch_size=100)
    return len(wanted)


def look(*, send: Send = reach.send) -> bool:
    """Look at the one link that has been due longest, of all sites; whether there was one."""
    link = Link.objects.filter(due_at__lte=timezone.now()).order_by("due_at", "pk").first()
    if link is None:
        return False
    mine = Link.objects.filter(pk=link.pk, due_at=link.due_at).update(due_at=timezone.now() + PATIENCE)
    if mine:
        state, said = _seen(link.url, send)
        Link.objects.filter(pk=link.pk).update(**_news(link, state, said))
    return True


def broken(site: Site) -> list[Broken]:
    """The links of a site's articles that lead nowhere, by source."""
    sources, (named, articles) = _texts(site), _articles(site)
    bad = {link.url: link for link in Link.objects.filter(site=site, state=State.BROKEN)}
    found = []
    for source, text in sources:
        for written in _written(source, text):
            place, why = _place(source, written, named, articles)
            if why:
                found.append(Broken(source, written, why, None))
            elif place in bad:
                found.append(Broken(source, written, bad[place].said, bad[place].checked_at))
    return found


def _seen(url: str, send: Send) -> tuple[str, str]:
    """The state of an address, and what is wrong with it; UNSEEN where we may not or cannot know."""
    try:
        reply = send("HEAD", url, limit=LIMIT, seconds=SECONDS, redirects=REDIRECTS)
        if reply.status >= 400:  # many servers know HEAD badly
            reply = send("GET", url, limit=LIMIT, seconds=SECONDS, redirects=REDIRECTS)
    except reach.TooLarge:
        return State.FINE, ""
    except Refused as why:
        return State.UNSEEN, f"Not looked at: {why}"[:300]
    except reach.Failed as why:
        return State.BROKEN, str(why)[:300]
    if reply.status in _CLOSED:
        return State.UNSEEN, f"Not looked at: the server answers {reply.status} to programs."
    return (State.FINE, "") if reply.status < 400 else (State.BROKEN, f"The server answers {reply.status}.")


def _news(link: Link, state: str, said: str) -> Mapping[str, object]:
    """What a look changes on its row."""
    now, failures = timezone.now(), link.failures + 1 if state == State.BROKEN else 0
    gone = any(f" {status}." in said for status in _GONE)
    if state == State.BROKEN and not gone and failures < TIRED:
        return {"failures": failures, "said": said, "checked_at": now, "due_at": now + SOON}
    due = now + (DAILY if state == State.BROKEN else WEEKLY)
    return {"state": state, "failures": failures, "said": said, "checked_at": now, "due_at": due}


def _texts(site: Site) -> list[tuple[Source, str]]:
    """The sources that are not taken back, with their newest text that was not rejected."""
    held = Revision.objects.filter(source__site=site, source__withdrawn_at=None, source__retired=False)
    newest = dict(
        held.exclude(state=Revision.State.REJECTED).order_by("number").values_list("source_id", "pk")
    )  # the last of each wins
    rows: list[Revision] = []
    for some in vectors.slices(sorted(newest.values()), vectors.PARAMETERS):
        rows += Revision.objects.filter(pk__in=some).select_related("source")
    return sorted(((row.source, row.text) for row in rows), key=lambda pair: pair[0].slug)


def _written(source: Source, text: str) -> list[str]:
    return [*addresses(text), *([source.url] if source.url else [])]


def _articles(site: Site) -> tuple[Mapping[str, Source], Mapping[str, Source]]:
    """The sources of a site by the address customers read them at, and by their names."""
    every = list(Source.objects.filter(site=site))
    return {_bare(source.url): source for source in every if source.url}, {source.slug: source for source in every}


def _outside(site: Site) -> Iterator[tuple[Source, str]]:
    """The addresses that only their servers can tell about."""
    sources, (named, articles) = _texts(site), _articles(site)
    for source, text in sources:
        for written in _written(source, text):
            place, why = _place(source, written, named, articles)
            if place and not why:
                yield source, place


def _place(
    source: Source, written: str, named: Mapping[str, Source], articles: Mapping[str, Source]
) -> tuple[str, str]:
    """Where a link leads: the address to ask for ("" for an article of this site), and what is wrong with it."""
    whole = urljoin(source.url, written) if source.url else written
    if (other := named.get(_bare(whole))) is not None:
        return "", _taken_back(other)
    if not urlsplit(written).scheme and (other := articles.get(PurePosixPath(unquote(urlsplit(written).path)).stem)):
        return "", _taken_back(other)
    if urlsplit(whole).scheme in ("http", "https"):
        return urldefrag(whole)[0][:LONGEST], ""
    return "", "It names no article of this site."


def _taken_back(other: Source) -> str:
    gone = other.retired or other.state(timezone.localdate()) in ("withdrawn", "expired")
    return f"It leads to {other.slug}, which customers are not shown any more." if gone else ""


def _bare(url: str) -> str:
    """An address without what does not tell pages apart."""
    parts = urlsplit(urldefrag(url)[0])
    return f"{parts.netloc.lower()}{parts.path.rstrip('/')}?{parts.query}"
