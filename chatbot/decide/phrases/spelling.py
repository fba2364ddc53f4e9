"""Mending the words that decide: a slip of a finger must not keep a customer from a person.

Only words of `spelling.txt` are restored, from one edit away (insertion, deletion, replacement, swap), from
doubled letters, from being glued to a little word, and from having lost all their vowels; never from another English
word. Linear: a few look-ups a word.
"""

import re
from functools import cache, lru_cache

from chatbot.decide.phrases.cues import wordlists
from knowledge.face.text import Neighbours

_LISTS = wordlists("spelling")
WORDS = _LISTS["deciding"]
_SHORT = _LISTS["short"]
_KNOWN = WORDS | _SHORT | _LISTS["others"]
_LONGER = Neighbours(word for word in WORDS if len(word) >= 5)
_GLUE = ("to", "a", "an", "me", "u", "i", "the", "my")
_DOUBLED = re.compile(r"([a-z])\1+")
_VOWELS = re.compile(r"[aeiou]")


def mend(folded: str) -> str:
    """The folded text with misspelt deciding words restored."""
    return re.sub(r"[a-z]{3,16}", lambda match: _mended(match[0]), folded)


@lru_cache(maxsize=8192)
def _mended(word: str) -> str:
    if word in _KNOWN:
        return word
    if not _VOWELS.search(word):
        return _by_consonants().get(word, word)
    if len(word) < 4:
        return word
    single = _DOUBLED.sub(r"\1", word)
    swapped = (word[:i] + word[i + 1] + word[i] + word[i + 2 :] for i in range(1, min(len(word), 5) - 1))
    restored = next((w for w in (single, *swapped) if w in WORDS or w in _SHORT), None)
    return restored or _near(word) or _unglued(word)


def _near(word: str) -> str | None:
    """The deciding word of five letters and more that is one slip away, past the first letter."""
    close = _LONGER.of(word, word[0])
    return min(close, key=lambda c: (abs(len(c) - len(word)), c), default=None)


def _unglued(word: str) -> str:
    """'tolodge' → 'to lodge', 'filea' → 'file a'."""
    for little in _GLUE:
        if word.startswith(little) and word[len(little) :] in WORDS | _SHORT:
            return f"{little} {word[len(little) :]}"
        if word.endswith(little) and word[: -len(little)] in WORDS | _SHORT:
            return f"{word[: -len(little)]} {little}"
    return word


@cache
def _by_consonants() -> dict[str, str]:
    """Each deciding or little word under its consonants alone, where these are three or more and no other's."""
    found: dict[str, list[str]] = {}
    for word in sorted(WORDS | _SHORT):
        found.setdefault(_VOWELS.sub("", word), []).append(word)
    return {bare: words[0] for bare, words in found.items() if len(bare) >= 3 and len(words) == 1}
