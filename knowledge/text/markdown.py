"""The blocks of a Markdown text, by line, with exact offsets.

Read by hand rather than with a full parser: offsets into the author's text are what everything else stands
on, and real articles are only roughly Markdown.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from knowledge.text.reading import DELIMITER, cells, plain

__all__ = ["Block", "Kind", "blocks", "cells", "number_of", "plain", "unnumbered"]


class Kind(StrEnum):
    """What a block is. A `header` is the first line of a table: it names the columns of the `row`s below.

    A `page` is the mark `<!-- page 3 -->` at which a page of the author's document begins; it is nobody's text.
    """

    HEADING = "heading"
    TEXT = "text"
    ITEM = "item"
    HEADER = "header"
    ROW = "row"
    CODE = "code"
    PAGE = "page"


@dataclass(frozen=True, slots=True)
class Block:
    """`text[start:end]`, without the last line end.

    `level`: of a heading 1-6, of an item its indentation, of a page its number.
    """

    kind: Kind
    start: int
    end: int
    level: int = 0
    label: str = ""  # of a heading: its words


@dataclass(frozen=True, slots=True)
class _Line:
    start: int
    text: str

    @property
    def end(self) -> int:
        return self.start + len(self.text)


LONGEST_HEADING = 400  # characters; a longer line is a text somebody put a # in front of

_FENCE = re.compile(r" {0,3}(```+|~~~+)")
_HEADING = re.compile(r" {0,3}(#{1,6})[ \t]+(.*?)[ \t]*#*$")
_HEADS = re.compile(r" {0,3}#{1,6}[ \t]")  # matches the same lines, in any length
_UNDERLINE = re.compile(r" {0,3}(?:=+|-{3,})$")
_RULE = re.compile(r" {0,3}([-*_])[ \t]*(?:\1[ \t]*){2,}$")
_PAGE = re.compile(r"<!-- page (\d{1,5}) -->$")
_ITEM = re.compile(r"([ \t]*)(?:[-*+•◦▪‣·]|\(?(?:\d{1,3}|[a-z])[.)])[ \t]+(?=\S)")


def blocks(text: str) -> Iterator[Block]:
    """Headings, paragraphs, list items, table headers and rows, fenced code and marks of pages, in order."""
    lines, start = [], 0
    for line in text.split("\n"):
        lines.append(_Line(start, line.rstrip()))
        start += len(line) + 1
    at = 0
    while at < len(lines):
        found, at = _block(lines, at)
        yield from found


def _block(lines: list[_Line], at: int) -> tuple[list[Block], int]:
    """The blocks that begin at a line, and the line after them."""
    line = lines[at]
    if not line.text.strip() or _RULE.match(line.text):
        return [], at + 1
    if page := _PAGE.match(line.text):
        return [Block(Kind.PAGE, line.start, line.end, int(page.group(1)))], at + 1
    if fence := _FENCE.match(line.text):
        return _code(lines, at, fence.group(1))
    if len(line.text) <= LONGEST_HEADING and (heading := _HEADING.match(line.text)):
        return [_heading(line, len(heading.group(1)), heading.group(2))], at + 1
    if _is_table(lines, at):
        return _table(lines, at)
    if line.text.lstrip().startswith("|"):  # a row whose header is in an earlier piece
        return [_whole(Kind.ROW, line)], at + 1
    if item := _ITEM.match(line.text):
        end = _paragraph_end(lines, at)
        indent = len(item.group(1).expandtabs(4))
        return [Block(Kind.ITEM, line.start + item.end(1), lines[end - 1].end, indent)], end
    end = _paragraph_end(lines, at)
    if end == at + 1 and end < len(lines) and _UNDERLINE.match(lines[end].text):
        return [_heading(line, 1 if "=" in lines[end].text else 2, line.text.strip())], end + 1
    indent = len(line.text) - len(line.text.lstrip())
    return [Block(Kind.TEXT, line.start + indent, lines[end - 1].end, indent)], end


def _heading(line: _Line, level: int, label: str) -> Block:
    return Block(Kind.HEADING, line.start, line.end, level, plain(label))


def _whole(kind: Kind, line: _Line) -> Block:
    return Block(kind, line.start + len(line.text) - len(line.text.lstrip()), line.end)


def _code(lines: list[_Line], at: int, fence: str) -> tuple[list[Block], int]:
    end = at + 1
    while end < len(lines) and not lines[end].text.strip().startswith(fence):
        end += 1
    last = min(end, len(lines) - 1)  # with its fences, so that the slice is still read as code
    indent = len(lines[at].text) - len(lines[at].text.lstrip())
    inside = any(line.text.strip() for line in lines[at + 1 : end])
    return ([Block(Kind.CODE, lines[at].start + indent, lines[last].end)] if inside else []), end + 1


def _is_table(lines: list[_Line], at: int) -> bool:
    below = lines[at + 1].text if at + 1 < len(lines) else ""
    return "|" in lines[at].text and "-" in below and "|" in below and bool(DELIMITER.match(below))


def _table(lines: list[_Line], at: int) -> tuple[list[Block], int]:
    found, end = [_whole(Kind.HEADER, lines[at])], at + 2
    while end < len(lines) and "|" in lines[end].text:
        found.append(_whole(Kind.ROW, lines[end]))
        end += 1
    return found, end


def _paragraph_end(lines: list[_Line], at: int) -> int:
    end = at + 1
    while end < len(lines) and not _interrupts(lines, end):
        end += 1
    return end


def _interrupts(lines: list[_Line], at: int) -> bool:
    line = lines[at].text
    return (
        not line.strip()
        or line.lstrip().startswith("|")
        or any(pattern.match(line) for pattern in (_FENCE, _HEADS, _ITEM, _RULE, _UNDERLINE, _PAGE))
        or _is_table(lines, at)
        or _opens_list(lines, at)
    )


def _opens_list(lines: list[_Line], at: int) -> bool:
    """A line with a colon above an item: the lead-in of a new list, also straight after another list."""
    below = next((line.text for line in lines[at + 1 : at + 3] if line.text.strip()), "")
    return lines[at].text.endswith(":") and lines[at].text[:1].strip() != "" and bool(_ITEM.match(below))


_NUMBER = re.compile(r"\s*\(?(\d{1,3})[.)]\s+")


def number_of(item: str) -> int | None:
    """The number that a list item begins with; None for one without."""
    found = _NUMBER.match(item)
    return int(found[1]) if found else None


def unnumbered(item: str) -> str:
    """A list item without the number it begins with."""
    return _NUMBER.sub("", item, count=1)
