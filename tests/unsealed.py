"""Changing what the database refuses to change, as whoever owns the database can."""

from django.db.models import QuerySet

from sites.core import seal


def change(rows: QuerySet, **values) -> int:
    with seal.opened():
        return rows.update(**values)


def drop(rows: QuerySet) -> None:
    with seal.opened():
        rows.delete()
