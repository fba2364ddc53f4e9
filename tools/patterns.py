"""Patterns that people declare and customers' words are searched with: none that a message could keep busy.

Law of the room: from one place in a text a pattern may be tried in at most MOST ways; what repeats without end, looks
back or refers to itself is refused as it is declared.
"""

import functools
import re
import unicodedata
from collections.abc import Iterable, Iterator
from re import _parser  # type: ignore[attr-defined]  # the standard library's own reading of a pattern
from typing import Any

MOST = 1_000
LONGEST = 300
"""Characters of a pattern."""
FLAGS = re.IGNORECASE | re.ASCII
_REPEATS = {"MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"}
_PLAIN = {"LITERAL", "NOT_LITERAL", "ANY", "IN", "AT"}


def wrong(pattern: str) -> str:
    """Why this pattern is not used; empty when it may be."""
    if len(pattern) > LONGEST:
        return f"a pattern has at most {LONGEST} characters"
    try:
        read = _parser.parse(pattern, FLAGS)
        ways = _ways(read)
    except (re.error, RecursionError, OverflowError) as error:
        return f"“{pattern}” is no pattern: {error}"
    except ValueError as error:
        return f"“{pattern}” {error}"
    if ways > MOST:
        return f"“{pattern}” could be tried in {ways:,} ways at one place; at most {MOST:,}, with shorter repeats"
    return ""


def found(pattern: str, text: str) -> list[str]:
    """What a pattern finds, in its order: the first group that has something, or the whole of it without groups.

    The text is read in its plain form: full-width digits are digits.
    """
    plain = unicodedata.normalize("NFKC", text)
    return [next(filter(None, match.groups()), match[0]) for match in _compiled(pattern).finditer(plain)]


def fits(pattern: str, value: str) -> bool:
    """Whether a pattern is the whole of a value, letter for letter."""
    return re.compile(pattern, re.ASCII).fullmatch(value) is not None


@functools.lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, FLAGS)


def _ways(parts: Iterable[tuple[Any, Any]]) -> int:
    """In how many ways a sequence may be tried from one place."""
    ways = 1
    for operation, said in parts:
        ways *= _ways_of(str(operation), said)
        if ways > MOST**2:
            return ways
    return ways


def _ways_of(operation: str, said: Any) -> int:
    if operation in _PLAIN:
        return 1
    if operation in _REPEATS:
        least, most, inner = said
        if most >= MOST:
            raise ValueError("repeats without end; give the most, as in \\d{1,9}")
        once = _ways(inner)
        return sum(min(once**n, MOST**2) for n in range(int(least), int(most) + 1))
    below = [_ways(each) for each in _inside(said)]
    if operation == "BRANCH":
        return sum(below)
    if operation in ("SUBPATTERN", "ASSERT", "ASSERT_NOT") and not (operation != "SUBPATTERN" and said[0] < 0):
        return max(below, default=1)
    raise ValueError("looks back or refers to itself, which is not read here")


def _inside(said: Any) -> Iterator[Any]:
    """The sequences inside a part of a pattern."""
    for each in said if isinstance(said, tuple) else ():
        if isinstance(each, _parser.SubPattern):
            yield each
        elif isinstance(each, list):
            yield from (one for one in each if isinstance(one, _parser.SubPattern))
