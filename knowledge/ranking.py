"""Which passages come first: exact words, meaning, and the two fused. Pure arithmetic over arrays held in
memory.

Constants were chosen on eight real sites together, none for a site.
"""

import math
from array import array
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from knowledge.hits import Hit
from knowledge.markdown import plain
from knowledge.words import subject_words, words

K1, B = 1.2, 0.75  # the usual BM25 constants (Robertson and Zaragoza, 2009)
TITLE, HEADING = 2.0, 1.5  # what a word counts in the title and in the heading, against 1 in the text
POSTINGS = 30_000  # bound on the work of one question: its rarest words are scored first
SENTENCE, NAMED = (
    0.25,
    0.5,
)  # weight of the best sentence and of a title that says the same, against 0.5 + 0.5

Floats = NDArray[np.float32]


class Lexicon:
    """BM25 over the passages of one category (Robertson's, title and heading counted as extra words of the text).

    Built once for a set of passages: approved text does not change, and another set is another Lexicon. Memory is
    8 bytes for each different word of each passage, about 60 MB at 100,000 passages.
    """

    def __init__(self, passages: Iterable[tuple[int, str, str, str]]) -> None:
        """`passages`: (id, title, heading, stored text) each."""
        self._vocabulary: dict[str, int] = {}
        ids, found, runs, weights = array("q"), array("i"), array("i"), array("f")
        for passage_id, title, heading, text in passages:
            ids.append(passage_id)
            for weight, field in ((1.0, plain(text)), (TITLE, title), (HEADING, heading)):
                before = len(found)
                found.extend(self._vocabulary.setdefault(word, len(self._vocabulary)) for word in words(field))
                runs.append(len(found) - before)
                weights.append(weight)
        self.ids: NDArray[np.int64] = np.array(ids, np.int64)
        places = np.repeat(np.repeat(np.arange(len(ids)), 3), runs)
        self._build(np.array(found, np.int64), places, np.repeat(np.array(weights, np.float32), runs))

    def _build(self, found: NDArray[np.int64], places: NDArray[np.int64], weights: Floats) -> None:
        """Postings word by word: `_places` and `_scores` from `_starts[word]` to `_starts[word + 1]`."""
        size = max(len(self.ids), 1)
        pairs, inverse = np.unique(found * size + places, return_inverse=True)
        counts = np.bincount(inverse, weights, len(pairs))
        word, self._places = pairs // size, (pairs % size).astype(np.int32)
        self._starts = np.searchsorted(word, np.arange(len(self._vocabulary) + 1))
        lengths = np.bincount(places, weights, size)
        norm = K1 * (1 - B + B * lengths / max(float(lengths.mean()), 1e-9))
        idf = np.log(1 + (len(self.ids) - np.diff(self._starts) + 0.5) / (np.diff(self._starts) + 0.5))
        scores = idf[word] * counts * (K1 + 1) / (counts + norm[self._places])
        self._scores: Floats = scores.astype(np.float32)

    def _held(self, word: str) -> tuple[int, int]:
        """Where the postings of a (stemmed) word begin and end."""
        number = self._vocabulary.get(word)
        return (0, 0) if number is None else (int(self._starts[number]), int(self._starts[number + 1]))

    def rarity(self, word: str) -> float:
        """How much a (stemmed) word tells: its inverse document frequency, highest for a word no passage has."""
        start, end = self._held(word)
        return math.log(1 + (len(self.ids) - (end - start) + 0.5) / (end - start + 0.5))

    def all(self, question: str) -> Floats:
        """(n,) BM25 of every passage, in the order of `ids`. Common words are left out once the work is bounded."""
        total = np.zeros(len(self.ids), np.float32)
        work = 0
        for start, end in sorted(map(self._held, subject_words(question)), key=lambda held: held[1] - held[0]):
            work += end - start
            if work > POSTINGS and work > end - start:
                break
            total[self._places[start:end]] += self._scores[start:end]
        return total


def fuse(dense: Floats, lexical: Floats) -> Floats:
    """(n,) 0..1 from the cosines and the BM25 scores of the same n candidates.

    Each side is brought to 0..1 over the candidates and counts half: min-max fusion was ahead of reciprocal
    ranks and of either side alone on every set measured.
    """
    return np.asarray((spread(dense) + spread(lexical)) / 2, np.float32)


def spread(scores: Floats) -> Floats:
    """Scores brought to 0..1 over the candidates; all zero where they do not differ."""
    if not len(scores) or float(scores.max()) <= float(scores.min()):
        return np.zeros_like(scores)
    return np.asarray((scores - scores.min()) / (scores.max() - scores.min()), np.float32)


def rerank(question: str, vector: Floats, hits: Sequence[Hit], rarity: Callable[[str], float]) -> list[Hit]:
    """Hits read from the database, duplicates folded, in their final order with their final `score` in 0..1.

    To the fused score is added how near the best sentence of a passage is to the question (a long passage
    hides it), and how far the title says just what the question says ("Blue Account" must not lose to "Light
    Blue Account").
    """
    hits = folded(hits)
    if not hits:
        return []
    fused = np.array([hit.score for hit in hits], np.float32)
    best = [float((hit.vectors @ vector).max()) if len(hit.vectors) else -1.0 for hit in hits]
    nearest = np.array(best, np.float32)
    asked = frozenset(subject_words(question))
    named = np.array([agreement(asked, frozenset(subject_words(hit.title)), rarity) for hit in hits], np.float32)
    final = (spread(fused) + SENTENCE * spread(nearest) + NAMED * named) / (1 + SENTENCE + NAMED)
    scored = [replace(hit, score=float(score)) for hit, score in zip(hits, final, strict=True)]
    return sorted(scored, key=lambda hit: (-round(hit.score, 6), -hit.passage_id))


def folded(hits: Sequence[Hit]) -> list[Hit]:
    """The hits without copies: of the same words under the same title and heading the newest one stays."""
    kept: dict[tuple[str, str, str], Hit] = {}
    for hit in hits:
        key = (hit.title.casefold(), hit.heading.casefold(), " ".join(hit.text.split()).casefold())
        other = kept.get(key)
        if other is None or (hit.updated, hit.passage_id) > (other.updated, other.passage_id):
            kept[key] = hit
    return list(kept.values())


def agreement(asked: frozenset[str], said: frozenset[str], rarity: Callable[[str], float]) -> float:
    """How far two sets of words are the same, by what the words tell (Dice's coefficient over rarity),
    0..1.
    """
    total = sum(map(rarity, asked)) + sum(map(rarity, said))
    return 2 * sum(map(rarity, asked & said)) / total if total else 0.0
