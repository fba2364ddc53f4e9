"""The last look at how quotes are drawn: each line, item, cell, number, name and address, held against the stored text.

Law of the room: it reads the text again from the database and takes lists, tables and markup apart in a way of its own,
so that what is wrong in drawing cannot hide here. It compares words, and the signs that change what a number says.
"""

import html
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import takewhile
from urllib.parse import urljoin

from chatbot.decide.answer.compose import Quote
from chatbot.outcome import Part
from sites.core import sql

_MARKER = re.compile(r"[ \t]*(?:[-*+•◦▪‣·]|\(?(?:(\d{1,3})|[a-z])[.)])[ \t]+")
_RULE = re.compile(r"(?=[^-\n]*-)[ \t|:-]++")
_PIPE = re.compile(r"(?<!\\)\|")
_MARKUP = re.compile(r"\](?:\((?:[^()]|\([^()]*\))*\)|\[[^\]\n]*\])|<[^<>\n]*>|^[ \t]*(?:```|~~~)[^\n]*$", re.M)
_WORD = re.compile(r"[^\W_]+|[£$€¥%+=°]")
_OPTIONAL = re.compile(r"\\0\S+ ")
_TARGET = re.compile(r"\]\(\s*<?((?:[^()\s<>]|\([^()\s]*\))+)")
_TEXTS = "SELECT id, text FROM knowledge_revision WHERE state = 'approved' AND id IN ({marks})"


@dataclass(frozen=True, slots=True)
class Piece:
    """An item or a row as it is stored: its place, its number if it has one, and its cells; of an item there is one."""

    start: int
    number: int | None
    cells: tuple[str, ...]


def check(parts: Iterable[Part], quotes: Sequence[Quote]) -> list[str]:
    """What speaks against showing quotes in these parts; empty: nothing. `cites` count the quotes from 1."""
    ids = {quote.hit.revision_id for quote in quotes}
    marks = ", ".join(["%s"] * len(ids))
    texts = {int(key): str(text) for key, text in sql.rows(_TEXTS.format(marks=marks), *ids)} if ids else {}
    return [against for part in parts for against in _against(part, quotes, texts)]


def _against(part: Part, quotes: Sequence[Quote], texts: dict[int, str]) -> Iterator[str]:
    if not part.cites or not all(0 < n <= len(quotes) for n in part.cites):
        yield f"a part rests on no quote: {part.text[:80]}"
        return
    mine = [quotes[n - 1] for n in part.cites]
    if any(quote.text != texts.get(quote.hit.revision_id, "")[quote.start : quote.end] for quote in mine):
        yield f"a quote is not what is stored: {part.text[:80]}"
        return
    shown = part.text.removeprefix(f"{part.label}\n") if part.label else part.text
    yield from (f"a line is not in its quotes: {line[:80]}" for line in shown.split("\n") if not _within(line, mine))
    yield from _items(part, mine) if part.items else ()
    yield from _rows(part, mine, texts) if part.rows else ()
    if part.lead and not _within(part.lead, mine):
        yield f"a lead-in is not in its quotes: {part.lead[:80]}"
    if part.label and not any(_headed(part.label, texts[quote.hit.revision_id], quote.start) for quote in mine):
        yield f"a name is not the heading above: {part.label[:80]}"
    yield from (f"a link leads elsewhere: {url[:80]}" for _, url in part.links if not _named(url, mine))
    for each in (*part.parts, *((part.more,) if part.more else ())):
        yield from _against(each, quotes, texts)


# ── Words ─────────────────────────────────────────────────────────────────────────────────────────────────────


@lru_cache(maxsize=8192)  # the same articles are quoted again and again, and their text never changes
def _written(text: str) -> str:
    """The words of a stored text, each between blanks; those that markup may hold are marked with \\0."""
    text, found, at = html.unescape(text), " ", 0
    for markup in _MARKUP.finditer(text):
        found += "".join(f"{word} " for word in _WORD.findall(text[at : markup.start()]))
        found += "".join(f"\\0{word} " for word in _WORD.findall(markup[0]))
        at = markup.end()
    return found + "".join(f"{word} " for word in _WORD.findall(text[at:]))


def _pattern(shown: str) -> str:
    """What shown words look like in a stored text: in a row, with nothing but markup between them."""
    return r"(?:\\0\S+ )*".join(rf"(?:\\0)?{re.escape(word)} " for word in _WORD.findall(shown))


@lru_cache(maxsize=8192)
def _bare(text: str) -> str:
    """The same without what markup may hold."""
    return _OPTIONAL.sub("", _written(text))


def _shown(text: str) -> str:
    """The words of a shown text, each between blanks."""
    return " " + "".join(f"{word} " for word in _WORD.findall(text))


