"""A PDF as Markdown: paragraphs, lists and headings as its lines lie on the page, each page after `<!-- page N -->`.

What is not certain is left as it is. Running headers and footers go where they repeat, and so do the numbers of pages;
a word broken at the end of a line is joined where the document itself knows it; a paragraph that runs over a page
belongs to the page it begins on. Tables are found by `pdf_tables`; what may be none comes as lines. Review comments are
not part of its text.
"""

import io
import logging
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from statistics import median
from typing import Any

from pypdf import PageObject, PasswordType, PdfReader
from pypdf.errors import PyPdfError

from knowledge.readers.notes import RUNNING, Note, short, told
from knowledge.readers.pdf_page import BROKEN, Line, Reader, Sheet
from knowledge.readers.pdf_tables import with_tables
from knowledge.readers.unreadable import Unreadable

MAX_PAGES = 1000
LEAST = 16  # characters a page: fewer are the stamp of a scanner
_BROKEN = (PyPdfError, *BROKEN)
_COMMENTS = frozenset({"/Text", "/FreeText", "/Highlight", "/Underline", "/StrikeOut", "/Squiggly", "/Caret", "/Stamp"})
_BULLET = re.compile(r"(?:[-*+•◦▪‣·●○■□–]|\(?(?:\d{1,3}|[a-z])[.)])\s+(?=\S)")
_BETWEEN_ITEMS = re.compile(r"^([-•◦▪‣·*+] [^\n]*)\n\n(?=[-•◦▪‣·*+] )", re.M)
_SIGN = re.compile(r"[●○■□–]\s+(?=\S)")

_NUMBERED = re.compile(
    r"[-–—|\[(\s]*(?P<word>(?:page|pages|seite|página|pagina|strona|side|sida|str|pág|pag|pg|p|s)\b\.?\s*)?"
    r"(?P<number>\d{1,4})(?P<of>\s*(?:of|von|de|di|van|sur|av|af|z|/|\|)\s*\d{1,4})?[-–—|\])\s]*",
    re.I,
)

logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # what it finds odd in a file is told to the owner, in our words


def to_markdown(data: bytes) -> tuple[str, str, list[str]]:
    """The title, the text and the warnings of a PDF. Raises Unreadable."""
    if b"%PDF-" not in data[:1024]:
        raise Unreadable("this is not a PDF, whatever its name says; save it again as PDF")
    try:
        reader = PdfReader(io.BytesIO(data), strict=False)
        _open(reader)
        pages = len(reader.pages)
    except RecursionError:
        raise Unreadable("the PDF is nested too deeply to be read; print it into a new PDF") from None
    except _BROKEN as error:
        raise Unreadable(f"the PDF is damaged and cannot be opened ({_short(error)}); save it again") from None
    if not pages:
        raise Unreadable("the PDF has no pages; save it again")
    if pages > MAX_PAGES:
        raise Unreadable(f"{pages:,} pages are more than the limit of {MAX_PAGES:,}; split it by subject")
    warnings = (
        [] if b"%%EOF" in data[-2048:] else ["the end of the PDF is missing; look whether its last pages are here"]
    )
    sheets = _sheets(reader, warnings)
    _check([sheet.lines for sheet in sheets], warnings)
    text = _markdown(_without_edges(with_tables(sheets), warnings))
    headed = re.search(r"^# ", text, re.M)  # more to be trusted than the properties
    return "" if headed else _title(reader), text, warnings


def _open(reader: PdfReader) -> None:
    if reader.is_encrypted and reader.decrypt("") == PasswordType.NOT_DECRYPTED:
        raise Unreadable("the PDF is protected with a password; save it without one")


def _title(reader: PdfReader) -> str:
    """The title in its properties, unless a program put a file name there."""
    try:
        title = str((reader.metadata and reader.metadata.title) or "").strip()
    except _BROKEN:
        return ""
    named = re.search(r"\.\w{2,4}$|^(?:microsoft word|untitled|document\d*)\b|[\x00-\x1f�]", title, re.I)
    return "" if named or len(title) > 200 else " ".join(title.split())


