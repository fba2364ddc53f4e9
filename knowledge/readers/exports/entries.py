"""What an export holds, article by article, and what is left of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from knowledge.readers.notes import Note, short, told

DRAFTS = "drafts were left out"
SOME_READERS = "articles that only some may read were left out, hand them in by themselves with an audience"
EMPTY = "articles without text were left out"
LANGUAGES = "texts in other languages were left out"
LABELS = "labels and tags were not kept"
OUTSIDE = "files that are no page of the documentation were left out"
PARTIALS = "parts that are only shown inside of other pages were left out"

Files = Sequence[tuple[str, bytes]]


@dataclass(frozen=True, slots=True)
class Entry:
    """One article: the path it is shown by, the bytes and the ending they are read by, and what is said about it.

    `section`: what it is filed under there; empty: nothing, or its folder. `routes`: the address that a `slug` of its
    front matter starts from, where its program has such.
    """

    path: str
    data: bytes
    suffix: str = ""
    title: str = ""
    section: str = ""
    url: str = ""
    routes: str = ""


@dataclass(slots=True)
class Export:
    """The articles of an export, its files that stand for themselves, and what could not be kept."""

    entries: list[Entry] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)

    def lost(self, cause: str, words: str) -> None:
        """Say once more that something was left out, with its name."""
        self.notes.append(Note(cause, short(words)))

    def warnings(self) -> list[str]:
        """One sentence for each cause."""
        return list(told(self.notes))


def named(rows: Iterable[dict[str, object]]) -> dict[str, dict[str, object]]:
    """Rows by their id, as a text: exports write numbers in both ways."""
    return {str(row["id"]): row for row in rows if row.get("id") is not None}
