"""Sentences that were wrapped as if each line were a paragraph, as texts come out of mails and converters."""

import re
from collections.abc import Iterator
from itertools import pairwise

from knowledge.text.markdown import Kind, blocks

ONCE = 2
"""So many breaks inside a sentence are a way of writing; one alone may be meant."""
WORDS = 3
_GOES_ON = re.compile(r"[a-z]")
_BREAKS_OFF = re.compile(r"(?:[^\W\d_]|[,’'\")])\Z")


def joined(text: str) -> tuple[str, int]:
    """The text with such lines under each other again, as one paragraph, and how many breaks went.

    A break is inside a sentence where the paragraph before it is one line of some words without an end to the
    sentence, and the one after it begins with a small letter.
    """
    gaps = list(_breaks(text))
    if len(gaps) < ONCE:
        return text, 0
    for start, end in reversed(gaps):
        text = f"{text[:start]}\n{text[end:]}"
    return text, len(gaps)


def _breaks(text: str) -> Iterator[tuple[int, int]]:
    """Where the blank lines stand."""
    for before, after in pairwise(blocks(text)):
        said, between = text[before.start : before.end], text[before.end : after.start]
        plain = before.kind is after.kind is Kind.TEXT and before.level == after.level and not between.strip("\n")
        line = "\n" not in said.strip() and len(said.split()) >= WORDS
        if plain and line and _BREAKS_OFF.search(said.rstrip()) and _GOES_ON.match(text[after.start : after.end]):
            yield before.end, after.start