def _sheets(reader: PdfReader, warnings: list[str]) -> list[Sheet]:
    """What every page shows. Pages that cannot be read and what is left out are warned of."""
    found, pages = [], Reader()
    unread, comments, struck = [], 0, []
    for number, page in enumerate(reader.pages, 1):
        try:
            found.append(pages.page(page))
            marks = _marks(page)
            comments += len(marks)
            struck += [number] if "/StrikeOut" in marks else []
        except RecursionError:
            raise Unreadable(f"page {number} is nested too deeply to be read; print it into a new PDF") from None
        except _BROKEN:
            found.append(Sheet())
            unread.append(number)
    if unread and len(unread) == len(found):
        raise Unreadable("the PDF is damaged: none of its pages can be read; save it again")
    if unread:
        warnings.append(f"could not be read and is missing: page {_numbers(unread)}")
    if comments:
        warnings.append(f"{comments} review comments or marks were left out")
    if struck:
        warnings.append(f"what a mark strikes out is still in the text, delete it there: page {_numbers(struck)}")
    return found


def _marks(page: PageObject) -> list[str]:
    """The kinds of the comments and marks of a page."""
    notes: list[Any] = list(page.annotations or [])
    kinds = [note.get_object().get("/Subtype") for note in notes]
    return [kind for kind in kinds if kind in _COMMENTS]


def _check(pages: Sequence[Sequence[Line]], warnings: list[str]) -> None:
    """Raise Unreadable for pictures of text and for letters without meaning."""
    text = "".join(line.text for page in pages for line in page)
    if len(text) < LEAST * len(pages):
        raise Unreadable("the PDF has no text, only pictures of it (a scan); run text recognition on it first")
    odd = sum(c == "�" or "\ue000" <= c <= "\uf8ff" or c < " " for c in text) + 6 * text.count("(cid:")
    if odd > len(text) // 5:
        raise Unreadable("the letters of the PDF cannot be read (its fonts do not say them); save it again as PDF/A")
    empty = [number for number, page in enumerate(pages, 1) if sum(len(line.text) for line in page) < LEAST]
    if empty:
        warnings.append(f"nearly no text (a picture?): page {_numbers(empty)}")


def _numbers(pages: Sequence[int]) -> str:
    return ", ".join(map(str, pages[:12])) + (f" and {len(pages) - 12} more" if len(pages) > 12 else "")


# ── What repeats on every page ────────────────────────────────────────────────────────────────────────────────


def _without_edges(pages: Sequence[Sequence[Line]], warnings: list[str]) -> list[list[Line]]:
    """The pages without their numbers, and without the headers and footers that most of them share."""
    seen = Counter(key for page in pages for key in {_key(line) for line in page if line.edge})
    running = {key for key, times in seen.items() if times >= max(3, len(pages) / 2)} | _of_both(pages)
    repeated = {_key(line): line.text for page in pages for line in page if line.edge and _key(line) in running}
    kept = [
        [line for line in page if not (line.edge and (_key(line) in running or _is_number(line.text, number)))]
        for number, page in enumerate(pages, 1)
    ]
    if not any(kept):
        return list(map(list, pages))
    warnings += told(Note(RUNNING, short(text)) for text in repeated.values() if not _NUMBERED.fullmatch(text))
    return kept


def _of_both(pages: Sequence[Sequence[Line]]) -> set[str]:
    """What stands in the same place and letters at the edge of both of two pages, no larger than their text."""
    if len(pages) != 2:
        return set()
    body = _body_size(pages)
    places = [{(_key(line), round(line.y)): line.size for line in page if line.edge} for page in pages]
    return {key for (key, y), size in places[0].items() if places[1].get((key, y)) == size <= body}


def _is_number(text: str, page: int) -> bool:
    """Whether a line is nothing but the number of its page: of how many, or the very one it is."""
    found = _NUMBERED.fullmatch(text)
    return found is not None and bool(found["word"] or found["of"] or found["number"] == str(page))


def _key(line: Line) -> str:
    return re.sub(r"\d+|\b[ivxlc]+\b", "0", line.text.casefold())


# ── From lines to paragraphs ──────────────────────────────────────────────────────────────────────────────────


def _markdown(pages: Sequence[Sequence[Line]]) -> str:
    body = _body_size(pages)
    levels = _levels(pages, body)
    step = _leading(pages)
    known = Counter(word for page in pages for line in page for word in _words(line.text))
    out: list[str] = []
    for number, lines in enumerate(pages, 1):
        blocks = list(_blocks(lines, levels, body, step))
        if number > 1 and out and blocks and _runs_on(out[-1], blocks[0]):
            out[-1] = _joined([out[-1], *blocks.pop(0)[1]], known)
        out.append(f"<!-- page {number} -->")
        out += [mark + _joined(parts, known) for mark, parts in blocks]
    return re.sub(_BETWEEN_ITEMS, r"\1\n", "\n\n".join(out))


