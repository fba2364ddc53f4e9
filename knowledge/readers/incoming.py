"""What comes in from outside: a file or the page at an address, read safely, with the name its source will have."""

import codecs
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace
from email.message import Message
from pathlib import Path, PurePath
from urllib.parse import unquote, urlsplit

from django.core.files import File

from knowledge.readers.documents import FORMATS, MAX_BYTES, Document, DocumentError
from knowledge.readers.sandbox import read_one
from sites.core import foreign
from sites.core.refusal import Refused
from sites.outside import reach

SECONDS = 30.0  # for a whole page, redirects among them; a person waits
REDIRECTS = 5  # followed, each checked like the first address
SLUG_CHARACTERS = 100  # of a source; its column has room for 160

_ANYTHING = "application/octet-stream"
_TYPES = {
    "text/html": ".html",
    "application/xhtml+xml": ".html",
    "text/markdown": ".md",
    "text/plain": ".txt",
    "text/csv": ".csv",
    "application/pdf": ".pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
}

Send = Callable[..., reach.Reply]


class Gone(DocumentError):
    """The server says that there is no such page (any more)."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """A document on its way in: the name of its source, where it came from, and where customers can read it."""

    slug: str
    origin: str
    document: Document
    url: str = ""


def take(place: str, *, locale: str = "", send: Send = reach.send) -> Incoming:
    """The document in a file or at an http(s) address; `locale`: of the site. Raises DocumentError."""
    return from_web(place, locale=locale, send=send) if is_address(place) else from_file(Path(place), locale)


def is_address(place: str) -> bool:
    """Whether this is meant for an address rather than a file; file: is one too, to be refused as such."""
    return bool(re.match(r"[a-zA-Z][a-zA-Z0-9+.-]{1,20}:(?://|[^\\/])", place))


def from_file(path: Path, locale: str = "") -> Incoming:
    """The document in a file. Raises DocumentError."""
    try:
        if not path.is_file():
            raise DocumentError(str(path), "there is no such file")
        if (size := path.stat().st_size) > MAX_BYTES:
            raise DocumentError(path.name, f"{size:,} bytes are more than the limit of {MAX_BYTES:,}")
        data = path.read_bytes()
    except OSError as error:
        raise DocumentError(path.name, str(error.strerror)) from error
    name = unicodedata.normalize("NFC", foreign.text(path.name))
    return Incoming(PurePath(name).stem, name, read_one(name, data, locale=locale))


def from_upload(file: "File[bytes]", locale: str = "") -> Incoming:
    """The document in an uploaded file. Raises DocumentError."""
    name = unicodedata.normalize("NFC", PurePath(file.name or "").name)
    if file.size > MAX_BYTES:
        raise DocumentError(name, f"{file.size:,} bytes are more than the limit of {MAX_BYTES:,}")
    slug = "-".join(re.findall(r"\w+", PurePath(name).stem.lower()))[:SLUG_CHARACTERS]
    return Incoming(slug, name, read_one(name, file.read(), locale=locale))


def from_web(address: str, *, locale: str = "", send: Send = reach.send) -> Incoming:
    """The document at an address, fetched once, from the public internet only. Raises DocumentError.

    The name of its source is made of the address, so the same address is the same source the next time.
    """
    try:
        reply = send("GET", address, limit=MAX_BYTES, seconds=SECONDS, redirects=REDIRECTS)
    except (reach.Failed, Refused) as error:
        raise DocumentError(address[:200], str(error)) from error
    if reply.status in (404, 410):
        why = f"the server answers {reply.status}; use an address that opens in a browser"
        raise Gone(address[:200], why)
    if reply.status != 200:
        raise DocumentError(address[:200], f"the server answers {reply.status}; use an address that opens in a browser")
    slug = slug_of(address)
    suffix, charset = _kind(reply)
    data = _in_utf8(reply.body, charset) if suffix in (".html", ".md", ".txt", ".csv") else reply.body
    try:
        document = read_one(slug + suffix, data, locale=locale, base=reply.url)
    except DocumentError as error:
        raise DocumentError(address[:200], error.why, error.line) from error
    return Incoming(slug, address, replace(document, front={}), url=address.split("#")[0])


def slug_of(address: str) -> str:
    """A lasting name for an address: its host and path in words."""
    parts = urlsplit(address.strip())
    path = re.sub(r"\.\w{2,5}$", "", unquote(parts.path))
    words = f"{(parts.hostname or '').removeprefix('www.')} {path} {parts.query}"
    slug = "-".join(re.findall(r"\w+", words.lower()))
    return slug[:SLUG_CHARACTERS].strip("-") or "page"


def _kind(reply: reach.Reply) -> tuple[str, str]:
    """The ending that says what a reply is, and the encoding it declares. Raises DocumentError."""
    said = Message()
    said["Content-Type"] = reply.headers.get("content-type") or _ANYTHING
    stated = said.get_content_type()
    suffix = PurePath(urlsplit(reply.url).path).suffix.lower()
    vague = stated in (_ANYTHING, "text/plain")  # what servers say of endings they do not know
    kind = suffix if vague and suffix in FORMATS else _TYPES.get(stated, "")
    if not kind:
        why = f"what is there is {stated}, which is not supported ({', '.join(FORMATS)})"
        raise DocumentError(reply.url[:200], why)
    return kind, str(said.get_param("charset") or "")


def _in_utf8(data: bytes, charset: str) -> bytes:
    """The bytes in UTF-8, if the page says what they are in now."""
    declared = re.search(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([\w-]{2,30})", data[:4096], re.I)
    name = charset or (declared.group(1).decode() if declared else "")
    try:
        if not name or codecs.lookup(name).name in ("utf-8", "utf-16") or data.startswith(b"\xef\xbb\xbf"):
            return data
        return data.decode(name).encode()
    except (LookupError, UnicodeError):
        return data  # it says what is not so: its letters are guessed, with a warning
