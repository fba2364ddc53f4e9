"""A folder of articles on its way in: several files at once, a .zip of a folder, an export, or all of it.

Law of the room: every file is read as any other source is, by the bounded child of `reading`. One that cannot be read
is named with its reason and the rest goes on; what is too much as a whole is refused as a whole.
"""

import re
import time
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from django.core.files import File

from knowledge.readers import zipped
from knowledge.readers.documents import TITLE_CHARACTERS, Document, DocumentError
from knowledge.readers.exports import docusaurus, door
from knowledge.readers.exports.entries import DRAFTS, Entry, Export
from knowledge.readers.sandbox import Reader

SECONDS = 60.0  # for the whole folder
ARCHIVE = ".zip"
MOST = 1000  # articles of one export


@dataclass(frozen=True, slots=True)
class Paper:
    """One article of a folder: where it stands in it, and what it says.

    `section`, `url`: what an export files it under, and where it says that customers read it.
    """

    path: str
    document: Document
    section: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Folder:
    """What could be read, and what could not, each as a sentence."""

    papers: Sequence[Paper]
    refused: Sequence[str]


def read(
    files: Sequence["File[bytes]"], paths: Sequence[str] = (), *, locale: str = "", seconds: float = SECONDS
) -> Folder:
    """The documents in uploaded files; `paths`: where each stands in its folder. Raises DocumentError.

    `locale`: of the site they are for.
    A folder that holds everything else is taken off the paths: they begin with what tells the files apart.
    """
    named = [*paths] if len(paths) == len(files) else [file.name or "" for file in files]
    papers: list[Paper] = []
    refused: list[str] = []
    until = time.monotonic() + seconds
    with Reader() as reader:
        found = _unpacked(reader, list(zip(named, files, strict=True)), refused)
        export = _arranged(found, locale)
        for entry in export.entries:
            reader.seconds = min(SECONDS, until - time.monotonic())
            try:
                if reader.seconds <= 0:
                    why = f"it was not reached in {seconds:g} seconds; hand in the rest by itself"
                    raise DocumentError(entry.path, why)
                papers += _paper(reader, entry, export, locale)
            except DocumentError as error:
                refused.append(f"{entry.path}: {error.why}")
    top = shared([paper.path for paper in papers])
    return Folder([replace(paper, path=paper.path[top:]) for paper in papers], [*export.warnings(), *refused])


def _arranged(found: Sequence[tuple[str, bytes]], locale: str) -> Export:
    """The articles among the files. Raises DocumentError for an export that cannot be read, or of too many."""
    try:
        export = door.arranged(found, locale)
    except ValueError as error:
        raise DocumentError("The export", str(error)) from error
    if len(export.entries) > MOST:
        raise DocumentError("The export", f"{len(export.entries):,} articles are more than {MOST:,}; hand in a part")
    return export


def _paper(reader: Reader, entry: Entry, export: Export, locale: str) -> list[Paper]:
    """What an article says, under the title and the address that its export gives it; none for a draft."""
    name = entry.path if not entry.suffix else f"{PurePosixPath(entry.path).stem}{entry.suffix}"
    document = reader.read(name, entry.data, locale=locale, base=entry.url)
    if entry.routes and document.front.get("draft") is True:
        export.lost(DRAFTS, document.title)
        return []
    url = docusaurus.address(entry.routes, entry.url, document.front) if entry.routes else entry.url
    document = replace(document, title=entry.title[:TITLE_CHARACTERS]) if entry.title else document
    return [Paper(entry.path, document, entry.section, url)]


def _unpacked(
    reader: Reader, given: Sequence[tuple[str, "File[bytes]"]], refused: list[str]
) -> list[tuple[str, bytes]]:
    """Every file with its path, archives unpacked. Raises DocumentError for too many and too much."""
    found: list[tuple[str, bytes]] = []
    kept = [(_plain(path), file) for path, file in given if not zipped.junk(path)]
    if sum(file.size for _, file in kept) > zipped.MAX_UNPACKED:
        raise DocumentError("The folder", f"more than {zipped.MAX_UNPACKED // 1_000_000} MB; hand in a part of it")
    for path, file in kept:
        if path.lower().endswith(ARCHIVE):
            inside, left_out = reader.unpack(path, file.read())
            found += [(_plain(name), data) for name, data in inside]
            refused += [f"{_plain(name)}: {why}" for name, why in left_out]
        else:
            found.append((path, file.read()))
        if len(found) > zipped.MAX_FILES or sum(len(data) for _, data in found) > zipped.MAX_UNPACKED:
            most = f"{zipped.MAX_FILES} files and {zipped.MAX_UNPACKED // 1_000_000} MB"
            raise DocumentError("The folder", f"more than {most}; hand in a part of it")
    return found


def _plain(path: str) -> str:
    """A path that can be shown: with slashes, on one line, not too long."""
    path = unicodedata.normalize("NFC", path.replace("\\", "/"))
    return re.sub(r"[\x00-\x1f\x7f]+", " ", path).strip("/ ")[-300:] or "a file without a name"


def shared(paths: Sequence[str]) -> int:
    """How many characters of the folders at the beginning are the same everywhere."""
    parents = [PurePosixPath(path).parent.parts for path in paths]
    same = 0
    while parents and all(len(parts) > same and parts[same] == parents[0][same] for parts in parents):
        same += 1
    return sum(len(part) + 1 for part in parents[0][:same]) if parents else 0
