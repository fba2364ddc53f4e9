"""A passage taken apart into its sentences: what each is, what it is read with, and what it cannot be read without.

Nothing is chosen here: it is what the text itself says of its parts.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import takewhile

from chatbot.decide.answer.conditions import continues, limits, limits_strictly, refuses
from knowledge.face.retrieval import Hit
from knowledge.face.text import Kind, Part, anatomy, plain, subject_words, words

RUNNING = {Kind.TEXT, Kind.ITEM}
COMMON = 2  # subject words that a rule and the refusal after it share when they are about the same thing


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence of a passage as it reads.

    `said`: the words it is read with: its own, its title's and heading's, those of its lead-in, header or question.
    `asks`: it is a question; `points_back`: it needs the sentence before; `limits`, `strictly`: it is a condition;
    `refuses`: it says what is not so; `opens`: it ends in a colon, and says nothing without what comes after it;
    `subject`: its own subject words.
    """

    text: str
    part: Part
    said: frozenset[str]
    asks: bool
    points_back: bool
    limits: bool
    strictly: bool
    refuses: bool
    opens: bool
    subject: frozenset[str]


@dataclass(frozen=True, slots=True)
class Page:
    """A hit taken apart into its sentences."""

    hit: Hit
    lines: tuple[Line, ...]

    @classmethod
    def of(cls, hit: Hit) -> "Page":
        spans = tuple((start - hit.start, end - hit.start) for start, end in hit.sentences)
        return cls(hit, _lines(hit.text, spans, hit.title, hit.heading))

    def joined(self, one: int, other: int) -> bool:
        """Whether two neighbours belong to the same run of text: under the same heading, and no table."""
        first, second = self.lines[one].part, self.lines[other].part
        return first.heading == second.heading and {first.kind, second.kind} <= RUNNING

    def words(self, places: Iterable[int]) -> int:
        """How many words some places have."""
        return sum(len(self.lines[place].text.split()) for place in places)

    def around(self, place: int, kind: Kind | None = None) -> set[int]:
        """The run of sentences under the same heading that a place is in; of one kind only, where it is given."""
        heading, found = self.lines[place].part.heading, {place}
        for way in (range(place - 1, -1, -1), range(place + 1, len(self.lines))):
            parts = ((at, self.lines[at].part) for at in way)
            alike = takewhile(lambda each: each[1].heading == heading and kind in (None, each[1].kind), parts)
            found.update(at for at, _ in alike)
        return found

    def refused_after(self, place: int, after: int) -> bool:
        """Whether a later sentence refuses a part of what an earlier one grants."""
        rule, other = self.lines[place], self.lines[after]
        return other.refuses and not rule.refuses and len(rule.subject & other.subject) >= COMMON

    def asked_before(self, place: int) -> tuple[int, ...]:
        """The question that a sentence answers, where the text itself asks it just before."""
        return (place - 1,) if place and self.lines[place - 1].asks and self.joined(place - 1, place) else ()

    def quotable(self, place: int) -> bool:
        """Not a table's header, a question, or what is not readable."""
        line = self.lines[place]
        return line.part.kind is not Kind.HEADER and not line.asks and self.readable(place)

    def readable(self, place: int) -> bool:
        """Not a bare link, a colon with nothing after it, or a part of a list that began in another passage."""
        line = self.lines[place]
        if line.part.orphan or (line.opens and not opened(self, place)):
            return False
        return "://" not in line.text or len(words(_LINK.sub("", plain(line.text)))) > 1


_LINK = re.compile(r"\S+://\S+")


@lru_cache(maxsize=4096)  # the text of a passage never changes, and the same ones are found again and again
def _lines(text: str, spans: tuple[tuple[int, int], ...], title: str, heading: str) -> tuple[Line, ...]:
    texts = [text[start:end] for start, end in spans]
    own = [frozenset(words(each)) for each in texts]
    above = frozenset(words(f"{title} {heading}"))
    found: list[Line] = []
    for place, part in enumerate(anatomy(text, spans, heading)):
        asked = place > 0 and found[-1].asks and found[-1].part.heading == part.heading
        said = above.union(
            words(part.heading), own[place], own[place - 1] if asked else (), *(own[n] for n in part.leads)
        )
        sentence = texts[place]
        asks = sentence.rstrip("\"'”’)*_` ").endswith("?")
        found.append(
            Line(
                sentence,
                part,
                said,
                asks,
                continues(plain(sentence)),
                limits(sentence),
                limits_strictly(sentence),
                refuses(sentence),
                plain(sentence).endswith(":"),
                frozenset(subject_words(sentence)),
            )
        )
    return tuple(found)


def opened(page: Page, place: int) -> set[int]:
    """What a sentence that ends in a colon opens: the paragraph, list or table after it, as its passage has it."""
    after = page.lines[place + 1 :]
    if not page.lines[place].opens or not after or after[0].part.heading != page.lines[place].part.heading:
        return set()
    first = after[0].part
    rows = {Kind.HEADER, Kind.ROW}
    alike = takewhile(lambda line: line.part.block == first.block or {line.part.kind, first.kind} <= rows, after)
    return {place + 1 + n for n, _ in enumerate(alike)}
