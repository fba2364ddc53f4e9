"""Sections that tell the same for different cases ("Desktop" and "Mobile", "UK" and "EU"): which one is asked about.

Law of the room: a case is only ever told apart by the heading its article gives it.
"""

import functools
import re
from collections.abc import Sequence

from chatbot.decide.phrases.cues import PHRASES
from knowledge.face.retrieval import Section

_WORDS = re.compile(r"\w+")
_BESIDE = re.compile(
    r"(?:a|all|an|and|apps?|by|customers?|devices?|for|from|if|in|of|on|or|the|to|users?|using|versions?|via|with|your?)",
    re.I,
)
_LISTED = PHRASES / "variants.txt"


def of(section: Section) -> list[Section]:
    """A section with those of its article that tell the same for other cases, in order; empty when it has none."""
    if not _cases(section.label):
        return []
    found = [each for each in section.beside if each.parent == section.parent and _cases(each.label)]
    return sorted([section, *found], key=lambda each: each.hit.start) if found else []


def asked(question: str, cases: Sequence[Section]) -> list[Section]:
    """Those that a question names; all of them when it names none."""
    wanted = _lines(question)
    named = [each for each in cases if wanted & _lines(each.label)]
    return named or list(cases)


def _cases(label: str) -> frozenset[int]:
    """The cases a heading names, if it names nothing else."""
    words = [word for word in _WORDS.findall(label) if not _BESIDE.fullmatch(word) and not word.isdecimal()]
    return _lines(label) if words and all(_key(word) in _listed() for word in words) else frozenset()


def _lines(text: str) -> frozenset[int]:
    return frozenset(line for word in _WORDS.findall(text) for line in _listed().get(_key(word), ()))


def _key(word: str) -> str:
    """Words as they are listed: "US" is a place, "us" is not."""
    return word if word in ("US", "USA") else "" if word.lower() == "us" else word.lower()


@functools.cache
def _listed() -> dict[str, frozenset[int]]:
    """The numbers of the lines that each word stands in."""
    lines = [line.split() for line in _LISTED.read_text(encoding="utf-8").splitlines() if line and line[0] != "#"]
    words = {word for line in lines for word in line}
    return {word: frozenset(n for n, line in enumerate(lines) if word in line) for word in words}
