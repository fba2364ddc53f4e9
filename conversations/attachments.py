"""Files that customers send to people: a picture or a PDF, told by what is in it and never by its name.

Laws: nothing is kept that the scanner has not let pass, and without a scanner nothing is taken. A picture is drawn
anew, so what a camera wrote beside it (where it was taken) is gone. A file lies outside what any web server serves,
under a random name; it is handed out by a signed address that expires, to be saved and never to be shown by this
server's name. It goes with the words of its conversation.
"""

import io
import logging
import re
import shlex
import shutil
import subprocess
import tempfile
import time
import unicodedata
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core import signing
from django.db import transaction
from PIL import Image, ImageOps, UnidentifiedImageError

from conversations.models import Message

log = logging.getLogger(__name__)
LARGEST = 8 * 1024 * 1024
"""Bytes of one file."""
PIXELS = 40_000_000
"""Of one picture: more than any telephone takes, less than what would fill the memory."""
LASTS = timedelta(hours=6)
PATIENCE = 30
"""Seconds that a scanner may take."""
KINDS = {"image/jpeg": ".jpg", "image/png": ".png", "application/pdf": ".pdf"}
"""What is kept, and how its name ends then."""
_READ = ("JPEG", "PNG", "WEBP", "GIF")
_SALT = "handrail.attachment"
_LONGEST = 80


class NotTaken(Exception):
    """A file that is not kept; `key` is the wording of why, under `refused.`."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


@dataclass(frozen=True, slots=True)
class Taken:
    """A file as it is kept: its random key, the name it is shown by, its kind (a MIME type) and its size in bytes."""

    key: str
    name: str
    kind: str
    size: int

    @property
    def part(self) -> dict[str, Any]:
        """The message part that stands for it."""
        return {"text": self.name, "cites": [], "file": self.key, "kind": "file", "type": self.kind, "size": self.size}


def possible() -> bool:
    """Whether there is a scanner: without one no file is taken."""
    return bool(settings.HANDRAIL_SCAN)


@contextmanager
def taken(conversation: uuid.UUID, data: bytes, name: str) -> Iterator[Taken]:
    """Keep a file for as long as it takes to write its message; what goes wrong inside takes it away again.

    Raises NotTaken.
    """
    if not 0 < len(data) <= LARGEST:
        raise NotTaken("file_size")
    kind = _kind(data)
    _scan(data)
    if kind != "application/pdf":
        data, kind = _drawn(data)
    held = Taken(uuid.uuid4().hex, _named(name, kind), kind, len(data))
    path = _folder(conversation) / held.key
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.write_bytes(data)
    try:
        yield held
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def drop(conversation: uuid.UUID, held: Taken) -> None:
    """Take a file away that no message names: the message was there already."""
    (_folder(conversation) / held.key).unlink(missing_ok=True)


# ── Read ──────────────────────────────────────────────────────────────────────────────────────────────────────


def shown(parts: list[dict[str, Any]], conversation: uuid.UUID) -> list[dict[str, Any]]:
    """Parts as they are read: what stands for a file with an address to fetch it from, signed anew each time."""
    return [{**each, "links": [_link(each, conversation)]} if "file" in each else each for each in parts]


def find(signed: str) -> tuple[Path, str, str] | None:
    """The path, name and kind of the file behind an address; None when it was altered, has expired or was erased."""
    try:
        conversation, key = signing.loads(signed, salt=_SALT, max_age=LASTS)
        held = uuid.UUID(conversation)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    for parts in Message.objects.filter(conversation=held, author="customer").values_list("parts", flat=True):
        for part in parts:
            path = _folder(held) / str(key)
            if part.get("file") == key and path.is_file():
                return path, part["text"], part["type"]
    return None


def forget(conversation: uuid.UUID) -> None:
    """Take away the files of a conversation once the caller's transaction is committed."""
    transaction.on_commit(lambda: shutil.rmtree(_folder(conversation), ignore_errors=True))


