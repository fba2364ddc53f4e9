"""What changed between two texts, word by word, for the person who approves it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

_WORDS = re.compile(r"\s+|[^\s\w]|\w+")
LARGEST = 3000  # words of one changed stretch compared word by word; beyond it, it is shown as replaced whole


@dataclass(frozen=True, slots=True)
class Change:
    """A stretch of text that is the `same`, was `added` or `removed`, or is `skipped`."""

    kind: str
    text: str


def words(before: str, after: str) -> list[Change]:
    """The changes from one text to another; same and removed parts make up `before`, same and added `after`.

    Lines are compared first, and words only inside the lines that differ: that keeps long articles quick.
    """
    changes: list[Change] = []
    for change in _lines(before.splitlines(keepends=True), after.splitlines(keepends=True)):
        if changes and changes[-1].kind == change.kind:
            change = Change(change.kind, changes.pop().text + change.text)
        changes.append(change)
    return changes


def folded(changes: list[Change], keep: int = 240) -> list[Change]:
    """The changes with long stretches of the same text shortened to what surrounds a change, about `keep` characters.

    A `skipped` change says in its text how much was left out.
    """
    shown: list[Change] = []
    for place, change in enumerate(changes):
        head = keep if place else 0
        tail = keep if place + 1 < len(changes) else 0
        if change.kind != "same" or len(change.text) <= head + tail + keep:
            shown.append(change)
            continue
        left_out = len(change.text) - head - tail
        if head:
            shown.append(Change("same", change.text[:head]))
        shown.append(Change("skipped", f"{left_out:,} characters unchanged"))
        if tail:
            shown.append(Change("same", change.text[-tail:]))
    return shown


def _lines(before: Sequence[str], after: Sequence[str]) -> Iterator[Change]:
    for tag, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            yield Change("same", "".join(before[a:b]))
        else:
            yield from _within("".join(before[a:b]), "".join(after[c:d]))


def _within(before: str, after: str) -> Iterator[Change]:
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    if max(len(old), len(new)) > LARGEST:
        yield from _changed(before, after)
        return
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            yield Change("same", "".join(old[a:b]))
        else:
            yield from _changed("".join(old[a:b]), "".join(new[c:d]))


def _changed(removed: str, added: str) -> Iterator[Change]:
    if removed:
        yield Change("removed", removed)
    if added:
        yield Change("added", added)
