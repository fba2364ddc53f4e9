"""How often customers were served badly by a category, from the record alone; each conversation counts once.

Of one signed-in customer and of one internet address only the first few count, good and bad alike: so nobody moves a
rate alone, and a house that many share gives a fair sample of its own. A rate says something only with enough seen: the
lower bound of its interval must be above the bar. The interval is a wide one, because the watch looks again and again,
and whoever looks often enough sees every bad luck there is.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count

from conversations.models import Conversation, Event, Turn
from conversations.outcomes import Outcome, Reason
from knowledge.models import Category
from release.core.intervals import wilson
from release.judged import shares

WIDE = 3.0  # of 2,000 simulated good categories, looked at after every conversation, how many fall: docs/operations.md
ENOUGH = 20
BARS: Mapping[str, float] = {"rejected drafts": 0.2, "bad ratings": 0.3, "complaints": 0.05}
"""The share above which a category is not good enough; a step up asks for at most half of the first."""
BAD = 2  # of five stars, and less
CAP = 3  # conversations of one signed-in customer, and of one address, that count
Answers = Mapping[UUID, tuple[str, ...]]
"""The conversations whose last answer was a category's, in their order, each with what it counts against."""


@dataclass(frozen=True, slots=True)
class Rate:
    """`bad` of `n` conversations (or drafts); `low` is the least share that fits what was seen."""

    what: str
    bad: int
    n: int
    bar: float
    low: float

    @property
    def above(self) -> bool:
        """Whether it is above its bar for sure enough."""
        return exceeds(self.bad, self.n, self.bar)

    def as_json(self) -> dict[str, Any]:
        """What is kept as evidence."""
        return asdict(self) | {"low": round(self.low, 4)}


def exceeds(bad: int, n: int, bar: float) -> bool:
    """Whether `bad` of `n` shows a share above `bar`: enough seen, and the lower Wilson bound above it."""
    return n >= ENOUGH and wilson(bad, n, WIDE)[0] > bar


def of(category: Category, since: datetime) -> list[Rate]:
    """The rates of one category since a moment."""
    answers = _answers(category, since)
    counted = {
        "rejected drafts": _drafts(category, since),
        "bad ratings": _ratings(answers, since),
        "complaints": _complaints(answers, since),
    }
    return [Rate(what, bad, n, BARS[what], wilson(bad, n, WIDE)[0]) for what, (bad, n) in counted.items()]


def judged(category: Category, since: datetime) -> Rate:
    """How many of the category's sampled answers since a moment were judged misleading."""
    found, bar = shares.of(category, since), shares.bar(category)
    low = wilson(found.misleading, found.n, WIDE)[0]
    return Rate("judged answers that mislead", found.misleading, found.n, bar, low)


def crowd(site_id: int, since: datetime) -> tuple[int, int]:
    """How many conversations since then came from the one address that sent the most, and how many from any."""
    opened = Conversation.objects.filter(site=site_id, created_at__gte=since).exclude(address="")
    counts = list(opened.order_by().values("address").annotate(n=Count("pk")).values_list("n", flat=True))
    return max(counts, default=0), sum(counts)


def _answers(category: Category, since: datetime) -> Answers:
    settled = Turn.objects.filter(conversation__site=category.site_id, state=Turn.State.SETTLED, settled_at__gte=since)
    settled = settled.filter(conversation__synthetic=False)
    answered = settled.filter(outcome__in=[Outcome.ANSWER, Outcome.DRAFT]).order_by("id")
    rows = answered.values_list("conversation", "conversation__identity", "conversation__address", "category")
    last = {key: (_whose(identity, address), about) for key, identity, address, about in rows}
    return {key: whose for key, (whose, about) in last.items() if about == category.pk}


def _whose(identity: Mapping[str, Any], address: str) -> tuple[str, ...]:
    sub = str(identity.get("sub", ""))
    return tuple(f"{kind}:{value}" for kind, value in (("customer", sub), ("address", address)) if value)


def _capped(keys: Iterable[UUID], answers: Answers) -> list[UUID]:
    """The conversations that count, in their order: of nobody more than CAP."""
    seen: Counter[str] = Counter()
    counted = []
    for key in keys:
        if all(seen[who] < CAP for who in answers[key]):
            counted.append(key)
            seen.update(answers[key])
    return counted


def _drafts(category: Category, since: datetime) -> tuple[int, int]:
    kinds = ("draft.approved", "draft.edited", "draft.rejected")
    real = Event.objects.filter(conversation__site=category.site_id, conversation__synthetic=False)
    decided = real.filter(kind__in=kinds, body__category=category.slug, at__gte=since)
    counts = Counter(decided.values_list("kind", flat=True))
    return counts["draft.rejected"], sum(counts.values())


def _ratings(answers: Answers, since: datetime) -> tuple[int, int]:
    """Bad ones and all: the last stars of a conversation, else its thumbs."""
    stars: dict[UUID, bool] = {}
    thumbs: dict[UUID, dict[int, int]] = {}
    for key, kind, body in _events(answers, since, ("rating", "feedback")):
        if kind == "rating":
            stars[key] = body["value"] <= BAD
        else:
            thumbs.setdefault(key, {})[body["seq"]] = body["value"]
    rated = {key: -1 in values.values() for key, values in thumbs.items()} | stars
    counted = _capped((key for key in answers if key in rated), answers)
    return sum(rated[key] for key in counted), len(counted)


def _complaints(answers: Answers, since: datetime) -> tuple[int, int]:
    filed = {key for key, _, _ in _events(answers, since, ("complaint",))}
    handed = _events(answers, since, ("handoff.opened",))
    filed |= {key for key, _, body in handed if body.get("reason") == Reason.COMPLAINT}
    counted = _capped(answers, answers)
    return sum(key in filed for key in counted), len(counted)


def _events(answers: Answers, since: datetime, kinds: tuple[str, ...]) -> Iterator[tuple[UUID, str, dict[str, Any]]]:
    """The events of those conversations, in order."""
    rows = Event.objects.filter(kind__in=kinds, at__gte=since).order_by("id")
    for key, kind, body in rows.values_list("conversation", "kind", "body"):
        if key in answers:
            yield key, kind, body
