"""The files in a .zip of a folder, unpacked in memory: so many, so large, and none of them by its name's leave.

Law of the room: only the child of `reading` runs this. What an archive says about itself is not believed; nothing is
written anywhere, so a name can only mislead a reader, and one that tries is refused.
"""

import io
import re
import stat
import zipfile
import zlib
from collections.abc import Sequence

from knowledge.readers.unreadable import Unreadable

MAX_FILES = 500
MAX_UNPACKED = 25_000_000
"""Bytes all files of a folder may have together."""
_PLAIN = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # whose unpacking stops where it is told to
_JUNK = re.compile(r"(?:^|/)(?:\.(?!\.(?:/|$))[^/]*|__MACOSX|Thumbs\.db|desktop\.ini)(?:/|$)")

Files = list[tuple[str, bytes]]
Skipped = list[tuple[str, str]]


def unpack(data: bytes) -> tuple[Files, Skipped]:
    """The files by path, and those left out with the reason. Raises Unreadable for an archive that is no folder."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = [part for part in archive.infolist() if not part.is_dir() and not junk(part.filename)]
            _check(parts)
            return _files(archive, parts)
    except (zipfile.BadZipFile, EOFError, ValueError, IndexError, zlib.error) as error:
        if isinstance(error, Unreadable):
            raise
        raise Unreadable("this is no .zip that can be opened, or it is damaged; make it again") from None
    except (NotImplementedError, RuntimeError):
        raise Unreadable("it is packed in a way that cannot be read; make an ordinary .zip of the folder") from None


def junk(path: str) -> bool:
    """Whether a path is what a computer leaves in folders beside its owner's files."""
    return bool(_JUNK.search(path.replace("\\", "/")))


def _check(parts: Sequence[zipfile.ZipInfo]) -> None:
    if any(part.flag_bits & 0x1 for part in parts):
        raise Unreadable("it is protected with a password; make the .zip again without one")
    if len(parts) > MAX_FILES:
        raise Unreadable(f"there are {len(parts):,} files in it; hand in at most {MAX_FILES} at once")
    if sum(part.file_size for part in parts) > MAX_UNPACKED:
        raise Unreadable(_too_large())


def _files(archive: zipfile.ZipFile, parts: Sequence[zipfile.ZipInfo]) -> tuple[Files, Skipped]:
    files: Files = []
    refused: Skipped = []
    left = MAX_UNPACKED
    for part in parts:
        if why := _why_not(part):
            refused.append((part.filename, why))
            continue
        try:
            with archive.open(part) as packed:
                body = packed.read(left + 1)
        except (zipfile.BadZipFile, EOFError, zlib.error):
            refused.append((part.filename, "it is damaged in the .zip; put it in again"))
            continue
        left -= len(body)
        if left < 0:
            raise Unreadable(_too_large())
        files.append((part.filename, body))
    return files, refused


def _why_not(part: zipfile.ZipInfo) -> str:
    path = part.filename.replace("\\", "/")
    if path.startswith("/") or re.match(r"[A-Za-z]:", path) or ".." in path.split("/"):
        return "its name points out of the folder; rename it"
    if path.lower().endswith(".zip"):
        return "a .zip inside a .zip is not opened; unpack it first, or hand it in by itself"
    if stat.S_ISLNK(part.external_attr >> 16):
        return "it is a link to another file; put the file itself in"
    return "" if part.compress_type in _PLAIN else "it is packed in a way that cannot be read; make an ordinary .zip"


def _too_large() -> str:
    return f"it unpacks to more than {MAX_UNPACKED // 1_000_000} MB; hand in a part of the folder"
