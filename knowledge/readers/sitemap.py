"""The addresses in a sitemap, or in an index of sitemaps, packed or not (sitemaps.org, protocol 0.9); or a plain list.

It is read as text: no entity is resolved and nothing is fetched.
"""

import html
import re
import zlib
from dataclasses import dataclass

from sites.core import foreign

LARGEST = 50_000_000
"""Bytes unpacked; what the protocol allows."""
ADDRESSES = 50_000  # likewise
_LOC = re.compile(
    r"<(?:\w{1,20}:)?loc\s*>\s*(?:<!\[CDATA\[)?\s*([^<\]\s][^<\]]{0,2000}?)\s*(?:\]\]>)?\s*</(?:\w{1,20}:)?loc\s*>"
)
_INDEX = re.compile(r"<(?:\w{1,20}:)?sitemapindex\b")
_SET = re.compile(r"<(?:\w{1,20}:)?urlset\b")
_ADDRESS = re.compile(r"https?://[^\s<>\"]{1,2000}$")


@dataclass(frozen=True, slots=True)
class Sitemap:
    """The addresses of pages, and of further sitemaps."""

    pages: tuple[str, ...] = ()
    sitemaps: tuple[str, ...] = ()


def read(data: bytes) -> Sitemap | None:
    """What a sitemap holds; None for what is none. Raises ValueError for one that is damaged or too large."""
    text = foreign.text(_unpacked(data).decode("utf-8", "replace").removeprefix("\ufeff"))
    if _INDEX.search(text[:5000]):
        return Sitemap((), _addresses(text))
    if _SET.search(text[:5000]):
        return Sitemap(_addresses(text))
    lines = [line.strip() for line in text.splitlines() if line.strip()][: ADDRESSES + 1]
    return Sitemap(_once(lines)) if lines and all(_ADDRESS.match(line) for line in lines) else None


def _addresses(text: str) -> tuple[str, ...]:
    # the picture and video extensions have a `loc` of their own, in a name space: what is no page is not asked for
    bare = re.sub(r"<(?:image|video|news):loc\b[^<]*</(?:image|video|news):loc\s*>", "", text)
    return _once([html.unescape(found.group(1)).strip() for found in _LOC.finditer(bare)])


def _once(addresses: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each for each in addresses if _ADDRESS.match(each)))[:ADDRESSES]


def _unpacked(data: bytes) -> bytes:
    if not data.startswith(b"\x1f\x8b"):
        return data
    packed = zlib.decompressobj(wbits=31)
    try:
        found = packed.decompress(data, LARGEST + 1)
    except zlib.error:
        raise ValueError("its packing is damaged") from None
    if len(found) > LARGEST:
        raise ValueError(f"it unpacks to more than {LARGEST // 1_000_000} MB")
    return found
