"""What a German message needs at once: danger, or a person. The assistant reads no German besides.

Two witnesses: listed phrases (`phrases/german.txt`), and likeness in letters to messages of our own (`german.txt`), for
the embedder knows little German. Law of the room: a message in English is never read here, so it goes the way it went.
How well: `docs/needs.md`.
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from math import log
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from chatbot.decide.needs.kinds import LIFE, Need
from chatbot.decide.phrases.cues import Said, phrases, wordlists
from chatbot.decide.phrases.normalise import fold

Floats = NDArray[np.float32]
MESSAGES = Path(__file__).parent / "german.txt"
CODE, ORDINARY, FILE = "de", "ordinary", "german"
MAX_READ = 1_000  # characters; listed phrases are looked for in all of a message
SHORTEST, LONGEST = 2, 5  # letters of a feature, within one word and its edges
RIDGE = 0.6  # how little one message of ours is trusted
NOW_LIFE, OFFER_LIFE, NOW = 0.45, 0.35, 0.35
"""How surely danger, and a wish for a person, must be read. Chosen on our messages, each left out in turn; a needless
handoff costs little where the assistant could only have declined."""
_WORD = re.compile(r"[a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Told:
    """What a German message needs, how surely (0..1), whether a listed phrase says so outright; `now`: a person now,
    otherwise one is offered."""

    need: Need
    sure: float
    listed: bool
    now: bool = True


def read(said: str, tongue: str | None) -> Told | None:
    """What a message needs, by its folded text and its language where that is sure; None: nothing at once.

    Reads what is German, and what may be and has no English word in it.
    """
    if not _may_be(said, tongue):
        return None
    cue = phrases(FILE).first_in(Said(_spelt(said)), Said(said))
    if cue is not None:
        return Told(Need(cue.kind), 1.0, listed=True)
    shares = likeness(said)
    life, person = sum(shares[each] for each in LIFE), shares[Need.PERSON]
    if life >= OFFER_LIFE and life >= person:
        return Told(max(LIFE, key=lambda each: shares[each]), min(life, 1.0), listed=False, now=life >= NOW_LIFE)
    return Told(Need.PERSON, min(person, 1.0), listed=False) if person >= NOW else None


def likeness(said: str) -> Mapping[Need, float]:
    """How much a folded text is like our messages of each need: about 1 like them, about 0 like ordinary ones."""
    model = _fitted()
    row = model.row(_features(said[:MAX_READ]))
    return dict(zip(model.needs, (row @ model.weights).tolist(), strict=True))


def _may_be(said: str, tongue: str | None) -> bool:
    """Whether it is German, or mostly of words that may be, one of them surely, and none that is English alone."""
    if tongue is not None:
        return tongue == CODE
    words = set(re.findall(r"[a-z']+", said))
    german, english, both = _words()
    return not words.isdisjoint(german) and words.isdisjoint(english) and 2 * len(words & (german | both)) >= len(words)


@cache
def _words() -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """Words that are German alone, English alone, and both, as folding leaves them."""
    lists, more = wordlists("languages"), wordlists("german_words")
    german, both = frozenset(map(fold, lists[CODE])) | more["german"], more["both"]
    return german - lists["en"] - both, lists["en"] - both, both | (german & lists["en"])


def _spelt(said: str) -> str:
    """As people without the keys write it, "moechte", in the form that folding leaves of "möchte"."""
    return re.sub(r"(?<![aeq])([aou])e(?!u)", r"\1", said)


def _features(said: str) -> Counter[str]:
    """Letters in a row within words, and pairs of words."""
    words = _WORD.findall(_spelt(said))
    counted: Counter[str] = Counter()
    for word in words:
        edged = f"<{word}>"
        counted[f"={word}"] += 1
        for size in range(SHORTEST + 1, LONGEST + 1):
            counted.update(edged[at : at + size] for at in range(len(edged) - size + 1))
    counted.update(f"{one} {other}" for one, other in pairwise(words))
    return counted


@dataclass(frozen=True, slots=True)
class _Model:
    places: Mapping[str, int]
    rarity: Floats
    weights: NDArray[np.float64]
    needs: tuple[Need, ...]

    def row(self, features: Mapping[str, int]) -> NDArray[np.float64]:
        """(features,) of unit length, each by how rare it is; what none of our messages has counts as nothing."""
        row = np.zeros(len(self.places))
        for name, times in features.items():
            if name in self.places:
                row[self.places[name]] = (1 + log(times)) * self.rarity[self.places[name]]
        length = float(np.linalg.norm(row))
        return row / length if length else row


@cache
def _fitted() -> _Model:
    """Ridge regression on the messages of ours, in closed form: a fraction of a second, once a process."""
    messages = [(need, _features(fold(text))) for need, text in messages_of(MESSAGES)]
    found = Counter(name for _, features in messages for name in features)
    places = {name: place for place, name in enumerate(sorted(found))}
    rarity = np.array([log((1 + len(messages)) / (1 + found[name])) for name in places], np.float32)
    needs = tuple(dict.fromkeys(Need(need) for need, _ in messages if need != ORDINARY))
    blank = _Model(places, rarity, np.zeros((len(places), len(needs))), needs)
    rows = np.array([blank.row(features) for _, features in messages])
    wanted = np.array([[float(need == each) for each in needs] for need, _ in messages])
    kernel = rows @ rows.T + RIDGE * np.eye(len(rows))
    return _Model(places, rarity, rows.T @ np.linalg.solve(kernel, wanted), needs)


def messages_of(path: Path) -> list[tuple[str, str]]:
    """The messages of a file, each with the need whose heading it stands under."""
    need, messages = "", []
    for line in filter(None, map(str.strip, path.read_text(encoding="utf-8").splitlines())):
        if line.startswith("["):
            need = line.strip("[]")
        elif not line.startswith("#"):
            messages.append((need, line))
    return messages
