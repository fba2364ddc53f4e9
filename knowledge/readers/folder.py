"""A folder of articles on its way in: several files at once, a .zip of a folder, or both.

Law of the room: every file is read as any other source is, by the bounded child of `reading`. One that cannot be read
is named with its reason and the rest goes on; what is too much as a whole is refused as a whole.
"""

import re
import time
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from django.core.files import File

from knowledge.readers import zipped
from knowledge.readers.documents import Document, DocumentError
from knowledge.readers.sandbox import Reader

SECONDS = 60.0  # for the whole folder
ARCHIVE = ".zip"


@dataclass(frozen=True, slots=True)
class Paper:
    """One file of a folder: where it stands in it, and what it says."""

    path: str
    document: Document


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
        for path, data in found:
            reader.seconds = min(SECONDS, until - time.monotonic())
            try:
                if reader.seconds <= 0:
                    raise DocumentError(path, f"it was not reached in {seconds:g} seconds; hand in the rest by itself")
                papers.append(Paper(path, reader.read(path, data, locale=locale)))
            except DocumentError as error:
                refused.append(f"{path}: {error.why}")
    top = _shared([paper.path for paper in papers])
    return Folder([Paper(paper.path[top:], paper.document) for paper in papers], refused)


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


def _shared(paths: Sequence[str]) -> int:
    """How many characters of the folders at the beginning are the same everywhere."""
    parents = [PurePosixPath(path).parent.parts for path in paths]
    same = 0
    while parents and all(len(parts) > same and parts[same] == parents[0][same] for parts in parents):
        same += 1
    return sum(len(part) + 1 for part in parents[0][:same]) if parents else 0
