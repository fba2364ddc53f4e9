"""From a file's bytes to the text that is stored and approved. The author's words stay as they are.

What a reader of the page would not see (front matter, comments, scripts, menus, hidden parts) is not part of it.
Files of strangers are read through `reading`, which bounds the time and memory this may take.
"""

import contextlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

import yaml
from charset_normalizer import from_bytes

from knowledge import suspicion
from knowledge.markdown import Kind, blocks
from knowledge.unreadable import Unreadable
from knowledge.webpage import to_markdown

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
    """What one format yields; `hidden` are words that its readers do not see."""

    text: str
    title: str = ""
    hidden: str = ""
    warnings: tuple[str, ...] = ()


def read(name: str, data: bytes) -> Document:
    """The document in a file, by the ending of its name. Raises DocumentError with cause and place."""
    suffix = PurePath(name).suffix.lower()
    if suffix not in FORMATS:
        raise DocumentError(name, f"{suffix or 'a file without ending'} is not supported ({', '.join(FORMATS)})")
    if len(data) > MAX_BYTES:
        raise DocumentError(name, f"{len(data):,} bytes are more than the limit of {MAX_BYTES:,}")
    if not data:
        raise DocumentError(name, "there is no text in it", 1)
    try:
        front, line, found, warnings = _converted(name, suffix, data)
    except Unreadable as error:
        raise DocumentError(name, str(error)) from error
    body = found.text.strip("\n")
    if not re.search(r"\w", re.sub(r"<!-- page \d+ -->", "", body)):
        raise DocumentError(name, "there is no text in it", line)
    if len(body) > MAX_TEXT:
        raise DocumentError(name, f"{len(body):,} characters are more than the limit of {MAX_TEXT:,}; split it")
    warnings += [*found.warnings, *_too_long(body)]
    warnings += [*suspicion.notes(body), *suspicion.notes(found.hidden, "hidden text, which was left out,")]
    return Document(_title(name, front, found.title, body), body, front, tuple(warnings))


def _converted(name: str, suffix: str, data: bytes) -> tuple[dict[str, Any], int, _Text, list[str]]:
    """The front matter, the line the text begins on, the text, and what its letters gave rise to."""
    if suffix in _BINARY:
        return {}, 0, _BINARY[suffix](data), []
    text, warnings = _decode(name, data)
    front, body, line = ({}, text, 1) if suffix == ".csv" else _front_matter(name, text)
    return front, line, _WRITTEN[suffix](body), warnings


def _too_long(body: str) -> Iterator[str]:
    if len(body.split()) > LONG_WORDS:
        yield f"{len(body.split()):,} words in one document; several articles answer better than one book"
    rows = body.count("\n|") + body.startswith("|")
    if rows > LONG_TABLE:
        yield f"{rows:,} rows of tables in one document; look whether they are meant for customers"


def _decode(name: str, data: bytes) -> tuple[str, list[str]]:
    """The text of the bytes, with a warning when they are not UTF-8."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        text, warnings = data.decode("utf-16", "replace"), ["converted from UTF-16"]
    else:
        try:
            text, warnings = data.decode("utf-8-sig"), []
        except UnicodeDecodeError:
            if b"\x00" in data:
                raise DocumentError(name, "this is not a text file") from None
            text, encoding = _guessed(name, data)
            warnings = [f"converted from {encoding}; check the special characters"]
    if "\x00" in text or sum(c < " " and c not in "\t\n\r\f" for c in text) > len(text) // 100:
        raise DocumentError(name, "this is not a text file")
    if "�" in text:
        warnings.append("some characters could not be read; check where � stands")
    return text.replace("\r\n", "\n").replace("\r", "\n"), warnings


_TWO_BYTES = frozenset(
    {"big5", "big5hkscs", "gb2312", "gbk", "gb18030", "cp949", "euc_kr", "euc_jp", "shift_jis", "cp932", "johab"}
)


def _guessed(name: str, data: bytes) -> tuple[str, str]:
    """The most likely reading of bytes that are not UTF-8, and its encoding's name."""
    guesses = from_bytes(data)
    best = guesses.best()
    if best is None:
        raise DocumentError(name, "not UTF-8, and no other encoding fits; save it as UTF-8")
    for guess in guesses:  # alike on Western text, where the Western one is nearly always meant
        alike = guess.chaos <= best.chaos + 0.01 and guess.coherence >= best.coherence - 0.01
        if guess.encoding == "cp1252" and alike:
            best = guess
    if best.encoding in _TWO_BYTES and sum(byte > 127 for byte in data) < len(data) / 8:
        with contextlib.suppress(UnicodeDecodeError):  # a few accents in a short Western text look like Chinese
            return data.decode("cp1252"), "cp1252"
    return str(best), best.encoding


