"""The one rule of what may be quoted at this moment, read from the database each time it is asked.

Approved text of a source that is not withdrawn, not expired, in the category, and open to the audience. It is
written as SQL because it runs on every turn: making the same query through the ORM costs ten times as much.
"""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import connection
from django.utils import timezone

from knowledge.embedding.vectors import PARAMETERS, slices

INTERNAL = "internal"  # the audience that is never indexed and never quoted to a customer

_FROM = """
    FROM knowledge_passage p
    JOIN knowledge_revision r ON r.id = p.revision_id
    JOIN knowledge_source s ON s.id = r.source_id
    JOIN knowledge_source_categories k ON k.source_id = s.id
    JOIN knowledge_category c ON c.id = k.category_id
    WHERE r.state = 'approved'
      AND s.withdrawn_at IS NULL
      AND (s.expires IS NULL OR s.expires > %s)
      AND s.site_id = %s AND c.site_id = %s AND c.slug IN ({categories})
      AND s.audience IN ({audiences})
      AND {column} IN ({keys})
"""
_ROWS = (
    "SELECT p.id, p.revision_id, s.slug, r.title, p.heading, s.url, r.decided_at, s.audience,"
    " p.text, p.start, p.sentences, p.digest, p.page, c.slug"
)


@dataclass(frozen=True, slots=True)
class Row:
    """One passage as it is in the database now; `start` and `sentences` count in the text of the revision.

    `category`: the one it was found in; a passage of several has a row for each.
    """

    passage: int
    revision: int
    source: str
    title: str
    heading: str
    url: str
    decided_at: datetime
    audience: str
    text: str
    start: int
    spans: str
    digest: str
    page: int | None
    category: str

    @property
    def updated(self) -> datetime:
        """When the text was approved."""
        return self.decided_at if self.decided_at.tzinfo else self.decided_at.replace(tzinfo=UTC)  # SQLite

    @property
    def sentences(self) -> tuple[tuple[int, int], ...]:
        """The whole sentences, as offsets."""
        return tuple((start, end) for start, end in json.loads(self.spans))


@dataclass(frozen=True, slots=True)
class Shelfmark:
    """Where a shelf stands: it holds exactly what it should when `wanted` is not empty and equals `built`."""

    pk: int
    category: int
    audience: str
    wanted: str
    built: str
    passages: int


def rows(site_id: int, categories: Collection[str], audiences: Collection[str], passages: Sequence[int]) -> list[Row]:
    """Those of the passages that may be quoted now, as they are now, once for each of the categories they are in."""
    return [Row(*row) for row in _select(_ROWS, "p.id", site_id, categories, audiences, passages)]


def citable(site_id: int, category: str, audiences: Collection[str], passages: Sequence[int]) -> set[int]:
    """The ids of those of the passages that may be quoted now."""
    return {row[0] for row in _select("SELECT p.id", "p.id", site_id, [category], audiences, passages)}


def any_of(site_id: int, categories: Collection[str], audiences: Collection[str], revisions: Sequence[int]) -> bool:
    """Whether anything of these revisions may be quoted now."""
    return any(
        _select("SELECT p.id", "p.revision_id", site_id, categories, audiences, some)
        for some in slices(revisions, PARAMETERS)
    )


def shelves(site_id: int, categories: Collection[str], audiences: Collection[str], model: str) -> list[Shelfmark]:
    """The shelves a search in these categories may use."""
    shown, slugs = _shown(audiences), sorted(categories)
    if not shown or not slugs:
        return []
    sql = f"""
        SELECT h.id, h.category_id, h.audience, h.wanted, h.built, h.passages
        FROM knowledge_shelf h JOIN knowledge_category c ON c.id = h.category_id
        WHERE h.site_id = %s AND c.site_id = %s AND c.slug IN ({_marks(slugs)}) AND h.model = %s
          AND h.audience IN ({_marks(shown)})
    """  # noqa: S608 - only placeholders are put in
    with connection.cursor() as cursor:
        cursor.execute(sql, [site_id, site_id, *slugs, model, *shown])
        return [Shelfmark(*row) for row in cursor.fetchall()]


def source_ids(site_id: int, slugs: Collection[str]) -> dict[str, int]:
    """The keys of a site's sources by their slugs; slugs it does not have are left out."""
    if not slugs:
        return {}
    sql = f"SELECT slug, id FROM knowledge_source WHERE site_id = %s AND slug IN ({_marks(slugs)})"  # noqa: S608 - marks
    with connection.cursor() as cursor:
        cursor.execute(sql, [site_id, *slugs])
        return dict(cursor.fetchall())


def _select(
    columns: str,
    column: str,
    site_id: int,
    categories: Collection[str],
    audiences: Collection[str],
    keys: Sequence[int],
) -> list[tuple[Any, ...]]:
    shown, slugs = _shown(audiences), sorted(categories)
    if not keys or not shown or not slugs:
        return []
    marks = {"categories": _marks(slugs), "audiences": _marks(shown), "keys": _marks(keys)}
    sql = columns + _FROM.format(column=column, **marks)
    with connection.cursor() as cursor:
        cursor.execute(sql, [timezone.localdate(), site_id, site_id, *slugs, *shown, *keys])
        return list(cursor.fetchall())


def _shown(audiences: Collection[str]) -> list[str]:
    return sorted(each for each in audiences if each != INTERNAL)


def _marks(values: Collection[Any]) -> str:
    return ", ".join(["%s"] * len(values))
