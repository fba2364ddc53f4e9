"""What the index should hold, and the small steps that bring it there. It can always be built from nothing.

A shelf is one collection: a category, an audience, an embedding model. A change of what may be quoted blanks
`wanted` in its own transaction; from then on the exact search answers, until a build has made `built` equal
to `wanted` again.
"""

import hashlib
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial

import numpy as np
from django.db import transaction
from django.utils import timezone

from knowledge.embedding import vectors
from knowledge.embedding.embedders import Matrix, embedder
from knowledge.index import store
from knowledge.index.eligibility import INTERNAL
from knowledge.index.store import index
from knowledge.models import Category, Passage, Revision, Shelf, Source
from sites.core import outbox
from sites.models import Site

ROWS = 250  # rows written to the index at a time: 0.1 to 0.3 seconds
CLOSE = 1e-4  # cosine space stores rows as given, to float32 rounding


def touch(site_id: int, categories: Iterable[int] | None = None) -> None:
    """Distrust the shelves of a site (or of some of its categories) and promise to build them again.

    Call it in the transaction that changes what may be quoted: approving, withdrawing, moving, going live.
    """
    which = None if categories is None else sorted(set(categories))
    shelves = Shelf.objects.filter(site_id=site_id)
    (shelves if which is None else shelves.filter(category__in=which)).update(wanted="")
    outbox.put("build_shelves", {"site": site_id, "categories": which}, bulk=True)


def plan(site_id: int) -> list[Shelf]:
    """Make a row for each category and audience that has sources; return all shelves of the present model."""
    model = embedder().model_id
    pairs = set(
        Source.objects.filter(site_id=site_id, categories__isnull=False)
        .exclude(audience=INTERNAL)
        .values_list("categories", "audience")
    )
    shelves = Shelf.objects.filter(site_id=site_id, model=model).order_by("pk").select_related("category")
    new = pairs.difference(shelves.values_list("category", "audience"))
    Shelf.objects.bulk_create(
        [Shelf(site_id=site_id, category_id=c, audience=a, model=model) for c, a in sorted(new)],
        ignore_conflicts=True,
    )
    return list(shelves.all())


def revisions(category_id: int, audience: str) -> set[int]:
    """What a shelf should hold: of each unwithdrawn source the newest approved revision and the live one."""
    if audience == INTERNAL or Category.objects.filter(pk=category_id, retired=True).exists():
        return set()
    approved = Revision.objects.filter(
        state=Revision.State.APPROVED,
        source__categories=category_id,
        source__audience=audience,
        source__withdrawn_at=None,
    ).order_by("number")
    newest: dict[int, int] = {}
    live = set()
    for pk, source, is_live in approved.values_list("pk", "source", "live"):
        newest[source] = pk
        if is_live:
            live.add(pk)
    return live | set(newest.values())


def digest(held: Iterable[int]) -> str:
    """The name of a set of revisions. Their text, and so their passages, never change."""
    return hashlib.sha256(",".join(map(str, sorted(held))).encode()).hexdigest()


def contents(held: Iterable[int]) -> dict[str, str]:
    """The rows of a shelf: id in the index → content digest. The id names its content too."""
    found: dict[str, str] = {}
    for some in vectors.slices(sorted(held), vectors.PARAMETERS):
        rows = Passage.objects.filter(revision__in=some).order_by().values_list("pk", "digest")
        found |= {f"{pk}:{content[:16]}": content for pk, content in rows}
    return found


def passage_of(row: str) -> int:
    """The passage an id of the index stands for; 0 for an id that is not ours."""
    number = row.partition(":")[0]
    return int(number) if number.isdecimal() else 0


def build(shelf: Shelf, *, seconds: float = 0.8, progress: vectors.Progress | None = None) -> bool:
    """Bring one shelf nearer to what it should hold, for about `seconds`; True when it is whole.

    It compares and then writes the difference, so it can be killed anywhere and called again. Raises
    store.Unavailable.
    """
    until = time.monotonic() + seconds
    held, target = _aim(shelf)
    wanted = contents(held)
    collection = name(shelf)
    present = index().ids(collection)
    steps = _steps(collection, present - wanted.keys(), {k: v for k, v in wanted.items() if k not in present})
    for count in steps:
        if progress:
            progress(len(wanted) - count, len(wanted))
        if count and time.monotonic() >= until:
            return False
    vectors.ensure_texts(questions(held))
    if not wanted:
        index().drop(collection)
    settled = Shelf.objects.filter(pk=shelf.pk, wanted=target)
    return bool(settled.update(built=target, passages=len(wanted), built_at=timezone.now()))


def _aim(shelf: Shelf) -> tuple[set[int], str]:
    """Read what the shelf should hold and write its digest; a touch comes before both or after both."""
    with transaction.atomic():
        Shelf.objects.select_for_update().get(pk=shelf.pk)
        held = revisions(shelf.category_id, shelf.audience)
        target = digest(held)
        Shelf.objects.filter(pk=shelf.pk).exclude(wanted=target).update(wanted=target)
    return held, target


