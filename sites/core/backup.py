"""A whole installation as one file: every row of every table, whatever the database; read back whole or not at all.

Law of the room: a backup is read at one moment and holds nobody up; what is restored has the very values it had, so
that the chain, the digests and the anchors still hold. Sessions and the search index are left out: people sign in
again, and the index is made of the rows. An article's text is a row; files that customers sent come with it.
"""

import base64
import hashlib
import json
import zipfile
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from django.apps import apps
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.core.management.color import no_style
from django.db import connection, models, transaction
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import BinaryField, Field, JSONField, Model, Value

from sites.core import audit, backup_files
from sites.core.audit import Anchor
from sites.core.refusal import Refused
from sites.models import LedgerHead, Site

FORMAT = 1
MANIFEST = "backup.json"
LEFT_OUT = frozenset({"sessions.session", "usersessions.usersession"})
SLICE = 500
"""Rows that are read or written at once."""


def write(file: Path) -> dict[str, Any]:
    """Write everything to a new file only its owner may read; its manifest. Raises Refused where it is there."""
    part = file.with_name(f"{file.name}.part")
    if file.exists():
        raise Refused(f"{file} is there already; a backup is never written over another one.")
    part.unlink(missing_ok=True)
    part.touch(mode=0o600)
    with audit.one_moment(), zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:
        parts = {label: _written(archive, label, model) for label, model in _models().items()}
        files = backup_files.write(archive)
        manifest = {"format": FORMAT, "at": datetime.now(UTC).isoformat(), "from": connection.vendor,
                    "migrations": _migrations(), "heads": _heads(), "parts": parts, "files": files}  # fmt: skip
        archive.writestr(MANIFEST, json.dumps(manifest, indent=1))
    part.rename(file)
    return manifest


def restore(file: Path, anchors: Iterable[tuple[str, Anchor]] = (), *, broken: bool = False) -> dict[str, Any]:
    """Put everything back into an empty database, held against its chains and `anchors` (site, anchor); its manifest.

    Raises Refused, and leaves the database as it was: where it holds something, the file is none, was damaged or is of
    another version, or what it holds is not what its chains say (but for `broken`, which keeps such rows).
    """
    _empty()
    with _opened(file) as archive:
        manifest = _manifest(archive, file)
        with transaction.atomic():
            if connection.vendor == "sqlite":
                with connection.cursor() as cursor:
                    cursor.execute("PRAGMA defer_foreign_keys = ON")
            for label, model in _models().items():
                _read(archive, label, model, manifest["parts"][label])
            _sequences()
            if not broken:
                _verify(manifest, anchors)
            backup_files.restore(archive, manifest.get("files", {}))
    ContentType.objects.clear_cache()
    return manifest


# ── Out ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _models() -> dict[str, type[Model]]:
    every = apps.get_models(include_auto_created=True)
    found = {each._meta.label_lower: each for each in every if each._meta.managed and not each._meta.proxy}
    return {label: model for label, model in found.items() if label not in LEFT_OUT}


def _written(archive: zipfile.ZipFile, label: str, model: type[Model]) -> dict[str, Any]:
    fields, digest, count = _fields(model), hashlib.sha256(), 0
    rows = model._base_manager.order_by("pk").values_list(*(f.attname for f in fields))
    with archive.open(_member(label), "w", force_zip64=True) as out:
        for row in rows.iterator(chunk_size=SLICE):
            line = json.dumps([_out(value) for value in row], ensure_ascii=False).encode() + b"\n"
            digest.update(line)
            out.write(line)
            count += 1
    return {"columns": [f.attname for f in fields], "rows": count, "sha256": digest.hexdigest()}


def _out(value: Any) -> Any:
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(value).decode()
    if value is None or isinstance(value, str | int | float | dict | list):
        return value
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _fields(model: type[Model]) -> "list[Field[Any, Any]]":
    return [field for field in model._meta.concrete_fields if isinstance(field, Field)]


def _member(label: str) -> str:
    return f"rows/{label}.jsonl"


def _migrations() -> list[str]:
    return sorted(f"{app}.{name}" for app, name in MigrationRecorder(connection).applied_migrations())


