"""One walk through a text: what might be more than words is shown to whoever knows it, and code is passed over."""

import re
from bisect import bisect_left
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from knowledge.readers.dialects.edits import BREAK, GAP, Edit, edited
from knowledge.readers.notes import Note, short

PARAGRAPH = re.compile(r"\n[ \t]*\n")
LONGEST_TAG = 600  # characters
REPEATED = 200_000  # characters that footnotes may add to a text where they are referred to again and again

Heading = tuple[int, str]
Handler = Callable[["Scan", int], int | None]
Handlers = Mapping[str, tuple[Handler, ...]]


@dataclass(frozen=True, slots=True)
class Open:
    """A part that has begun: how it is written, its name, the heading it is under, and the labels still to come.

    `labelled`: it began with a heading of its own, so that its end must be seen.
    """

    family: str
    name: str
    under: Heading | None
    labelled: bool = False
    labels: list[str] = field(default_factory=list)
    named: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Scan:
    """A text on its way: what was found in it so far."""

    text: str
    mdx: bool = False
    heading: Heading | None = None
    edits: list[Edit] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)
    opened: list[Open] = field(default_factory=list)
    footnotes: dict[str, str] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    targets: dict[str, str] = field(default_factory=dict)
    tables: dict[int, int] | None = None
    repeated: int = 0
    timers: list[tuple[int, Callable[[], object]]] = field(default_factory=list)
    _never: set[str] = field(default_factory=set)
    _closings: dict[re.Pattern[str], dict[str, list[re.Match[str]]]] = field(default_factory=dict)
    _paragraph: int = -1
    _ends: list[int] = field(default_factory=list)
    _walk: tuple[re.Pattern[str], Handlers] | None = None

    def walk(self, triggers: re.Pattern[str], handlers: Handlers) -> None:
        """Show every place to the handlers of its trigger; the first that knows it says where to go on."""
        self._walk, at = (triggers, handlers), 0
        while found := triggers.search(self.text, at):
            self._ring(found.start())
            sign = found.group().lstrip(" \t")
            ends = (handler(self, found.end() - len(sign)) for handler in handlers[sign[:1]])
            at = next((end for end in ends if end is not None), found.end())
            at = max(at, found.start() + 1)
        self._ring(len(self.text))

    def _ring(self, at: int) -> None:
        """Do what is due by now."""
        while self.timers and self.timers[-1][0] <= at:
            self.timers.pop()[1]()

    def done(self) -> str:
        """The text with all that was found."""
        return edited(self.text, self.edits) if self.edits else self.text

    def within(self, text: str, at: int) -> str:
        """Another text that will stand at a place of this one."""
        inner = Scan(text, self.mdx)
        if self._walk:
            inner.walk(*self._walk)
        done, line = inner.done(), self.line(at)
        self.notes += [replace(note, line=line) for note in inner.notes]
        self.hidden += inner.hidden
        return done

    def change(self, start: int, end: int, words: str | Callable[[], str]) -> None:
        """These words instead of `text[start:end]`."""
        self.edits.append(Edit(start, end, words))

    def drop(self, start: int, end: int, cause: str = "", words: str | None = None) -> int:
        """Take `text[start:end]` out, with a note if there is a cause; the place to go on at."""
        self.change(start, end, GAP)
        if cause:
            self.note(cause, start, self.text[start:end] if words is None else words)
        return end

    def head(self, start: int, end: int, level: int, words: str) -> None:
        """A heading instead of `text[start:end]`."""
        self.change(start, end, f"{BREAK}{'#' * min(level, 6)} {' '.join(words.split())}{BREAK}")

    def note(self, cause: str, at: int, words: str = "") -> None:
        """Say once more what was left out or changed, with its words and its line."""
        self.notes.append(Note(cause, short(words), self.line(at)))

    def line(self, at: int) -> int:
        """The line of a place, from 1."""
        if not self._ends:
            self._ends = [match.start() for match in re.finditer("\n", self.text)] or [len(self.text)]
        return bisect_left(self._ends, at) + 1

    def begins_line(self, at: int) -> bool:
        """Whether nothing but space and marks of quotes stands before it on its line."""
        start = self.line_start(at)
        return at - start < 200 and not self.text[start:at].strip(" \t>")

    def line_start(self, at: int) -> int:
        """The place at which the line of a place begins."""
        line = self.line(at)
        return self._ends[line - 2] + 1 if line > 1 else 0

    def in_tag(self, at: int) -> bool:
        """Whether the value of an attribute stands here, which is looks and no words."""
        before = self.text[max(0, at - LONGEST_TAG) : at]
        return before.endswith("=") and before.rfind("<") > before.rfind(">")

    def paragraph(self, at: int) -> int:
        """Where the paragraph around a place ends."""
        if at > self._paragraph:
            found = PARAGRAPH.search(self.text, at)
            self._paragraph = found.start() if found else len(self.text)
        return self._paragraph

    def find(self, pattern: str, at: int) -> re.Match[str] | None:
        """The next match, of a pattern that is looked for no more once there was none."""
        if pattern in self._never:
            return None
        found = re.compile(pattern, re.M | re.I).search(self.text, at)
        if found is None:
            self._never.add(pattern)
        return found

    def closing(self, pattern: re.Pattern[str], name: str, at: int) -> re.Match[str] | None:
        """The next match that has this name as its first group; all of them are looked for once."""
        if pattern not in self._closings:
            found = self._closings[pattern] = {}
            for match in pattern.finditer(self.text):
                found.setdefault(match.group(1).casefold(), []).append(match)
        ends = self._closings[pattern].get(name.casefold(), [])
        place = bisect_left(ends, at, key=lambda match: match.start())
        return ends[place] if place < len(ends) else None
