"""What each strictness means for a site, shown to its owners on messages of their own and of their customers.

Law of the room: it counts and decides nothing. Own examples are judged by a gate which has not seen them;
figures on fewer than `topic.ENOUGH` messages are marked as not established.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from chatbot.decide.gate import fitted
from chatbot.decide.gate.topic import ENOUGH, Gate, Report, Standing, Topic
from knowledge.face.embedding import embedder, vectors
from knowledge.models import Gap
from release.live import snapshot
from release.live.snapshot import CategoryFacts, Snapshot
from sites.models import Site, Strictness

LOOKED_AT = 100
"""How many open questions are read, the newest ones: a second's work for one core."""
SHOWN = 5
"""How many questions are shown for a category, the nearest to the threshold."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One strictness, on all of a site's own examples. What is neither answered nor misread is held back."""

    strictness: Strictness
    threshold: float
    examples: int
    answered: int
    misread: int
    counterexamples: int
    let_in: int

    @classmethod
    def of(cls, strictness: Strictness, report: Report) -> "Choice":
        """The sums of a report."""
        return cls(
            strictness,
            report.threshold,
            sum(standing.examples for standing in report.categories),
            sum(standing.answered for standing in report.categories),
            sum(standing.misread for standing in report.categories),
            report.counterexamples,
            report.let_in,
        )

    @property
    def word(self) -> str:
        """Its name in addresses and bundles."""
        return self.strictness.name.lower()

    @property
    def held_back(self) -> int:
        """Own examples that would be declined or asked back about."""
        return self.examples - self.answered - self.misread

    @property
    def established(self) -> bool:
        """Whether the examples are enough for their counts to mean something."""
        return self.examples >= ENOUGH

    @property
    def letting_in_established(self) -> bool:
        """The same of the counterexamples."""
        return self.counterexamples >= ENOUGH


@dataclass(frozen=True, slots=True)
class Doubtful:
    """An open question that the gate reads as a category and is unsure of."""

    gap: Gap
    topic: Topic


@dataclass(frozen=True, slots=True)
class Subject:
    """One category at the strictness looked at."""

    facts: CategoryFacts
    standing: Standing
    misread: tuple[tuple[str, str], ...]  # own examples, and the title of what they would be answered as
    doubtful: tuple[Doubtful, ...]

    @property
    def held_back(self) -> int:
        """Own examples that would be declined or asked back about."""
        return self.standing.examples - self.standing.answered - self.standing.misread


@dataclass(frozen=True, slots=True)
class Calibration:
    """All there is to see of a candidate's gate; nothing where the site has no category with examples."""

    choices: tuple[Choice, ...]
    subjects: tuple[Subject, ...]
    questions: int  # open ones that were read

    @property
    def doubtful(self) -> int:
        """How many questions are shown."""
        return sum(len(subject.doubtful) for subject in self.subjects)

    @property
    def neighbours(self) -> bool:
        """Whether a category can be taken off the list at all: a single one cannot."""
        return len(self.subjects) > 1


def of(site: Site, at: Strictness) -> Calibration:
    """The calibration of a site's candidate; the categories and questions at one strictness."""
    frozen = snapshot.candidate(site)
    gate = fitted.gate(frozen).at(at)
    reports = ((each, gate.at(each).report()) for each in Strictness)
    gaps = _open_gaps(site, frozen)
    return Calibration(
        choices=tuple(Choice.of(each, report) for each, report in reports if report),
        subjects=tuple(_subjects(frozen, gate, _doubtful(frozen, gate, gaps))),
        questions=len(gaps),
    )


def _subjects(frozen: Snapshot, gate: Gate, doubtful: list[Doubtful]) -> Iterator[Subject]:
    report = gate.report()
    standings = {standing.category: standing for standing in report.categories} if report else {}
    confused = {row.tobytes(): frozen.category(read).title for row, read in gate.misread()}
    for facts in frozen.categories:
        rows = zip(facts.examples, vectors.of_texts(facts.examples), strict=True)
        yield Subject(
            facts,
            standings.get(facts.slug, Standing(facts.slug, 0, 0, 0, 0, False)),
            tuple((text, confused[row.tobytes()]) for text, row in rows if row.tobytes() in confused),
            tuple(each for each in doubtful if each.topic.category == facts.slug)[:SHOWN],
        )


def _doubtful(frozen: Snapshot, gate: Gate, gaps: list[Gap]) -> list[Doubtful]:
    """The questions that the gate accepts or would ask back about, the nearest to the threshold first.

    A question far from every category needs no counterexample: the gate is sure of it already.
    """
    if not gaps:
        return []
    rows = embedder().encode([gap.text for gap in gaps])  # not kept: they are customers' words, not the owner's
    topics = [fitted.topic_of(frozen, np.asarray(row), gate) for row in rows]
    near = [Doubtful(gap, t) for gap, t in zip(gaps, topics, strict=True) if t.accepted or t.clarify]
    return sorted(near, key=lambda each: abs(each.topic.confidence - gate.threshold))


def _open_gaps(site: Site, frozen: Snapshot) -> list[Gap]:
    """The newest questions nobody has handled, each once, without those that are written down already."""
    written = [
        *frozen.counterexamples,
        *(text for c in frozen.categories for text in (*c.examples, *c.counterexamples)),
    ]
    known = {text.casefold() for text in written}
    newest: dict[str, Gap] = {}
    for gap in Gap.objects.filter(site=site, handled_at=None)[:LOOKED_AT]:
        if gap.text.casefold() not in known:
            newest.setdefault(gap.text.casefold(), gap)
    return list(newest.values())