def _body_size(pages: Sequence[Sequence[Line]]) -> float:
    """The size most letters have."""
    sizes = Counter[float]()
    for page in pages:
        for line in page:
            sizes[round(line.size, 1)] += len(line.text)
    return sizes.most_common(1)[0][0]


def _levels(pages: Sequence[Sequence[Line]], body: float) -> Callable[[Line], int]:
    """The heading level of a line, 0 for none: larger than the body, or bold where the body is not."""
    large = Counter(round(line.size, 1) for page in pages for line in page if line.size > 1.15 * body)
    sizes = sorted(large, reverse=True)[:4]
    bold = sum(len(line.text) for page in pages for line in page if line.bold)
    plain = sum(len(line.text) for page in pages for line in page if not line.bold)

    def level(line: Line) -> int:
        if line.table:
            return 0
        wordy = len(line.text) > 120 or not re.search(r"[^\W\d_]{2}", line.text)
        if wordy or line.text[:1].islower() or line.text.endswith((",", ";")):
            return 0
        if line.size > 1.15 * body:
            return next((place for place, size in enumerate(sizes, 1) if line.size >= size - 0.06), len(sizes))
        return min(len(sizes) + 1, 6) if line.bold and bold < plain / 3 and not line.text.endswith(".") else 0

    return level


def _leading(pages: Sequence[Sequence[Line]]) -> float:
    """The usual distance between two lines of a paragraph, in points."""
    steps = [a.y - b.y for page in pages for a, b in pairwise(page) if 0 < a.y - b.y < 2 * a.size]
    return median(steps) if steps else 1.3 * _body_size(pages)


def _blocks(
    lines: Sequence[Line], level: Callable[[Line], int], body: float, step: float
) -> Iterator[tuple[str, list[str]]]:
    """The blocks of a page: what stands in front (# or - or nothing), and the lines of its words."""
    block: list[Line] = []
    for line in lines:
        if block and _begins(block, line, level, body, step):
            yield _block(block, level)
            block = []
        block.append(line)
    if block:
        yield _block(block, level)


def _block(block: Sequence[Line], level: Callable[[Line], int]) -> tuple[str, list[str]]:
    depth, words = level(block[0]), [line.text for line in block]
    if block[0].table:
        return "", words
    if depth:
        return "#" * depth + " ", words
    first = _SIGN.sub("- ", words[0]) if _SIGN.match(words[0]) else words[0]
    return "", [re.sub(r"^(#+ |[=-]{2,}$)", r"\\\1", first), *words[1:]]


def _begins(block: Sequence[Line], line: Line, level: Callable[[Line], int], body: float, step: float) -> bool:
    """Whether a line begins a new block."""
    last = block[-1]
    if last.table or line.table:
        return True
    if level(last) or level(line):
        return not (
            level(last) == level(line) and abs(last.size - line.size) < 0.1 and 0 < last.y - line.y < 2 * line.size
        )
    if _BULLET.match(line.text):
        return True
    down, ended = last.y - line.y, last.text.endswith((".", "!", "?", ":", ";"))
    if down <= 0:  # on the same height, or back at the top: another column
        return ended or line.text[:1].isupper() or down == 0
    indented = ended and line.x > last.x + 0.5 * body and len(block) > 1
    return down > 1.4 * step or indented


def _runs_on(before: str, block: tuple[str, list[str]]) -> bool:
    """Whether a page begins in the middle of a sentence of the page before."""
    mark, parts = block
    open_end = not before.startswith(("#", "<!--", "| ")) and before[-1:] not in '.!?:;”"'
    return open_end and not mark and parts[0][:1].islower() and not _BULLET.match(parts[0])


def _joined(parts: Sequence[str], known: Counter[str]) -> str:
    text = parts[0]
    for part in parts[1:]:
        text = _mended(text, part, known) or f"{text} {part}"
    return text


def _mended(text: str, part: str, known: Counter[str]) -> str:
    """Two lines put together where a word was broken between them; empty where none was."""
    head, tail = re.search(r"([^\W\d_][\w-]*)-$", text), re.match(r"[^\W\d_]+", part)
    if head is None or tail is None or not tail[0][0].islower():
        return ""
    whole = (head[1] + tail[0]).casefold()
    own_hyphen = "-" in head[1] or known[f"{head[1]}-{tail[0]}".casefold()]
    if known[whole] or not (own_hyphen or known[tail[0].casefold()] > 1):
        return text[:-1] + part
    return text + part


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)*", text.casefold())


def _short(error: Exception) -> str:
    return " ".join(str(error).split())[:100] or type(error).__name__
