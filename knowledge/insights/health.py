"""What is probably wrong with a site's texts, for its owners to look at: nothing here changes or decides anything.

A pair that a person put aside stays away for as long as both its texts are what they were.

Two passages of different sources that say nearly the same are duplicates. Two sentences that say the same but for a
number, a date or a day probably contradict each other, unless each names something that the other does not (two
countries may well have two prices).
"""

import hashlib
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache

import numpy as np
from django.db import transaction
from django.db.models import F, QuerySet, Sum
from django.utils import timezone

from knowledge.editing import approval, ownership
from knowledge.embedding import vectors
from knowledge.embedding.embedders import Matrix, embedder
from knowledge.index.eligibility import INTERNAL
from knowledge.insights import links
from knowledge.models import Dismissal, Passage, Revision, Source
from knowledge.text.markdown import plain
from knowledge.text.passages import sentence_texts
from knowledge.text.words import subject_words
from sites.core import ledger
from sites.core.refusal import Refused
from sites.models import Site

NEARLY_THE_SAME = 0.93  # cosine of two passages; the sample's nearest pair that is none has 0.86
SAME_SUBJECT = 0.75  # cosine of two sentences that may contradict each other
SHARED = 0.55  # of the subject words of the shorter sentence
SHOWN = 50  # pairs of a kind
ROWS = 500  # compared at a time
SOON = timedelta(days=30)
LATELY = timedelta(days=90)
DISLIKED = 3  # thumbs down in that time, and more than up, make a source one to look at

_NUMBER = re.compile(
    r"\d+(?:[.,:]\d+)*|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fourteen|fifteen|twenty|thirty"
    r"|forty|fifty|sixty|ninety|hundred|january|february|march|april|may|june|july|august|september|october|november"
    r"|december|monday|tuesday|wednesday|thursday|friday|saturday|sunday)\b",
    re.I,
)
_NAME = re.compile(r"(?<=[a-z0-9,;] )[A-Z][\w-]+")


@dataclass(frozen=True, slots=True)
class Place:
    """A piece of text and the source it stands in."""

    source: int
    slug: str
    text: str


