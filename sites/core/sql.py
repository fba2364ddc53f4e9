"""SQL for the statements that run on every turn; everything else goes through the ORM.

Law of the room: one statement a call, every value a parameter, the same text on SQLite and PostgreSQL. Making a query
through the ORM takes about ten times as long as running it here, and a turn needs thirty
(`docs/decisions/0005-sql-on-the-hot-path.md`).
"""

import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any

from django.db import connection
from django.db.models import Field, Model

_AS_IT_IS = (int, str, type(None))


def rows(statement: str, *values: Any) -> list[tuple[Any, ...]]:
    """All rows of a SELECT; `FOR UPDATE` at its end is left out where the database has one writer anyway."""
    with connection.cursor() as cursor:
        cursor.execute(_spoken(statement), [_plain(value) for value in values])
        return list(cursor.fetchall())


def row(statement: str, *values: Any) -> tuple[Any, ...] | None:
    """The first row of a statement that returns rows, or None."""
    found = rows(statement, *values)
    return found[0] if found else None


def insert(new: Model) -> None:
    """Insert a model instance and give it its key, as `save(force_insert=True)` would, signals apart."""
    statement, fields = _insertion(type(new))
    values = [field.get_db_prep_save(field.pre_save(new, True), connection) for field in fields]
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        new.pk = cursor.fetchone()[0]
    new._state.adding = False


def update(model: type[Model], where: Mapping[str, Any], **values: Any) -> int:
    """Set columns of the rows that equal `where` (columns as the model names them); returns how many there were."""
    columns = [(_column(model, name), value) for name, value in (*values.items(), *where.items())]
    named = [f'"{field.column}" = %s' for field, _ in columns]
    sets, tests = ", ".join(named[: len(values)]), " AND ".join(named[len(values) :])
    with connection.cursor() as cursor:
        prepared = [field.get_db_prep_save(value, connection) for field, value in columns]
        cursor.execute(f'UPDATE "{model._meta.db_table}" SET {sets} WHERE {tests}', prepared)  # noqa: S608  model's own
        return int(cursor.rowcount)


def update_each(model: type[Model], names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Set columns of many rows at once; each row is its key, then a value a name."""
    sets = ", ".join(f'"{_column(model, name).column}" = %s' for name in names)
    key = _column(model, str(model._meta.pk.attname))
    values = [[*map(_plain, row[1:]), key.get_db_prep_save(row[0], connection)] for row in rows]
    with connection.cursor() as cursor:
        cursor.executemany(f'UPDATE "{model._meta.db_table}" SET {sets} WHERE "{key.column}" = %s', values)  # noqa: S608  model's own


def scrub() -> bool:
    """Have no copy of what was overwritten stay in SQLite's log: write it back and empty it. False: somebody reads.

    SQLite itself overwrites with zeros what is deleted (`PRAGMA secure_delete`, in the settings). Elsewhere the
    database's own vacuum does it: nothing is done here.
    """
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        return connection.vendor != "sqlite"
    busy = row("PRAGMA wal_checkpoint(TRUNCATE)")
    return busy is None or busy[0] == 0


def moment(value: datetime) -> datetime:
    """A time as the database returned it, in UTC; SQLite does not say so itself."""
    return value if value.tzinfo else value.replace(tzinfo=UTC)


def _spoken(statement: str) -> str:
    if " FOR UPDATE" not in statement or connection.features.has_select_for_update:
        return statement
    return statement.partition(" FOR UPDATE")[0]


def _plain(value: Any) -> Any:
    if type(value) in _AS_IT_IS:  # asking the connection costs more than the statement
        return value
    if isinstance(value, uuid.UUID) and not connection.features.has_native_uuid_field:
        return value.hex
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    return str(value) if isinstance(value, str) else value


@cache
def _insertion(model: type[Model]) -> "tuple[str, list[Field[Any, Any]]]":
    fields = [field for field in model._meta.concrete_fields if not field.primary_key]
    columns = ", ".join(f'"{field.column}"' for field in fields)
    marks = ", ".join(["%s"] * len(fields))
    key = model._meta.pk.column
    table = model._meta.db_table
    return f'INSERT INTO "{table}" ({columns}) VALUES ({marks}) RETURNING "{key}"', fields  # noqa: S608  model's own


@cache
def _column(model: type[Model], name: str) -> "Field[Any, Any]":
    return next(field for field in model._meta.concrete_fields if name in (field.attname, field.name))
