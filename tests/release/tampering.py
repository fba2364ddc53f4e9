"""Eve, who owns the database: random changes of the record, with or without the chain written anew to fit."""

import hashlib
import json
import random
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import DatabaseError, connection, models, transaction

from sites.core import audit, kept, sql
from sites.models import LedgerEntry, LedgerHead, Site

KINDS = ("edit", "delete", "insert", "swap", "truncate", "backup")


@dataclass
class Eve:
    """One attacker on one site's record; `older` is a backup she kept, by table."""

    site: Site
    chance: random.Random
    older: dict[str, list] = field(default_factory=dict)

    def tamper(self, kind: str) -> tuple[set[str], str]:
        """Change something; returns where a finding may be ("" of a key: the chain's anchor), and what was done."""
        while True:
            try:
                with transaction.atomic():
                    return getattr(self, kind)()
            except (DatabaseError, Unsuitable):
                continue  # the tables' own constraints were in the way: something else then

    # ── Rows

    def edit(self):
        held, key, row = self.somewhere()
        column = self.chance.choice([name for name in held.columns[1:] if not _key_of_another(held, name)])
        other = self.other(_field(held, column), row[held.columns.index(column)])
        run(f'UPDATE "{table(held)}" SET "{column}" = %s WHERE "{held.columns[0]}" = %s', other, row[0])
        return self.after(held, {key}, f"edit {held.label} {key} {column}")

    def delete(self):
        held, key, row = self.somewhere()
        run(f'DELETE FROM "{table(held)}" WHERE "{held.columns[0]}" = %s', row[0])
        return self.after(held, {key}, f"delete {held.label} {key}")

    def insert(self):
        held, _, row = self.somewhere()
        if _key_of_another(held, held.columns[0]):
            raise Unsuitable
        columns = [f.attname for f in held.model._meta.concrete_fields]
        whole = list(sql.row(f'SELECT {_named(columns)} FROM "{table(held)}" WHERE "{columns[0]}" = %s', row[0]))
        new = dict(zip(columns, whole, strict=True))
        numeric = not isinstance(_field(held, columns[0]), models.UUIDField)
        new[columns[0]] = self.chance.randrange(10**6, 10**9) if numeric else uuid.uuid4()
        for name in ("seq", "n", "number", "ordinal"):
            new |= {name: self.chance.randrange(1000, 30000)} if name in new else {}
        for name in ("client_id", "reply_to", "scenario"):
            new |= {name: uuid.uuid4().hex} if name in new else {}
        if "question_id" in new:  # one turn a question: another of the conversation that had none
            raise Unsuitable
        marks = ", ".join(["%s"] * len(new))
        run(f'INSERT INTO "{table(held)}" ({_named(new)}) VALUES ({marks})', *map(_plain, new.values()))
        return self.after(held, {kept.text(new[columns[0]])}, f"insert {held.label} {new[columns[0]]}")

    def swap(self):
        held, key, row = self.somewhere()
        _, other, second = self.somewhere(held)
        column = self.chance.choice(held.columns[1:])
        at = held.columns.index(column)
        if kept.plain(held, row)[at] == kept.plain(held, second)[at]:
            raise Unsuitable
        for one, two in ((row, second), (second, row)):
            statement = f'UPDATE "{table(held)}" SET "{column}" = %s WHERE "{held.columns[0]}" = %s'
            run(statement, _plain(two[at]), one[0])
        return self.after(held, {key, other}, f"swap {held.label} {key} {other} {column}")

    # ── The chain

    def truncate(self):
        last = LedgerHead.objects.get(site=self.site).number
        left = last - self.chance.randint(1, min(30, last - 1))
        run("DELETE FROM handrail_sites_ledgerentry WHERE site_id = %s AND number > %s", self.site.pk, left)
        digest = LedgerEntry.objects.get(site=self.site, number=left).digest
        LedgerHead.objects.filter(site=self.site).update(number=left, digest=digest)
        return {f"{audit.ENTRIES} "}, f"truncate {last - left} entries"

    def backup(self):
        for held in kept.tables():
            run(f'DELETE FROM "{table(held)}"')
        run("DELETE FROM handrail_sites_ledgerentry")
        run("DELETE FROM handrail_sites_ledgerhead")
        for name, (columns, rows) in self.older.items():
            marks = ", ".join(["%s"] * len(columns))
            for row in rows:
                run(f'INSERT INTO "{name}" ({_named(columns)}) VALUES ({marks})', *map(_plain, row))
        return {f"{audit.ENTRIES} "}, "an older backup"

    def keep_backup(self) -> None:
        """What she will put back one day."""
        for model in (*(held.model for held in kept.tables()), LedgerEntry, LedgerHead):
            columns = [f.attname for f in model._meta.concrete_fields]
            name = model._meta.db_table
            self.older[name] = (columns, sql.rows(f'SELECT {_named(columns)} FROM "{name}"'))

    def after(self, held, keys: set[str], what: str) -> tuple[set[str], str]:
        """Half of the time she writes the chain anew, so that it says what the tables hold."""
        if self.chance.random() < 0.5:
            return {f"{held.label} {key}" for key in keys}, what
        self.cover(held, keys)
        return {f"{audit.ENTRIES} "}, f"{what}, covered up"

    def cover(self, held, keys: set[str]) -> None:
        previous, number = "0" * 64, 0
        now = {kept.text(row[0]): row for row in _all(held, self.site)}
        for entry in LedgerEntry.objects.filter(site=self.site).order_by("number"):
            body = self.rewritten(entry, held, keys, now)
            digest = hashlib.sha256(f"{previous}\n{entry.number}\n{entry.kind}\n{body}".encode()).hexdigest()
            if (body, digest) != (entry.body, entry.digest):
                statement = "UPDATE handrail_sites_ledgerentry SET body = %s, previous = %s, digest = %s WHERE id = %s"
                run(statement, body, previous, digest, entry.pk)
            previous, number = digest, entry.number
        LedgerHead.objects.filter(site=self.site).update(number=number, digest=previous)

    def rewritten(self, entry, held, keys, now) -> str:
        facts = json.loads(entry.body)
        said = facts.get("rows", {}).get(held.label, {})
        for key, value in list(said.items()):
            inner = value if isinstance(value, dict) else said
            for each in keys & (set(value) if isinstance(value, dict) else {key}):
                row = now.get(each)
                inner[each] = kept.digest(kept.plain(held, row)) if row else None
        if entry.number == 1:
            self.add_new(facts, held, keys, now)
        return json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False)

    def add_new(self, facts, held, keys, now) -> None:
        """Rows that no entry speaks of are spoken of by the first one."""
        rows = facts.setdefault("rows", {}).setdefault(held.label, {})
        for key in keys & set(now):
            digest = kept.digest(kept.plain(held, now[key]))
            if held.on:
                parent = kept.text(now[key][held.columns.index(held.on)])
                rows.setdefault(parent, {})[key] = digest
            else:
                rows[key] = digest

    # ── Chance

    def somewhere(self, held=None):
        """A random row of a random table that has any."""
        held = held or self.chance.choice(kept.tables())
        rows = _all(held, self.site)
        if not rows:
            raise Unsuitable
        row = self.chance.choice(rows)
        return held, kept.text(row[0]), row

    def other(self, column: models.Field, value):
        """Another value that such a column could hold."""
        if isinstance(column, models.JSONField):
            held = json.loads(value)
            return json.dumps([held, "x"] if not isinstance(held, dict) else {**held, "x": 1})
        if isinstance(column, models.BooleanField):
            return not value
        if isinstance(column, models.DateTimeField):
            return _plain((sql.moment(value) if value else datetime(2026, 1, 1)) + timedelta(seconds=1))
        if isinstance(column, models.FloatField):
            return (value or 0.0) + 0.0625
        if isinstance(column, models.IntegerField):
            return (value or 0) + 1
        if isinstance(column, models.UUIDField):
            return _plain(uuid.uuid4())
        return f"{value or ''}?" if self.chance.random() < 0.5 or not value else value[1:]


class Unsuitable(Exception):
    """This row cannot be changed so."""


def run(statement: str, *values) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def table(held) -> str:
    return held.model._meta.db_table


def _named(columns) -> str:
    return ", ".join(f'"{name}"' for name in columns)


def _field(held, name: str) -> models.Field:
    found = next(f for f in held.model._meta.concrete_fields if f.attname == name)
    return found.target_field if isinstance(found, models.ForeignKey) else found


def _key_of_another(held, name: str) -> bool:
    return any(f.attname == name and f.remote_field for f in held.model._meta.concrete_fields)


def _all(held, site: Site) -> list:
    scope = held.rows(site.pk).order_by("pk").values_list("pk", flat=True)
    marks = ", ".join(["%s"] * len(scope)) or "NULL"
    statement = f'SELECT {kept.selected(held)} FROM "{table(held)}" t WHERE t."{held.columns[0]}" IN ({marks})'
    return sql.rows(f'{statement} ORDER BY t."{held.columns[0]}"', *scope)


def _plain(value):
    return sql._plain(sql.moment(value) if isinstance(value, datetime) else value)
