"""What a page of a PDF shows and where: its lines in the order they were written, the pieces of each, its ruling lines.

pypdf says where text begins but not where it ends, and a gap between columns needs both; so the widths of letters are
taken from pypdf's own fonts. Only this module knows how pypdf tells it.
"""

from bisect import bisect
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from pypdf import PageObject
from pypdf.generic._font import Font

EDGE = 0.12  # of a page's height, at its top and bottom, is where running headers and footers are
MAX_RULES = 4000  # strokes of a page; more are a drawing
SPACE = 0.34  # of the size of the letters: no wider gap is between two words of one piece
THIN = 3.0  # points: a filled box no wider than this is a ruling line
BROKEN = (ValueError, TypeError, KeyError, IndexError, AttributeError, ArithmeticError, AssertionError)
_JOINED = str.maketrans({"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st", "\xad": "-"})
_MOVES = frozenset({b"BT", b"Td", b"TD", b"Tm", b"T*"})
_STROKED = frozenset({b"S", b"s", b"B", b"B*", b"b", b"b*"})
_FILLED = frozenset({b"f", b"F", b"f*"})
_FONTS_KEPT = 64  # of one document, read once each

Matrix = Sequence[float]


@dataclass(frozen=True, slots=True)
class Piece:
    """Some words that were written together: from left to right, on a base line, all in points."""

    text: str
    left: float
    right: float
    y: float
    size: float
    bold: bool

    @property
    def middle(self) -> tuple[float, float]:
        """The middle of its letters, from the left and the bottom."""
        return (self.left + self.right) / 2, self.y + 0.3 * self.size


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a page: its words, its place from the left and the bottom, the size of its letters in points.

    `edge`: it lies where running headers and footers are. `table`: it is a table, and `text` is its Markdown.
    """

    text: str
    x: float
    y: float
    size: float
    bold: bool
    edge: bool
    pieces: tuple[Piece, ...] = ()
    table: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """A straight line at `at`, from `start` to `end`: a level one is at a height, an upright one at a distance."""

    level: bool
    at: float
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Sheet:
    """One page."""

    lines: tuple[Line, ...] = ()
    rules: tuple[Rule, ...] = ()


@dataclass(frozen=True, slots=True)
class _Show:
    """One operator that shows text: what, where, and whether the pen was moved before it."""

    items: Sequence[Any]
    cm: tuple[float, ...]
    tm: tuple[float, ...]
    moved: bool
    spacing: tuple[float, float, float]


class Reader:
    """Reads the pages of one document. What pypdf cannot read is raised as pypdf raises it."""

    def __init__(self) -> None:
        self._fonts: dict[int, tuple[Any, _Known | None]] = {}

    def page(self, page: PageObject) -> Sheet:
        """The lines and ruling lines of a page, as they were written, which is the order they are read in."""
        bottom, height = float(page.mediabox.bottom), float(page.mediabox.height)
        lines = _Lines(bottom + EDGE * height, bottom + (1 - EDGE) * height, self._font)
        rules = _Rules()

        def before(operator: bytes, operands: Any, cm: Matrix, tm: Matrix) -> None:
            lines.before(operator, operands, cm, tm)
            rules.drawn(operator, operands, cm)

        page.extract_text(visitor_text=lines, visitor_operand_before=before, visitor_operand_after=lines.after)
        lines.end()
        found = rules.found if len(rules.found) <= MAX_RULES else []
        upright = sorted(rule.at for rule in found if not rule.level)
        return Sheet(
            tuple(replace(line, pieces=tuple(_phrases(line.pieces, upright))) for line in lines.found), tuple(found)
        )

    def _font(self, font: Any) -> "_Known | None":
        """How wide letters are and what they mean; None where the font does not say. Keeps those in use."""
        if id(font) not in self._fonts:
            if len(self._fonts) >= _FONTS_KEPT:
                self._fonts.clear()
            try:
                self._fonts[id(font)] = (font, _Known(Font.from_font_resource(font)))
            except BROKEN:
                self._fonts[id(font)] = (font, None)
        return self._fonts[id(font)][1]


class _Lines:
    """Hears the text of a page with its places, and puts it together to lines and their pieces."""

    def __init__(self, low: float, high: float, font: Any) -> None:
        self._inside, self._font = (low, high), font
        self.found: list[Line] = []
        self._parts: list[str] = []
        self._place: tuple[float, float, float] | None = None
        self._bold = Counter[bool]()
        self._shows: list[_Show] = []
        self._pieces: list[Piece] = []
        self._moved, self._pen = True, 0.0
        self._spacing = (0.0, 0.0, 1.0)  # between letters, between words, stretched by
        self._saved: list[tuple[float, float, float]] = []

    def __call__(self, text: str, cm: Matrix, tm: Matrix, font: Any, size: float) -> None:
        name = str((font or {}).get("/BaseFont", ""))
        bold = "Bold" in name or "Black" in name
        self._pieces += self._shown(font, float(size), bold)
        for number, part in enumerate(text.split("\n")):
            if number:
                self.end()
            if part.strip() and self._place is None:
                scale = abs(tm[3] or tm[1]) * abs(cm[3] or cm[1] or 1.0)
                self._place = (tm[4] * cm[0] + cm[4], tm[5] * cm[3] + cm[5], float(size) * scale)
            self._bold[bold] += len(part.strip())
            self._parts.append(part)

    def end(self) -> None:
        """The line is full."""
        words = " ".join("".join(self._parts).translate(_JOINED).split())
        if words and self._place:
            edge = not self._inside[0] <= self._place[1] <= self._inside[1]
            bold = self._bold[True] > self._bold[False]
            self.found.append(Line(words, *self._place, bold=bold, edge=edge, pieces=tuple(self._pieces)))
        self._parts, self._place, self._pieces = [], None, []
        self._bold.clear()

    def before(self, operator: bytes, operands: Any, cm: Matrix, tm: Matrix) -> None:
        """Told of every operator before pypdf does it."""
        if operator in (b"Tj", b"TJ"):
            self._show(operands[:1], cm, tm)
        elif operator in _MOVES:
            self._moved = True
        elif operator in (b"Tc", b"Tw", b"Tz"):
            at = (b"Tc", b"Tw", b"Tz").index(operator)
            given = float(operands[0]) if operands and isinstance(operands[0], (int, float)) else self._spacing[at]
            changed = [*self._spacing]
            changed[at] = given / 100 if operator == b"Tz" else given
            self._spacing = (changed[0], changed[1], changed[2])
        elif operator == b"q":
            self._saved.append(self._spacing)
        elif operator == b"Q" and self._saved:
            self._spacing = self._saved.pop()

    def after(self, operator: bytes, operands: Any, cm: Matrix, tm: Matrix) -> None:
        """Told of every operator when pypdf has done it."""
        if operator in (b"'", b'"'):
            self._moved = True
            self._show(operands[-1:], cm, tm)

    def _show(self, operands: Sequence[Any], cm: Matrix, tm: Matrix) -> None:
        for operand in operands:
            items = operand if isinstance(operand, list) else [operand]
            self._shows.append(_Show(items, tuple(cm), tuple(tm), self._moved, self._spacing))
            self._moved = False

    def _shown(self, font: Any, size: float, bold: bool) -> list[Piece]:
        """The pieces of what was shown since the font was last told; none of text that is not level."""
        shows, self._shows = self._shows, []
        known = self._font(font) if shows and font else None
        return [piece for show in shows for piece in self._pieces_of(show, known, size, bold)] if known else []

    def _pieces_of(self, show: _Show, font: "_Known", size: float, bold: bool) -> Iterator[Piece]:
        tm, cm = show.tm, show.cm
        wide, turned = tm[0] * cm[0] + tm[1] * cm[2], tm[0] * cm[1] + tm[1] * cm[3]
        self._pen = 0.0 if show.moved else self._pen
        if wide <= 0 or abs(turned) > 0.01 * wide:
            return
        x, y = _placed(tm[4], tm[5], cm)
        tall = size * abs(tm[2] * cm[1] + tm[3] * cm[3])
        for text, left, right in self._items(show, font, size):
            yield Piece(text.translate(_JOINED), x + wide * left, x + wide * right, y, tall, bold)

    def _items(self, show: _Show, font: "_Known", size: float) -> Iterator[tuple[str, float, float]]:
        """The words of one operator with their begin and end from where the pen was set."""
        spacing, word, stretched = show.spacing
        for item in show.items:
            if isinstance(item, (int, float)):
                self._pen -= item / 1000 * size * stretched
            elif isinstance(item, (str, bytes)):
                pen = self._pen
                text, start, spaces, end = "", pen, 0, pen
                for meant, width, space in font.letters(item):
                    if not meant.isspace():
                        if spaces > 1 and text:
                            yield text, start, end
                            text = ""
                        start = start if text else pen
                        text, spaces = text + " " * bool(spaces and text) + meant, 0
                    else:
                        spaces += 1
                    pen += (width * size + spacing + word * space) * stretched
                    end = end if spaces else pen
                if text:
                    yield text, start, end
                self._pen = pen


class _Known:
    """A font, and how wide its letters are: what each mark means, its width in parts of its size, is it the space."""

    def __init__(self, font: Font) -> None:
        self._font = font
        self._letters: dict[str | int, tuple[str, float, bool]] = {}

    def letters(self, item: str | bytes) -> Iterator[tuple[str, float, bool]]:
        """The letters of a string as it was written."""
        coded = isinstance(item, bytes) and isinstance(self._font.encoding, str)
        for mark in item.decode(str(self._font.encoding), "replace") if coded and isinstance(item, bytes) else item:
            known = self._letters.get(mark)
            if known is None:
                known = self._letters[mark] = self._letter(mark)
            yield known

    def _letter(self, mark: str | int) -> tuple[str, float, bool]:
        font, written = self._font, chr(mark) if isinstance(mark, int) else mark
        named = (
            font.encoding.get(mark, written) if isinstance(mark, int) and isinstance(font.encoding, dict) else written
        )
        space = written == font.space_char
        width = font.space_width if space else font.get_text_width(written)
        return str(font.character_map.get(named, named)), width / 1000, space


def _phrases(pieces: Sequence[Piece], upright: Sequence[float]) -> Iterator[Piece]:
    """Pieces with those put together between which is only a space: a page may have one for every few letters.

    `upright`: where upright lines are, in order; none goes through a piece.
    """
    run: list[Piece] = []
    for piece in pieces:
        last = run[-1] if run else piece
        gap, level = piece.left - last.right, abs(piece.y - last.y) < 0.1 * piece.size
        between = bisect(upright, last.right - 1), bisect(upright, piece.left + 1)
        if run and (not level or abs(gap) > SPACE * piece.size or between[0] != between[1]):
            yield _phrase(run)
            run = []
        run.append(piece)
    if run:
        yield _phrase(run)


def _phrase(run: Sequence[Piece]) -> Piece:
    text = run[0].text
    for last, piece in pairwise(run):
        text += " " * (piece.left - last.right > 0.12 * piece.size) + piece.text
    right, bold = max(piece.right for piece in run), all(piece.bold for piece in run)
    return replace(run[0], text=text, right=right, bold=bold)


class _Rules:
    """Hears what is drawn on a page, and keeps its level and upright lines."""

    def __init__(self) -> None:
        self.found: list[Rule] = []
        self._path: list[tuple[float, float, float, float, bool]] = []  # two corners, and whether they are of a box
        self._at: tuple[float, float] | None = None
        self._begun: tuple[float, float] | None = None

    def drawn(self, operator: bytes, operands: Any, cm: Matrix) -> None:
        """Told of every operator."""
        if len(self.found) > MAX_RULES or len(self._path) > MAX_RULES:
            self._path = []
        elif operator in (b"re", b"m", b"l", b"h"):
            self._drew(operator, [float(n) for n in operands if isinstance(n, (int, float))], cm)
        elif operator in _STROKED or operator in _FILLED:
            if operator in (b"s", b"b", b"b*"):
                self._drew(b"h", [], cm)
            self.found += [rule for part in self._path for rule in _ruled(*part, filled=operator in _FILLED)]
            self._path = []
        elif operator == b"n":
            self._path = []

    def _drew(self, operator: bytes, numbers: Sequence[float], cm: Matrix) -> None:
        if operator == b"re" and len(numbers) == 4:
            x, y, wide, tall = numbers
            self._path.append((*_placed(x, y, cm), *_placed(x + wide, y + tall, cm), True))
        elif operator == b"m" and len(numbers) == 2:
            self._at = self._begun = _placed(numbers[0], numbers[1], cm)
        elif operator == b"l" and len(numbers) == 2 and self._at:
            to = _placed(numbers[0], numbers[1], cm)
            self._path.append((*self._at, *to, False))
            self._at = to
        elif operator == b"h" and self._at and self._begun:
            self._path.append((*self._at, *self._begun, False))
            self._at = self._begun


def _placed(x: float, y: float, cm: Matrix) -> tuple[float, float]:
    return x * cm[0] + y * cm[2] + cm[4], x * cm[1] + y * cm[3] + cm[5]


def _ruled(x0: float, y0: float, x1: float, y1: float, box: bool, *, filled: bool) -> Iterator[Rule]:
    """The ruling lines of a stroke or of a box; of a filled box only where it is thin."""
    left, right, low, high = min(x0, x1), max(x0, x1), min(y0, y1), max(y0, y1)
    if high - low <= (THIN if box else 0.5) < right - left:
        yield Rule(True, (low + high) / 2, left, right)
    elif right - left <= (THIN if box else 0.5) < high - low:
        yield Rule(False, (left + right) / 2, low, high)
    elif box and not filled:
        level, upright = Rule(True, low, left, right), Rule(False, left, low, high)
        yield from (level, replace(level, at=high), upright, replace(upright, at=right))