_FRONT = re.compile(r"\A---[ \t]*\n(.*?)^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.S | re.M)


def _front_matter(name: str, text: str) -> tuple[dict[str, Any], str, int]:
    """The front matter, the text after it, and the line that text begins on."""
    found = _FRONT.match(text)
    if found is None:
        if re.match(r"---[ \t]*\n\w+:", text):
            raise DocumentError(name, "the front matter has no closing line ---", 1)
        return {}, text, 1
    try:
        front = yaml.safe_load(found.group(1)) or {}
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 2 if error.problem_mark else 1
        raise DocumentError(name, f"front matter: {error.problem or error}", line) from error
    except (yaml.YAMLError, ValueError) as error:  # ValueError: a date like 2026-13-45
        raise DocumentError(name, f"front matter: {error}", 1) from error
    if not isinstance(front, dict):
        raise DocumentError(name, "front matter: expected lines of `name: value`", 2)
    return front, text[found.end() :], text.count("\n", 0, found.end()) + 1


_COMMENT = re.compile(r"<!--(?! page \d{1,5} -->).*?-->", re.S)
_SCRIPT = re.compile(r"<(script|style|template|noscript)\b[^>]*>.*?</\1\s*>", re.S | re.I)
_HIDDEN = re.compile(
    r"<([a-z]+)\b(?=[^>]*(?:\shidden\b|display\s*:\s*none|visibility\s*:\s*hidden))[^>]*>.*?</\1\s*>", re.S | re.I
)
_FENCED = re.compile(r"^( {0,3})(```+|~~~+)[^\n]*\n.*?^ {0,3}\2[ \t]*$", re.S | re.M)
_IMPORT = re.compile(r"^(?:import|export)\s[^\n]*(?:\n(?![\n#])[^\n]*)*?(?:;|from\s+['\"][^'\"]+['\"]);?[ \t]*$", re.M)
_COMPONENT = re.compile(r"^[ \t]*</?[A-Z][\w.]*(?:\s[^<>]*)?/?>[ \t]*$", re.M)


def _outside_code(text: str, change: Callable[[str], str]) -> str:
    """The text with every part outside of fenced code changed."""
    kept, at = [], 0
    for code in _FENCED.finditer(text):
        kept += [change(text[at : code.start()]), code.group()]
        at = code.end()
    return "".join([*kept, change(text[at:])])


def _markdown(text: str) -> _Text:
    return _marked(text, lambda part: part)


def _mdx(text: str) -> _Text:
    def words(part: str) -> str:
        return _COMPONENT.sub("", _IMPORT.sub("", re.sub(r"\{/\*.*?\*/\}", "", part, flags=re.S)))

    return _marked(text, words)


def _marked(text: str, change: Callable[[str], str]) -> _Text:
    """Markdown without the parts of it that no reader sees."""
    hidden: list[str] = []

    def shown(part: str) -> str:
        for unseen in (_COMMENT, _SCRIPT, _HIDDEN):
            hidden.extend(match.group() for match in unseen.finditer(part) if unseen is not _SCRIPT)
            part = unseen.sub("", part)
        return change(part)

    return _Text(_outside_code(text, shown), hidden="\n".join(hidden))


def _plain(text: str) -> _Text:
    return _Text(text)


def _page(text: str) -> _Text:
    page = to_markdown(text)
    return _Text(page.text, page.title, page.hidden)


def _csv(text: str) -> _Text:
    from knowledge import faq

    body, warnings = faq.to_markdown(text)
    return _Text(body, warnings=tuple(warnings))


def _pdf(data: bytes) -> _Text:
    from knowledge import pdf  # a tenth of a second to import: only where there is one

    title, body, warnings = pdf.to_markdown(data)
    return _Text(body, title, warnings=tuple(warnings))


def _word(data: bytes) -> _Text:
    from knowledge import word

    page, warnings = word.to_html(data)
    found = to_markdown(page)
    return _Text(found.text, found.title, warnings=tuple(warnings))


_WRITTEN: dict[str, Callable[[str], _Text]] = {
    ".md": _markdown,
    ".mdx": _mdx,
    ".txt": _plain,
    ".html": _page,
    ".htm": _page,
    ".csv": _csv,
}
_BINARY: dict[str, Callable[[bytes], _Text]] = {".pdf": _pdf, ".docx": _word}
FORMATS = (*_WRITTEN, *_BINARY)


def _title(name: str, front: dict[str, Any], title: str, body: str) -> str:
    """The title in the front matter, else of the page, else the first heading, else the file's name in
    words.
    """
    if given := str(front.get("title") or "").strip():
        return given
    pairs = PurePath(name).suffix.lower() == ".csv"  # whose headings are all questions
    headings = (block.label for block in blocks(body) if block.kind is Kind.HEADING and not pairs)
    heading = next((label for label in headings if 0 < len(label) <= TITLE_CHARACTERS), "")
    stem = re.sub(r"[-_]+", " ", PurePath(name).stem).strip()
    return title or heading or stem[:1].upper() + stem[1:]
