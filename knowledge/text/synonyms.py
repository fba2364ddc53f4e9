"""Words that count as the same where words are compared: in the search by words, and in what a sentence covers.

The groups are a site's own, written by its owners. Meaning is left to the vectors, which need no such list.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence

from knowledge.text.words import subject_words

Phrase = tuple[str, ...]
Expansion = Mapping[str, Collection[Phrase]]
"""(Stemmed) word of a message → the phrases, each of stemmed words, that say the same."""


class Synonyms:
    """The groups of a site, ready for messages. It never changes, and may be shared between threads."""

    def __init__(self, groups: Iterable[Sequence[str]] = ()) -> None:
        """`groups`: words or short phrases as they are written. A member without a subject word is left out."""
        self._same: dict[Phrase, tuple[Phrase, ...]] = {}
        for group in groups:
            members = tuple(dict.fromkeys(phrase for each in group if (phrase := tuple(subject_words(each)))))
            for member in members:
                others = tuple(other for other in members if other != member)
                self._same[member] = (*self._same.get(member, ()), *others)
        self._lengths = sorted({len(member) for member in self._same}, reverse=True)

    def __bool__(self) -> bool:
        return bool(self._same)

    def expand(self, words: Sequence[str]) -> Expansion:
        """What says the same as each of a message's subject words (in order), alone or with those beside it."""
        found: dict[str, dict[Phrase, None]] = {}
        for length in self._lengths:
            for start in range(len(words) - length + 1):
                phrase = tuple(words[start : start + length])
                for word in phrase:
                    found.setdefault(word, {}).update(dict.fromkeys(self._same.get(phrase, ())))
        return {word: tuple(phrases) for word, phrases in found.items() if phrases}


NONE = Synonyms()


def shared(asked: frozenset[str], said: frozenset[str], also: Expansion) -> int:
    """How many of the words asked are said, as they are or as one of their synonyms."""
    return sum(word in said or any(said.issuperset(phrase) for phrase in also.get(word, ())) for word in asked)