def _within(shown: str, quotes: Sequence[Quote]) -> bool:
    plainly = _shown(shown)
    if any(plainly in _bare(quote.text) for quote in quotes):
        return True
    pattern = re.compile(" " + _pattern(shown))
    return any(pattern.search(_written(quote.text)) for quote in quotes if _OPTIONAL.search(_written(quote.text)))


def _same(shown: str, stored: str) -> bool:
    if _shown(shown) == _bare(stored):
        return True
    written = _written(stored)
    return bool(_OPTIONAL.search(written) and re.fullmatch(rf" (?:\\0\S+ )*{_pattern(shown)}(?:\\0\S+ )*", written))


# ── Items and cells ───────────────────────────────────────────────────────────────────────────────────────────


def _items(part: Part, quotes: Sequence[Quote]) -> Iterator[str]:
    """Each item is one that is stored, in the order it is stored; a step has the number it has there.

    The lines of an item are items within it, or one that has a remark of its own below.
    """
    left = [piece for quote in quotes for piece in _stored_items(quote)]
    for place, item in enumerate(part.items):
        whole = any(_same(item, piece.cells[0]) for piece in left)
        for deeper, line in enumerate([item] if whole else item.split("\n")):
            at = next((n for n, piece in enumerate(left) if _same(line, piece.cells[0])), None)
            if at is None:
                yield f"an item is not as it is stored: {line[:80]}"
                return
            if part.kind == "steps" and not deeper and left[at].number != part.start + place:
                yield f"a step has another number: {line[:80]}"
            left = left[at + 1 :]


def _stored_items(quote: Quote) -> Iterator[Piece]:
    start, lines, number = quote.start, list[str](), None
    at = quote.start
    for line in quote.text.split("\n"):
        marker = _MARKER.match(line)
        if marker or not line.strip():
            if lines:
                yield Piece(start, number, (" ".join(lines),))
            start, lines, number = at, [], int(marker[1]) if marker and marker[1] else None
        if line.strip():
            lines.append(line[marker.end() :] if marker else line)
        at += len(line) + 1
    if lines:
        yield Piece(start, number, (" ".join(lines),))


def _rows(part: Part, quotes: Sequence[Quote], texts: dict[int, str]) -> Iterator[str]:
    """Each row is one that is stored, cell by cell, under the header of its own table."""
    text = texts[quotes[0].hit.revision_id]
    stored = [piece for quote in quotes for piece in _stored_rows(quote, texts[quote.hit.revision_id])]
    places: list[int] = []
    for row in part.rows:
        after = places[-1] if places else -1
        same = (piece for piece in stored if piece.start > after and len(piece.cells) == len(row))
        found = next((each for each in same if all(map(_same, row, each.cells))), None)
        if found is None:
            yield f"a row is not as it is stored: {' | '.join(row)[:80]}"
            return
        places.append(found.start)
    table = text[places[0] : text.find("\n", places[-1]) % (len(text) + 1)].split("\n")
    headed = len(table) > 1 and _RULE.fullmatch(table[1]) and not _ruled(text, places[0])
    if not headed or not all("|" in line for line in table):
        yield f"a table has another header: {' | '.join(part.rows[0])[:80]}"


def _ruled(text: str, start: int) -> bool:
    """Whether a table has begun above a place already: a row of dashes in it makes no new header."""
    above = takewhile(lambda line: "|" in line, reversed(text[:start].split("\n")[:-1]))
    return any(map(_RULE.fullmatch, above))


def _stored_rows(quote: Quote, text: str) -> Iterator[Piece]:
    at = quote.start
    for line in quote.text.split("\n"):
        if "|" in line and (not _RULE.fullmatch(line) or _ruled(text, at)):
            yield Piece(at, None, tuple(_PIPE.split(line.strip().strip("|"))))
        at += len(line) + 1


# ── Names and addresses ───────────────────────────────────────────────────────────────────────────────────────


def _headed(label: str, text: str, start: int) -> bool:
    """Whether the last heading above a place says this."""
    headings = re.findall(r"^#{1,6}[ \t]+(.+)$|^(.+)\n(?:=+|-{3,})$", text[:start], re.M)
    return bool(headings) and _same(label, headings[-1][0] or headings[-1][1])


def _named(url: str, quotes: Sequence[Quote]) -> bool:
    """Whether a quote names an address, in full or as seen from its article."""
    for quote in quotes:
        targets = {
            urljoin(quote.hit.url, html.unescape(each).replace("\\", "")) for each in _TARGET.findall(quote.text)
        }
        if url in targets or url.removeprefix("mailto:") in html.unescape(quote.text):
            return bool(re.match(r"(?:https?://|mailto:|tel:)", url))
    return False
