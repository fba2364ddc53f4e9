"""Help centres with what their customers type, as text files: read, and cut into passages as any article is."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from knowledge.embedding.embedders import Matrix, MiniLM
from knowledge.learning.published import Floats
from knowledge.retrieval.ranking import Lexicon, signs
from knowledge.text.passages import passage_text, sentence_texts, split

NOT_ANSWERED = "NOT ANSWERED"
COMMON = 2
_WORD = re.compile(r"\b[a-z]{4,}\b")
PLAIN = 4
"""Which message of a section is the plain question: what its owner would have written down."""


@dataclass
class Section:
    """One section of a help centre, with what customers type who need it."""

    article: str
    heading: str
    lines: list[str] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """What stands under the heading."""
        return "\n".join(self.lines).strip()


@dataclass
class Centre:
    """A help centre as it is learnt from.

    Of its m messages: `early` (tokens, dims) each, `answered` the section of each, -1 for none. Of its passages:
    `dense` (n, dims), the `sentences` (k, dims) of all with their `owner` (k,), and the `section` of each (n,).
    """

    name: str
    messages: list[str]
    early: list[Floats]
    answered: np.ndarray
    dense: Matrix
    sentences: Matrix
    owner: np.ndarray
    section: np.ndarray
    words: Lexicon

    def signs(self, rows: Matrix) -> Floats:
        """(m, sections, signs): what is known of each section for each message, whose rows are `rows` (m, dims)."""
        near = rows @ self.dense.T
        starts = np.flatnonzero(np.r_[True, self.owner[1:] != self.owner[:-1]])
        best = np.maximum.reduceat(rows @ self.sentences.T, starts, axis=1)
        said = np.array([self.words.share(text) for text in self.messages])
        each = signs(near, best, said)
        firsts = np.flatnonzero(np.r_[True, self.section[1:] != self.section[:-1]])
        return np.maximum.reduceat(each, firsts, axis=1)


def words(paths: Sequence[Path]) -> list[str]:
    """The words, lower case, that the houses of at least COMMON help centres write. What customers type has no part in
    it: a slip is no word."""
    seen: Counter[str] = Counter()
    for path in paths:
        sections, _ = read(path)
        seen.update({word for section in sections for word in _WORD.findall(f"{section.heading}\n{section.text}")})
    return sorted(word for word, centres in seen.items() if centres >= COMMON)


def read(path: Path) -> tuple[list[Section], list[str]]:
    """The sections of a help centre, and the messages that none of them answers.

    `# Article`, `## Section`, its text, then `> message` lines; under `# NOT ANSWERED` only messages.
    """
    sections: list[Section] = []
    unanswered: list[str] = []
    article = ""
    for line in path.read_text("utf-8").splitlines():
        if line.startswith("# "):
            article = line[2:].strip()
        elif line.startswith("## "):
            sections.append(Section(article, line[3:].strip()))
        elif line.startswith("> "):
            (unanswered if article == NOT_ANSWERED else sections[-1].messages).append(line[2:].strip())
        elif article != NOT_ANSWERED and sections:
            sections[-1].lines.append(line)
    return sections, unanswered


def centre(path: Path, model: MiniLM) -> Centre:
    """A help centre read and embedded. A section's plain question is its owner's and not learnt from."""
    sections, unanswered = read(path)
    asked = [(text, at) for at, each in enumerate(sections) for n, text in enumerate(each.messages) if n != PLAIN]
    asked += [(text, -1) for text in unanswered]
    passages = [(at, each, piece) for at, each in enumerate(sections) for piece in _pieces(each, model)]
    whole = [passage_text(each.article, each.heading, text) for _, each, (text, _) in passages]
    parts = [sentence_texts(each.article, each.heading, text, spans) for _, each, (text, spans) in passages]
    return Centre(
        name=path.stem,
        messages=[text for text, _ in asked],
        early=[model.encoder.encode_parts(text, ()).early for text, _ in asked],
        answered=np.array([at for _, at in asked]),
        dense=model.encode(whole),
        sentences=model.encode([text for texts in parts for text in texts]),
        owner=np.repeat(np.arange(len(parts)), [len(texts) for texts in parts]),
        section=np.array([at for at, _, _ in passages]),
        words=Lexicon((n, each.article, each.heading, text) for n, (_, each, (text, _)) in enumerate(passages)),
    )


def _pieces(section: Section, model: MiniLM) -> list[tuple[str, Sequence[tuple[int, int]]]]:
    text = f"## {section.heading}\n\n{section.text}"
    pieces = split(text, section.article, model.count_tokens)
    return [(text[p.start : p.end], [(s - p.start, e - p.start) for s, e in p.sentences]) for p in pieces]
