"""Whether the record is what its chain says: the chain itself, anchors kept elsewhere, and every row it answers for.

Law of the room: a row is held to the newest entry that speaks of it. A row of before entries spoke of rows is held to
what the entries of that time say of it, and counted where they say nothing; any later row that no entry speaks of was
put in by something else. Whoever may write the database can write the chain anew, but not an anchor.
"""

import json
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from django.db import connection, models, transaction

from sites.core import kept, ledger, sql
from sites.core.kept import Kept
from sites.models import LedgerEntry, LedgerHead, Site

BEGUN = "record_begun"
"""The kind of the entry from which on entries speak of rows; it holds the last key of each table at that time."""
SLICE = 2000  # rows read at a time
ENTRIES, HEADS = kept.label(LedgerEntry), kept.label(LedgerHead)


@dataclass(frozen=True, slots=True)
class Anchor:
    """One entry's number and digest, as they were kept where who writes the database cannot write."""

    number: int
    digest: str


@dataclass(frozen=True, slots=True)
class Finding:
    """A place where the record is not what it should be: the table, the key, the entry that says so, and what."""

    table: str
    key: str
    number: int | None
    what: str

    def __str__(self) -> str:
        entry = f" (entry {self.number})" if self.number is not None else ""
        return f"{self.table} {self.key}{entry}: {self.what}"


@dataclass(frozen=True, slots=True)
class Held:
    """What an older entry, or a rule of a room, says of one row; `differs` is empty where it holds."""

    model: type[models.Model]
    key: Any
    differs: str


@dataclass(slots=True)
class Report:
    """What an audit found, and how much it compared: whole rows, rows held in part, rows of before, rows under way."""

    findings: list[Finding] = field(default_factory=list)
    whole: int = 0
    in_part: int = 0
    before: Counter[str] = field(default_factory=Counter)
    under_way: int = 0


Before = Callable[[int, Mapping[str, Any]], Iterator[Held]]
Also = Callable[[int], Iterator[Held]]
_before: dict[str, Before] = {}
_also: list[Also] = []
_lets_go: dict[str, str] = {}


def before(*kinds: str) -> Callable[[Before], Before]:
    """Register what says which rows an entry of these kinds without rows holds, given the site and its facts."""

    def register(function: Before) -> Before:
        _before.update(dict.fromkeys(kinds, function))
        return function

    return register


def also(function: Also) -> Also:
    """Register a rule that rows of a site must agree with whatever the entries say."""
    _also.append(function)
    return function


def lets_go(kind: str, fact: str) -> None:
    """After an entry of this kind, older ones with the same `fact` hold nothing any more."""
    _lets_go[kind] = fact


def of(site: Site, anchors: Iterable[Anchor] = ()) -> Report:
    """Compare a site's whole record, as it stands at one moment, with its chain and with anchors kept elsewhere."""
    with one_moment(), closing(sqlite3.connect("")) as store:  # a file of its own that nobody else opens
        return _Audit(site, store).report(sorted(anchors, key=lambda anchor: anchor.number))


# ── Inside ────────────────────────────────────────────────────────────────────────────────────────────────────

_TABLES = """
    CREATE TABLE said (label TEXT, key TEXT, parent TEXT, number INTEGER, digest TEXT, seen INTEGER DEFAULT 0,
        PRIMARY KEY (label, key)) WITHOUT ROWID;
    CREATE INDEX hanging ON said (label, parent);
    CREATE TABLE older (number INTEGER, kind TEXT, about TEXT, body TEXT);
    CREATE INDEX about ON older (about);
    CREATE TABLE unsaid (label TEXT, key TEXT, parent TEXT, PRIMARY KEY (label, key)) WITHOUT ROWID;
"""


@contextmanager
def one_moment() -> Iterator[None]:
    """Read everything as it stood at one moment, holding nobody up; inside a transaction, as that one sees it."""
    if connection.in_atomic_block:
        yield
    elif connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("BEGIN")  # deferred: Django's own would keep writers out
        try:
            yield
        finally:
            with connection.cursor() as cursor:
                cursor.execute("ROLLBACK")
    else:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield


