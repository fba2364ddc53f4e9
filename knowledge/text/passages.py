"""From a stored text to the pieces that are indexed and the sentences that are quoted: offsets, never new
text.

A sentence is never cut. A list keeps its lead-in and a table its header in one piece wherever they fit.
"""

import re
from bisect import bisect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from knowledge.text.markdown import Block, Kind, blocks, cells, plain
from knowledge.text.sentences import sentences, trimmed

Span = tuple[int, int]

MAX_TOKENS = 256  # what the embedding model sees of a text
LONGEST_LEAD = 2_000  # characters that are said again in each passage under them; no model sees so many
MAX_WORDS = 230  # pieces of 150-230 words on paragraph and heading boundaries


@dataclass(frozen=True, slots=True)
class Piece:
    """One passage: `text[start:end]` under a heading path, and its whole sentences as offsets into that text.

    A table header, a table row and a code block count as one sentence each; a list item as one or more.
    `page`: of the author's document, where it has pages.
    """

    heading: str
    start: int
    end: int
    sentences: tuple[Span, ...]
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """What one sentence is, and what it cannot be quoted without.

    `leads`: places, in the same sequence, of the lead-in of a list item (and of the item it is nested in) or
    of the header of a table row. `orphan`: such a lead is needed and lies in an earlier passage. `block`:
    the same number for sentences of one paragraph or item.
    """

    kind: Kind
    heading: str
    leads: tuple[int, ...] = ()
    orphan: bool = False
    block: int = 0


@dataclass(frozen=True, slots=True)
class _Unit:
    start: int
    end: int
    words: int
    tokens: int


def split(text: str, title: str, count_tokens: Callable[[str], int]) -> list[Piece]:
    """The pieces of a stored text, in order; together they hold every sentence exactly once, none of two pages.

    A list or table too long for one piece goes on in the next under its lead-in or header as last part of the
    heading. Each piece with its title and heading stays within 256 tokens, unless a single sentence is
    longer: that one is a piece by itself, whole, and the model sees its beginning. `count_tokens` counts two
    end marks with each text.
    """
    sections = list(_sections(text, title))
    spans = [span for _, groups in sections for group in groups for span in group]
    parts = anatomy(text, spans)
    leads = {part.leads: _carried(text, spans, part) for part in parts}
    above = [leads[part.leads] for part in parts]
    pages = [(block.start, block.level) for block in blocks(text) if block.kind is Kind.PAGE]
    pieces: list[Piece] = []
    first = at = 0
    for heading, groups in sections:
        atoms = [[_unit(text, span, count_tokens) for span in group] for group in groups]
        end = first + sum(map(len, atoms))
        room = MAX_TOKENS - count_tokens(lead_line(title, heading))
        printed = [(page, list(some)) for page, some in groupby(atoms, lambda atom: _page(pages, atom[0].start))]
        if len(printed) > 1 or not _fits([unit for atom in atoms for unit in atom], room):
            room -= max(count_tokens(words) for words in {words for words, _ in above[first:end]})
        for page, units in ((page, units) for page, some in printed for units in _packed(some, room)):
            words, needed = above[at]
            under = f"{heading} > {words}".removeprefix(" > ") if first <= needed < at else heading
            found = tuple((unit.start, unit.end) for unit in units)
            pieces.append(Piece(under, found[0][0], found[-1][1], found, page))
            at += len(units)
        first = end
    return pieces


def _page(pages: Sequence[tuple[int, int]], start: int) -> int | None:
    """The page that a place of the text is on."""
    before = bisect(pages, (start, 0))
    return pages[before - 1][1] if before else None


def _carried(text: str, spans: Sequence[Span], part: Part) -> tuple[str, int]:
    """The words a sentence must not be read without, and the place of the first of them (itself: none)."""
    if not part.leads:
        return "", len(spans)
    words = " ".join(plain(text[slice(*spans[lead])]) for lead in part.leads)
    return (words, part.leads[0]) if len(words) <= LONGEST_LEAD else ("", len(spans))


def lead_line(title: str, heading: str) -> str:
    """The line in front of a passage that says what it is about."""
    return f"{title} > {heading}" if heading else title


def passage_text(title: str, heading: str, text: str) -> str:
    """What the embedding model is given for a passage: title and heading, then its words without markup."""
    return f"{lead_line(title, heading)}\n{plain(text)}"


def sentence_texts(title: str, heading: str, text: str, spans: Sequence[Span]) -> list[str]:
    """What the embedding model is given for each sentence of a passage (`spans` relative to `text`).

    A sentence is embedded with what it needs to be understood alone: a list item with its lead-in, a table
    row with the names of its columns.
    """
    found = []
    for part, (start, end) in zip(anatomy(text, spans, heading), spans, strict=True):
        words = _row(text, spans, part, text[start:end]) if part.kind is Kind.ROW else plain(text[start:end])
        before = [plain(text[slice(*spans[lead])]) for lead in part.leads] if part.kind is Kind.ITEM else []
        found.append(" ".join([*before, words]))
    return found


def _row(text: str, spans: Sequence[Span], part: Part, row: str) -> str:
    if not part.leads:
        return plain(row)
    names = cells(text[slice(*spans[part.leads[0]])])
    return "; ".join(f"{name}: {cell}" if name else cell for name, cell in zip(names, cells(row), strict=False))


