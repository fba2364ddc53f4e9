"""From messages to proposals: categories with examples, counterexamples and held-out scenarios, and what is left. Pure.

Law of the room: no scenario shares a sentence with an example or a counterexample of any proposal.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from knowledge.clusters import by_centrality, linked
from knowledge.embedding import Matrix
from knowledge.wordings import said
from release.tickets import Asked

LEAST = 12  # messages of a category: ten examples, below which none is exposed, and two scenarios
LEAST_FAQ = 3  # of an FAQ, whose questions are few and written by the house
EXAMPLES, COUNTEREXAMPLES, SCENARIOS = 20, 5, 10
HELD_OUT = 5  # every so many-th message is kept for a scenario
CATEGORIES = 30
KIN = 3  # messages from which on a smaller cluster is a gap
GAPS = 30


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
    left: Sequence[int] = field(default=())  # messages that are part of neither


def grouped(asked: Sequence[Asked], rows: Matrix) -> Grouped:
    """Proposals for messages with unit `rows` (n, dims). What somebody labelled is grouped as labelled."""
    ordered = [by_centrality(rows, each) for each in _groups(asked, rows)]
    least = LEAST_FAQ if any(each.answer for each in asked) else LEAST
    large = [each for each in ordered if len(each) >= least][:CATEGORIES]
    small = [each for each in ordered if each not in large]
    parts = _apart(asked, large)
    rest = [row for each in small for row in each]
    tested = frozenset().union(*(said(asked[row].text) for _, held in parts for row in held))
    free = [row for row in rest if not said(asked[row].text) & tested]
    subjects = [
        Subject(_title(asked, each), each, examples, held, _nearest(rows, each, free))
        for each, (examples, held) in zip(large, parts, strict=True)
    ]
    gaps = [(each[0], len(each)) for each in small if len(each) >= KIN][:GAPS]
    return Grouped(subjects, gaps, rest)


def _groups(asked: Sequence[Asked], rows: Matrix) -> list[list[int]]:
    by_label: dict[str, list[int]] = {}
    for number, each in enumerate(asked):
        by_label.setdefault(each.label.strip().casefold(), []).append(number)
    if len(by_label) > 1 and "" not in by_label:
        return sorted(by_label.values(), key=lambda each: (-len(each), each))
    return linked(rows)


def _apart(asked: Sequence[Asked], groups: Sequence[Sequence[int]]) -> list[tuple[list[int], list[int]]]:
    """Examples and held-out messages of each group; what would share a sentence across the two is in neither."""
    drawn = [
        ([m for n, m in enumerate(g) if (n + 1) % HELD_OUT][:EXAMPLES], list(g[HELD_OUT - 1 :: HELD_OUT]))
        for g in groups
    ]
    taught = frozenset().union(*(said(asked[row].text) for examples, _ in drawn for row in examples))
    return [
        (examples, [row for row in held if not said(asked[row].text) & taught][:SCENARIOS]) for examples, held in drawn
    ]


def _others(group: Sequence[int]) -> list[int]:
    return [row for place, row in enumerate(group, 1) if place % HELD_OUT][:EXAMPLES]


def _nearest(rows: Matrix, members: Sequence[int], free: Sequence[int]) -> list[int]:
    """The messages nearest to a group that belong to no proposed category."""
    if not free:
        return []
    middle = rows[list(members)].mean(axis=0)
    order = np.argsort(-(rows[list(free)] @ middle), kind="stable").tolist()
    return [free[place] for place in order[:COUNTEREXAMPLES]]


def _title(asked: Sequence[Asked], members: Sequence[int]) -> str:
    return (asked[members[0]].label or asked[members[0]].text)[:120]
