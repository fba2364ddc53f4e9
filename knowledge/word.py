"""A Word document as Markdown: what a printed page would show, without comments, deletions and hidden text."""

import io
import re
import zipfile

import mammoth
from lxml import etree

from knowledge.unreadable import Unreadable

MAX_UNPACKED = 100_000_000
"""Bytes a document may unpack to; ordinary ones have a hundredth of that."""
MAX_PARTS = 5000

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_MAIN = "word/document.xml"
_STYLES = "p[style-name='Title'] => h1:fresh\np[style-name='Subtitle'] => p:fresh"
_BROKEN = (zipfile.BadZipFile, etree.XMLSyntaxError, ValueError, KeyError, AttributeError, IndexError, EOFError)


def to_html(data: bytes) -> tuple[str, list[str]]:
    """The document as HTML, and the warnings. Raises Unreadable."""
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise Unreadable("this is protected with a password, or an old .doc; save it as .docx without a password")
    if not data.startswith(b"PK"):
        raise Unreadable("this is not a Word document, whatever its name says; save it again as .docx")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            seen = _seen(archive)
            warnings = _left_out(archive)
        result = mammoth.convert_to_html(seen, style_map=_STYLES, convert_image=lambda image: [])
    except RecursionError:
        raise Unreadable("the document is nested too deeply to be read; copy its text into a new one") from None
    except (NotImplementedError, RuntimeError):
        raise Unreadable("the document is packed or protected in a way that cannot be read; save it again") from None
    except _BROKEN as error:
        if isinstance(error, Unreadable):
            raise
        raise Unreadable("the document is damaged and cannot be opened; open it in Word and save it again") from None
    return str(result.value), warnings


def _seen(archive: zipfile.ZipFile) -> io.BytesIO:
    """The document again, without pictures and without what is not seen. Raises Unreadable for bombs."""
    parts = archive.infolist()
    if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED:
        size = sum(part.file_size for part in parts) // 1_000_000
        raise Unreadable(f"the document unpacks to {size:,} MB in {len(parts):,} parts; that is no article")
    if _MAIN not in archive.namelist():
        raise Unreadable("this is an archive, but no Word document; save it again as .docx")
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as copy:
        for part in parts:
            if part.filename.startswith(("word/media/", "word/embeddings/", "docProps/thumbnail")):
                copy.writestr(part.filename, b"")
            elif part.filename == _MAIN:
                copy.writestr(part.filename, _shown(archive.read(part)))
            else:
                copy.writestr(part.filename, archive.read(part))
    kept.seek(0)
    return kept


def _shown(xml: bytes) -> bytes:
    """The main part without the runs that Word does not show."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    root = etree.fromstring(xml, parser)
    for run in list(root.iter(f"{_W}r")):
        marks = run.find(f"{_W}rPr")
        hidden = marks is not None and any(
            mark.get(f"{_W}val", "true") not in ("0", "false", "off")
            for name in ("vanish", "webHidden")
            for mark in marks.findall(f"{_W}{name}")
        )
        parent = run.getparent()
        if hidden and parent is not None:
            parent.remove(run)
    return bytes(etree.tostring(root))


def _left_out(archive: zipfile.ZipFile) -> list[str]:
    """What the owner should know is not part of the text."""
    main = archive.read(_MAIN)
    found = {
        "review comments were left out": "word/comments.xml" in archive.namelist(),
        "tracked deletions were left out, tracked insertions are in": re.search(rb"<w:(?:del|ins) ", main),
        "hidden text was left out": re.search(rb"<w:vanish\s*/>", main),
    }
    return [text for text, there in found.items() if there]
