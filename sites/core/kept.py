"""Rows that the chain answers for: which they are, and the digest by which an entry speaks of one.

Law of the room: an entry that speaks of a row speaks of all rows that hang on it, as they stand in the database at that
moment; the newest entry counts. Each room names its own rows in the module that `settings.KEPT` names. A kept table's
columns are only ever added at the end of their list: a digest covers as many of them as it has marks.
"""

import hashlib
import json
import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from importlib import import_module
from typing import Any

from django.conf import settings
from django.db import models, transaction

from sites.core import ledger, sql
from sites.models import CrisisConfirmation, LedgerEntry, LedgerHead, Membership

WRITTEN = "written"
"""The kind of an entry that does nothing but speak of rows."""
SLICE = 500  # keys in one IN (…)
EVERY = models.Q()
Spoken = dict[str, Any]
"""What an entry says of rows: label → key → digest; of rows that hang on others label → key of those → key → digest."""
_HEX = 64  # of a sha256; two digits a column follow


@dataclass(frozen=True, slots=True, eq=False)
class Kept:
    """One kept table. `site`: the ORM path to its site; `on`: the column that names the row it hangs on, and of which
    table; `free`: columns that may change without an entry; `open`: which rows no entry speaks of yet, as a filter;
    `only`: which rows entries speak of at all; `apart`: the ORM path to a flag on rows that nobody answers for."""

    model: type[models.Model]
    site: str
    columns: tuple[str, ...]
    free: tuple[str, ...] = ()
    on: str = ""
    parent: type[models.Model] | None = None
    open: Callable[[], models.Q] | None = None
    only: models.Q = EVERY
    apart: str = ""

    @property
    def label(self) -> str:
        """How entries name the table: app and model."""
        return label(self.model)

    def rows(self, site_id: int) -> models.QuerySet[Any]:
        """The rows of a site that the chain answers for."""
        found = self.model._base_manager.filter(self.only, **{self.site: site_id})
        return found.exclude(**{self.apart: True}) if self.apart else found


_kept: dict[type[models.Model], Kept] = {}
_now = threading.local()  # .noted: label → keys, of the transaction that `writing` has open; .site


def keep(model: type[models.Model], site: str, *columns: str, **more: Any) -> Kept:
    """Name a table as kept; of `on`, the parent is read from the model."""
    parent = model._meta.get_field(more["on"].removesuffix("_id")).related_model if "on" in more else None
    _kept[model] = made = Kept(model, site, columns, parent=parent, **more)
    return made


@cache
def tables() -> tuple[Kept, ...]:
    """Every kept table of the installation, the rooms that `settings.KEPT` names included."""
    for name in settings.KEPT:
        import_module(name)
    return tuple(_kept.values())


def label(model: type[models.Model]) -> str:
    """How entries name a table."""
    return str(model._meta.label_lower)


@contextmanager
def writing(site_id: int) -> Iterator[LedgerHead]:
    """A transaction that holds a site's chain; what is noted in it is spoken of before it commits.

    Inside another of the same site it is part of that one. Raises what `ledger.hold` raises.
    """
    if getattr(_now, "site", None) is not None:
        yield ledger.hold(site_id)
        return
    with transaction.atomic():
        head = ledger.hold(site_id)
        _now.site, _now.noted = site_id, {}
        try:
            yield head
            if _now.noted:
                append(site_id, WRITTEN, {})
        finally:
            _now.site, _now.noted = None, {}


def note(site_id: int, model: type[models.Model], *keys: Any) -> None:
    """Have the next entry of the transaction that `writing` has open speak of these rows; elsewhere nothing happens."""
    if keys and getattr(_now, "site", None) == site_id:
        _now.noted.setdefault(model, {}).update(dict.fromkeys(keys))


def append(
    site_id: int, kind: str, facts: Mapping[str, Any], *rows: models.Model, head: LedgerHead | None = None
) -> LedgerEntry:
    """`ledger.append`, speaking of these rows and of all that were noted."""
    noted: dict[type[models.Model], dict[Any, None]] = {}
    if getattr(_now, "site", None) == site_id:
        noted, _now.noted = _now.noted, {}
    for row in rows:
        noted.setdefault(row._meta.concrete_model or type(row), {})[row.pk] = None
    return ledger.append(site_id, kind, {**facts, "rows": speak(noted)} if noted else facts, head=head)


