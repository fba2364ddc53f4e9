"""What the owner of a file is told about it: one warning for one cause, with the first places it was found at.

Law of the room: what stands in a warning before its first colon is the cause, and is the same for every file.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

SHOWN = 5  # places of one cause
WORDS = 60  # characters of a place

STRUCK = "struck-out text was left out"
UNENDED = "struck-out text without an end was kept, look at it"
DIAGRAMS = "diagrams were left out, say in words what they show"
IMAGES = "pictures were left out, with the words that stand for them"
BUILDER = "what only the program of your own site fills in was left out, look at the sentences around it"
COMPONENTS = "components without words of their own were left out, look whether the text still says what it should"
EXPORTS = "code of the page was left out"
LOST_NOTES = "footnotes without a text were left out"
UNUSED_NOTES = "footnotes that nothing refers to were left out"
LONG_NOTES = "footnotes that are too long to stand in every place they belong to were left out there"
TARGETS = "links without a full address were kept as words"
MERGED = "tables with very many merged cells were not filled up, look at their columns"
WRAPPED = "sentences with empty lines inside were put together again"
RUNNING = "what repeats at the edge of the pages was left out"

WHOLE = frozenset((IMAGES, EXPORTS, TARGETS, UNUSED_NOTES))
"""After these the text says all it said in words."""


@dataclass(frozen=True, slots=True)
class Note:
    """One place with something to know: why, the words in question, and its line (0: none that says anything)."""

    cause: str
    words: str = ""
    line: int = 0

    def __str__(self) -> str:
        place = f"line {self.line}" if self.line else ""
        return f"{place} “{self.words}”".strip() if self.words else place


def told(notes: Iterable[Note]) -> Iterator[str]:
    """The warnings for these places, one for each cause, in the order of the first places."""
    places: dict[str, dict[str, None]] = {}
    for note in notes:
        places.setdefault(note.cause, {})[str(note)] = None
    for cause, found in places.items():
        named = [place for place in found if place]
        more = f" and {len(named) - SHOWN:,} more" if len(named) > SHOWN else ""
        yield f"{cause}: {', '.join(named[:SHOWN])}{more}" if named else cause


def to_look_at(warnings: Iterable[str]) -> bool:
    """Whether one of these is of a text that may not say what it said."""
    return any(warning.split(": ", 1)[0] not in WHOLE for warning in warnings)


def cause(warning: str) -> str:
    """What two warnings of one kind have in common, whatever file, number and words they are about."""
    return re.sub(r"“[^”]*”", "“…”", re.sub(r"\d[\d.,]*", "0", warning.split(": ", 1)[0]))


def short(words: str) -> str:
    """Words on one line, and not too many of them."""
    line = " ".join(words[: 4 * WORDS].split())
    return line if len(line) <= WORDS else f"{line[:WORDS].rstrip()}…"
