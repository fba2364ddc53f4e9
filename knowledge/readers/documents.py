"""From a file's bytes to the text that is stored and approved. The author's words stay as they are.

What a reader of the page would not see (front matter, comments, scripts, menus, hidden parts) is not part of it, nor is
what its author struck out. What only another program understands (shortcodes, components, tabs) is put into words or
taken out, by one door for all formats (`dialects`); whatever is lost is a warning with its line. So a Markdown file
without any of that is stored letter by letter, and a stored text that is read again stays what it is.

Files of strangers are read through `reading`, which bounds the time and memory this may take.
"""

import re
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Any

import yaml

from knowledge.readers import bounded_yaml
from knowledge.readers.dialects.door import kept
from knowledge.readers.letters import decoded
from knowledge.readers.notes import Note, told
from knowledge.readers.unreadable import Unreadable
from knowledge.text import suspicion
from knowledge.text.markdown import Kind, blocks

MAX_BYTES = 20_000_000
MAX_TEXT = 3_000_000
"""Characters of one text: a thick book has half of it."""
TITLE_CHARACTERS = 200
LONG_WORDS = 20_000  # beyond this a document is rarely one article: the owner is told
LONG_TABLE = 500  # rows, likewise


class DocumentError(ValueError):
    """A file that cannot become a source. The message names the file, the line where there is one, and
    why.
    """

    def __init__(self, name: str, why: str, line: int | None = None) -> None:
        super().__init__(f"{name}:{line}: {why}" if line else f"{name}: {why}")
        self.name, self.why, self.line = name, why, line


@dataclass(frozen=True, slots=True)
class Document:
    """What a file says. `text` is Markdown; `front` the front matter as read; `warnings` are for its
    owner.
    """

    title: str
    text: str
    front: dict[str, Any]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Text:
    """What one format yields; `hidden` are words that its readers do not see, `lines`: it has those of the file."""

    text: str
    title: str = ""
    hidden: str = ""
    warnings: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()
    lines: bool = False


def read(name: str, data: bytes, *, locale: str = "", base: str = "") -> Document:
    """The document in a file, by the ending of its name. Raises DocumentError with cause and place.

    `locale`: of the site, for letters that could be several. `base`: the address of a page, which its links start from.
    """
    suffix = PurePath(name).suffix.lower()
    if suffix not in FORMATS:
        raise DocumentError(name, f"{suffix or 'a file without ending'} is not supported ({', '.join(FORMATS)})")
    if len(data) > MAX_BYTES:
        raise DocumentError(name, f"{len(data):,} bytes are more than the limit of {MAX_BYTES:,}")
    if not data:
        raise DocumentError(name, "there is no text in it", 1)
    try:
        front, line, found, warnings = _converted(name, suffix, data, locale, base)
    except Unreadable as error:
        raise DocumentError(name, str(error)) from error
    return _document(name, front, line, found, warnings)


def typed(title: str, text: str) -> Document:
    """A text that somebody wrote here, as Markdown, as it is stored."""
    stored = kept(text.replace("\r\n", "\n"), title.strip())
    words = suspicion.notes(stored.text)
    return Document(title, stored.text, {}, (*told(stored.notes), *words))


def _converted(
    name: str, suffix: str, data: bytes, locale: str, base: str
) -> tuple[dict[str, Any], int, _Text, list[str]]:
    """The front matter, the line the text begins on, the text, and what its letters gave rise to."""
    if suffix in _BINARY:
        return {}, 0, _BINARY[suffix](data), []
    text, warnings = decoded(data, locale)
    front, body, line = ({}, text, 1) if suffix == ".csv" else _front_matter(name, text)
    return front, line, _WRITTEN[suffix](body, base), warnings


def _document(name: str, front: dict[str, Any], line: int, found: _Text, warnings: list[str]) -> Document:
    """The document of what one format yielded. Raises DocumentError when there is nothing to be said with it."""
    title = str(front.get("title") or "").strip() or found.title
    stored = kept(found.text, title, mdx=name.lower().endswith(".mdx"))
    notes = (replace(note, line=note.line + line - 1 if note.line and found.lines else 0) for note in stored.notes)
    body = _described(front, stored.text.strip("\n"))
    if len(body) > MAX_TEXT:
        raise DocumentError(name, f"{len(body):,} characters are more than the limit of {MAX_TEXT:,}; split it")
    if not re.search(r"\w", re.sub(r"<!-- page \d+ -->", "", body)):
        raise DocumentError(name, "there is no text in it", line)
    if not says_something(body):
        raise DocumentError(name, "there is no text in it, only headings; write it, or take the file out", line)
    hidden = "\n".join((found.hidden, stored.hidden))
    told_of = [*warnings, *found.warnings, *told([*found.notes, *notes]), *_too_long(body), *suspicion.notes(body)]
    told_of += suspicion.notes(hidden, "hidden text, which was left out,")
    return Document(_title(name, title, body), body, front, tuple(told_of))


