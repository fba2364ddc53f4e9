"""What happened on a site in a period, as figures: read only, from the record, each with how many it rests on.

Law of the room: recorded and synthetic history never meet in one figure. A share of fewer than FEW is not drawn. What
customers said (confirmed) and what is only supposed because they did not return (assumed) are counted apart.
"""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from operator import itemgetter
from typing import Any

from django.db.models import Count
from django.db.models.fields.json import KeyTextTransform

from conversations.models import Conversation, Message, Rating
from conversations.outcomes import Reason
from knowledge.models import Category
from release.core.intervals import wilson
from release.judged import shares
from release.judged.shares import Judged
from release.models import Run
from release.monitoring import sessions
from release.monitoring.sessions import KEY, RETURN, Epoch, Visit
from sites.models import Site

PERIODS = (7, 28, 90)  # days
FEW = 20  # below it a share is a figure in a table, and no plot: `rates.ENOUGH` says the same of an alarm
GOOD, BAD = 4, 2  # stars: this many or more were pleased, this many or fewer were not
CONFIRMED, CONTRADICTED, ASSUMED, RETURNED, EARLY = "confirmed", "contradicted", "assumed", "returned", "too early"
RESOLUTIONS = (CONFIRMED, ASSUMED, RETURNED, CONTRADICTED, EARLY)


@dataclass(frozen=True, slots=True)
class Share:
    """`hits` of `n`, with the 95 % interval of the share."""

    hits: int
    n: int

    @property
    def share(self) -> float | None:
        """0 to 1; None of nothing."""
        return self.hits / self.n if self.n else None

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's, 95 %."""
        return wilson(self.hits, self.n)

    @property
    def enough(self) -> bool:
        """Whether there are enough to speak of a share."""
        return self.n >= FEW


@dataclass(frozen=True, slots=True)
class Period:
    """Some days up to now in equal bins: days, or weeks where days would be too many."""

    days: int
    now: datetime

    @property
    def since(self) -> datetime:
        """Its beginning."""
        return self.now - timedelta(days=self.days)

    @property
    def step(self) -> timedelta:
        """How long a bin is."""
        return timedelta(days=7 if self.days > 28 else 1)

    @property
    def bins(self) -> list[datetime]:
        """Where each bin begins; the first may begin before the period."""
        return [self.now - self.step * (self.count - n) for n in range(self.count)]

    @property
    def count(self) -> int:
        """How many bins there are."""
        return ceil(self.days / self.step.days)

    @property
    def bin(self) -> Callable[[float], int]:
        """The number of the bin of a time in seconds since 1970; ask for it once, it is used for every row."""
        count, until, length = self.count, self.now.timestamp(), self.step.total_seconds()
        return lambda at: max(0, min(count - 1, count - ceil((until - at) / length)))


