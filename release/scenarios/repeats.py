"""Scenarios that ask what an example says: they show that the gate can read, and nothing about it. They are refused.

Two messages are the same question when they have the same words in any order, or differ in one letter of one word.
What an incident taught is asked as the customer asked it, so it is left alone.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.db.models import Q

from knowledge.face.text import words
from knowledge.models import Example
from release.core.bars import INCIDENT
from release.live.snapshot import Snapshot
from sites.models import Site

IDLE = frozenset(words("a an the please hello hi hey thanks"))
"""Words that make no other question of one."""
SHORTEST = 4  # letters of a word in which one more or less is a slip; in "day" it is another word

Key = tuple[str, ...]


class Examples:
    """A site's examples and counterexamples, to be asked whether a message repeats one."""

    def __init__(self, texts: Iterable[str]) -> None:
        self.same: dict[Key, str] = {}
        self.nearly: dict[Key, list[tuple[str, str]]] = {}  # all words but one → that word and the example
        for text in texts:
            key = _key(text)
            self.same.setdefault(key, text)
            for word, rest in _but_one(key):
                self.nearly.setdefault(rest, []).append((word, text))

    def repeated(self, message: str) -> str | None:
        """The example that a message asks again, or None."""
        key = _key(message)
        if key in self.same:
            return self.same[key]
        return next(
            (
                text
                for word, rest in _but_one(key)
                for other, text in self.nearly.get(rest, [])
                if _slip(word, other) or _slip(other, word)
            ),
            None,
        )


def problem(scenario: Mapping[str, Any], examples: Examples) -> str | None:
    """Why a scenario is refused, in a sentence for who wrote it; None when it is not."""
    if INCIDENT in scenario.get("tags", []):
        return None
    example = examples.repeated(str(scenario["turns"][-1]))
    if example is None:
        return None
    return f"“{scenario['id']}” repeats the example “{example}”, so it would show nothing; ask it in other words"


def against(site: Site, scenario: Mapping[str, Any]) -> str | None:
    """`problem` of a scenario that is to be one of a site's."""
    texts = Example.objects.filter(Q(category=None) | Q(category__retired=False), site=site)
    return problem(scenario, Examples(texts.values_list("text", flat=True)))


def within(frozen: Snapshot) -> Iterator[str]:
    """What is wrong with the scenarios of a snapshot, held against its own examples."""
    examples = _of(frozen)
    yield from (text for each in frozen.scenarios if (text := problem(each, examples)))


def ids(scenarios: Iterable[Mapping[str, Any]], frozen: Snapshot) -> list[str]:
    """The scenarios that repeat an example of a snapshot, by id."""
    examples = _of(frozen)
    return [str(each["id"]) for each in scenarios if problem(each, examples)]


def _of(frozen: Snapshot) -> Examples:
    texts = [text for category in frozen.categories for text in (*category.examples, *category.counterexamples)]
    return Examples([*texts, *frozen.counterexamples])


def _key(text: str) -> Key:
    found = words(text)
    return tuple(sorted(word for word in found if word not in IDLE)) or tuple(sorted(found))


def _but_one(key: Key) -> Iterator[tuple[str, Key]]:
    """Each word of a key with the key without it."""
    return ((word, key[:place] + key[place + 1 :]) for place, word in enumerate(key))


def _slip(longer: str, shorter: str) -> bool:
    """Whether one word is another with one letter more."""
    if len(longer) != len(shorter) + 1 or len(longer) < SHORTEST or not longer.isalpha():
        return False
    return any(longer[:place] + longer[place + 1 :] == shorter for place in range(len(longer)))
