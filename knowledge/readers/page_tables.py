"""A table of a web page or a Word document as rows of words: what spans several cells stands in each of them."""

from collections.abc import Sequence
from dataclasses import dataclass

COPIES = 20_000
"""Cells of one table that may be filled with what spans them; ordinary tables have a hundredth of that."""
ACROSS = 100  # columns that one cell may span


@dataclass(frozen=True, slots=True)
class Cell:
    """The words of a cell, how many columns and rows it spans, and whether it names them."""

    words: str
    across: int = 1
    down: int = 1
    head: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """The title of a table, its rows with the names of the columns first, and whether every merged cell was filled."""

    title: str
    rows: Sequence[Sequence[str]]
    whole: bool


def filled(rows: Sequence[Sequence[Cell]]) -> Table:
    """The table with every merged cell filled, and all names of a column in one row."""
    grid, whole = _grid(rows)
    shown = [(row, list(cells)) for row, cells in zip(grid, rows, strict=True) if any(cell.words for cell in cells)]
    title = ""
    if len(shown) > 2 and len(shown[0][1]) == 1 and len(shown[0][0]) > 1 and len(set(shown[0][0])) == 1:
        title = shown[0][0][0]
        shown = shown[1:]
    heads = 0
    while heads < len(shown) - 1 and all(cell.head for cell in shown[heads][1]):
        heads += 1
    named = [_name([row[column] for row, _ in shown[:heads] if column < len(row)]) for column in range(_width(shown))]
    body = [row for row, _ in shown[heads:]]
    return Table(title, [named, *body] if heads else body, whole)


def _width(shown: Sequence[tuple[Sequence[str], object]]) -> int:
    return max((len(row) for row, _ in shown), default=0)


def _name(words: Sequence[str]) -> str:
    """What a column is called by the rows above it, each word once."""
    return ", ".join(dict.fromkeys(word for word in words if word))


def _grid(rows: Sequence[Sequence[Cell]]) -> tuple[list[list[str]], bool]:
    """The words by row and column."""
    grid: list[list[str]] = []
    spanning: dict[int, tuple[str, int]] = {}  # column → words, and the row they end before
    left = COPIES
    for number, cells in enumerate(rows):
        row: list[str] = []
        for cell in [*cells, None]:
            while len(row) in spanning and spanning[len(row)][1] > number:
                row.append(spanning[len(row)][0])
            if cell is None:
                break
            across, down = min(cell.across, ACROSS), min(cell.down, len(rows) - number)
            if across * down > 1:
                left -= across * down
            across, down = (across, down) if left > 0 else (1, 1)
            if down > 1:
                spanning.update({len(row) + place: (cell.words, number + down) for place in range(across)})
            row += [cell.words] * across
        grid.append(row)
    return grid, left > 0
