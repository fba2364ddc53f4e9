"""Tables of a PDF, which does not say what a table is: found by ruling lines, or by columns that align under a header.

What is not certain stays text: a table without a header row, two columns of prose, addresses side by side, contents,
lists. pypdf's places are enough for that; pdfplumber finds tables too, but brings a second and slower reader of the
same file and two compiled libraries, and its tables without ruling lines are guesses.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from statistics import median

from knowledge.readers.pdf_grid import (
    LEADERS,
    LONGEST,
    MOST_COLUMNS,
    NEAR,
    VALUE,
    Row,
    Table,
    grids,
    joined,
    whole,
    written_together,
)
from knowledge.readers.pdf_page import Line, Piece, Rule, Sheet

GAP = 0.9  # of the size of the letters: less is between words, not between columns
MOST_PIECES = 10_000  # of a page: more are no page for readers
MOST_LEVELS = 300  # lines of one table: bounds the time it takes
_PAGES = frozenset({"page", "pages", "p.", "pp.", "seite", "page no.", "page number", "página", "pagina"})
_MARK = re.compile(r"\(?(?:\d{1,3}|[a-z]|[ivx]{1,5})[.)]|[-*+•◦▪‣·●○■□–]", re.I)


def with_tables(sheets: Sequence[Sheet]) -> list[list[Line]]:
    """The lines of every page, those of a table put together to one that holds its Markdown.

    A table that goes on over the page is one there too only if its header is repeated there.
    """
    pages: list[list[Line]] = []
    before: Table | None = None
    for sheet in sheets:
        tables = _tables(sheet)
        last = tables[-1] if tables and _is_last(tables[-1], sheet) else None
        if before and tables and _goes_on(before, tables[0], sheet):
            goes_on = tables.pop(0)  # its first row is no header
            last = replace(goes_on, rows=before.rows) if last is goes_on else last
        pages.append(_replaced(sheet.lines, tables))
        before = last
    return pages


def _is_last(table: Table, sheet: Sheet) -> bool:
    return all(line.edge for line in sheet.lines[table.last + 1 :])


def _goes_on(before: Table, table: Table, sheet: Sheet) -> bool:
    same = len(before.columns) == len(table.columns)
    aligned = same and all(abs(a - b) < 3 * NEAR for a, b in zip(before.columns, table.columns, strict=True))
    first = all(line.edge for line in sheet.lines[: table.first])
    return aligned and first and not table.certain and table.rows[0] != before.rows[0]


def _replaced(lines: Sequence[Line], tables: Sequence[Table]) -> list[Line]:
    found, at = [], 0
    for table in tables:
        part = lines[table.first : table.last + 1]
        edge = all(line.edge for line in part)
        found += [*lines[at : table.first], replace(part[0], text=_markdown(table), bold=False, edge=edge, table=True)]
        at = table.last + 1
    return [*found, *lines[at:]]


def _markdown(table: Table) -> str:
    written = ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in table.rows]
    return "\n".join([written[0], "|" + " --- |" * len(table.rows[0]), *written[1:]])


def _tables(sheet: Sheet) -> list[Table]:
    """The tables of a page in the order of its lines. Those with ruling lines around their cells come first."""
    if not 4 <= sum(len(line.pieces) for line in sheet.lines) <= MOST_PIECES:
        return []
    rules = whole(sheet.rules)
    found: list[Table] = []
    for table in (*grids(sheet.lines, rules), *_aligned(sheet.lines, rules)):
        if all(table.last < other.first or table.first > other.last for other in found):
            found.append(table)
    return sorted(found, key=lambda table: table.first)


# ── Columns that align ────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Level:
    """What stands at one height, apart by the gaps of columns; `numbers` are of the lines it is from."""

    pieces: tuple[Piece, ...]
    numbers: frozenset[int]

    @property
    def y(self) -> float:
        return max(piece.y for piece in self.pieces)

    @property
    def size(self) -> float:
        return max(piece.size for piece in self.pieces)


def _aligned(lines: Sequence[Line], rules: Sequence[Rule]) -> Iterator[Table]:
    """Tables without lines around their cells: a header row, and gaps between columns that no row fills."""
    levels = list(_levels(lines))
    for first, last, columns in _banded(levels, rules):
        if table := _table(lines, levels[first:last], columns, rules):
            yield table
    heights = [rule.at for rule in rules if rule.level]
    at = 0
    while at < len(levels):
        if not _may_head(levels, at, heights):
            at += 1
            continue
        end, columns = _below(levels, at)
        table = _table(lines, levels[at:end], columns, rules) if end - at > 2 else None
        if table:
            yield table
        at = end if table else at + 1


def _may_head(levels: Sequence[_Level], at: int, heights: Sequence[float]) -> bool:
    """Whether a header could begin at a height: it is bold, or a level line or amounts are close below."""
    here, below = levels[at].pieces, levels[at + 1 : at + 5]
    if len(here) < 2 or len(below) < 2:
        return False
    lined = any(below[-1].y < height < levels[at].y for height in heights)
    amounts = any(VALUE.fullmatch(piece.text) for level in below for piece in level.pieces[1:])
    return lined or amounts or all(piece.bold for piece in here)


def _levels(lines: Sequence[Line]) -> Iterator[_Level]:
    placed = [(piece, number) for number, line in enumerate(lines) for piece in line.pieces]
    row: list[tuple[Piece, int]] = []
    for piece, number in sorted(placed, key=lambda each: (-each[0].y, each[0].left)):
        if row and row[0][0].y - piece.y > 0.35 * piece.size:
            yield _level(row)
            row = []
        row.append((piece, number))
    if row:
        yield _level(row)


def _level(row: Sequence[tuple[Piece, int]]) -> _Level:
    parts: list[Piece] = []
    for piece in sorted((piece for piece, _ in row), key=lambda piece: piece.left):
        if parts and piece.left - parts[-1].right < GAP * piece.size:
            last, space = parts[-1], piece.left - parts[-1].right > 0.12 * piece.size
            text = last.text + " " * space + piece.text
            parts[-1] = replace(last, text=text, right=max(last.right, piece.right), bold=last.bold and piece.bold)
        else:
            parts.append(piece)
    return _Level(tuple(parts), frozenset(number for _, number in row))


Columns = list[tuple[float, float]]


def _below(levels: Sequence[_Level], at: int) -> tuple[int, Columns]:
    """How far a table that begins at a height can reach, and its columns: no row may join two of them."""
    columns, end = _spans(levels[at : at + 1]), at + 1
    while 1 < len(columns) <= MOST_COLUMNS and end < min(len(levels), at + MOST_LEVELS):
        level, above = levels[end], levels[end - 1]
        wider = _merged([*columns, *_spans([level])], GAP * level.size)
        if above.y - level.y > 3.2 * level.size or not _kept(columns, wider):
            break
        columns, end = wider, end + 1
    while end - at > 1 and len(levels[end - 1].pieces) == 1 and levels[end - 1].pieces[0].left < columns[0][1]:
        end -= 1  # a line below the first column is rather the text that goes on
    return end, columns


def _banded(levels: Sequence[_Level], rules: Sequence[Rule]) -> Iterator[tuple[int, int, Columns]]:
    """Where level lines of one length stand below one another, with columns between them: a header and two rows."""
    level = sorted(
        (rule for rule in rules if rule.level), key=lambda rule: (round(rule.start), round(rule.end), -rule.at)
    )
    for _, same in groupby(level, key=lambda rule: (round(rule.start), round(rule.end))):
        heights = [rule.at for rule in same]
        places = [sum(level.y > height for level in levels) for height in heights]
        at = 0
        while at < len(heights) - 3:
            columns: Columns = []
            end = at
            while end + 1 < len(places) and places[end + 1] > places[end]:
                spans = _spans(levels[places[end] : places[end + 1]])
                wider = _merged([*columns, *spans], GAP * levels[places[end]].size)
                if len(_merged(spans, GAP * levels[places[end]].size)) < 2 or not _kept(columns, wider):
                    break
                columns, end = wider, end + 1
            if end - at > 2:
                yield places[at], places[end], columns
            at = max(end, at + 1)


def _spans(levels: Sequence[_Level]) -> Columns:
    return [(piece.left, piece.right) for level in levels for piece in level.pieces]


def _kept(columns: Columns, wider: Columns) -> bool:
    """Whether none of the columns became one with another."""
    return all(sum(left >= a and right <= b for left, right in columns) <= 1 for a, b in wider)


def _merged(spans: Columns, gap: float) -> Columns:
    found: Columns = []
    for left, right in sorted(spans):
        if found and left - found[-1][1] < gap:
            found[-1] = (found[-1][0], max(found[-1][1], right))
        else:
            found.append((left, right))
    return found


def _table(lines: Sequence[Line], levels: Sequence[_Level], columns: Columns, rules: Sequence[Rule]) -> Table | None:
    numbers = [number for level in levels for number in level.numbers]
    span = written_together(numbers)
    if span is None or len(columns) < 2 or not _complete(lines, span, levels):
        return None
    wide = [rule for rule in rules if rule.level and _covers(rule, columns)]
    between = [any(b.y < rule.at < a.y for rule in wide) for a, b in pairwise(levels)]
    rows = _split(levels, between if sum(between) > 1 else _begins(levels))
    cells = [
        [joined([p for level in row for p in level.pieces if _in(p, column)]) for column in columns] for row in rows
    ]
    if not _has_header(cells) or _is_other(cells, LONGEST if sum(between) > 1 else LONGEST / 3):
        return None
    bold = all(p.bold for level in rows[0] for p in level.pieces) and not _bold(rows[1:])
    padded = min(a[-1].y - b[0].y for a, b in pairwise(rows)) > 1.5 * levels[0].size
    named = any(between[: len(rows[0])]) or (bold and (len(columns) > 2 or padded))
    if not named and not any(_values(cells, column) for column in range(1, len(columns))):
        return None
    return Table(tuple(map(tuple, cells)), *span, tuple(left for left, _ in columns), certain=True)


def _complete(lines: Sequence[Line], span: tuple[int, int], levels: Sequence[_Level]) -> bool:
    """Whether all that its lines show stands at its heights, and can be placed."""
    high, low = levels[0].y + 1, min(piece.y for piece in levels[-1].pieces) - 1
    part = lines[span[0] : span[1] + 1]
    return all(line.pieces and all(low <= piece.y <= high for piece in line.pieces) for line in part)


def _covers(rule: Rule, columns: Columns) -> bool:
    left, right = columns[0][0], columns[-1][1]
    return min(rule.end, right) - max(rule.start, left) > 0.8 * (right - left)


def _in(piece: Piece, column: tuple[float, float]) -> bool:
    return column[0] - 0.1 <= piece.left and piece.right <= column[1] + 0.1


def _bold(rows: Sequence[Sequence[_Level]]) -> bool:
    pieces = [piece for row in rows for level in row for piece in level.pieces]
    return sum(piece.bold for piece in pieces) > len(pieces) / 2


def _begins(levels: Sequence[_Level]) -> list[bool]:
    """Which heights begin a row, of all but the first: by the space between, else by the first column."""
    first = min(level.pieces[0].left for level in levels)
    gaps = [a.y - b.y for a, b in pairwise(levels)]
    body = gaps[1:] or gaps
    if max(body) > 1.25 * min(body) and min(body) < 1.45 * levels[0].size:
        return [True, *(gap > 1.15 * min(body) for gap in body)]
    return [level.pieces[0].left < first + 2 * level.size and len(level.pieces) > 1 for level in levels[1:]]


def _split(levels: Sequence[_Level], begins: Sequence[bool]) -> list[list[_Level]]:
    rows = [[levels[0]]]
    for level, begin in zip(levels[1:], begins, strict=True):
        if begin:
            rows.append([])
        rows[-1].append(level)
    return rows


def _has_header(rows: Sequence[Row]) -> bool:
    """Whether the first row names the columns, and all below are rows under it."""
    if len(rows) < 3 or not all(rows[0][1:]) or rows[0][0].endswith(":"):
        return False
    named = all(re.search(r"[^\W\d_]{2}", cell) and not VALUE.fullmatch(cell) for cell in rows[0] if cell)
    return named and all(row[0] and sum(map(bool, row)) >= 2 for row in rows[1:])


def _is_other(rows: Sequence[Row], longest: float) -> bool:
    """Whether rows that align are something else: contents, a list, prose in columns, what a layout put there."""
    cells = [cell for row in rows for cell in row if cell]
    if any(map(LEADERS.search, cells)) or max(map(len, cells)) > longest:
        return True
    if all(_MARK.fullmatch(row[0]) for row in rows[1:]):
        return True
    last = [row[-1] for row in rows]
    if len(rows[0]) == 2 and (last[0].casefold() in _PAGES or all(cell.isdigit() for cell in last)):
        return True
    running = [sum(row[c][:1].islower() for row in rows[1:]) for c in range(len(rows[0]))]
    wordy = [median(len(row[c]) for row in rows[1:]) > 24 for c in range(len(rows[0]))]
    prose = any(n > 0.3 * (len(rows) - 1) and long for n, long in zip(running, wordy, strict=True))
    return prose or 0 < running[0] <= (len(rows) - 1) / 2


def _values(rows: Sequence[Row], column: int) -> bool:
    """Whether a column holds a number, an amount or a yes or no in nearly every row below its name."""
    cells = [row[column] for row in rows[1:] if row[column]]
    return len(cells) > 1 and sum(bool(VALUE.fullmatch(cell)) for cell in cells) >= 0.8 * len(cells)
