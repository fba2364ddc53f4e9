"""A Word document as Markdown: what a printed page would show, without comments, deletions and hidden text.

Struck-out runs are handed on as struck out, however they are marked; whoever reads the page takes them out.
"""

import io
import re
import zipfile
from collections.abc import Set

import mammoth
from lxml import etree

from knowledge.readers.unreadable import Unreadable

MAX_UNPACKED = 100_000_000
"""Bytes a document may unpack to; ordinary ones have a hundredth of that."""
MAX_PARTS = 5000  # in the archive that a .docx is: a bound against bombs

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_MAIN, _STYLED = "word/document.xml", "word/styles.xml"
_NOTES = re.compile(r"word/(?:foot|end)notes\.xml")
_STYLES = "p[style-name='Title'] => h1:fresh\np[style-name='Subtitle'] => p:fresh"
_OFF = ("0", "false", "off", "none")
_STRIKES = ("strike", "dstrike")
_DEEPEST = 10  # styles that rest on one another; Word allows eleven
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
    struck = _struck_styles(archive.read(_STYLED)) if _STYLED in archive.namelist() else frozenset()
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as copy:
        for part in parts:
            if part.filename.startswith(("word/media/", "word/embeddings/", "docProps/thumbnail")):
                copy.writestr(part.filename, b"")
            elif part.filename == _MAIN or _NOTES.fullmatch(part.filename):
                copy.writestr(part.filename, _shown(archive.read(part), struck))
            else:
                copy.writestr(part.filename, archive.read(part))
    kept.seek(0)
    return kept


def _shown(xml: bytes, struck: Set[str]) -> bytes:
    """A part without the runs that Word does not show, and with those struck out marked in one way."""
    root = etree.fromstring(xml, _parser())
    for run in list(root.iter(f"{_W}r")):
        marks = run.find(f"{_W}rPr")
        if _marked(marks, "vanish", "webHidden") and (parent := run.getparent()) is not None:
            parent.remove(run)
        elif _struck(marks, _style(marks, "rStyle") in struck or _paragraph_style(run) in struck):
            _strike(run, marks)
    return bytes(etree.tostring(root))


def _parser() -> etree.XMLParser:
    return etree.XMLParser(resolve_entities=False, no_network=True)


def _marked(marks: etree._Element | None, *names: str) -> bool:
    """Whether one of these marks is set."""
    found = [] if marks is None else [mark for name in names for mark in marks.findall(f"{_W}{name}")]
    return any(mark.get(f"{_W}val", "true") not in _OFF for mark in found)


def _struck(marks: etree._Element | None, styled: bool) -> bool:
    """Whether a run is struck out, by itself or by its style unless it says otherwise."""
    said = marks is not None and any(marks.find(f"{_W}{name}") is not None for name in _STRIKES)
    return _marked(marks, *_STRIKES) if said else styled


def _strike(run: etree._Element, marks: etree._Element | None) -> None:
    """Mark a run as struck out by one line."""
    if marks is None:
        marks = etree.Element(f"{_W}rPr")
        run.insert(0, marks)
    for mark in marks.findall(f"{_W}strike"):
        marks.remove(mark)
    etree.SubElement(marks, f"{_W}strike")


def _style(marks: etree._Element | None, name: str) -> str:
    found = None if marks is None else marks.find(f"{_W}{name}")
    return "" if found is None else str(found.get(f"{_W}val", ""))


def _paragraph_style(run: etree._Element) -> str:
    paragraph = next(run.iterancestors(f"{_W}p"), None)
    return "" if paragraph is None else _style(paragraph.find(f"{_W}pPr"), "pStyle")


def _struck_styles(xml: bytes) -> Set[str]:
    """The styles that strike out their words, or rest on one that does."""
    styles = {str(style.get(f"{_W}styleId")): style for style in etree.fromstring(xml, _parser()).iter(f"{_W}style")}
    struck = {name for name, style in styles.items() if _struck(style.find(f"{_W}rPr"), styled=False)}
    rests = {name: _style(style, "basedOn") for name, style in styles.items()}
    for _ in range(_DEEPEST):
        more = {name for name, under in rests.items() if under in struck and name not in struck}
        struck |= {name for name in more if _struck(styles[name].find(f"{_W}rPr"), styled=True)}
    return struck


def _left_out(archive: zipfile.ZipFile) -> list[str]:
    """What the owner should know is not part of the text."""
    main = archive.read(_MAIN)
    found = {
        "review comments were left out": "word/comments.xml" in archive.namelist(),
        "tracked deletions were left out, tracked insertions are in": re.search(rb"<w:(?:del|ins) ", main),
        "hidden text was left out": re.search(rb"<w:vanish\s*/>", main),
        "text that was moved stands where it is now": b"<w:moveFrom " in main,
    }
    return [text for text, there in found.items() if there]
