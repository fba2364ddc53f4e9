"""Words that are one slip of a finger apart.

Law of the room: a slip is one letter too many, missing, replaced, or swapped with its neighbour (Damerau 1964: a
distance of one). What may count as a slip, and which of several words was meant, is for who asks.
"""

from collections import defaultdict
from collections.abc import Iterable

from rapidfuzz import process
from rapidfuzz.distance import OSA


class Neighbours:
    """A set of words, each found from one slip away. A look-up compares only words of like length and beginning."""

    def __init__(self, words: Iterable[str]) -> None:
        self._words: defaultdict[tuple[str, int], list[str]] = defaultdict(list)
        for word in set(words):
            self._words[word[:1], len(word)].append(word)

    def of(self, word: str, beginnings: str) -> list[str]:
        """The words exactly one slip from this one that begin with one of these letters, in no order."""
        lengths = range(len(word) - 1, len(word) + 2)
        likely = [o for first in set(beginnings) for n in lengths for o in self._words.get((first, n), ())]
        found = process.extract(word, likely, scorer=OSA.distance, score_cutoff=1, limit=None)
        return [other for other, distance, _ in found if distance == 1]
