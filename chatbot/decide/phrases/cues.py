"""How the phrase files are read: one wording a line, over folded text (see `normalise.py`).

A block starts with `[reason kind]` or `[reason kind urgent]`; each line under it is `triggers | pattern`, and one that
starts with `!` says when the kind is not meant. A pattern is tried only around words that begin with one of its
triggers, so a miss costs a dictionary look-up. `{name}` puts in a part from `parts.txt`.
Patterns keep their gaps bounded and nest no repetition: time stays linear in the text.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from conversations.outcomes import Reason

PHRASES = Path(__file__).parent


BEFORE, AFTER = 120, 240  # characters around a trigger in which its wording must stand
_KEY = 3  # letters by which words and triggers find each other


@dataclass(frozen=True, slots=True)
class Cue:
    """One wording of one reason."""

    reason: Reason
    kind: str
    urgent: bool
    triggers: tuple[str, ...]
    pattern: re.Pattern[str]
    unless: bool = False  # its wording means the kind is *not* meant


class Said:
    """A folded text with its words indexed by how they begin, so that a cue looks only where a trigger stands."""

    def __init__(self, folded: str) -> None:
        self.text = folded
        self.starts: dict[str, list[int]] = {}
        for word in re.finditer(r"[a-z0-9]+", folded):
            self.starts.setdefault(word[0][:_KEY], []).append(word.start())


class Phrases:
    """The cues of one file in their order, found by trigger. Triggers under three letters are whole words."""

    def __init__(self, cues: Iterable[Cue]) -> None:
        self.cues = tuple(cues)
        self.by_key: dict[str, list[tuple[str, int]]] = {}
        self.signs: list[tuple[str, int]] = []
        for number, cue in enumerate(self.cues):
            for trigger in cue.triggers:
                if trigger[0].isalnum():
                    self.by_key.setdefault(trigger[:_KEY], []).append((trigger, number))
                else:
                    self.signs.append((trigger, number))

    def first_in(self, *texts: Said, beyond: int = 0) -> Cue | None:
        """The first cue, in the order of the file, found in any of the texts and reaching beyond a place in it."""
        places = [(said, self._places(said)) for said in texts]
        excluded = set()
        for number in sorted(set().union(*(found for _, found in places))):
            cue = self.cues[number]
            if cue.kind in excluded or not any(
                match.end() > beyond
                for said, found in places
                for start, end in _windows(sorted(found.get(number, ())))
                for match in cue.pattern.finditer(said.text, start, end)
            ):
                continue
            if not cue.unless:
                return cue
            excluded.add(cue.kind)
        return None

    def _places(self, said: Said) -> dict[int, set[int]]:
        """Cue number → where its triggers stand."""
        found: dict[int, set[int]] = {}
        for key, starts in said.starts.items():
            for trigger, number in self.by_key.get(key, ()):
                here = starts if len(trigger) <= _KEY else [s for s in starts if said.text.startswith(trigger, s)]
                if here:
                    found.setdefault(number, set()).update(here)
        for sign, number in self.signs:
            if sign in said.text:
                found.setdefault(number, set()).add(said.text.index(sign))
        return found


def _windows(places: list[int]) -> Iterator[tuple[int, int]]:
    """The stretches of text around these places, overlapping ones joined: no character is searched twice."""
    stretch: tuple[int, int] | None = None
    for place in places:
        start, end = max(place - BEFORE, 0), place + AFTER
        if stretch and start <= stretch[1]:
            stretch = stretch[0], end
        else:
            if stretch:
                yield stretch
            stretch = start, end
    if stretch:
        yield stretch


@cache
def phrases(name: str) -> Phrases:
    """The cues of `chatbot/decide/phrases/NAME.txt`. ValueError names the line that cannot be read."""
    path = PHRASES / f"{name}.txt"
    return Phrases(_read(path.name, path.read_text(encoding="utf-8").splitlines()))


def _read(name: str, lines: list[str]) -> Iterator[Cue]:
    head: tuple[Reason, str, bool] | None = None
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.startswith("#"):
            continue
        try:
            if line.startswith("["):
                reason, kind, *rest = line.strip("[]\n ").split()
                head = Reason(reason), kind, rest == ["urgent"]
            else:
                triggers, pattern = line.removeprefix("! ").split(" | ", 1)
                reason_, kind, urgent = head or (None, "", False)
                if reason_ is None:
                    raise ValueError("a wording before the first [reason kind]")
                yield Cue(
                    reason_, kind, urgent, tuple(triggers.split()), compile_phrase(pattern), line.startswith("! ")
                )
        except (ValueError, KeyError, re.error) as error:
            raise ValueError(f"{name}:{number}: {error}") from error


def compile_phrase(pattern: str) -> re.Pattern[str]:
    """A phrase with its `{parts}` put in. KeyError for a part that does not exist."""
    while re.search(r"\{[a-z_]+\}", pattern):
        pattern = re.sub(r"\{([a-z_]+)\}", lambda m: parts()[m[1]], pattern)
    return re.compile(pattern.strip())


@cache
def parts() -> dict[str, str]:
    """name → alternatives, from `parts.txt` (`name: a, b, c`, continued on indented lines)."""
    return {name: "(?:" + "|".join(re.split(r",\s+", said)) + ")" for name, said in _entries("parts")}


@cache
def wordlists(name: str) -> dict[str, frozenset[str]]:
    """name → words, from a file of `name: word word word`, continued on indented lines."""
    return {entry: frozenset(said.split()) for entry, said in _entries(name)}


def _entries(name: str) -> list[tuple[str, str]]:
    text = (PHRASES / f"{name}.txt").read_text(encoding="utf-8")
    found = re.findall(r"^([a-z_]+): (.+(?:\n +.+)*)", text, re.MULTILINE)
    return [(entry, said.strip()) for entry, said in found]
