"""What a site's own signals would hand to a person besides what they are for, on its own questions: seen first.

Law of the room: it warns and decides nothing. The bot says what it would hand over; what is looked at are the
examples of categories that answer, and scenarios which expect no person.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from itertools import chain, islice
from typing import Any

from django.conf import settings

from release.core.manifest import CategoryPlan
from release.live.snapshot import CategoryFacts, Snapshot, candidate
from release.scenarios.written import Written
from sites.choices.signals import Signal
from sites.models import Site

LOOKED_AT = 500
"""Questions that are read while somebody waits for a page, examples first: about two seconds' work for one core."""
SHOWN = 10


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of the site's own, what it is to people, and its place in a bundle."""

    text: str
    what: str
    file: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class FalseAlarm:
    """A question that the signals of a need would hand over."""

    asked: Asked
    need: str

    def __str__(self) -> str:
        return f"the signals of “{self.need}” would hand {self.asked.what}, “{self.asked.text}”, to a person"

    @property
    def file(self) -> str:
        """Where it was written."""
        return self.asked.file

    @property
    def line(self) -> int:
        """Its line there, or that of its category."""
        return self.asked.line


def found(signals: Sequence[Signal], asked: Iterable[Asked]) -> list[FalseAlarm]:
    """The questions which these signals alone would hand over, in their order."""
    return list(_found(tuple(signals), tuple(asked))) if signals else []


def written(categories: Iterable[CategoryPlan], scenarios: Iterable[Written]) -> Iterator[Asked]:
    """The questions of a bundle, with their places."""
    for category in categories:
        yield from (Asked(text, what, "site.yaml", category.line) for text, what in _examples(category))
    for each in scenarios:
        yield from (Asked(text, what, each.file, each.line) for text, what in _question(each.body))


def of(frozen: Snapshot) -> list[FalseAlarm]:
    """Those of a snapshot, on the first `LOOKED_AT` of its questions."""
    examples = chain.from_iterable(_examples(category) for category in frozen.categories)
    questions = chain.from_iterable(_question(scenario) for scenario in frozen.scenarios)
    return found(frozen.signals, (Asked(text, what) for text, what in islice(chain(examples, questions), LOOKED_AT)))


def of_site(site: Site) -> list[str]:
    """Those of a site's candidate as sentences, the first few; its page says them when its signals change."""
    alarms = of(candidate(site))
    told = [f"With this change, {alarm}. Narrow the signal, or say what it means another way." for alarm in alarms]
    rest = len(told) - SHOWN
    return told[:SHOWN] + ([f"And so with {rest} more; a release's page lists them."] if rest > 0 else [])


def _examples(category: CategoryPlan | CategoryFacts) -> Iterator[tuple[str, str]]:
    """The examples of a category that answers; what people answer is handed over anyway."""
    if category.route == "answer":
        yield from ((text, f"an example of “{category.slug}”") for text in category.examples)


def _question(scenario: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The last message of a scenario that does not expect a person."""
    expect = scenario.get("expect", {})
    outcomes = expect.get("outcome", ["handoff"] if "reason" in expect else [])
    if "handoff" not in outcomes:
        yield str(scenario["turns"][-1]), f"the question of the scenario “{scenario['id']}”"


@lru_cache(maxsize=16)
def _found(signals: tuple[Signal, ...], asked: tuple[Asked, ...]) -> tuple[FalseAlarm, ...]:
    """Remembered: a page is looked at more often than it changes."""
    loud = dict(import_module(settings.BOT).false_alarms(signals, [each.text for each in asked]))
    return tuple(FalseAlarm(each, str(loud[each.text])) for each in asked if each.text in loud)
