"""From a file's bytes to the text that is stored and approved. The author's words stay as they are.

What a reader of the page would not see (front matter, comments, scripts, menus, hidden parts) is not part of
it.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

import yaml
from charset_normalizer import from_bytes

from knowledge.markdown import Kind, blocks
from knowledge.webpage import to_markdown

MAX_BYTES = 20_000_000
TITLE_CHARACTERS = 200
LONG_WORDS = 20_000  # beyond this a document is rarely one article: the owner is told


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


def read(name: str, data: bytes) -> Document:
    """The document in a .md, .mdx, .txt or .html file. Raises DocumentError with cause and place."""
    suffix = PurePath(name).suffix.lower()
    convert = _FORMATS.get(suffix)
    if convert is None:
        raise DocumentError(name, f"{suffix or 'a file without ending'} is not supported ({', '.join(_FORMATS)})")
    if len(data) > MAX_BYTES:
        raise DocumentError(name, f"{len(data):,} bytes are more than the limit of {MAX_BYTES:,}")
    text, warnings = _decode(name, data)
    front, body, line = _front_matter(name, text)
    title, body = convert(body)
    body = body.strip("\n")
    if not re.search(r"\w", body):
        raise DocumentError(name, "there is no text in it", line)
    if len(body.split()) > LONG_WORDS:
        warnings.append(f"{len(body.split()):,} words in one document; several articles answer better than one book")
    return Document(_title(name, front, title, body), body, front, tuple(warnings))


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


_COMMENT = re.compile(r"<!--.*?-->", re.S)
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


def _markdown(text: str) -> tuple[str, str]:
    return "", _outside_code(text, lambda part: _COMMENT.sub("", part))


def _mdx(text: str) -> tuple[str, str]:
    def words(part: str) -> str:
        part = re.sub(r"\{/\*.*?\*/\}", "", _COMMENT.sub("", part), flags=re.S)
        return _COMPONENT.sub("", _IMPORT.sub("", part))

    return "", _outside_code(text, words)


def _plain(text: str) -> tuple[str, str]:
    return "", text


_FORMATS: dict[str, Callable[[str], tuple[str, str]]] = {
    ".md": _markdown,
    ".mdx": _mdx,
    ".txt": _plain,
    ".html": to_markdown,
    ".htm": to_markdown,
}


def _title(name: str, front: dict[str, Any], title: str, body: str) -> str:
    """The title in the front matter, else of the page, else the first heading, else the file's name in
    words.
    """
    if given := str(front.get("title") or "").strip():
        return given
    headings = (block.label for block in blocks(body) if block.kind is Kind.HEADING)
    heading = next((label for label in headings if 0 < len(label) <= TITLE_CHARACTERS), "")
    stem = re.sub(r"[-_]+", " ", PurePath(name).stem).strip()
    return title or heading or stem[:1].upper() + stem[1:]
