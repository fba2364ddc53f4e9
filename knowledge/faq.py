"""A CSV file as Markdown: a list of questions and answers, each pair a section of its own, or else one table."""

import csv
import io
import re
from collections.abc import Sequence

from knowledge.unreadable import Unreadable

MAX_ROWS = 2000
"""Rows that are read; a longer list is a data set, and is better brought in as several."""

_QUESTIONS = ("question", "questions", "q", "faq", "frage", "pregunta", "vraag", "domanda", "query", "title")
_ANSWERS = ("answer", "answers", "a", "response", "reply", "antwort", "respuesta", "réponse", "antwoord", "risposta")
_MARKUP = re.compile(r"</?(?:p|br|div|span|ul|ol|li|b|strong|i|em|a|h[1-6]|table)\b[^<>]*>", re.I)

Rows = Sequence[Sequence[str]]


def to_markdown(text: str) -> tuple[str, list[str]]:
    """The text and the warnings of a CSV file. Raises Unreadable."""
    rows = _rows(text)
    if len(rows) < 2:
        raise Unreadable("there are no rows below the names of the columns")
    warnings = []
    if len(rows) > MAX_ROWS + 1:
        warnings.append(f"only the first {MAX_ROWS:,} of {len(rows) - 1:,} rows were read; split the file")
        rows = rows[: MAX_ROWS + 1]
    names = [_name(cell) for cell in rows[0]]
    question, answer = _column(names, _QUESTIONS), _column(names, _ANSWERS)
    if question is None or answer is None:
        warnings.append("no columns named question and answer, so it is kept as one table")
        return _table(rows), warnings
    if others := [rows[0][place] for place in range(len(names)) if place not in (question, answer) and names[place]]:
        warnings.append(f"columns left out: {', '.join(others[:12])}")
    return _pairs(rows[1:], question, answer, warnings), warnings


def _rows(text: str) -> list[list[str]]:
    """The rows that hold anything."""
    first = text.lstrip("\n").split("\n", 1)[0]
    mark = max(",;\t|", key=lambda each: (first.count(each), each == ","))
    try:
        rows = [row for row in csv.reader(io.StringIO(text), delimiter=mark) if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise Unreadable(f"this is not a CSV file that can be read ({error}); save it again as CSV") from None
    if len({len(row) for row in rows}) > 1 and max(map(len, rows)) == 1:
        raise Unreadable("this is not a CSV file: it has no columns")
    return rows


def _name(cell: str) -> str:
    return cell.strip().strip("\ufeff").casefold().rstrip(":?")


def _column(names: Sequence[str], wanted: Sequence[str]) -> int | None:
    """The place of the column with the first of the wanted names."""
    return next((names.index(name) for name in wanted if name in names), None)


def _pairs(rows: Rows, question: int, answer: int, warnings: list[str]) -> str:
    sections, seen, lacking, doubled = [], set[str](), 0, 0
    for row in rows:
        asked = " ".join(_cell(row, question).split())
        said = _cell(row, answer).strip()
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


def _cell(row: Sequence[str], place: int) -> str:
    """A cell as Markdown; many tools export the markup of their editor."""
    words = row[place] if place < len(row) else ""
    if not _MARKUP.search(words):
        return words
    from knowledge.webpage import to_markdown as of_page

    return of_page(f"<main>{words}</main>").text


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
