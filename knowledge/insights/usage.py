"""How often each source is found, cited and liked, by day. Statistics for owners: nothing decides by them."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date

from django.db.models import Case, F, IntegerField, Value, When
from django.utils import timezone

from knowledge.embedding import vectors
from knowledge.models import Source, Usage


def note(*, retrieved: Iterable[tuple[int, str]], cited: Iterable[int]) -> None:
    """Count sources for today: `retrieved` as (site, slug), `cited` as ids, each as often as it happened."""
    found = _ids(Counter(retrieved))
    quoted = Counter(cited)
    day = timezone.localdate()
    for some in vectors.slices(sorted(found.keys() | quoted.keys()), 200):
        Usage.objects.bulk_create([Usage(source_id=pk, day=day) for pk in some], ignore_conflicts=True)
        Usage.objects.filter(day=day, source__in=some).update(
            retrieved=F("retrieved") + _each(found, some), cited=F("cited") + _each(quoted, some)
        )


def judge(sources: Iterable[int], *, good: bool, day: date | None = None, taken_back: bool = False) -> None:
    """Count a thumb for each source of an answer, today or on `day`; `taken_back`: one that was counted then."""
    column, day = "liked" if good else "disliked", day or timezone.localdate()
    step = -1 if taken_back else 1
    once = sorted(set(sources))
    Usage.objects.bulk_create([Usage(source_id=pk, day=day) for pk in once], ignore_conflicts=True)
    counted = Usage.objects.filter(day=day, source__in=once)
    counted = counted.filter(**{f"{column}__gt": 0}) if taken_back else counted
    counted.update(**{column: F(column) + step})


def _ids(names: Mapping[tuple[int, str], int]) -> Counter[int]:
    """The counts by source id; what names no source (any more) is left out."""
    sources = Source.objects.filter(site__in={site for site, _ in names}, slug__in={slug for _, slug in names})
    counts = Counter[int]()
    for pk, site, slug in sources.values_list("pk", "site_id", "slug"):
        counts[pk] = names.get((site, slug), 0)
    return counts


def _each(counts: Mapping[int, int], some: Iterable[int]) -> Case:
    whens = [When(source=pk, then=Value(counts[pk])) for pk in some if counts.get(pk)]
    return Case(*whens, default=Value(0), output_field=IntegerField())
