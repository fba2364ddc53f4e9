"""How a message is worded: its words, pairs and triples of them, their letters, and how they sound.

Law of the room: pure, total, linear in the text; a feature is a number that the same text gets on every machine.
Letters forgive a slip of the finger, sounds a spelling by ear ("sum1s", "humen"), pairs and triples keep "ring me" and
"ring size" apart.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from chatbot.decide.phrases.normalise import fold

BUCKETS = 1 << 15  # rows of the table into which words and pieces of words are hashed
MOST = 400  # words of a message that are looked at
LENGTHS = (3, 4, 5)  # letters of a piece of a word
_TOKEN = re.compile(r"[a-z0-9']+|[?!]+|[^\sa-z0-9'?!.,;:()\"-]")
_SOUNDS = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        (r"(.)\1+", r"\1"), (r"^2$", "to"), (r"^4$", "for"), (r"^u$", "you"), (r"^ur$", "your"), (r"^r$", "are"),
        (r"^n$", "and"), (r"^b4$", "before"), (r"8", "ate"), (r"1", "one"), (r"2", "to"), (r"4", "for"), (r"ph", "f"),
        (r"ght", "t"), (r"gh", ""), (r"ck", "k"), (r"^kn", "n"), (r"^wr", "r"), (r"wh", "w"), (r"sch", "sk"),
        (r"tion|sion", "shn"), (r"c(?=[eiy])", "s"), (r"[cq]", "k"), (r"x", "ks"), (r"z", "s"), (r"dge|j", "g"),
        (r"th", "t"), (r"v", "f"), (r"d$", "t"), (r"ing?$", "n"), (r"'", ""),
    )
)  # fmt: skip

Rows = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Words:
    """The features of a message: `places[i]` are the buckets of its i-th word."""

    places: tuple[Rows, ...]

    def all(self) -> Rows:
        """The buckets of the whole message, each as often as it occurs."""
        return np.concatenate(self.places) if self.places else np.empty(0, np.intp)


def read(text: str) -> Words:
    """The features of a text."""
    tokens = _TOKEN.findall(fold(text))[:MOST]
    return Words(tuple(_features(tokens)))


def _features(tokens: Sequence[str]) -> list[Rows]:
    found: list[Rows] = []
    before, first = "^", "^"
    heard = "^"
    for at, word in enumerate(tokens):
        sound = _sound(word)
        pairs = [_bucket(f"b {before} {word}"), _bucket(f"p {heard} {sound}")]
        if at > 1:
            pairs.append(_bucket(f"t {first} {before} {word}"))
        if at == len(tokens) - 1:
            pairs.append(_bucket(f"b {word} $"))
        found.append(np.concatenate([_word(word), np.array(pairs, np.intp)]))
        first, before, heard = before, word, sound
    return found


@lru_cache(maxsize=20_000)
def _word(word: str) -> Rows:
    """The buckets of a word itself, of its letters and of its sound."""
    names = [f"w {word}"]
    if word[0].isalnum():
        marked = f"<{word}>"
        names += [marked[at : at + n] for n in LENGTHS for at in range(len(marked) - n + 1)]
        names.append(f"s {_sound(word)}")
    return np.array([_bucket(name) for name in names], np.intp)


@lru_cache(maxsize=20_000)
def _sound(word: str) -> str:
    """A word as it is heard: its first letter and its consonants."""
    if not word[0].isalnum():
        return word
    for pattern, sound in _SOUNDS:
        word = pattern.sub(sound, word)
    return word[:1] + re.sub(r"[aeiouyhw]", "", word[1:])


def _bucket(name: str) -> int:
    return crc32(name.encode()) % BUCKETS