class _Audit:
    """One audit of one site. What entries say is kept in a database of its own, so that any size of record fits."""

    def __init__(self, site: Site, store: sqlite3.Connection) -> None:
        self.site, self.store, self.found = site, store, Report()
        self.begun: dict[str, tuple[int, int]] = {}
        store.executescript(_TABLES)

    def report(self, anchors: list[Anchor]) -> Report:
        """All of it, the chain first."""
        self.found.findings += [*self._chain(), *self._anchored(anchors)]
        for entry in LedgerEntry.objects.filter(site=self.site).order_by("number").iterator(chunk_size=SLICE):
            self._heard(entry)
        for held in kept.tables():
            self._compared(held)
        self._older()
        self.found.findings += [*self._unsaid(), *self._rules()]
        return self.found

    def _say(self, table: str, key: Any, number: int | None, what: str) -> None:
        self.found.findings.append(Finding(table, str(key), number, what))

    # ── The chain

    def _chain(self) -> Iterator[Finding]:
        for each in ledger.verify(self.site):
            yield Finding(ENTRIES, str(each.number), each.number, each.why)
        entries = LedgerEntry.objects.filter(site=self.site)
        if entries.exists() and not LedgerHead.objects.filter(site=self.site).exists():
            yield Finding(HEADS, self.site.slug, None, "is missing: the chain has no head")

    def _anchored(self, anchors: list[Anchor]) -> Iterator[Finding]:
        held = 0
        for anchor in anchors:
            found = LedgerEntry.objects.filter(site=self.site, number=anchor.number)
            digest = found.values_list("digest", flat=True).first()
            if digest == anchor.digest:
                held = anchor.number
                continue
            where = f"after entry {held}" if held else "from the first entry on"
            why = "is missing" if digest is None else "has another digest"
            yield Finding(
                ENTRIES,
                str(anchor.number),
                anchor.number,
                f"{why} than the anchor says: the chain was cut or written anew {where}",
            )

    # ── What entries say

    def _heard(self, entry: LedgerEntry) -> None:
        try:
            facts = json.loads(entry.body)
        except ValueError:  # the chain says so already
            return
        if (fact := _lets_go.get(entry.kind)) is not None:
            self.store.execute("DELETE FROM older WHERE about = ?", [str(facts.get(fact))])
        if entry.kind == BEGUN:
            said = {label: (last, count) for label, (last, count) in facts["tables"].items()}
            self.begun = said | self.begun  # of each table the first entry counts
        if rows := facts.get("rows"):
            self._spoken(entry.number, rows)
        elif entry.kind in _before:
            about = next((str(facts[fact]) for fact in _lets_go.values() if fact in facts), None)
            self.store.execute("INSERT INTO older VALUES (?, ?, ?, ?)", [entry.number, entry.kind, about, entry.body])

    def _spoken(self, number: int, rows: Mapping[str, Mapping[str, Any]]) -> None:
        """Rows first, then those that hang on them: what hung on one before and is not named again is gone."""
        new = "INSERT OR REPLACE INTO said (label, key, parent, number, digest) VALUES (?, ?, ?, ?, ?)"
        for held in kept.tables():
            if held.on:
                continue
            said = rows.get(held.label, {})
            for child in (each for each in kept.tables() if each.parent is held.model):
                self.store.executemany(
                    "DELETE FROM said WHERE label = ? AND parent = ?", [(child.label, key) for key in said]
                )
                hanging = rows.get(child.label, {})
                told = [(child.label, k, key, number, d) for key in hanging for k, d in hanging[key].items()]
                self.store.executemany(new, told)
            self.store.executemany(new, [(held.label, key, "", number, digest) for key, digest in said.items()])

    # ── What the tables hold

    def _compared(self, held: Kept) -> None:
        """Hold every row of a table to what was said of it, then name those that are missing."""
        scope = held.rows(self.site.pk)
        under_way = set(scope.filter(held.open()).values_list("pk", flat=True)) if held.open else set()
        last, count = self.begun.get(held.label, (None, 0))
        early = 0
        for row in _rows(held, scope):
            early += last is not None and row[0] <= last
            self._row(held, row, row[0] in under_way)
        if early > count:
            self._say(held.label, "", None, f"{early} rows of before entries spoke of rows, and there were {count}")
        gone = "SELECT key, number FROM said WHERE label = ? AND seen = 0 AND digest IS NOT NULL ORDER BY number, key"
        for key, number in self.store.execute(gone, [held.label]).fetchall():
            self._say(held.label, key, number, "is missing")

    def _row(self, held: Kept, row: tuple[Any, ...], under_way: bool) -> None:
        key, parent = kept.text(row[0]), kept.text(row[held.columns.index(held.on)]) if held.on else ""
        found = "SELECT number, digest FROM said WHERE label = ? AND key = ?"
        said = self.store.execute(found, [held.label, key]).fetchone()
        if said is not None:
            self.store.execute("UPDATE said SET seen = 1 WHERE label = ? AND key = ?", [held.label, key])
            self._held(held, key, row, *said)
        elif under_way:
            self.found.under_way += 1
        else:
            self.store.execute("INSERT INTO unsaid VALUES (?, ?, ?)", [held.label, key, parent])

    def _held(self, held: Kept, key: str, row: tuple[Any, ...], number: int, digest: str | None) -> None:
        if digest is None:
            self._say(held.label, key, number, "is there, though the entry says that it is gone")
            return
        differs = kept.differing(held, digest, kept.plain(held, row))
        if differs is None:
            self.found.whole += 1
        else:
            self._say(held.label, key, number, f"{', '.join(differs) or 'its content'} differs from what was written")

    # ── What was written before entries spoke of rows

    def _older(self) -> None:
        for number, kind, body in self.store.execute("SELECT number, kind, body FROM older").fetchall():
            for each in _before[kind](self.site.pk, json.loads(body)):
                label, key = kept.label(each.model), kept.text(each.key)
                same = "SELECT number FROM said WHERE label = ? AND key = ?"
                newer = self.store.execute(same, [label, key]).fetchone()
                if newer is not None and newer[0] > number:
                    continue
                if each.differs:
                    self._say(label, key, number, each.differs)
                gone = self.store.execute("DELETE FROM unsaid WHERE label = ? AND key = ?", [label, key])
                self.found.in_part += gone.rowcount

    def _unsaid(self) -> Iterator[Finding]:
        """Rows that no entry speaks of: of before, or put in by something else."""
        spoken = "SELECT 1 FROM said WHERE label = ? AND key = ?"
        parents = {held.label: kept.label(held.parent) for held in kept.tables() if held.parent is not None}
        rows = self.store.execute("SELECT label, key, parent FROM unsaid ORDER BY label, key").fetchall()
        for label, group in groupby(rows, key=lambda row: row[0]):
            judged = parents.get(label, label)
            last, _ = self.begun.get(judged, (0, 0))
            for _, key, parent in group:
                by = parent or key
                hangs = bool(parent) and self.store.execute(spoken, [judged, parent]).fetchone() is not None
                if not hangs and by.isdecimal() and int(by) <= last:
                    self.found.before[label] += 1
                else:
                    yield Finding(label, key, None, "no entry speaks of it: it was put in by something else")

    def _rules(self) -> Iterator[Finding]:
        for rule in _also:
            for each in rule(self.site.pk):
                yield Finding(kept.label(each.model), str(each.key), None, each.differs)


def _rows(held: Kept, scope: models.QuerySet[Any]) -> Iterator[tuple[Any, ...]]:
    """The columns of every row in scope, in the order of their keys."""
    pk, table = held.model._meta.pk.column, held.model._meta.db_table
    chosen, values = scope.order_by().values("pk").query.sql_with_params()
    row: tuple[Any, ...] | None = None
    while True:
        after, last = (f't."{pk}" > %s AND', [row[0]]) if row else ("", [])
        found = sql.rows(
            f'SELECT {kept.selected(held)} FROM "{table}" t WHERE {after} t."{pk}" IN ({chosen}) '  # noqa: S608  model's own
            f'ORDER BY t."{pk}" LIMIT {SLICE}',
            *last,
            *values,
        )
        yield from found
        if len(found) < SLICE:
            return
        row = found[-1]
