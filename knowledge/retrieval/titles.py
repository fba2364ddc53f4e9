"""Which article a message names: its words against the titles, by what the words tell. Pure arithmetic over memory.

A customer who types a title (from a menu, a search page, an e-mail of ours) has said where the answer stands.
"""

import math
from collections import Counter
from collections.abc import Collection, Iterable, Mapping

from knowledge.embedding import vectors
from knowledge.models import Revision
from knowledge.text.words import subject_words


class Titles:
    """The titles of a set of revisions, built once for it: approved text does not change."""

    def __init__(self, titles: Iterable[tuple[int, str]]) -> None:
        """`titles`: (revision id, title) each."""
        held = [(revision, frozenset(subject_words(title))) for revision, title in titles]
        spread = Counter(word for words in {words for _, words in held} for word in words)
        count = len({words for _, words in held})
        self._rarity = {word: math.log(1 + (count - n + 0.5) / (n + 0.5)) for word, n in spread.items()}
        self._unheard = math.log(1 + (count + 0.5) / 0.5)
        self._weight = [sum(self._rarity[word] for word in words) for _, words in held]
        self._revisions = [revision for revision, _ in held]
        self._words = [words for _, words in held]
        self._places: dict[str, list[int]] = {}
        for place, (_, words) in enumerate(held):
            for word in words:
                self._places.setdefault(word, []).append(place)

    @classmethod
    def of(cls, revisions: Collection[int]) -> "Titles":
        """The titles of these revisions, read from the database."""
        some = vectors.slices(sorted(revisions), vectors.PARAMETERS)
        return cls(row for ids in some for row in Revision.objects.filter(pk__in=ids).values_list("pk", "title"))

    def named(self, message: str, least: float) -> tuple[float, frozenset[int]]:
        """How far the best title says just what the message says, and the revisions that have it; `least`: 0..1.

        Dice's coefficient over the words' rarity among the titles; (0, none) where no title reaches `least`.
        """
        asked = frozenset(subject_words(message))
        weights = {word: self._rarity.get(word, self._unheard) for word in asked}
        own = sum(weights.values())
        agreed: dict[int, float] = {}
        for place in self._candidates(weights, own * (1 - least / (2 - least))):
            both = sum(weights[word] for word in asked & self._words[place])
            if (much := 2 * both / (own + self._weight[place])) >= least:
                agreed[place] = much
        best = max(agreed.values(), default=0.0)
        return best, frozenset(self._revisions[place] for place, much in agreed.items() if much > best - 1e-9)

    def _candidates(self, weights: Mapping[str, float], spared: float) -> set[int]:
        """The titles with one of the rarest words. A title that agrees well lacks at most `spared` of the weight."""
        found: set[int] = set()
        for word in sorted(weights, key=lambda word: -weights[word]):
            found.update(self._places.get(word, ()))
            spared -= weights[word]
            if spared < 0:
                break
        return found
