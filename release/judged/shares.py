"""The shares of judged answers, with their intervals, and what they ask of a category's exposure.

An answer that two people judged counts as the worse of their words. On a site where nobody has judged yet, nothing is
asked: `docs/decisions/0020-judged-sample.md` says why, and what begins with the first judgement.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, Max

from knowledge.models import Category, Level, Risk
from release.core.intervals import wilson
from release.models import ExposureMove
from release.models.judged import Judgement

BARS: Mapping[str, float] = {Risk.LOW: 0.10, Risk.HIGH: 0.05}
"""The share of misleading answers that a category must be under to be answered unread, by its risk. With none
misleading, the interval's upper bound is under 10 % from 35 judged answers on, under 5 % from 73 on."""
WORST = (Judgement.Verdict.MISLEADING, Judgement.Verdict.BESIDE, Judgement.Verdict.RIGHT)
RECENT = timedelta(days=90)
"""How old an answer may be to speak for the next step up."""


@dataclass(frozen=True, slots=True)
class Judged:
    """How many answers were judged, and how; `twice` of them by two people, of whom `agreed` said the same."""

    right: int = 0
    beside: int = 0
    misleading: int = 0
    twice: int = 0
    agreed: int = 0

    @property
    def n(self) -> int:
        """All that were judged."""
        return self.right + self.beside + self.misleading

    @property
    def bounds(self) -> tuple[float, float]:
        """The 95 % interval of the share that misleads."""
        return wilson(self.misleading, self.n)

    def as_json(self) -> dict[str, Any]:
        """What is kept as evidence."""
        low, high = self.bounds
        counts = {"right": self.right, "beside": self.beside, "misleading": self.misleading}
        return {**counts, "n": self.n, "low": round(low, 4), "high": round(high, 4)}


def begun(site_id: int) -> bool:
    """Whether anybody has judged an answer of this site."""
    return Judgement.objects.filter(sampled__site=site_id).exists()


def bar(category: Category) -> float:
    """The share of misleading answers it must be under."""
    return BARS[category.risk]


def of(category: Category, since: datetime, until: datetime | None = None) -> Judged:
    """What was said of the category's answers that were given since a moment, and before another."""
    return by_category(category.site_id, since, until).get(category.pk, Judged())


def by_category(site_id: int, since: datetime, until: datetime | None = None) -> dict[int, Judged]:
    """The same for every category of a site that has any, by its key."""
    made = Judgement.objects.filter(sampled__site=site_id, sampled__answered_at__gte=since)
    if until is not None:
        made = made.filter(sampled__answered_at__lt=until)
    said: dict[int, dict[int, list[str]]] = {}
    for category, sampled, verdict in made.values_list("sampled__category", "sampled", "verdict"):
        said.setdefault(category, {}).setdefault(sampled, []).append(verdict)
    return {category: _counted(each.values()) for category, each in said.items()}


def for_raising(category: Category, now: datetime) -> Judged:
    """What speaks on the next step up: recent answers, since the category last fell."""
    falls = ExposureMove.objects.filter(category=category, after__lt=F("before"))
    fell = falls.aggregate(at=Max("at"))["at"]
    return of(category, max(now - RECENT, fell) if fell else now - RECENT)


def lacking(category: Category, judged: Judged, target: int) -> Iterator[str]:
    """What the judged sample says against a step up, each as a sentence; nothing where nobody has judged yet."""
    if not begun(category.site_id):
        return
    low, high = judged.bounds
    most = bar(category)
    said = f"{judged.misleading} of {judged.n} judged answers were misleading"
    if judged.n and low > most:
        yield f"{said}, surely above {most:.0%}"
    elif target == Level.SELF_SERVICE and high >= most:
        yield f"{said}, which may be up to {high:.0%} of all; level 3 needs surely less than {most:.0%}"


def _counted(items: Iterable[list[str]]) -> Judged:
    words: Counter[str] = Counter()
    twice = agreed = 0
    for said in items:
        words[next(each for each in WORST if each in said)] += 1
        twice += len(said) > 1
        agreed += len(said) > 1 and len(set(said)) == 1
    verdict = Judgement.Verdict
    return Judged(words[verdict.RIGHT], words[verdict.BESIDE], words[verdict.MISLEADING], twice, agreed)
