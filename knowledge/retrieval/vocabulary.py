"""The words a site uses, and a customer's slips of the finger mended to them.

Law of the room: a word is a slip when neither English nor the site has it, and it is mended only to a word of the site
that is one edit away. Every other word, and every message that has no slip, stays exactly as it was typed. Articles are
the dictionary. What customers said (examples, questions) is none: a slip in it must not be taken for a word.
"""

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Iterable
from functools import lru_cache

from knowledge.embedding import minilm, vectors
from knowledge.models import Revision
from knowledge.text.slips import Neighbours
from knowledge.text.words import fold

SHORTEST = 4  # letters from which a word is looked at: shorter ones are too near to too many others

_WORD = re.compile(rf"[A-Za-z]{{{SHORTEST},30}}")
_RUN, _GIVEN = re.compile(r"\S+"), re.compile(r"[@/\\_\d]|.\..")  # addresses, numbers, names of files: nobody's slip


class Vocabulary:
    """The words of a set of texts, with how often each is said. Made once for a snapshot."""

    def __init__(self, texts: Iterable[str], messages: Iterable[str] = ()) -> None:
        """`messages`: customers' words, of which only those that are English count."""
        self.said = Counter(word for text in texts for word in _WORD.findall(fold(text)))
        typed = (word for text in messages for word in _WORD.findall(fold(text)))
        self.said.update(word for word in typed if word in self.said or word in minilm.english())
        self._neighbours = Neighbours(self.said)
        self._mended = lru_cache(maxsize=4096)(self._look_up)

    @classmethod
    def of(cls, revisions: Collection[int], messages: Iterable[str] = (), besides: Iterable[str] = ()) -> "Vocabulary":
        """The words of these revisions, read from the database, of customers' messages, and of owners besides."""

        def texts() -> Iterable[str]:
            for ids in vectors.slices(sorted(revisions), vectors.PARAMETERS):
                for title, text in Revision.objects.filter(pk__in=ids).values_list("title", "text").iterator():
                    yield f"{title} {text}"
            yield from besides

        return cls(texts(), messages)

    def mend(self, message: str) -> str:
        """The message with its slips mended; the same object when it has none."""
        given = [run.span() for run in _RUN.finditer(message) if _GIVEN.search(run[0])]

        def mended(match: re.Match[str]) -> str:
            before = bisect_right(given, match.start(), key=lambda span: span[0])
            if before and match.start() < given[before - 1][1]:
                return match[0]
            return self._mended(match[0].lower()) or match[0]

        return _WORD.sub(mended, message)

    def _look_up(self, word: str) -> str | None:
        """The word it was meant to be; None: leave it."""
        if word in self.said or word in minilm.english():
            return None
        near = self._neighbours.of(word, word[:2])
        return max(near, key=lambda other: (other[0] == word[0], self.said[other], other), default=None)
