"""What reads foreign text is linear: a text twice as long costs at most two and a half times the work.

Work is counted, not timed: the lines of Python that are executed. What happens inside one call of C is not seen so, a
pattern that looks too far or a slice of all that follows. There the processor's own time of a text eight times as long
is compared: a reader that is linear takes 8 times as long, one that is quadratic 64 times; 24 lies between them by a
factor of three on both sides, and the best of several runs counts.
"""

import sys
import time
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest

from chatbot.decide.phrases import normalise, spelling
from chatbot.decide.phrases.cues import Said, phrases
from knowledge.readers import documents
from knowledge.retrieval.vocabulary import Vocabulary
from knowledge.text import markdown, passages, reading, sentences, suspicion
from sites.core import foreign
from sites.masking.cards import mask

Reader = Callable[[str], object]
SHORT, LONG = 3_000, 24_000
LINES, TIMES, TRIES = 2.5, 24.0, 3
SETTLED = 0.02
"""Seconds of a long text under which no growth matters: of a quadratic reader it would take a megabyte to take two."""


def article(name: str) -> Reader:
    def read(text: str) -> object:
        try:
            return documents.read(name, text.encode())
        except documents.DocumentError as error:
            return error

    return read


def front(text: str) -> object:
    return article("a.md")(f"---\na: {text}\n---\nHello there.")


def pieces(text: str) -> object:
    return passages.split(text, "T", lambda words: len(words) // 4 + 2)


SEEDS = {
    "sentences": (
        "Mr. ",
        "! ",
        "... ",
        "x(. Y",
        "(x. Y ",
        ".[.]",
        ".]",
        "a. ",
        "。",
        "Hello there. ",
        "x.Yy ",
        "....a",
    ),
    "masking": ("4", "4 ", "01000001 ", "4111111111111111 ", "4-"),
    "folding": ("é", "a\u0301", "\u0301", "aи", "\U000e0041"),
    "mending": ("agnet ", "aaaa", "hlep"),
    "slips": ("*a", "a/", "a.", "abcd ", "abcd"),
    "cues": ("human ", "i want to ", "not "),
    "code": ("`a", "``a` ", "`a ``b ", "~~~\n", "```\n", "| `a` "),
    "marks": ("<!--", "<!-- ", "![", "![](", "![a](", "**a ", "__a ", "~~a ", "<a ", "&amp;", "\\", "*a"),
    "links": ("[a](", "[", "[[a](", "[a]( ", "](", "[a][", "<tel:", "https://a.b ", "a@b.", "[a](b)"),
    "blocks": ("\n", "- a\n", "# \t", "- - ", "|a|b|\n|-|-|\n", "a\n", "  ", "a:\n", "| "),
    "passages": ("1. ", "1. a\n", "- a. B c.\n", "|a|b|\n", "a:\n- b\n", "# a\n", "Hello there. ", "a\n"),
    "suspicion": ("\n", " ", "\t", "jailbreak ", "system ", "you are ", "ignore a "),
    "front matter": ("[", "{", "a ", "'", "&a ", "- ", "#"),
    "frames": ("a", "\\\\u0041", "\\\\ud83d", "é"),
}
READERS: dict[str, Reader] = {
    "sentences": lambda text: [*sentences.sentences(text)],
    "masking": mask,
    "slips": Vocabulary(["A tent and its poles."]).mend,
    "folding": normalise.fold,
    "mending": spelling.mend,
    "cues": lambda text: phrases("person").first_in(Said(text)),
    "code": reading.plain,
    "marks": reading.plain,
    "links": reading.plain,
    "blocks": lambda text: [*markdown.blocks(text)],
    "passages": pieces,
    "suspicion": suspicion.notes,
    "front matter": front,
    "frames": lambda text: foreign.loads(f'["{text}"]'),
}
CASES = [(name, seed) for name, seeds in SEEDS.items() for seed in seeds]
IDS = [f"{name} {seed!r}" for name, seed in CASES]


def made(seed: str, size: int) -> str:
    return (seed * (size // len(seed) + 1))[:size]


def lines(read: Reader, text: str) -> int:
    """How many lines of Python it takes to read a text."""
    count = 0

    def each(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal count
        count += event == "line"
        return each

    before = sys.gettrace()
    sys.settrace(each)
    try:
        read(text)
    finally:
        sys.settrace(before)
    return count


def spent(read: Reader, text: str) -> float:
    """Seconds of this thread that it takes to read a text."""
    begun = time.thread_time()
    read(text)
    return time.thread_time() - begun


@pytest.mark.parametrize(("name", "seed"), CASES, ids=IDS)
def test_twice_the_text_takes_at_most_two_and_a_half_times_the_work(name: str, seed: str) -> None:
    read = READERS[name]
    read(made(seed, 200))  # what is imported and compiled once
    once, twice = (lines(read, made(seed, size)) for size in (SHORT // 2, SHORT))
    assert twice <= LINES * once + 200, (once, twice)


@pytest.mark.parametrize(("name", "seed"), CASES, ids=IDS)
def test_no_pattern_looks_through_all_that_follows(name: str, seed: str) -> None:
    read = READERS[name]
    long = short = float("inf")
    for _ in range(TRIES):
        long, short = min(long, spent(read, made(seed, LONG))), min(short, spent(read, made(seed, SHORT)))
        if long < SETTLED or long <= TIMES * short:
            return
    raise AssertionError(f"{long:.3f} s for {LONG:,} characters, {short:.4f} s for {SHORT:,}")