def sweep() -> int:
    """Take away what a process that died has left behind an erasure; returns how many folders.

    One that was written to in the last LASTS may be of a file whose message is being written.
    """
    root, gone, settled = Path(settings.HANDRAIL_ATTACHMENTS), 0, time.time() - LASTS.total_seconds()
    for folder in root.glob("[0-9a-f]" * 32):
        if folder.stat().st_mtime > settled:
            continue
        rows = Message.objects.filter(conversation=uuid.UUID(folder.name), author="customer")
        if not any("file" in part for parts in rows.values_list("parts", flat=True) for part in parts):
            shutil.rmtree(folder, ignore_errors=True)
            gone += 1
    return gone


# ── Inside ────────────────────────────────────────────────────────────────────────────────────────────────────


def _kind(data: bytes) -> str:
    """What a file is by its content. Raises NotTaken."""
    if data.startswith(b"%PDF-"):
        return "application/pdf"
    with _opened(data) as picture:
        return "image/png" if picture.format in ("PNG", "GIF") else "image/jpeg"


@contextmanager
def _opened(data: bytes) -> Iterator[Image.Image]:
    """A picture of a kind that is read, and no larger than it may be. Raises NotTaken."""
    try:
        with Image.open(io.BytesIO(data), formats=_READ) as picture:
            if picture.width * picture.height > PIXELS:
                raise NotTaken("file_size")
            yield picture
    except UnidentifiedImageError:
        raise NotTaken("file_type") from None
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        raise NotTaken("file_bad") from None


def _drawn(data: bytes) -> tuple[bytes, str]:
    """The picture drawn anew, upright, with nothing beside its pixels, and its kind."""
    with _opened(data) as picture:
        upright = ImageOps.exif_transpose(picture)
        clear = upright.has_transparency_data or picture.format in ("PNG", "GIF")
        plain = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
        bare = Image.new(plain.mode, plain.size)
        bare.paste(plain)
        out = io.BytesIO()
        if clear:
            bare.save(out, "PNG")
        else:
            bare.save(out, "JPEG", quality=88)
    return out.getvalue(), "image/png" if clear else "image/jpeg"


def _scan(data: bytes) -> None:
    """Have the file looked at by the scanner: 0 lets it pass, 1 does not (as ClamAV's). Raises NotTaken."""
    if not possible():
        raise NotTaken("file_scan")
    with tempfile.NamedTemporaryFile(dir=settings.HANDRAIL_HOME, prefix="scan-") as held:
        held.write(data)
        held.flush()
        command = [*shlex.split(settings.HANDRAIL_SCAN), held.name]
        try:
            done = subprocess.run(command, capture_output=True, timeout=PATIENCE, check=False)  # noqa: S603 (set by who runs this)
        except (OSError, subprocess.TimeoutExpired) as error:
            log.error("A customer's file was not taken, for the scanner could not be asked: %s", type(error).__name__)
            raise NotTaken("file_scan") from None
    if done.returncode == 1:
        raise NotTaken("file_bad")
    if done.returncode:
        log.error("A customer's file was not taken, for the scanner ended with %s.", done.returncode)
        raise NotTaken("file_scan")


def _named(name: str, kind: str) -> str:
    """A name to show: without a path, signs that are none to read, and any other ending than its kind's."""
    last = unicodedata.normalize("NFC", name.replace("\\", "/").rpartition("/")[2])
    stem = "".join(sign for sign in last if unicodedata.category(sign)[0] != "C").strip(" .")
    stem = re.sub(r"\.[^.\s]{1,5}$", "", stem)[:_LONGEST].strip() or "file"
    return stem + KINDS[kind]


def _link(part: Mapping[str, Any], conversation: uuid.UUID) -> dict[str, str]:
    signed = signing.dumps([conversation.hex, part["file"]], salt=_SALT)
    return {"text": part["text"], "url": f"{settings.HANDRAIL_BASE_URL}/w/v1/file/{signed}"}


def _folder(conversation: uuid.UUID) -> Path:
    return Path(settings.HANDRAIL_ATTACHMENTS) / conversation.hex