def speak(noted: Mapping[type[models.Model], Collection[Any]]) -> Spoken:
    """What an entry says of these rows and of those that hang on them, read from the database as they stand.

    A key with no row is spoken of as gone (None).
    """
    said: Spoken = {}
    for model, keys in noted.items():
        held = _of(model)
        found = {text(row[0]): digest for row, digest in _read(held, str(model._meta.pk.column), keys)}
        said.setdefault(held.label, {}).update({text(key): found.get(text(key)) for key in keys})
        for child in _hanging(model):
            place = child.columns.index(child.on)
            for row, digest in _read(child, child.on, keys):
                on = said.setdefault(child.label, {}).setdefault(text(row[place]), {})
                on[text(row[0])] = digest
    return said


def text(key: Any) -> str:
    """A key as entries write it; that of a UUID without dashes."""
    return str(key) if isinstance(key, int) else str(key).replace("-", "")


def digest(values: list[str]) -> str:
    """The sha256 of a row's columns, and two hexadecimal digits of each column's own: they tell what differs."""
    whole = hashlib.sha256("\n".join(values).encode()).hexdigest()
    return whole + "".join(hashlib.sha256(value.encode()).hexdigest()[:2] for value in values)


def differing(held: Kept, said: str, values: list[str]) -> list[str] | None:
    """The columns in which a row is not what was said of it; None when it is exactly that."""
    marks = [said[at : at + 2] for at in range(_HEX, len(said), 2)]
    if (now := digest(values[: len(marks)])) == said:
        return None
    found = [now[at : at + 2] for at in range(_HEX, len(now), 2)]
    return [name for name, was, is_ in zip(held.columns, marks, found, strict=False) if was != is_]


def plain(held: Kept, row: tuple[Any, ...]) -> list[str]:
    """The columns of a row, each as one line of JSON that is the same on every database."""
    return [to(value) for to, value in zip(_forms(held), row, strict=True)]


@cache
def selected(held: Kept) -> str:
    """The columns as SQL names them, the key first."""
    fields = {field.attname: field for field in held.model._meta.concrete_fields}
    return ", ".join(f't."{fields[name].column}"' for name in held.columns)


# ── Inside ────────────────────────────────────────────────────────────────────────────────────────────────────


@cache
def _of(model: type[models.Model]) -> Kept:
    tables()
    return _kept[model]


@cache
def _hanging(model: type[models.Model]) -> tuple[Kept, ...]:
    return tuple(each for each in tables() if each.parent is model)


def _read(held: Kept, column: str, keys: Collection[Any]) -> Iterator[tuple[tuple[Any, ...], str]]:
    """The rows whose column is among the keys, each with its digest."""
    wanted = list(keys)
    for at in range(0, len(wanted), SLICE):
        some = wanted[at : at + SLICE]
        marks = ", ".join(["%s"] * len(some))
        table = held.model._meta.db_table
        found = sql.rows(f'SELECT {selected(held)} FROM "{table}" t WHERE t."{column}" IN ({marks})', *some)  # noqa: S608  model's own
        for row in found:
            yield row, digest(plain(held, row))


@cache
def _forms(held: Kept) -> tuple[Callable[[Any], str], ...]:
    fields = {field.attname: field for field in held.model._meta.concrete_fields}
    return tuple(_form(fields[name]) for name in held.columns)


def _form(field: Any) -> Callable[[Any], str]:
    if isinstance(field, models.ForeignKey):
        return _form(field.target_field)
    if isinstance(field, models.JSONField):
        return _json
    if isinstance(field, models.UUIDField):
        return lambda value: _dump(None if value is None else text(value))
    if isinstance(field, models.BooleanField):
        return lambda value: _dump(None if value is None else bool(value))
    return _value


def _json(value: Any) -> str:
    return _dump(json.loads(value, parse_float=_number) if isinstance(value, str) else value)


def _value(value: Any) -> str:
    if isinstance(value, datetime):
        return _dump(sql.moment(value).isoformat())
    if isinstance(value, date):
        return _dump(value.isoformat())
    return _dump(_number(value) if isinstance(value, float) else value)


def _number(value: Any) -> float | int:
    """A whole number as one, for PostgreSQL writes 1e22 in digits."""
    number = float(value)
    return int(number) if number.is_integer() else number


def _dump(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


keep(Membership, "site", "id", "site_id", "user_id", "role", "categories", "by_group")
keep(CrisisConfirmation, "site", "id", "site_id", "country", "digest", "by", "at")