@dataclass(frozen=True, slots=True)
class About:
    """How the visits about one category went; `category` None: about none."""

    category: Category | None
    visits: int
    ends: Mapping[str, Share]
    again: Share
    resolution: Mapping[str, Share]
    bins: Sequence[Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class Ratings:
    """Stars, one a conversation, apart for those in which a person wrote."""

    alone: Mapping[int, int]
    with_person: Mapping[int, int]
    bins: Sequence[Mapping[str, int]]

    @property
    def pleased(self) -> Share:
        """How many of all gave four or five."""
        both = Counter(self.alone) + Counter(self.with_person)
        return Share(sum(n for stars, n in both.items() if stars >= GOOD), both.total())


@dataclass(frozen=True, slots=True)
class Signs:
    """How often something happened, and when."""

    total: int
    bins: Sequence[int]


@dataclass(frozen=True, slots=True)
class Offered:
    """Of the messages that offered sections: after how many one was chosen, and after how many none of these."""

    chosen: Share
    none: Share


@dataclass(frozen=True, slots=True)
class Drift:
    """One finished run of the gate on what was live: how much of it passed."""

    run: Run
    scheduled: bool
    passed: Share


@dataclass(frozen=True, slots=True)
class Quality:
    """What judges said of the answers of a category in a period, out of a random sample of each week."""

    category: Category
    judged: Judged
    bar: float

    @property
    def right(self) -> Share:
        """The share that is right: the figure that says how good it is."""
        return Share(self.judged.right, self.judged.n)

    @property
    def beside(self) -> Share:
        """The share that is beside the point."""
        return Share(self.judged.beside, self.judged.n)

    @property
    def misleading(self) -> Share:
        """The share that misleads."""
        return Share(self.judged.misleading, self.judged.n)

    @property
    def surely(self) -> bool:
        """Whether surely less than its bar of all answers mislead."""
        return self.judged.bounds[1] < self.bar


def has_synthetic(site: Site) -> bool:
    """Whether the site has synthetic history at all."""
    return Conversation.objects.filter(site=site, synthetic=True).exists()


def categories(site: Site, period: Period, *, synthetic: bool) -> list[About]:
    """How visits went, the busiest category first, those about none last."""
    found = sessions.of(site, period.since, period.now, synthetic=synthetic)
    said = _said(site, period, synthetic)
    verdict = _verdicts(said, _began(found, said), period)
    by_category: dict[int, list[Visit]] = defaultdict(list)
    for visit in found:
        by_category[visit.category].append(visit)
    known = {category.pk: category for category in site.categories.all()}
    rows = [_about(known.get(key), mine, verdict, period) for key, mine in by_category.items()]
    return sorted(rows, key=lambda row: (row.category is None, -row.visits))


def judged(site: Site, period: Period) -> list[Quality]:
    """What judges said of the period's answers, most judged first; never of synthetic ones."""
    found = shares.by_category(site.pk, period.since, period.now)
    known = {category.pk: category for category in site.categories.all()}
    rows = [Quality(known[key], each, shares.bar(known[key])) for key, each in found.items() if key in known]
    return sorted(rows, key=lambda row: -row.judged.n)


def ratings(site: Site, period: Period, *, synthetic: bool) -> Ratings:
    """The stars given in the period."""
    given = Rating.objects.filter(at__gte=period.since, at__lt=period.now)
    mine = given.filter(conversation__site=site, conversation__synthetic=synthetic).order_by()
    rows = list(mine.values_list("value", "with_person", Epoch("at")))
    bins, bin_of = [Counter[str]() for _ in period.bins], period.bin
    for value, _, at in rows:
        bins[bin_of(at)]["pleased" if value >= GOOD else "not pleased" if value <= BAD else "so-so"] += 1
    alone, with_person = (Counter(value for value, person, _ in rows if person is side) for side in (False, True))
    stars = range(1, 6)
    return Ratings({n: alone[n] for n in stars}, {n: with_person[n] for n in stars}, bins)


def complaints(site: Site, period: Period, *, synthetic: bool) -> Signs:
    """Conversations in which the customer complained: filed, or sent to a person as a complaint; each once."""
    made = sessions.events(site, ("complaint", "handoff.opened"), period.since, period.now, synthetic=synthetic)
    reason = KeyTextTransform("reason", "body")
    rows = made.order_by("at").values_list("conversation", "kind", reason, Epoch("at"))
    first: dict[Any, float] = {}
    for conversation, kind, why, at in rows:
        if kind == "complaint" or why == Reason.COMPLAINT:
            first.setdefault(conversation, at)
    return _signs(first.values(), period)


def injection(site: Site, period: Period, *, synthetic: bool) -> Signs:
    """Turns whose message had signs of an instruction to the assistant, whatever became of them."""
    signs = KeyTextTransform("signs", "trace")
    told = sessions.turns(site, period.since, period.now, synthetic=synthetic).order_by()
    marked = told.annotate(signs=signs).filter(signs__startswith="[").exclude(signs="[]")
    return _signs(marked.values_list(Epoch("settled_at"), flat=True), period)


def asked_back(site: Site, period: Period, *, synthetic: bool) -> Offered:
    """Messages of the period that offered sections, by what the customer chose."""
    made = Message.objects.filter(offers__isnull=False, at__gte=period.since, at__lt=period.now)
    mine = made.filter(conversation__site=site, conversation__synthetic=synthetic).distinct()
    chose = Count("chosen"), Count("chosen__offer")
    found = Message.objects.filter(pk__in=mine.order_by().values("pk")).aggregate(
        n=Count("pk"), any=chose[0], one=chose[1]
    )
    return Offered(Share(found["one"], found["n"]), Share(found["any"] - found["one"], found["n"]))


def drift(site: Site, period: Period, by: str) -> list[Drift]:
    """The finished runs of releases that were live, oldest first; `by`: who starts the scheduled ones."""
    done = Run.objects.filter(
        release__site=site, finished_at__gte=period.since, finished_at__lt=period.now, total__gt=0, away=False
    )
    live = done.filter(release__live_at__isnull=False).select_related("release").defer("release__body").order_by("id")
    return [Drift(run, run.started_by == by, Share(run.total - run.failed, run.total)) for run in live]


# ── Inside ────────────────────────────────────────────────────────────────────────────────────────────────────


def _about(category: Category | None, mine: Sequence[Visit], verdict: Callable[[Visit], str], period: Period) -> About:
    ends = Counter(visit.end for visit in mine)
    answered = [visit for visit in mine if visit.end == sessions.ANSWERED]
    old = _old_before(period)
    helped = [v for v in mine if v.ended < old and v.end in (sessions.ANSWERED, sessions.HANDED)]
    how = Counter(map(verdict, answered))
    bins, bin_of = [Counter[str]() for _ in period.bins], period.bin
    for visit in mine:
        bins[bin_of(visit.began)][visit.end] += 1
    return About(
        category,
        len(mine),
        {end: Share(ends[end], len(mine)) for end in sessions.ENDS},
        Share(sum(visit.again for visit in helped), len(helped)),
        {name: Share(how[name], len(answered)) for name in RESOLUTIONS},
        bins,
    )


def _said(site: Site, period: Period, synthetic: bool) -> dict[str, list[tuple[float, bool]]]:
    """What customers said of what they got, in order: when, and whether it was good."""
    known = sessions.known(site)
    told: list[tuple[str, float, bool]] = []
    given = Rating.objects.filter(at__gte=period.since, at__lt=period.now, conversation__site=site)
    stars = given.filter(conversation__synthetic=synthetic).order_by().values_list(KEY, "value", Epoch("at"))
    told += [(known.get(who, who), at, value >= GOOD) for who, value, at in stars if value >= GOOD or value <= BAD]
    made = sessions.events(site, ("feedback", "complaint"), period.since, period.now, synthetic=synthetic).order_by()
    rows = made.values_list(KEY, "kind", KeyTextTransform("value", "body"), Epoch("at"))
    told += [(known.get(who, who), at, kind == "feedback" and int(value) > 0) for who, kind, value, at in rows]
    said: dict[str, list[tuple[float, bool]]] = defaultdict(list)
    for who, at, good in sorted(told, key=itemgetter(1)):
        said[who].append((at, good))
    return said


def _began(found: Iterable[Visit], customers: Collection[str]) -> dict[str, list[float]]:
    """When the visits of these customers began, in order."""
    began: dict[str, list[float]] = defaultdict(list)
    for visit in found:
        if visit.customer in customers:
            began[visit.customer].append(visit.began)
    for times in began.values():
        times.sort()
    return began


def _verdicts(
    said: Mapping[str, Sequence[tuple[float, bool]]], began: Mapping[str, Sequence[float]], period: Period
) -> Callable[[Visit], str]:
    """What became of an answer: the customer's last word before their next visit, else whether they came back."""
    old = _old_before(period)

    def verdict(visit: Visit) -> str:
        if visit.customer in said:
            times = began[visit.customer]
            place = bisect_right(times, visit.began)
            until = times[place] if place < len(times) else float("inf")
            words = [good for at, good in said[visit.customer] if visit.began <= at < until]
            if words:
                return CONFIRMED if words[-1] else CONTRADICTED
        if visit.again:
            return RETURNED
        return ASSUMED if visit.ended < old else EARLY

    return verdict


def _old_before(period: Period) -> float:
    """Visits that ended before have had their time to be followed by another."""
    return period.now.timestamp() - RETURN


def _signs(moments: Iterable[float], period: Period) -> Signs:
    bins = Counter(map(period.bin, moments))
    return Signs(bins.total(), [bins[n] for n in range(period.count)])


def percentile(values: Sequence[float], share: float) -> float:
    """The value that so large a share of the sorted `values` does not exceed (nearest rank)."""
    return values[max(0, ceil(share * len(values)) - 1)]


def spread(moments: Iterable[tuple[float, float]], period: Period) -> Iterator[list[float]]:
    """The sorted values of each bin, out of (time, value)."""
    bins: list[list[float]] = [[] for _ in period.bins]
    bin_of = period.bin
    for at, value in moments:
        bins[bin_of(at)].append(value)
    return (sorted(values) for values in bins)
