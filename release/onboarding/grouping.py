"""From messages to proposals: categories with examples, counterexamples and held-out scenarios, and what is left. Pure.

Law of the room: no scenario shares a sentence with an example or a counterexample of any proposal.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from knowledge.face.embedding import Matrix
from knowledge.face.insights import by_centrality, linked, wordings
from release.onboarding.tickets import Asked

LEAST = 12  # messages of a category: ten examples, below which none is exposed, and two scenarios
LEAST_FAQ = 3  # of an FAQ, whose questions are few and written by the house
EXAMPLES, COUNTEREXAMPLES, SCENARIOS = 20, 5, 10
HELD_OUT = 5  # every so many-th message is kept for a scenario
CATEGORIES = 30
HEAP, LEAST_HEAP = 12, 8
"""Articles in no folder from which on several categories are proposed, and articles of one of those. A company that
begins has about two past questions an article, and a category of fewer articles would not come to its ten examples."""
HEAP_ALIKE = 0.3
"""Mean cosine of two lots of articles that become one category: lower than that of questions, for a category holds all
about a subject. Looked at on three help centres of 35, 48 and 96 articles: two or three categories, few mixed."""
KIN = 3  # messages from which on a smaller cluster is a gap
GAPS = 30
APART = 0.4
"""Mean cosine below which two groups are taken for two subjects. Of the counterexamples chosen so, 0 of 90 and 3 of 120
were of the category's own true subject on two public sets (`python -m tests.purity`); below .5 it was 0 and 8."""

Parts = tuple[list[int], list[int]]  # examples, held-out messages


@dataclass(frozen=True, slots=True)
class Subject:
    """One proposed category; all but the title are numbers of messages, the most typical first."""

    title: str
    members: Sequence[int]
    examples: Sequence[int]
    scenarios: Sequence[int]
    counterexamples: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class Grouped:
    """All there is to propose: subjects, and for each smaller cluster its most typical message and its size."""

    subjects: Sequence[Subject]
    gaps: Sequence[tuple[int, int]]


def grouped(asked: Sequence[Asked], rows: Matrix) -> Grouped:
    """Proposals for messages with unit `rows` (n, dims). What somebody labelled is grouped as labelled."""
    ordered = [by_centrality(rows, each) for each in _groups(asked, rows)]
    least = LEAST_FAQ if any(each.answer for each in asked) else LEAST
    large = [each for each in ordered if len(each) >= least][:CATEGORIES]
    parts = _apart(asked, large)
    subjects = [
        Subject(_title(asked, each), each, *parts[place], _neighbours(rows, large, parts, place))
        for place, each in enumerate(large)
    ]
    gaps = [(each[0], len(each)) for each in ordered if each not in large and len(each) >= KIN][:GAPS]
    return Grouped(subjects, gaps)


def alike(rows: Matrix, numbers: Sequence[int]) -> list[list[int]]:
    """Some of the rows, put together by meaning; the most typical of each lot first."""
    if not numbers:
        return []
    own = rows[list(numbers)]
    return [[numbers[place] for place in by_centrality(own, each)] for each in linked(own)]


def parted(rows: Matrix, numbers: Sequence[int]) -> tuple[list[list[int]], list[int]]:
    """So many articles that lie in one heap, as categories a person may want, and those that are left."""
    own = rows[list(numbers)]
    lots = [by_centrality(own, each) for each in linked(own, HEAP_ALIKE)]
    large = [each for each in lots if len(each) >= LEAST_HEAP][:CATEGORIES]
    left = sorted(numbers[n] for each in lots if each not in large for n in each)
    return [[numbers[place] for place in each] for each in large], left


def drawn(asked: Sequence[Asked], rows: Matrix, groups: Sequence[Sequence[int]]) -> tuple[list[Parts], list[list[int]]]:
    """For groups that somebody else has made: examples and held-out messages of each, and its counterexamples."""
    ordered = [by_centrality(rows, each) if each else [] for each in groups]
    parts = _apart(asked, ordered)
    return parts, [_neighbours(rows, ordered, parts, place) if each else [] for place, each in enumerate(ordered)]


def _groups(asked: Sequence[Asked], rows: Matrix) -> list[list[int]]:
    by_label: dict[str, list[int]] = {}
    for number, each in enumerate(asked):
        by_label.setdefault(each.label.strip().casefold(), []).append(number)
    if len(by_label) > 1 and "" not in by_label:
        return sorted(by_label.values(), key=lambda each: (-len(each), each))
    return linked(rows)


def _apart(asked: Sequence[Asked], groups: Sequence[Sequence[int]]) -> list[Parts]:
    """Examples and held-out messages of each group; what would share a sentence across the two is in neither."""
    drawn = [(_others(group), list(group[HELD_OUT - 1 :: HELD_OUT])) for group in groups]
    taught = frozenset().union(*(wordings.said(asked[row].text) for examples, _ in drawn for row in examples))
    return [
        (examples, [row for row in held if not wordings.said(asked[row].text) & taught][:SCENARIOS])
        for examples, held in drawn
    ]


def _others(group: Sequence[int]) -> list[int]:
    return [row for place, row in enumerate(group, 1) if place % HELD_OUT][:EXAMPLES]


def _neighbours(rows: Matrix, groups: Sequence[Sequence[int]], parts: Sequence[Parts], place: int) -> list[int]:
    """The most typical example of each neighbouring group: near, and surely of another kind, the nearest first.

    What is nearer than that is too often the same kind, cut in two; so is what belongs to no group at all.
    """
    near = {
        other: float((rows[list(groups[place])] @ rows[list(group)].T).mean())
        for other, group in enumerate(groups)
        if other != place and parts[other][0]
    }
    apart = sorted((other for other in near if near[other] < APART), key=lambda other: -near[other])
    return [parts[other][0][0] for other in apart[:COUNTEREXAMPLES]]


def _title(asked: Sequence[Asked], members: Sequence[int]) -> str:
    return (asked[members[0]].label or asked[members[0]].text)[:120]
