"""How often customers were served badly by a category, from the record alone; each conversation counts once.

A rate says something only with enough seen: the lower bound of its interval must be above the bar. The interval is a
wide one, because the watch looks again and again, and whoever looks often enough sees every bad luck there is.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from conversations.models import Event, Turn
from conversations.outcomes import Outcome, Reason
from knowledge.models import Category
from release.intervals import wilson

WIDE = 3.0  # of 2,000 simulated good categories, looked at after every conversation, how many fall: docs/operations.md
ENOUGH = 20
BARS: Mapping[str, float] = {"rejected drafts": 0.2, "bad ratings": 0.3, "complaints": 0.05}
"""The share above which a category is not good enough; a step up asks for at most half of the first."""
BAD = 2  # of five stars, and less
CAP = 3  # ratings of one signed-in customer that count


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


def _answers(category: Category, since: datetime) -> dict[UUID, str]:
    """Each conversation whose last answer was this category's, and its customer where that is verified."""
    settled = Turn.objects.filter(conversation__site=category.site_id, state=Turn.State.SETTLED, settled_at__gte=since)
    settled = settled.filter(conversation__synthetic=False)
    answered = settled.filter(outcome__in=[Outcome.ANSWER, Outcome.DRAFT]).order_by("id")
    rows = answered.values_list("conversation", "conversation__identity", "category")
    last = {key: (str(identity.get("sub", "")), about) for key, identity, about in rows}
    return {key: who for key, (who, about) in last.items() if about == category.pk}


def _drafts(category: Category, since: datetime) -> tuple[int, int]:
    kinds = ("draft.approved", "draft.edited", "draft.rejected")
    real = Event.objects.filter(conversation__site=category.site_id, conversation__synthetic=False)
    decided = real.filter(kind__in=kinds, body__category=category.slug, at__gte=since)
    counts = Counter(decided.values_list("kind", flat=True))
    return counts["draft.rejected"], sum(counts.values())


def _ratings(answers: Mapping[UUID, str], since: datetime) -> tuple[int, int]:
    """Bad ones and all: the last stars of a conversation, else its thumbs; a customer counts three times at most."""
    stars: dict[UUID, bool] = {}
    thumbs: dict[UUID, dict[int, int]] = {}
    for key, kind, body in _events(answers, since, ("rating", "feedback")):
        if kind == "rating":
            stars[key] = body["value"] <= BAD
        else:
            thumbs.setdefault(key, {})[body["seq"]] = body["value"]
    rated = {key: -1 in values.values() for key, values in thumbs.items()} | stars
    seen: Counter[str] = Counter()
    counted = []
    for key, bad in rated.items():
        who = answers[key]
        seen[who] += 1
        if not who or seen[who] <= CAP:
            counted.append(bad)
    return sum(counted), len(counted)


def _complaints(answers: Mapping[UUID, str], since: datetime) -> tuple[int, int]:
    filed = {key for key, _, _ in _events(answers, since, ("complaint",))}
    handed = _events(answers, since, ("handoff.opened",))
    filed |= {key for key, _, body in handed if body.get("reason") == Reason.COMPLAINT}
    return len(filed), len(answers)


def _events(
    answers: Mapping[UUID, str], since: datetime, kinds: tuple[str, ...]
) -> Iterator[tuple[UUID, str, dict[str, Any]]]:
    """The events of those conversations, in order."""
    rows = Event.objects.filter(kind__in=kinds, at__gte=since).order_by("id")
    for key, kind, body in rows.values_list("conversation", "kind", "body"):
        if key in answers:
            yield key, kind, body
