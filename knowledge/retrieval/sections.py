"""The section around a passage: what stands before and after it under the same heading, as one text with its sentences.

Passages are cut to what an embedding model sees; a list, a table or a thought may go on in the next one. Read from the
database in that very call. A neighbour is of the same revision as a hit: whatever let the hit be quoted lets it.
"""

import json
from bisect import bisect
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

import numpy as np

from knowledge.retrieval.hits import Hit
from knowledge.text.markdown import Kind, blocks
from sites.core import sql

REACH = 8  # passages looked at on either side: some 1,500 words
_AROUND = """
    SELECT h.id, p.id, p.heading, p.start, p.sentences, p.page,
        SUBSTR(r.text, p.start + 1,
            COALESCE(LEAD(p.start) OVER (PARTITION BY h.id ORDER BY p.ordinal), p.start + LENGTH(p.text)) - p.start)
    FROM knowledge_passage h
    JOIN knowledge_passage p
        ON p.revision_id = h.revision_id AND p.ordinal BETWEEN h.ordinal - {reach} AND h.ordinal + {reach}
    JOIN knowledge_revision r ON r.id = h.revision_id
    WHERE h.id IN ({marks}) ORDER BY h.id, p.ordinal
"""


@dataclass(frozen=True, slots=True)
class Passage:
    """One passage of a section. `text` goes on to where the next one begins."""

    id: int
    heading: str
    start: int
    text: str
    sentences: tuple[tuple[int, int], ...]
    page: int | None


@dataclass(frozen=True, slots=True)
class Section:
    """The passages under one heading. `hit` is all of them as one, with no vectors: it is shown, not searched.

    `beside`: the sections before and after it, as far as they were read.
    """

    hit: Hit
    passages: tuple[Passage, ...]
    beside: tuple["Section", ...] = ()

    @property
    def label(self) -> str:
        """The heading it stands under."""
        return self.hit.heading.rpartition(" > ")[2]

    @property
    def parent(self) -> str:
        """The headings above that one."""
        return self.hit.heading.rpartition(" > ")[0]

    def at(self, start: int) -> Hit:
        """The section as that passage cites it in which an offset of the revision's text lies."""
        passage = self.passages[max(0, bisect([each.start for each in self.passages], start) - 1)]
        return replace(self.hit, passage_id=passage.id, page=passage.page)


def around(hits: Collection[Hit]) -> dict[int, Section]:
    """The section of each hit, by the id of its passage; one that is gone from the database has none."""
    wanted = {hit.passage_id: hit for hit in hits}
    if not wanted:
        return {}
    marks = ", ".join(["%s"] * len(wanted))
    found = sql.rows(_AROUND.format(reach=REACH, marks=marks), *wanted)
    sections: dict[int, Section] = {}
    for key, some in groupby(found, lambda row: int(row[0])):
        runs = [_section(wanted[key], run) for run in _runs([_passage(row) for row in some])]
        own = next(each for each in runs if any(passage.id == key for passage in each.passages))
        sections[key] = replace(own, beside=tuple(each for each in runs if each is not own))
    return sections


def _passage(row: Sequence[Any]) -> Passage:
    _, key, heading, start, spans, page, text = row
    return Passage(key, heading, start, text, tuple((first, last) for first, last in json.loads(spans)), page)


def _runs(passages: Sequence[Passage]) -> Iterator[list[Passage]]:
    """The passages between which no heading stands."""
    run: list[Passage] = []
    for passage in passages:
        run.append(passage)
        if _ends(passage):
            yield run
            run = []
    if run:
        yield run


def _ends(passage: Passage) -> bool:
    """Whether a heading stands between a passage and the next one."""
    between = passage.text[passage.sentences[-1][1] - passage.start :]
    return any(block.kind is Kind.HEADING for block in blocks(between))


def _section(hit: Hit, passages: Sequence[Passage]) -> Section:
    first = passages[0]
    text = "".join(each.text for each in passages)
    spans = tuple(span for each in passages for span in each.sentences)
    unsearched = replace(hit, passage_id=first.id, heading=first.heading, vectors=np.zeros((0, 0), np.float32))
    return Section(replace(unsearched, start=first.start, text=text, sentences=spans), tuple(passages))