def _heads() -> dict[str, Any]:
    heads = LedgerHead.objects.select_related("site")
    return {head.site.slug: {"number": head.number, "digest": head.digest} for head in heads}


# ── In ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _empty() -> None:
    if Site.objects.exists() or User.objects.exists():
        raise Refused(
            "This database is not empty: it has sites or accounts. Restore into a new one, after `manage.py migrate`; "
            "nothing was changed here."
        )


def _opened(file: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(file)
    except (OSError, zipfile.BadZipFile) as error:
        raise Refused(f"{file} cannot be read as a backup: {error}.") from None


def _manifest(archive: zipfile.ZipFile, file: Path) -> dict[str, Any]:
    try:
        manifest: dict[str, Any] = json.loads(archive.read(MANIFEST))
        known = manifest["format"] == FORMAT and set(manifest["parts"]) == set(_models())
    except (KeyError, ValueError, zipfile.BadZipFile):
        raise Refused(f"{file} is no backup of Handrail's, or was cut.") from None
    if differing := set(manifest["migrations"]) ^ set(_migrations()):
        first = min(differing)
        raise Refused(
            f"{file} is of another version: its tables differ from these by {len(differing)} migrations ({first} …). "
            "Restore it with the version that wrote it, then upgrade."
        )
    if not known:
        raise Refused(f"{file} has another format than this version reads ({FORMAT}).")
    return manifest


def _read(archive: zipfile.ZipFile, label: str, model: type[Model], told: dict[str, Any]) -> None:
    fields, digest, count = _fields(model), hashlib.sha256(), 0
    with connection.cursor() as cursor:
        cursor.execute(f'DELETE FROM "{model._meta.db_table}"')  # noqa: S608  what migrating has put there
    try:
        with archive.open(_member(label)) as lines:
            for rows in _slices(lines, digest):
                made = [_made(model, fields, told["columns"], row) for row in rows]
                _insert(model, fields, made)
                count += len(made)
    except (KeyError, ValueError, zipfile.BadZipFile) as error:
        raise Refused(f"The backup is damaged at {label}: {error}.") from None
    if (count, digest.hexdigest()) != (told["rows"], told["sha256"]):
        raise Refused(f"The backup is damaged at {label}: its rows are not those that were written.")


def _slices(lines: IO[bytes], digest: Any) -> Iterator[list[Any]]:
    rows = []
    for line in lines:
        digest.update(line)
        rows.append(json.loads(line))
        if len(rows) == SLICE:
            yield rows
            rows = []
    yield rows


def _made(model: type[Model], fields: "list[Field[Any, Any]]", columns: list[str], row: list[Any]) -> Model:
    values = dict(zip(columns, row, strict=True))
    return model.from_db(connection.alias, [f.attname for f in fields], [_in(f, values[f.attname]) for f in fields])


def _in(field: "Field[Any, Any]", value: Any) -> Any:
    if isinstance(field, JSONField):
        return value if value is not None or field.null else Value(None, JSONField())
    if value is None:
        return None
    if isinstance(field, BinaryField):
        return base64.b64decode(value)
    return (field.target_field if isinstance(field, models.ForeignKey) else field).to_python(value)


def _insert(model: type[Model], fields: "list[Field[Any, Any]]", made: list[Model]) -> None:
    """Insert rows as they are: no field fills itself in, and no signal is sent."""
    step = max(1, connection.ops.bulk_batch_size(fields, made)) if made else 1
    for first in range(0, len(made), step):
        model._base_manager._insert(made[first : first + step], fields=fields, raw=True)  # type: ignore[attr-defined]


def _sequences() -> None:
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), list(_models().values())):
            cursor.execute(statement)


def _verify(manifest: dict[str, Any], anchors: Iterable[tuple[str, Anchor]]) -> None:
    kept = [
        (slug, Anchor(head["number"], head["digest"])) for slug, head in manifest["heads"].items() if head["number"]
    ]
    kept += list(anchors)
    for site in Site.objects.order_by("pk"):
        found = audit.of(site, [anchor for slug, anchor in kept if slug == site.slug])
        if found.findings:
            said = "; ".join(map(str, found.findings[:5]))
            raise Refused(f"{site.slug}: {len(found.findings)} rows are not what the record says ({said}).")
