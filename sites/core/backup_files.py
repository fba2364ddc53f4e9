"""The files that are kept beside the database, in a backup: what customers have sent to people.

Law of the room: a file is held against the digest in the manifest before it is put back, and nothing is written
outside the folder, whatever a backup names. What is erased while a backup is written is not in it.
"""

import hashlib
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path

from django.conf import settings

from sites.core.refusal import Refused

_NAME = re.compile(r"[0-9a-f]{32}/[0-9a-f]{32}")  # the conversation's folder and the file's random key
_UNDER = "files/"


def write(archive: zipfile.ZipFile) -> dict[str, str]:
    """Put every file into a backup; name to SHA-256, for its manifest."""
    root, found = Path(settings.HANDRAIL_ATTACHMENTS), {}
    for path in sorted(root.glob("*/*")):
        name = path.relative_to(root).as_posix()
        if not _NAME.fullmatch(name):
            continue
        try:
            data = path.read_bytes()
        except FileNotFoundError:  # erased meanwhile
            continue
        archive.writestr(_UNDER + name, data, zipfile.ZIP_STORED)
        found[name] = hashlib.sha256(data).hexdigest()
    return found


def restore(archive: zipfile.ZipFile, told: Mapping[str, str]) -> None:
    """Put every file back that the manifest names. Raises Refused where one is not what it was."""
    for name, digest in told.items():
        try:
            data = archive.read(_UNDER + name) if _NAME.fullmatch(name) else b""
        except (KeyError, zipfile.BadZipFile) as error:
            raise Refused(f"The backup is damaged at the file {name[:80]}: {error}.") from None
        if hashlib.sha256(data).hexdigest() != digest:
            raise Refused(f"The backup is damaged at the file {name[:80]}: it is not the one that was written.")
        path = Path(settings.HANDRAIL_ATTACHMENTS) / name
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.write_bytes(data)
