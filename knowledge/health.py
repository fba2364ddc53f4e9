"""What is probably wrong with a site's texts, for its owners to look at: nothing here changes or decides anything.

Two passages of different sources that say nearly the same are duplicates. Two sentences that say the same but for a
number, a date or a day probably contradict each other, unless each names something that the other does not (two
countries may well have two prices).
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from django.db.models import Sum
from django.utils import timezone

from knowledge import vectors
from knowledge.embedding import Matrix
from knowledge.markdown import plain
from knowledge.models import Passage, Revision, Source
from knowledge.passages import sentence_texts
from knowledge.quotable import INTERNAL
from knowledge.words import subject_words
from sites.models import Site

NEARLY_THE_SAME = 0.93  # cosine of two passages; the sample's nearest pair that is none has 0.86
SAME_SUBJECT = 0.75  # cosine of two sentences that may contradict each other
SHARED = 0.55  # of the subject words of the shorter sentence
SHOWN = 50  # pairs of a kind
ROWS = 500  # compared at a time
SOON = timedelta(days=30)

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


@dataclass(frozen=True, slots=True)
class Report:
    """Everything to look at on a site."""

    duplicates: Sequence[Pair]
    contradictions: Sequence[Pair]
    stale: Sequence[Source]
    expiring: Sequence[Source]
    unused: Sequence[Source]


def report(site: Site) -> Report:
    """Look through the newest text of every source that is not withdrawn or retired."""
    sources = Source.objects.filter(site=site, withdrawn_at=None, retired=False)
    today = timezone.localdate()
    live = sources.filter(revisions__live=True).exclude(audience=INTERNAL).annotate(found=Sum("usage__retrieved"))
    passages = _passages(site)
    return Report(
        duplicates=_duplicates(passages),
        contradictions=_contradictions(passages),
        stale=list(sources.filter(review_by__lte=today)),
        expiring=list(sources.filter(expires__gt=today, expires__lte=today + SOON)),
        unused=[source for source in live if not source.found],
    )


def _passages(site: Site) -> list[Passage]:
    held = Revision.objects.filter(source__site=site, source__withdrawn_at=None, source__retired=False)
    held = held.exclude(state=Revision.State.REJECTED).order_by("number")
    newest = dict(held.values_list("source_id", "pk"))  # the last of each wins
    rows: list[Passage] = []
    for some in vectors.slices(sorted(newest.values()), vectors.PARAMETERS):
        rows += Passage.objects.filter(revision__in=some).select_related("revision__source")
    return rows


def _duplicates(passages: Sequence[Passage]) -> list[Pair]:
    dense = vectors.dense(passage.digest for passage in passages)
    found = [passage for passage in passages if passage.digest in dense]
    places = [_place(passage, plain(passage.text)) for passage in found]
    matrix = np.array([dense[passage.digest] for passage in found], np.float32)
    pairs = [Pair(score, places[i], places[j]) for i, j, score in _near(places, matrix, NEARLY_THE_SAME)]
    return _best(pairs, lambda pair: (pair.first.source, pair.second.source))


def _contradictions(passages: Sequence[Passage]) -> list[Pair]:
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
    pairs = [Pair(score, places[i], places[j]) for i, j, score in near if differ(places[i].text, places[j].text)]
    return _best(pairs, lambda pair: pair.sides)


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
