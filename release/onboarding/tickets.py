"""What customers once asked, read from a file that a company has: a CSV of tickets, or an FAQ in any format we read.

Law of the room: the file is read by the bounded child of `knowledge.readers.sandbox`, and nothing of it is kept before
personal data that can be recognised by its form is masked, in the answers of a CSV too. A name is recognised where its
place gives it away (a salutation, a signature); whoever accepts a proposal reads it first.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.core.files import File

from knowledge.face.documents import MAX_ROWS, DocumentError, incoming
from sites.core.refusal import Refused
from sites.masking.cards import mask
from sites.masking.persons import without_names

LONGEST = 500  # characters of a message that are kept
SHORTEST = 2  # words

_QUESTIONS = ("question", "message", "query", "subject", "ticket", "body", "text", "description", "title", "content")
_LABELS = ("category", "label", "intent", "topic", "tag", "tags", "type")
_MAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}")
_NUMBER = re.compile(
    r"(?<![\w.])\+?\d(?:[ ()./-]{0,2}\d){5,24}(?![\w])"
)  # phones, accounts, orders: six digits and more
_LINK = re.compile(r"https?://\S+")
_HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*#*$")


@dataclass(frozen=True, slots=True)
class Asked:
    """One message, masked, with the subject somebody gave it and the answer of an FAQ, where there are any."""

    text: str
    label: str = ""
    answer: str = ""


def read(file: "File[bytes]", locale: str = "") -> tuple[list[Asked], list[str]]:
    """The distinct messages of an uploaded file in its order, and warnings about it.

    Raises Refused with the cause and what mends it.
    """
    try:
        document = incoming.from_upload(file, locale).document
    except DocumentError as why:
        raise Refused(str(why)) from why
    rows = _table(document.text)
    found = _tickets(rows) if rows else _pairs(document.text)
    if (file.name or "").lower().endswith(".csv"):  # written to customers, and so about them; an FAQ is the house's own
        found = [replace(asked, answer=without_persons(asked.answer)) for asked in found]
    once = {" ".join(asked.text.casefold().split()): asked for asked in reversed(found) if _says_something(asked.text)}
    if not once:
        raise Refused(
            f"{document.title}: no questions were found. Give a CSV with a column named question (and, if you have "
            "them, category or answer), or an FAQ in which each question is a heading or ends with a question mark."
        )
    return list(reversed(once.values())), [] if rows and len(rows) < MAX_ROWS else list(document.warnings)


def masked(text: str) -> str:
    """A message without card numbers, mail addresses, links and long numbers, on one line and not too long."""
    return without_persons(" ".join(text.split()))[:LONGEST].strip()


def without_persons(text: str) -> str:
    """A text of many lines without what `masked` takes out of a message; its lines stay as they are."""
    text = mask(without_names(text))
    for pattern in (_MAIL, _LINK, _NUMBER):
        text = pattern.sub("•••", text)
    return text


def _says_something(text: str) -> bool:
    return len(re.findall(r"[^\W\d_]+", text)) >= SHORTEST


def _table(text: str) -> list[list[str]]:
    """The rows of a text that is one table, names first; none for any other."""
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) < 3 or not all(line.startswith("|") for line in lines):
        return []
    cells = [[cell.replace("\\|", "|").strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]
    return [cells[0], *cells[2:]]


def _tickets(rows: Sequence[Sequence[str]]) -> list[Asked]:
    names = [name.casefold() for name in rows[0]]
    question, label = _column(names, _QUESTIONS), _column(names, _LABELS)
    if question is None:
        raise Refused(
            f"None of the columns ({', '.join(rows[0])[:200]}) is named {', '.join(_QUESTIONS[:4])} or the like. "
            "Name the column with the customers' words question."
        )
    return [Asked(masked(row[question]), row[label][:100] if label is not None else "") for row in rows[1:]]


def _column(names: Sequence[str], wanted: Sequence[str]) -> int | None:
    return next((names.index(name) for name in wanted if name in names), None)


def _pairs(text: str) -> list[Asked]:
    """The questions of an FAQ: headings with text below, or lines that end with a question mark."""
    found: list[tuple[str, list[str]]] = []
    for line in text.splitlines():
        heading = _HEADING.match(line)
        words = heading[1] if heading else re.sub(r"^(?:\*\*|__|Q[:.]\s*|\d+[.)]\s*|[-*]\s+)+|(?:\*\*|__)+$", "", line)
        if heading or words.rstrip().endswith("?"):
            found.append((words.strip(), []))
        elif found:
            found[-1][1].append(line)
    bodies = ((title, "\n".join(lines).strip()) for title, lines in found)
    return [Asked(masked(title), answer=body) for title, body in bodies if body or title.endswith("?")]