def _steps(collection: str, extra: set[str], lacking: dict[str, str]) -> Iterator[int]:
    """Delete, embed, write; after each step, how many rows are still to be written."""
    for some in vectors.slices(sorted(extra), ROWS):
        index().remove(collection, some)
        yield len(lacking)
    rows = sorted(lacking, key=passage_of)
    left = len(rows)
    for part in vectors.slices(rows, ROWS):
        without = vectors.missing(lacking[row] for row in part)
        for few in vectors.slices(without, vectors.SLICE):
            vectors.ensure(of_digests(few))
            yield left
        dense = vectors.dense(lacking[row] for row in part)
        index().put(collection, part, np.array([dense[lacking[row]] for row in part]))
        left -= len(part)
        yield left


def of_digests(digests: Iterable[str]) -> list[vectors.Content]:
    """What is to be embedded for some content digests, made again from any passage that has that content."""
    found = []
    for some in vectors.slices(list(digests), vectors.PARAMETERS):
        rows = Passage.objects.filter(digest__in=some).order_by("pk")
        for title, heading, text, start, spans in rows.values_list(
            "revision__title", "heading", "text", "start", "sentences"
        ):
            found.append(vectors.content(title, heading, text, [(a - start, b - start) for a, b in spans]))
    return found


def questions(held: Iterable[int]) -> list[str]:
    """What the articles of these revisions are written to answer, each once."""
    found: dict[str, None] = {}
    for some in vectors.slices(sorted(held), vectors.PARAMETERS):
        for asked in Revision.objects.filter(pk__in=some).exclude(questions=[]).values_list("questions", flat=True):
            found |= dict.fromkeys(asked)
    return list(found)


def unsettled(site_id: int) -> int:
    """How many shelves of a site are not what they should be."""
    shelves = Shelf.objects.filter(site_id=site_id, model=embedder().model_id)
    return sum(wanted != built or not wanted for wanted, built in shelves.values_list("wanted", "built"))


def build_site(site: Site, *, progress: Callable[[Shelf], vectors.Progress | None] | None = None) -> int:
    """Build every shelf of a site to its end, here and now; returns how many there are."""
    shelves = plan(site.pk)
    for shelf in shelves:
        while not build(shelf, seconds=5.0, progress=progress(shelf) if progress else None):
            pass
    return len(shelves)


def clear(site_id: int) -> None:
    """Throw away what the index holds for a site, so that it is built from nothing."""
    for shelf in plan(site_id):
        Shelf.objects.filter(pk=shelf.pk).update(built="")
        index().drop(name(shelf))


def name(shelf: Shelf) -> str:
    """The collection of a shelf."""
    return store.name(shelf.site_id, shelf.category_id, shelf.audience, shelf.model)


@dataclass(frozen=True, slots=True)
class Drift:
    """How one shelf of the index differs from the database; empty lists and `settled` mean it does not."""

    category: str
    audience: str
    passages: int
    settled: bool
    missing: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    different: list[str] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        """Whether the shelf holds exactly what it should."""
        return self.settled and not (self.missing or self.foreign or self.different)


def audits(site_id: int) -> Iterator[tuple[str, Callable[[], Drift]]]:
    """The collection and the check of each shelf of a site, and of each collection that is no shelf's.

    A check compares row by row and vector by vector with the database; nothing is repaired. Raises
    store.Unavailable.
    """
    for shelf in plan(site_id):
        yield name(shelf), partial(_audited, shelf)
    ours = {name(shelf) for shelf in Shelf.objects.filter(site=site_id)}
    for stray in sorted(index().collections() - ours):
        if stray.startswith(f"shelf-{site_id}-"):
            yield stray, partial(_stray, stray)


def _audited(shelf: Shelf) -> Drift:
    held = revisions(shelf.category_id, shelf.audience)
    wanted, collection = contents(held), name(shelf)
    present = index().ids(collection)
    different: list[str] = []
    for some in vectors.slices(sorted(wanted.keys() & present, key=passage_of), ROWS):
        kept, there = vectors.dense(wanted[row] for row in some), index().vectors(collection, some)
        different += [row for row in some if not _same(kept.get(wanted[row]), there.get(row))]
    return Drift(
        category=shelf.category.slug,
        audience=shelf.audience,
        passages=len(wanted),
        settled=shelf.wanted == shelf.built == digest(held),
        missing=sorted(wanted.keys() - present, key=passage_of),
        foreign=sorted(present - wanted.keys()),
        different=different,
    )


def _stray(collection: str) -> Drift:
    return Drift(collection, "?", 0, settled=True, foreign=sorted(index().ids(collection)))


def _same(kept: Matrix | None, there: Matrix | None) -> bool:
    return kept is not None and there is not None and bool(np.allclose(kept, there, atol=CLOSE))
