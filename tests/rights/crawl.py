"""The administration as its own links lead through it: from Home, one page of each view opened, three clicks deep."""

import re
from collections.abc import Callable, Iterator
from html import unescape
from urllib.parse import urljoin, urlsplit

from django.urls import Resolver404, resolve

HOME = "/admin/"
CLICKS = 3
OUT = re.compile(r"/logout")
LINK = re.compile(r"<a\b[^>]*\bhref=\"([^\"#]+)")


def led(read: Callable[[str], str]) -> Iterator[tuple[str, bool]]:
    """Every address that links lead to, and whether it is the first page of its view, which is opened in turn.

    `read` gives the text of the page at a path, and nothing of what is no page.
    """
    yield HOME, True
    known, opened, edge = {HOME}, {resolve(HOME).view_name}, [HOME]
    for _ in range(CLICKS):
        following: list[str] = []
        for path in edge:
            for there in _links(path, read(path)):
                view, bare = _view(there), there.partition("?")[0]
                if first := view is not None and view not in opened:
                    opened.add(view)
                    following.append(there)
                if first or bare not in known:
                    known.add(bare)
                    yield there, first
        edge = following


def _links(path: str, text: str) -> Iterator[str]:
    for link in LINK.findall(text):
        there = urlsplit(urljoin(path, unescape(link)))
        if not there.netloc and there.path.startswith(HOME) and not OUT.search(there.path):
            yield there.path + (f"?{there.query}" if there.query else "")


def _view(there: str) -> str | None:
    try:
        return resolve(there.partition("?")[0]).view_name
    except Resolver404:
        return None
