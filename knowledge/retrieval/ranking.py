"""Which passages come first: exact words, meaning, and the two fused. Pure arithmetic over arrays held in
memory.

Constants were chosen on eight real sites together, none for a site.
"""

import math
from array import array
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from knowledge.retrieval.hits import Hit
from knowledge.text.markdown import plain
from knowledge.text.synonyms import NONE, Phrase, Synonyms
from knowledge.text.words import subject_words, words

K1, B = 1.2, 0.75  # the usual BM25 constants (Robertson and Zaragoza, 2009)
TITLE, HEADING = 2.0, 1.5  # what a word counts in the title and in the heading, against 1 in the text
POSTINGS = 30_000  # bound on the work of one question: its rarest words are scored first
NAMED = 3.0  # what it counts that a title or heading says just what is asked, beside what was learnt
RIVALS = 5  # sections that the best one is held against
SAME = 0.8  # what a synonym counts: of two passages the one in the customer's own words stays ahead

Floats = NDArray[np.float32]
Rows = TypeVar("Rows", NDArray[np.float32], NDArray[np.float64])


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

    def all(self, question: str, synonyms: Synonyms = NONE) -> Floats:
        """(n,) BM25 of every passage, in the order of `ids`. Common words are left out once the work is bounded.

        A word counts once, as itself or as its best synonym.
        """
        total = np.zeros(len(self.ids), np.float32)
        held = {word: self._held(word) for word in subject_words(question)}
        also = synonyms.expand(list(held))
        work = 0
        for word, (start, end) in sorted(held.items(), key=lambda each: each[1][1] - each[1][0]):
            work += end - start
            if work > POSTINGS and work > end - start:
                break
            if word in also:
                total += self._best(word, also[word])
            else:
                total[self._places[start:end]] += self._scores[start:end]
        return total

    def most(self, question: str) -> float:
        """The most that a passage can score for a question: every word of it, said over and over."""
        return (K1 + 1) * sum(map(self.rarity, dict.fromkeys(subject_words(question))))

    def share(self, question: str, synonyms: Synonyms = NONE) -> Floats:
        """(n,) the score of every passage as a share of the most that one can have, 0..1."""
        return np.asarray(self.all(question, synonyms) / max(self.most(question), 1e-9), np.float32)

    def _best(self, word: str, also: Collection[Phrase]) -> Floats:
        """(n,) the score of a word or of the phrase that says the same, whichever is higher."""
        best = self._of(word)
        for phrase in also:
            parts = np.array([self._of(each) for each in phrase])
            whole = np.where(parts.all(axis=0), parts.mean(axis=0), 0.0)  # part of a phrase says something else
            best = np.maximum(best, SAME * whole)
        return best

    def _of(self, word: str) -> Floats:
        score = np.zeros(len(self.ids), np.float32)
        start, end = self._held(word)
        score[self._places[start:end]] = self._scores[start:end]
        return score


def signs(near: Floats, best: Floats, said: Floats) -> Floats:
    """(…, 3): what is known of passages for a question: how near they are, how near their best sentence or question of
    their owner's is, and the share of the question's words that they say; (…) each."""
    return np.stack([near, best, said], axis=-1)


def shares(strengths: Rows) -> Rows:
    """(…, n) strengths as shares of one."""
    lifted = np.exp(strengths - strengths.max(axis=-1, keepdims=True))
    return np.asarray(lifted / lifted.sum(axis=-1, keepdims=True), strengths.dtype)


def rivals(strengths: Rows) -> Rows:
    """(…, n) strengths, the highest first, as parts of what the first RIVALS make together.

    Of many near copies (the same question about a hundred hotels) only so many are doubt.
    """
    lifted = np.exp(strengths - strengths[..., :1])
    return np.asarray(lifted / lifted[..., :RIVALS].sum(axis=-1, keepdims=True), strengths.dtype)


def ranked(hits: Sequence[Hit]) -> list[Hit]:
    """Hits with their `strength`, copies folded, the strongest first; their `score` is their share of it, in 0..1."""
    kept = sorted(folded(hits), key=lambda hit: (-round(hit.strength, 5), hit.passage_id))
    if not kept:
        return []
    share = shares(np.array([hit.strength for hit in kept], np.float32))
    return [replace(hit, score=float(each)) for hit, each in zip(kept, share, strict=True)]


def agreement(asked: frozenset[str], said: frozenset[str], rarity: Callable[[str], float]) -> float:
    """How far two sets of words are the same, by what the words tell (Dice's coefficient over rarity), 0..1."""
    total = sum(map(rarity, asked)) + sum(map(rarity, said))
    return 2 * sum(map(rarity, asked & said)) / total if total else 0.0


def named(question: str, title: str, heading: str, rarity: Callable[[str], float]) -> float:
    """How far a title, a heading or both say just what a question says, 0..1; 0 up to half."""
    under = heading.rpartition(" > ")[2]
    asked = _said(question)
    best = max(agreement(asked, _said(each), rarity) for each in (title, under, f"{title} {under}"))
    return max(0.0, 2 * best - 1)


@lru_cache(4096)
def _said(text: str) -> frozenset[str]:
    return frozenset(subject_words(text))


def folded(hits: Sequence[Hit]) -> list[Hit]:
    """The hits without copies: of the same words under the same title and heading the newest one stays."""
    kept: dict[tuple[str, str, str], Hit] = {}
    for hit in hits:
        key = (hit.title.casefold(), hit.heading.casefold(), " ".join(hit.text.split()).casefold())
        other = kept.get(key)
        if other is None or (hit.updated, hit.passage_id) > (other.updated, other.passage_id):
            kept[key] = hit
    return list(kept.values())
