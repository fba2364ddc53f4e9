"""A CSV file as Markdown: a list of questions and answers, each pair a section of its own, or else one table."""

import csv
import io
import re
from collections import Counter
from collections.abc import Sequence

from knowledge.readers.notes import Note, short
from knowledge.readers.unreadable import Unreadable

MAX_ROWS = 2000
"""Rows that are read; a longer list is a data set, and is better brought in as several."""

ABOVE = 10  # rows among which the names of the columns are looked for
SAMPLE = 40  # lines by which the sign between two cells is chosen
_SEPARATOR = re.compile(r"\"?sep=(,|;|\t|\|)\"?[ \t]*(?:[,;]*)\n", re.I)

_QUESTIONS = ("question", "questions", "q", "faq", "frage", "pregunta", "vraag", "domanda", "query", "title")
_ANSWERS = ("answer", "answers", "a", "response", "reply", "antwort", "respuesta", "réponse", "antwoord", "risposta")
_MARKUP = re.compile(
    r"</?(?:p|br|div|span|ul|ol|li|b|strong|i|em|a|h[1-6]|table|s|del|ins|strike|details)\b[^<>]*>", re.I
)

Rows = Sequence[Sequence[str]]


def to_markdown(text: str) -> tuple[str, str, list[str], list[Note]]:
    """The title, the text, the warnings and the notes of a CSV file. Raises Unreadable."""
    rows, above = _headed(rows_of(text))
    if len(rows) < 2:
        raise Unreadable("there are no rows below the names of the columns")
    title = " ".join(" ".join(above[0]).split()) if above else ""
    warnings = []
    if above:
        warnings.append(f"what stands above the names of the columns became the title: “{short(title)}”")
    if len(rows) > MAX_ROWS + 1:
        warnings.append(f"only the first {MAX_ROWS:,} of {len(rows) - 1:,} rows were read; split the file")
        rows = rows[: MAX_ROWS + 1]
    names = [_name(cell) for cell in rows[0]]
    question, answer = _column(names, _QUESTIONS), _column(names, _ANSWERS)
    notes: list[Note] = []
    if question is None or answer is None:
        warnings.append("no columns named question and answer, so it is kept as one table")
        return title, _table(rows), warnings, notes
    if others := [rows[0][place] for place in range(len(names)) if place not in (question, answer) and names[place]]:
        warnings.append(f"columns left out: {', '.join(others[:12])}")
    body = _pairs(rows[1:], question, answer, warnings, notes)
    return title, body, warnings, notes


def rows_of(text: str) -> list[list[str]]:
    """The rows of a CSV that hold anything, by the sign that suits them best; of two the one that is not in prices."""
    text = text.lstrip("\ufeff\n")
    stated = _SEPARATOR.match(text)
    if stated:
        return _read(text[stated.end() :].lstrip("\ufeff"), stated.group(1))
    sample = "\n".join(text.split("\n", SAMPLE)[:SAMPLE])
    return _read(text, max(",;\t|", key=lambda sign: (*_suits(sample, sign), sign != ",")))


def _read(text: str, sign: str) -> list[list[str]]:
    try:
        rows = [row for row in csv.reader(io.StringIO(text), delimiter=sign) if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise Unreadable(f"this is not a CSV file that can be read ({error}); save it again as CSV") from None
    if len({len(row) for row in rows}) > 1 and max(map(len, rows)) == 1:
        raise Unreadable("this is not a CSV file: it has no columns")
    return rows


def _suits(sample: str, sign: str) -> tuple[bool, int, int]:
    """How well a sign takes the first rows apart: into named columns, into rows alike, into many."""
    try:
        rows = [row for row in csv.reader(io.StringIO(sample), delimiter=sign) if any(cell.strip() for cell in row)]
    except csv.Error:
        return False, 0, 0
    widths = Counter(len(row) for row in rows if len(row) > 1)
    width, alike = max(widths.items(), key=lambda each: (each[1], each[0]), default=(0, 0))
    return any(map(_names_pairs, rows[:ABOVE])), alike, width


def _names_pairs(row: Sequence[str]) -> bool:
    names = [_name(cell) for cell in row]
    question, answer = _column(names, _QUESTIONS), _column(names, _ANSWERS)
    return question is not None and answer is not None


def _headed(rows: Sequence[Sequence[str]]) -> tuple[Rows, Rows]:
    """The rows from the names of the columns on, and what stands above them: titles, of one cell each."""
    for place, row in enumerate(rows[:ABOVE]):
        if _names_pairs(row):
            return rows[place:], rows[:place]
    place = 0
    while place < min(ABOVE, len(rows) - 2) and _is_title(rows[place], rows[place + 1]):
        place += 1
    return rows[place:], rows[:place]


def _is_title(row: Sequence[str], below: Sequence[str]) -> bool:
    held = [sum(bool(cell.strip()) for cell in each) for each in (row, below)]
    return held[0] == 1 and (held[1] > 1 or len(row) > 1) and bool(row[0].strip())


def _name(cell: str) -> str:
    return cell.strip().strip("\ufeff").casefold().rstrip(":?")


def _column(names: Sequence[str], wanted: Sequence[str]) -> int | None:
    """The place of the column with the first of the wanted names."""
    return next((names.index(name) for name in wanted if name in names), None)


def _pairs(rows: Rows, question: int, answer: int, warnings: list[str], notes: list[Note]) -> str:
    sections, seen, lacking, doubled = [], set[str](), 0, 0
    for row in rows:
        asked = " ".join(_cell(row, question, notes).split())
        said = _cell(row, answer, notes).strip()
        if not asked or not re.search(r"\w", said):
            lacking += 1
            continue
        doubled += asked.casefold() in seen
        seen.add(asked.casefold())
        sections.append(f"## {asked}\n\n{_body(said)}")
    if lacking:
        warnings.append(f"{lacking:,} rows without a question or an answer were left out")
    if doubled:
        warnings.append(f"{doubled:,} questions stand there more than once; look whether their answers agree")
    return "\n\n".join(sections)


def _cell(row: Sequence[str], place: int, notes: list[Note]) -> str:
    """A cell as Markdown; many tools export the markup of their editor."""
    words = row[place] if place < len(row) else ""
    if not _MARKUP.search(words):
        return words
    from knowledge.readers.webpage import to_markdown as of_page

    page = of_page(f"<main>{words}</main>")
    notes += page.notes
    return page.text


def _body(said: str) -> str:
    """An answer whose lines cannot be taken for the headings of other questions."""
    return re.sub(r"^(?=#{1,6}\s|[=-]{2,}\s*$|<!-- page)", r"\\", said, flags=re.M)


def _table(rows: Rows) -> str:
    width = max(map(len, rows))
    lines = []
    for number, row in enumerate(rows):
        cells = [" ".join(cell.split()).replace("|", "\\|") for cell in [*row, *[""] * (width - len(row))]]
        lines.append("| " + " | ".join(cells) + " |")
        if number == 0:
            lines.append("|" + " --- |" * width)
    return "\n".join(lines)