@dataclass(frozen=True, slots=True)
class Pair:
    """Two places that belong together, the likelier the nearer `score` is to 1."""

    score: float
    first: Place
    second: Place

    @property
    def sides(self) -> tuple[Place, Place]:
        """Both."""
        return self.first, self.second

    @property
    def key(self) -> str:
        """The name of exactly these two texts in these two sources: sha256. Another text has another."""
        both = sorted(f"{place.source}\0{place.text}" for place in self.sides)
        return hashlib.sha256("\0\0".join(both).encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class Report:
    """Everything to look at on a site."""

    duplicates: Sequence[Pair]
    contradictions: Sequence[Pair]
    stale: Sequence[Source]
    expiring: Sequence[Source]
    unused: Sequence[Source]
    disliked: Sequence[Source]
    broken: Sequence[links.Broken]
    dismissed: Sequence[Dismissal]


def report(site: Site) -> Report:
    """Look through the newest text of every source that is not withdrawn or retired."""
    sources = Source.objects.filter(site=site, withdrawn_at=None, retired=False)
    today = timezone.localdate()
    live = sources.filter(revisions__live=True).exclude(audience=INTERNAL).annotate(found=Sum("usage__retrieved"))
    dismissed = list(Dismissal.objects.filter(site=site))
    pairs = _pairs(_ground(site, dismissed))
    return Report(
        duplicates=pairs["duplicate"],
        contradictions=pairs["contradiction"],
        stale=list(sources.filter(review_by__lte=today)),
        expiring=list(sources.filter(expires__gt=today, expires__lte=today + SOON)),
        unused=[source for source in live if not source.found],
        disliked=list(_disliked(sources, today - LATELY)),
        broken=links.broken(site),
        dismissed=dismissed,
    )


def dismiss(site: Site, kind: str, key: str, *, actor: approval.Actor, reason: str) -> None:
    """A person's word that a pair is none; it holds until either text changes. Raises NotAllowed, Refused."""
    approval.allow(actor, site.pk)
    if not reason.strip():
        raise Refused("Give a reason.")
    found = report(site)
    shown = {"duplicate": found.duplicates, "contradiction": found.contradictions}.get(kind, ())
    pair = next((pair for pair in shown if pair.key == key), None)
    if pair is None:
        raise Refused("These texts have changed, or were put aside already; look again.")
    ownership.require_sources(actor, site.pk, {place.source for place in pair.sides})
    facts = {"kind": kind, "pair": key, "sources": sorted(place.slug for place in pair.sides)}
    by, why = approval.name_of(actor), reason.strip()
    with transaction.atomic():
        head = ledger.hold(site.pk)
        Dismissal.objects.get_or_create(site=site, kind=kind, pair=key, defaults={"actor": by, "reason": why})
        ledger.append(site.pk, "health_dismissed", {"actor": by, "reason": why, **facts}, head=head)


def bring_back(dismissal: Dismissal, *, actor: approval.Actor) -> None:
    """Show a pair again after all. Raises NotAllowed."""
    approval.allow(actor, dismissal.site_id)
    facts = {"actor": approval.name_of(actor), "kind": dismissal.kind, "pair": dismissal.pair}
    with transaction.atomic():
        head = ledger.hold(dismissal.site_id)
        if Dismissal.objects.filter(pk=dismissal.pk).delete()[0]:
            ledger.append(dismissal.site_id, "health_brought_back", facts, head=head)


def _not_dismissed(pairs: Iterable[Pair], kind: str, keys: Collection[tuple[str, str]]) -> Iterator[Pair]:
    return (pair for pair in pairs if (kind, pair.key) not in keys)


def _disliked(sources: QuerySet[Source], since: date) -> QuerySet[Source]:
    """Sources of whose answers more were disliked than liked, and some at that; the most disliked first."""
    lately = sources.filter(usage__day__gte=since).annotate(up=Sum("usage__liked"), down=Sum("usage__disliked"))
    return lately.filter(down__gte=DISLIKED, down__gt=F("up")).order_by("-down", "slug")


@dataclass(frozen=True, slots=True)
class _Ground:
    """What the pairs of a site rest on; two of the same `name` give the same pairs."""

    name: str
    passages: tuple[int, ...] = field(compare=False)
    dismissed: frozenset[tuple[str, str]] = field(compare=False)


def _ground(site: Site, dismissed: Iterable[Dismissal]) -> _Ground:
    """The newest text of each source that is not withdrawn or retired, as far as it has vectors, as it is now."""
    held = Revision.objects.filter(source__site=site, source__withdrawn_at=None, source__retired=False)
    held = held.exclude(state=Revision.State.REJECTED).order_by("number")
    newest = dict(held.values_list("source_id", "pk"))  # the last of each wins
    rows: list[tuple[int, str, int, str]] = []
    for some in vectors.slices(sorted(newest.values()), vectors.PARAMETERS):
        found = Passage.objects.filter(revision__in=some).order_by("pk")
        rows += found.values_list("pk", "digest", "revision__source", "revision__source__slug")
    aside = frozenset((each.kind, each.pair) for each in dismissed)
    missing = vectors.missing(digest for _, digest, _, _ in rows)
    whole = repr((embedder().model_id, rows, missing, sorted(aside)))
    name = hashlib.sha256(whole.encode("utf-8", "surrogatepass")).hexdigest()
    return _Ground(name, tuple(pk for pk, *_ in rows), aside)


@lru_cache(maxsize=16)
def _pairs(ground: _Ground) -> Mapping[str, Sequence[Pair]]:
    """The pairs by kind, kept in this process: every passage against every other is work, and texts seldom change."""
    passages: list[Passage] = []
    for some in vectors.slices(ground.passages, vectors.PARAMETERS):
        passages += Passage.objects.filter(pk__in=some).select_related("revision__source")
    duplicates = _not_dismissed(_duplicates(passages), "duplicate", ground.dismissed)
    contradictions = _not_dismissed(_contradictions(passages), "contradiction", ground.dismissed)
    return {
        "duplicate": _best(duplicates, _sources),
        "contradiction": _best(contradictions, lambda pair: pair.sides),
    }


def _duplicates(passages: Sequence[Passage]) -> Iterator[Pair]:
    dense = vectors.dense(passage.digest for passage in passages)
    found = [passage for passage in passages if passage.digest in dense]
    places = [_place(passage, plain(passage.text)) for passage in found]
    matrix = np.array([dense[passage.digest] for passage in found], np.float32)
    return (Pair(score, places[i], places[j]) for i, j, score in _near(places, matrix, NEARLY_THE_SAME))


def _sources(pair: Pair) -> tuple[int, int]:
    return pair.first.source, pair.second.source


def _contradictions(passages: Sequence[Passage]) -> Iterator[Pair]:
    held = vectors.sentences(passage.digest for passage in passages)
    places, rows = list[Place](), []
    for passage in passages:
        if passage.digest not in held:
            continue
        spans = [(start - passage.start, end - passage.start) for start, end in passage.sentences]
        texts = sentence_texts(passage.revision.title, passage.heading, passage.text, spans)
        for text, vector in zip(texts, held[passage.digest], strict=True):
            if _NUMBER.search(text):
                places.append(_place(passage, text))
                rows.append(vector)
    near = _near(places, np.array(rows, np.float32), SAME_SUBJECT)
    return (Pair(score, places[i], places[j]) for i, j, score in near if differ(places[i].text, places[j].text))


def differ(first: str, second: str) -> bool:
    """Whether two sentences say the same but for a number, a date or a day."""
    if not _disagree(_values(first), _values(second)) or _disagree(_names(first), _names(second)):
        return False
    one, other = (set(subject_words(_NUMBER.sub(" ", text))) for text in (first, second))
    return len(one & other) >= max(2, SHARED * min(len(one), len(other)))


def _disagree(one: set[str], other: set[str]) -> bool:
    """Whether each has something that the other lacks."""
    return bool(one - other and other - one)


def _values(text: str) -> set[str]:
    return {found.lower() for found in _NUMBER.findall(text)}


def _names(text: str) -> set[str]:
    return {name for name in _NAME.findall(text) if not _NUMBER.fullmatch(name)}


def _place(passage: Passage, text: str) -> Place:
    source = passage.revision.source
    return Place(source.pk, source.slug, text)


def _near(places: Sequence[Place], matrix: Matrix, least: float) -> Iterator[tuple[int, int, float]]:
    """The pairs of different sources that are this near, each once."""
    for start in range(0, len(places), ROWS):  # never the whole square at once
        scores = matrix[start : start + ROWS] @ matrix.T
        for row, other in np.argwhere(scores >= least).tolist():
            if start + row < other and places[start + row].source != places[other].source:
                yield start + row, other, float(scores[row, other])


def _best(pairs: Iterable[Pair], once: Callable[[Pair], object]) -> list[Pair]:
    """The likeliest first, of those with the same `once` the first only."""
    ranked = sorted(pairs, key=lambda pair: (pair.score, pair.first.slug, pair.second.slug))
    kept = {once(pair): pair for pair in ranked}  # the last of each, which is the likeliest, wins
    return sorted(kept.values(), key=lambda pair: -pair.score)[:SHOWN]
