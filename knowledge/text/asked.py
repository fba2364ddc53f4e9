"""The questions an article answers, as its owner writes them: in customers' words, a few, each short and once."""

from collections.abc import Iterable, Sequence
from typing import Any

MOST = 30  # of one article: who needs more has several articles in one
LONGEST = 300  # characters of one


class QuestionsError(ValueError):
    """Questions that cannot be kept. `index`: of the one that is wrong, from 0; None: it is the list."""

    def __init__(self, why: str, index: int | None = None) -> None:
        super().__init__(why)
        self.index = index


def read(value: Any) -> tuple[str, ...]:
    """The questions in a value of a file or a request; none where it is None. Raises QuestionsError."""
    if value is None:
        return ()
    if not isinstance(value, list | tuple):
        raise QuestionsError("“questions” must be a list of texts like [How do I send it back?]")
    for index, each in enumerate(value):
        if not isinstance(each, str):
            raise QuestionsError(f"a question must be text; put {each!r} in quotes", index)
        if not each.strip():
            raise QuestionsError("an empty line among the questions; remove it", index)
        if len(" ".join(each.split())) > LONGEST:
            raise QuestionsError(f"a question has at most {LONGEST} characters; this has {len(each.strip())}", index)
    found = tidy(value)
    if len(found) > MOST:
        raise QuestionsError(f"an article answers at most {MOST} questions; these are {len(found)}")
    return found


def typed(text: str) -> tuple[str, ...]:
    """The questions of a field, one a line. Raises QuestionsError."""
    return read([line for line in text.splitlines() if line.strip()])


def tidy(questions: Iterable[str]) -> tuple[str, ...]:
    """Each once, however it is capitalised, with single spaces, in their order."""
    kept: dict[str, str] = {}
    for each in questions:
        said = " ".join(each.split())
        kept.setdefault(said.casefold(), said)
    return tuple(kept.values())


def fitting(texts: Iterable[str]) -> tuple[str, ...]:
    """Those of some messages that can be questions of an article, as many as fit."""
    return tuple(each for each in tidy(texts) if each and len(each) <= LONGEST)[:MOST]


def with_more(questions: Sequence[str], more: Iterable[str]) -> tuple[str, ...]:
    """The questions and some more behind them. Raises QuestionsError where that is too much."""
    return read([*questions, *more])
