"""What a server asks of programs that read its pages: robots.txt, as RFC 9309 has it.

The module of the standard library knows neither `*` nor `$` in a rule, and so reads pages that one of them closed.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit

from sites.core import foreign

LARGEST = 500_000
"""Bytes that are read; RFC 9309, 2.5: at least 500 KiB."""
RULES, LONGEST = 1000, 500  # of one file; characters of one rule
SLOWEST = 10.0  # seconds between two pages, whatever it asks for
_LINE = re.compile(r"[ \t]*([A-Za-z-]{1,40})[ \t]*:[ \t]*([^\r\n#]*)")


@dataclass(frozen=True, slots=True)
class Robots:
    """Rules for one program: (path with wildcards, whether it opens), what stands between two pages, and sitemaps."""

    rules: Sequence[tuple[str, bool]] = ()
    delay: float = 0.0
    sitemaps: Sequence[str] = ()

    def allows(self, url: str) -> bool:
        """Whether a page may be read: the longest rule that fits decides, of two alike the one that opens."""
        parts = urlsplit(url)
        path = _plain(f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}")
        fitting = [(len(rule), opens) for rule, opens in self.rules if _fits(rule, path)]
        return max(fitting)[1] if fitting else True


EVERYTHING = Robots()
NOTHING = Robots([("/", False)])


def read(data: bytes, agent: str) -> Robots:
    """The rules for a program of this name, else those for all."""
    text = foreign.text(data[:LARGEST].decode("utf-8", "replace").removeprefix("\ufeff"))
    own: list[tuple[str, str]] = []
    general: list[tuple[str, str]] = []
    sitemaps: list[str] = []
    named: list[str] = []
    open_ = True  # names still follow each other
    for name, value in _lines(text):
        if name == "sitemap":
            sitemaps.append(value)
        elif name == "user-agent":
            named = [*named, value.casefold()] if open_ else [value.casefold()]
            open_ = True
        else:
            open_ = False
            own += [(name, value)] * (agent.casefold() in named)
            general += [(name, value)] * ("*" in named)
    chosen = own or general
    rules = [(_plain(value), name == "allow") for name, value in chosen if name in ("allow", "disallow") and value]
    delays = [float(v) for n, v in chosen if n == "crawl-delay" and re.fullmatch(r"\d{1,4}(?:\.\d{1,3})?", v)]
    return Robots(rules[:RULES], min(max(delays, default=0.0), SLOWEST), sitemaps[:RULES])


def _lines(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        if found := _LINE.match(line):
            yield found.group(1).casefold(), found.group(2).strip()[:LONGEST]


def _plain(path: str) -> str:
    """A path in one way of writing it: `%7e` and `~` are the same."""
    return quote(unquote(path), safe="/*$?&=~:@!'(),;+")


def _fits(rule: str, path: str) -> bool:
    """Whether a rule fits the beginning of a path; `*` is anything, `$` its end. In one pass, whatever is written."""
    ends = rule.endswith("$")
    parts = rule.removesuffix("$").split("*")
    if not path.startswith(parts[0]):
        return False
    at = len(parts[0])
    for part in parts[1:]:
        at = path.find(part, at)
        if at < 0:
            return False
        at += len(part)
    if not ends or at == len(path):
        return True
    return len(parts) > 1 and path.endswith(parts[-1])
