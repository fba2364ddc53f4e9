"""What a site of its own hands to a person: phrases and examples, each for one need.

Kept as rows of JSON, a need once and a text once for it; people write them a line each: `fraud: sim swap` is a phrase,
`fraud ~ my line went dead` an example.
"""

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sites.choices.needs import Need

PHRASE, EXAMPLE = ":", "~"
KINDS = {PHRASE: "phrases", EXAMPLE: "examples"}
LONGEST = {PHRASE: 100, EXAMPLE: 400}
"""Characters: a phrase is a few words, an example a message."""
MOST = 200  # texts of a site: each example is a vector that every message is held against
_LINE = re.compile(r"\s*([^:~]*?)\s*([:~])\s*(.*?)\s*")

Rows = list[dict[str, Any]]
Text = tuple[str, str, str]
"""(need, PHRASE or EXAMPLE, what was written)"""


@dataclass(frozen=True, slots=True)
class Signal:
    """One need with the phrases that mean it and examples of messages that have it."""

    need: str
    phrases: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()


class SignalsError(ValueError):
    """Lines that are no signals. `problems`: a sentence for each, which names its line."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__(" ".join(problems))
        self.problems = tuple(problems)


def of(rows: Iterable[Mapping[str, Any]]) -> tuple[Signal, ...]:
    """The signals of rows as they are kept."""
    return tuple(Signal(row["need"], tuple(row.get("phrases", ())), tuple(row.get("examples", ()))) for row in rows)


def rows(texts: Iterable[Text]) -> Rows:
    """Texts as they are kept, in the order of their needs' first."""
    kept: dict[str, dict[str, Any]] = {}
    for need, sign, text in texts:
        held = kept.setdefault(need, {"need": need, "phrases": [], "examples": []})[KINDS[sign]]
        held += [] if text in held else [text]
    return list(kept.values())


def texts(signals: Iterable[Signal]) -> Iterator[Text]:
    """Every text of these signals, a need's phrases before its examples."""
    for each in signals:
        yield from ((each.need, PHRASE, text) for text in each.phrases)
        yield from ((each.need, EXAMPLE, text) for text in each.examples)


def lines(kept: Iterable[Mapping[str, Any]]) -> str:
    """The rows as people write them."""
    return "\n".join(
        f"{need}: {text}" if sign == PHRASE else f"{need} {sign} {text}" for need, sign, text in texts(of(kept))
    )


def read(written: str) -> Rows:
    """The rows of lines as people write them; empty lines count for nothing. Raises SignalsError."""
    found: list[Text] = []
    problems: list[str] = []
    for number, line in enumerate(written.splitlines(), 1):
        if not line.strip():
            continue
        match = _LINE.fullmatch(line)
        if match is None:
            problems.append(f"Line {number}: write “fraud: sim swap”, or “fraud ~ my line went dead” for an example.")
            continue
        need, sign, text = match.groups()
        wrong = wrong_need(need) or wrong_text(sign, text)
        problems += [f"Line {number}: {wrong}."] if wrong else []
        found.append((need, sign, text))
    problems += [f"{wrong}."] if (wrong := too_many(len(found))) else []
    if problems:
        raise SignalsError(problems)
    return rows(found)


def wrong_need(need: str) -> str:
    """Why a word is no need, with the nearest that is, or ""."""
    known = [each.value for each in Need]
    if need in known:
        return ""
    near = difflib.get_close_matches(need, known, 1)
    return f"“{need}” is no need; " + (f"did you mean “{near[0]}”?" if near else f"use {', '.join(known)}")


def wrong_text(sign: str, text: str) -> str:
    """Why a text is no phrase or no example, or ""."""
    kind = KINDS[sign].removesuffix("s")
    if not any(char.isalnum() for char in text):
        return f"“{text}” has no word in it, so it is no {kind}"
    if len(text) > LONGEST[sign]:
        return f"{len(text)} characters are too many for one {kind}; at most {LONGEST[sign]} fit"
    return ""


def too_many(count: int) -> str:
    """Why so many texts are refused, or ""."""
    return f"{count} phrases and examples are more than the {MOST} that fit" if count > MOST else ""
