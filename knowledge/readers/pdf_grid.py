"""Tables of a PDF between ruling lines, and what every table of a PDF is."""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from knowledge.readers.pdf_page import Line, Piece, Rule

NEAR = 2.5  # points between what was meant to touch
LONGEST = 600  # characters of one cell; beyond, the lines are there for the layout
MOST_RULES = 400  # lines of a page; more are a drawing
MOST_COLUMNS = 24  # of a table; more are a drawing
LEADERS = re.compile(r"\.{4,}|(?: ?\. ){3,}|…{2,}|·{4,}|_{4,}")
VALUE = re.compile(
    r"(?:(?:up to|from|ca\.?|about|over|under)\s)?[<>≤≥~±+-]?\s?(?:[£$€¥]|[A-Z]{3}\s)?\s?\d[\d.,:/–-]*"
    r"(?:\s?(?:%|°C|[£$€¥]|[^\W\d]{1,12}))?(?:\s?[-–]\s?[£$€¥]?\d[\d.,]*(?:\s?[^\W\d]{1,12})?)?|yes|no|none|free|[-–—✓✗×x]|n/?a",
    re.I,
)

Row = list[str]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of as many cells, the header first; it stands for `lines[first:last + 1]` of its page.

    `columns`: where they begin. `certain`: its first row is seen to be the header, and not only taken for it.
    """

    rows: tuple[tuple[str, ...], ...]
    first: int
    last: int
    columns: tuple[float, ...]
    certain: bool


def written_together(numbers: Collection[int]) -> tuple[int, int] | None:
    """The first and last of some lines, if they were written one after the other; else they are no table."""
    if not numbers or len(set(numbers)) != max(numbers) - min(numbers) + 1:
        return None
    return min(numbers), max(numbers)


def joined(pieces: Sequence[Piece]) -> str:
    """The words of a cell, line by line."""
    lines: list[list[Piece]] = []
    for piece in sorted(pieces, key=lambda piece: -piece.y):
        if lines and abs(lines[-1][0].y - piece.y) < 0.45 * piece.size:
            lines[-1].append(piece)
        else:
            lines.append([piece])
    text = ""
    for line in lines:
        words = _run([*sorted(line, key=lambda piece: piece.left)])
        broken = re.search(r"[^\W\d_]-$", text) and words[:1].islower()
        text = f"{text}{words}" if broken or not text else f"{text} {words}"
    return " ".join(text.split())


def _run(line: Sequence[Piece]) -> str:
    text = line[0].text
    for last, piece in pairwise(line):
        text += " " * (piece.left - last.right > 0.12 * piece.size) + piece.text
    return text


def whole(rules: Sequence[Rule]) -> list[Rule]:
    """Ruling lines put together from the strokes they were drawn with; none of a drawing."""
    found: list[Rule] = []
    for rule in sorted(rules, key=lambda rule: (rule.level, round(rule.at / NEAR), rule.start)):
        near = (at for at in range(len(found) - 1, max(-1, len(found) - 8), -1))
        for at in near:
            other = found[at]
            if other.level == rule.level and abs(other.at - rule.at) < NEAR and rule.start <= other.end + NEAR:
                found[at] = replace(other, start=min(other.start, rule.start), end=max(other.end, rule.end))
                break
        else:
            found.append(rule)
    found = [rule for rule in found if rule.end - rule.start > 2 * NEAR]
    return found if len(found) <= MOST_RULES else []


def grids(lines: Sequence[Line], rules: Sequence[Rule]) -> Iterator[Table]:
    """Tables whose columns and rows are kept apart by ruling lines."""
    for level, upright in _crossing(rules):
        columns = _places([rule.at for rule in upright] + [end for rule in level for end in (rule.start, rule.end)])
        heights = _places([rule.at for rule in level] + [end for rule in upright for end in (rule.start, rule.end)])
        if 3 <= len(columns) <= MOST_COLUMNS and len(heights) >= 3:
            grid = _Grid(level, upright, columns, heights[::-1])
            if table := grid.below_title().table(lines):
                yield table


def _crossing(rules: Sequence[Rule]) -> Iterator[tuple[list[Rule], list[Rule]]]:
    """Level and upright lines that touch one another, group by group."""
    left = list(rules)
    while left:
        group, at = [left.pop()], 0
        while at < len(group):
            touching = [rule for rule in left if _touch(group[at], rule)]
            left = [rule for rule in left if rule not in touching]
            group += touching
            at += 1
        yield [rule for rule in group if rule.level], [rule for rule in group if not rule.level]


def _touch(a: Rule, b: Rule) -> bool:
    crossing = a.start - NEAR <= b.at <= a.end + NEAR and b.start - NEAR <= a.at <= b.end + NEAR
    return a.level != b.level and crossing


def _places(numbers: Sequence[float]) -> list[float]:
    """Numbers that are not near one another, in order."""
    found: list[float] = []
    for number in sorted(numbers):
        if not found or number - found[-1] > 2 * NEAR:
            found.append(number)
    return found


@dataclass(frozen=True, slots=True)
class _Grid:
    """Level and upright lines, and what lies between them: columns from the left, rows from the top."""

    level: Sequence[Rule]
    upright: Sequence[Rule]
    columns: Sequence[float]
    heights: Sequence[float]

    def below_title(self) -> "_Grid":
        """The same without title rows, which run over all of its columns."""
        if len(self.heights) < 3 or self._apart(self.columns[1:-1], sum(self.heights[:2]) / 2):
            return self
        return replace(self, heights=self.heights[1:]).below_title()

    def table(self, lines: Sequence[Line]) -> Table | None:
        """The table in it; None if it holds none, or one that cannot be told from what is around it."""
        cells: dict[tuple[int, int], list[Piece]] = {}
        inside, outside = set[int](), set[int]()
        for number, piece in ((number, piece) for number, line in enumerate(lines) for piece in line.pieces):
            place = self._place(piece)
            (inside if place else outside).add(number)
            if place and self._cut(piece, place[1]):
                return None
            if place:
                cells.setdefault(place, []).append(piece)
        span = written_together(inside)
        if span is None or inside & outside:
            return None
        across, down = range(len(self.columns) - 1), range(len(self.heights) - 1)
        rows = [[joined(cells.get((row, column), [])) for column in across] for row in down]
        rows = [row for row in rows if any(row)]
        return Table(tuple(map(tuple, rows)), *span, tuple(self.columns), certain=False) if _is_grid(rows) else None

    def _place(self, piece: Piece) -> tuple[int, int] | None:
        """The row and column of the cell it is in; cells with nothing drawn between them are one."""
        x, y = piece.middle
        column = next((n for n, (a, b) in enumerate(pairwise(self.columns)) if a <= x < b), None)
        row = next((n for n, (a, b) in enumerate(pairwise(self.heights)) if b < y <= a), None)
        if column is None or row is None:
            return None
        middle = (self.columns[column] + self.columns[column + 1]) / 2
        while row and not self._ruled(self.heights[row], middle):
            row -= 1
        while column and not self._apart([self.columns[column]], sum(self.heights[row : row + 2]) / 2):
            column -= 1
        return row, column

    def _ruled(self, height: float, x: float) -> bool:
        return any(abs(rule.at - height) <= 2 * NEAR and rule.start < x < rule.end for rule in self.level)

    def _apart(self, columns: Sequence[float], y: float) -> bool:
        """Whether an upright line begins one of the columns at a height."""
        there = [rule for rule in self.upright if rule.start < y < rule.end]
        return any(abs(rule.at - x) <= 2 * NEAR for rule in there for x in columns)

    def _cut(self, piece: Piece, column: int) -> bool:
        """Whether an upright line runs through some words."""
        inside = [x for x in self.columns[column:] if piece.left + 2 * NEAR < x < piece.right - 2 * NEAR]
        return self._apart(inside, piece.middle[1])


def _is_grid(rows: Sequence[Row]) -> bool:
    """Whether cells between ruling lines are a table: a header and rows below it, mostly filled, none a page long."""
    if len(rows) < 2 or sum(map(bool, rows[0])) < 2 or not any(sum(map(bool, row)) > 1 for row in rows[1:]):
        return False
    cells = [cell for row in rows for cell in row]
    filled = sum(map(bool, cells)) >= len(cells) / 2
    return filled and _names(rows) and max(map(len, cells)) <= LONGEST and not any(map(LEADERS.search, cells))


def _names(rows: Sequence[Row]) -> bool:
    """Whether the first row names the columns, and is not one of a form or of a table without a header."""
    first, *others = rows[0]
    if first.endswith(":"):  # what a form asks, beside the room for what is answered
        return False
    if any(re.search(r"[^\W\d_]", cell) and not VALUE.fullmatch(cell) for cell in others):
        return True
    numbers = [int(cell) if cell.isdecimal() else 0 for cell in others]
    return len(numbers) > 2 and all(0 < a < b for a, b in pairwise(numbers))  # sizes, years