def says_something(text: str) -> bool:
    """Whether there is more in a text than headings, so that there is something to be quoted."""
    return any(block.kind not in (Kind.HEADING, Kind.PAGE) for block in blocks(text))


_FIRST_HEADING = re.compile(r"#[ \t][^\n]*\n*")


def _described(front: dict[str, Any], body: str) -> str:
    """The text with the description of its front matter, which many sites show above it, unless it says so itself."""
    described = front.get("description") or front.get("summary")
    words = " ".join(described.split()) if isinstance(described, str) else ""
    if not re.search(r"\w", words) or words.casefold() in " ".join(body.split()).casefold():
        return body
    words = kept(words).text
    above = _FIRST_HEADING.match(body)
    if above is None:
        return f"{words}\n\n{body}".strip("\n")
    return f"{above.group().rstrip()}\n\n{words}\n\n{body[above.end() :]}".strip("\n")


def _too_long(body: str) -> Iterator[str]:
    if len(body.split()) > LONG_WORDS:
        yield f"{len(body.split()):,} words in one document; several articles answer better than one book"
    rows = body.count("\n|") + body.startswith("|")
    if rows > LONG_TABLE:
        yield f"{rows:,} rows of tables in one document; look whether they are meant for customers"


_FRONT = re.compile(r"\A---[ \t]*\n(.*?)^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.S | re.M)
_FRONT_TOML = re.compile(r"\A\+\+\+[ \t]*\n(.*?)^\+\+\+[ \t]*(?:\n|\Z)", re.S | re.M)  # as Hugo has it


def _front_matter(name: str, text: str) -> tuple[dict[str, Any], str, int]:
    """The front matter, the text after it, and the line that text begins on."""
    found = _FRONT.match(text) or _FRONT_TOML.match(text)
    if found is None:
        if re.match(r"---[ \t]*\n\w+:", text):
            raise DocumentError(name, "the front matter has no closing line ---", 1)
        return {}, text, 1
    front = _toml(name, found.group(1)) if text.startswith("+") else _yaml(name, found.group(1))
    if not isinstance(front, dict):
        raise DocumentError(name, "front matter: expected lines of `name: value`", 2)
    return front, text[found.end() :], text.count("\n", 0, found.end()) + 1


def _yaml(name: str, text: str) -> Any:
    try:
        return bounded_yaml.load(text) or {}
    except bounded_yaml.TooMuch as error:
        raise DocumentError(name, f"front matter: {error}", 1) from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 2 if error.problem_mark else 1
        raise DocumentError(name, f"front matter: {error.problem or error}", line) from error
    except (yaml.YAMLError, ValueError) as error:  # ValueError: a date like 2026-13-45
        raise DocumentError(name, f"front matter: {error}", 1) from error


def _toml(name: str, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        where = re.search(r"line (\d+)", str(error))
        raise DocumentError(name, f"front matter: {error}", int(where.group(1)) + 1 if where else 1) from error


def _markdown(text: str, _: str) -> _Text:
    return _Text(text, lines=True)


def _page(text: str, base: str) -> _Text:
    from knowledge.readers import webpage  # a third of a second to import: a child that reads Markdown does without

    page = webpage.to_markdown(text, base)
    return _Text(page.text, page.title, page.hidden, notes=page.notes)


def _csv(text: str, _: str) -> _Text:
    from knowledge.readers import faq

    title, body, warnings, notes = faq.to_markdown(text)
    return _Text(body, title, warnings=tuple(warnings), notes=tuple(notes))


def _pdf(data: bytes) -> _Text:
    from knowledge.readers import pdf  # a tenth of a second to import: only where there is one

    title, body, warnings = pdf.to_markdown(data)
    return _Text(body, title, warnings=tuple(warnings))


def _word(data: bytes) -> _Text:
    from knowledge.readers import webpage, word

    page, warnings = word.to_html(data)
    found = webpage.to_markdown(page)
    return _Text(found.text, found.title, warnings=tuple(warnings), notes=found.notes)


_WRITTEN: dict[str, Callable[[str, str], _Text]] = {
    ".md": _markdown,
    ".mdx": _markdown,
    ".txt": _markdown,
    ".html": _page,
    ".htm": _page,
    ".csv": _csv,
}
_BINARY: dict[str, Callable[[bytes], _Text]] = {".pdf": _pdf, ".docx": _word}
FORMATS = (*_WRITTEN, *_BINARY)


def _title(name: str, title: str, body: str) -> str:
    """The title in the front matter or of the page, else the first heading, else the file's name in words."""
    pairs = PurePath(name).suffix.lower() == ".csv"  # whose headings are all questions
    headings = (block.label for block in blocks(body) if block.kind is Kind.HEADING and not pairs)
    heading = next((label for label in headings if 0 < len(label) <= TITLE_CHARACTERS), "")
    stem = re.sub(r"[-_]+", " ", PurePath(name).stem).strip()
    return title or heading or stem[:1].upper() + stem[1:]
