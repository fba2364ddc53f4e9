"""Which section answers, and how surely: all that was found, by heading, each with its share of the question's pull.

Law of the room: one section answers, whatever its category. Nothing here was fitted on a site; what counts how much was
learnt once, on help centres of companies that do not exist (`knowledge/learning/`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from knowledge.face.retrieval import Hit, search
from knowledge.face.text import only_points

OPENING = 0.4
"""What an article's opening counts less than the sections under its headings: it says what all of them are about."""
POINTING = 3.0
"""What a section counts less that only leads to where something is told: whatever tells it stands before it."""
CLOSE = 0.15
"""Share of the question's pull from which a section of the same article is shown beside the best one."""


@dataclass(frozen=True, slots=True)
class Section:
    """What stands under one heading of an article, as far as it was found.

    `hits`: its passages, the most fitting first. `strength`: how strongly the best is drawn to the question; `share`:
    its part, 0..1, of what all sections draw.
    """

    revision: int
    heading: str
    hits: tuple[Hit, ...]
    strength: float
    share: float

    @property
    def chance(self) -> float:
        """How surely it answers, 0..1, were it the one that is shown."""
        return search.chance(self.strength, self.share)

    @property
    def source(self) -> str:
        """The article's slug."""
        return self.hits[0].source

    @property
    def categories(self) -> tuple[str, ...]:
        """Those in which it may be quoted."""
        return self.hits[0].categories


def sections(hits: Sequence[Hit]) -> tuple[Section, ...]:
    """The sections that hits (best first) are in, the most fitting first."""
    held: dict[tuple[int, str], list[Hit]] = {}
    for hit in hits:
        held.setdefault((hit.revision_id, heading(hit.heading)), []).append(hit)
    headed = {revision for revision, under in held if under}
    drawn = [
        (some[0].strength - _less(some, opens=not under and revision in headed), revision, under, some)
        for (revision, under), some in held.items()
    ]
    drawn.sort(key=lambda each: -each[0])
    shares = search.shares([strength for strength, *_ in drawn])
    return tuple(
        Section(revision, under, tuple(some), strength, share)
        for (strength, revision, under, some), share in zip(drawn, shares, strict=True)
    )


def _less(some: Sequence[Hit], *, opens: bool) -> float:
    """What a section counts less for saying little itself."""
    return OPENING * opens + POINTING * all(only_points(hit.text) for hit in some)


def together(sections: Sequence[Section], best: int) -> tuple[Section, ...]:
    """The best section with those of its article that come close to it: a question may be about what both say.

    What stands before the first heading opens an article, and is shown only where it answers best.
    """
    first = sections[best]
    close = [each for each in sections if each.revision == first.revision and each.share >= CLOSE and each.heading]
    return (first, *(each for each in close if each is not first))


def chance(shown: Sequence[Section]) -> float:
    """How surely one of some sections answers, 0..1, where all of them are shown."""
    return search.chance(max(each.strength for each in shown), sum(each.share for each in shown))


def heading(path: str) -> str:
    """The heading of a section without the lead-in that a passage in the middle of a list stands under."""
    above, _, last = path.rpartition(" > ")
    return above if last.rstrip().endswith(":") else path
