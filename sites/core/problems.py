"""What is wrong with what somebody wrote: each problem names its file, its line and the mend."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to mend, or to know (a warning). `line` counts from 1; 0 is the file as a whole."""

    file: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.text}" if self.line else f"{self.file}: {self.text}"


PLACES = 3  # that are named besides the first


def gathered(problems: Sequence[Problem], cause: Callable[[str], str]) -> list[Problem]:
    """One for each cause, at its first place, with how often it is there, where else and about what."""
    by_cause: dict[str, list[Problem]] = {}
    for problem in problems:
        by_cause.setdefault(cause(problem.text), []).append(problem)
    return [_together(found) if len(found) > 1 else found[0] for found in by_cause.values()]


def _together(found: Sequence[Problem]) -> Problem:
    first, *rest = found
    files = len({problem.file for problem in found})
    where = [f"{problem.file}:{problem.line}" if problem.line else problem.file for problem in rest]
    more = f" and {len(where) - PLACES:,} more" if len(where) > PLACES else ""
    named = dict.fromkeys(word for each in found for word in _about(each.text))
    others = [f"“{word}”" for word in named if word not in _about(first.text)]
    also = f", also for {', '.join(others[:12])}" if others else ""
    told = f"{len(found):,} times in {files:,} file{'s' * (files > 1)}{also}: {', '.join(where[:PLACES])}{more}"
    return Problem(first.file, first.line, f"{first.text} ({told})")


def _about(text: str) -> list[str]:
    """What a problem is about: the words in quotes before its places."""
    return re.findall(r"“([^”]*)”", text.split(": ", 1)[0])


class BadInput(Exception):
    """The input cannot be used; nothing was done with it. `problems` lists everything that was found."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)