def anatomy(text: str, spans: Sequence[Span], heading: str = "") -> list[Part]:
    """What each sentence of a passage is. `spans` are its sentences as offsets into `text`, in order."""
    parts: list[Part] = []
    found = list(blocks(text)) or [Block(Kind.TEXT, 0, len(text))]
    at = 0
    for start, _ in spans:
        while at + 1 < len(found) and found[at + 1].start <= start:
            at += 1
            if found[at].kind is Kind.HEADING:
                heading = found[at].label
        kind = found[at].kind
        if kind is Kind.ROW:
            leads = _header(parts)
            orphan = not leads
        else:
            leads = _lead_ins(text, spans, parts, found, at) if kind is Kind.ITEM else ()
            orphan = kind is Kind.ITEM and not leads and heading.endswith(":")
        parts.append(Part(kind, heading, leads, orphan, at))
    return parts


def _header(parts: Sequence[Part]) -> tuple[int, ...]:
    if not parts or parts[-1].kind not in (Kind.ROW, Kind.HEADER):
        return ()
    return (len(parts) - 1,) if parts[-1].kind is Kind.HEADER else parts[-1].leads


def _lead_ins(
    text: str, spans: Sequence[Span], parts: Sequence[Part], found: Sequence[Block], at: int
) -> tuple[int, ...]:
    """The sentence a list hangs on, and the items that a nested item is part of, outermost first."""
    level = found[at].level
    if parts and parts[-1].block == at:  # a later sentence of the same item
        return parts[-1].leads
    parents: list[int] = []
    for place in range(len(parts) - 1, -1, -1):
        above = parts[place]
        if above.block < at and found[above.block + 1].kind is Kind.HEADING:
            break
        if above.kind is Kind.TEXT:
            return (place, *parents) if _introduces(text, spans, place, found[at]) else tuple(parents)
        if above.kind is not Kind.ITEM:
            break
        if found[above.block].level == level:  # a neighbour hangs on the same words
            return (*above.leads, *parents)
        if found[above.block].level < level:
            parents.insert(0, place)
            level = found[above.block].level
    return tuple(parents)


def _introduces(text: str, spans: Sequence[Span], place: int, item: Block) -> bool:
    """Whether the sentence before a list is needed with an item: it ends open, or the item is a fragment."""
    before = plain(text[slice(*spans[place])]).rstrip()
    return before.endswith((":", "…", "...", ",", "-", "–", "—")) or before[-1:].isalnum() or _fragment(text, item)


def _fragment(text: str, item: Block) -> bool:
    return not plain(text[item.start : item.end]).rstrip().endswith((".", "!", "?", "。"))


def _sections(text: str, title: str) -> Iterator[tuple[str, list[list[Span]]]]:
    """Each section's heading path and groups of sentences: a paragraph, a list with its lead-in, a table."""
    path: list[tuple[int, str]] = []
    groups: list[list[Span]] = []
    last: Block | None = None
    for block in blocks(text):
        if block.kind is Kind.HEADING:
            before = _path(path, title)
            path = [(level, label) for level, label in path if level < block.level] + [(block.level, block.label)]
            if groups and _path(path, title) != before:  # a repeated heading continues its section
                yield before, groups
                groups = []
            last = None
            continue
        if block.kind is Kind.PAGE:
            last = None
            continue
        found = list(_sentences(text, block))
        if not found:
            continue
        if groups and last is not None and _together(text, last, block):
            groups[-1].extend(found)
        else:
            groups.append(found)
        last = block
    if groups:
        yield _path(path, title), groups


def _path(path: Sequence[tuple[int, str]], title: str) -> str:
    return " > ".join(label for _, label in path if label and label != title)


def _together(text: str, last: Block, block: Block) -> bool:
    if block.kind is Kind.ITEM:
        return last.kind in (Kind.TEXT, Kind.ITEM)
    if block.kind is Kind.ROW:
        return last.kind in (Kind.HEADER, Kind.ROW)
    return text[last.start : last.end].rstrip().endswith((":", "?"))


def _sentences(text: str, block: Block) -> Iterator[Span]:
    if block.kind in (Kind.HEADER, Kind.ROW, Kind.CODE):
        yield from trimmed(text, block.start, block.end)
        return
    for start, end in _runs(text, block):
        yield from sentences(text, start, end)


def _runs(text: str, block: Block) -> Iterator[Span]:
    """A paragraph cut where a line end is meant, not where an editor wrapped a sentence at its margin."""
    start = block.start
    lines = text[block.start : block.end].split("\n")
    widest = max(len(line) for line in lines)
    at = block.start
    for line, following in pairwise(lines):
        at += len(line) + 1
        opens = re.match(r"\W*(\w)", following)
        if opens and not opens.group(1).islower() and _ends_here(line, widest):
            yield start, at - 1
            start = at
    yield start, block.end


def _ends_here(line: str, widest: int) -> bool:
    hard = line.endswith(("  ", "\\")) or line.rstrip().endswith((".", "!", "?", ":"))
    return hard or widest > 120 or len(line) < 0.6 * widest


def _unit(text: str, span: Span, count_tokens: Callable[[str], int]) -> _Unit:
    words = text[slice(*span)]
    return _Unit(*span, len(words.split()), count_tokens(words) - 2)


def _packed(atoms: Sequence[Sequence[_Unit]], room: int) -> Iterator[list[_Unit]]:
    """Groups of sentences put together while they fit; a group too large by itself goes in sentence by
    sentence.
    """
    piece: list[_Unit] = []
    for atom in atoms:
        if piece and not _fits([*piece, *atom], room):
            yield piece
            piece = []
        if _fits(atom, room):
            piece.extend(atom)
            continue
        for unit in atom:
            if piece and not _fits([*piece, unit], room):
                yield piece
                piece = []
            piece.append(unit)
    if piece:
        yield piece


def _fits(units: Sequence[_Unit], room: int) -> bool:
    return sum(unit.tokens for unit in units) <= room and sum(unit.words for unit in units) <= MAX_WORDS
