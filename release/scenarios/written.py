"""Written expectations of the bot, one JSON object a line, as the bundle and `evaluate` read them."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from release.scenarios.judge import RULES
from sites.core import foreign
from sites.core.problems import BadInput, Problem

LONGEST_ID = 120
PATTERNS = ("says", "never")


@dataclass(frozen=True, slots=True)
class Written:
    """One scenario as written, with its place."""

    body: dict[str, Any]
    file: str
    line: int

    @property
    def id(self) -> str:
        """Its name within the site."""
        return str(self.body["id"])


def read(paths: Sequence[Path], names: Sequence[str] | None = None) -> list[Written]:
    """The scenarios of these files in order. Raises BadInput with every problem, ids used twice included.

    `names` are the files' names for problems; without them, the paths as given.
    """
    written: list[Written] = []
    problems: list[Problem] = []
    for path, name in zip(paths, names or [str(p) for p in paths], strict=True):
        for number, line in enumerate(_lines(path, name, problems), 1):
            if line.strip():
                body, wrong = parse(line)
                problems += [Problem(name, number, text) for text in wrong]
                written += [] if body is None else [Written(body, name, number)]
    problems += _repeated(written)
    if problems:
        raise BadInput(problems)
    return written


def parse(line: str) -> tuple[dict[str, Any] | None, list[str]]:
    """One line as a scenario (None when it cannot be one), and what is wrong with it."""
    try:
        body = foreign.loads(line)
    except ValueError as error:
        return None, [f"not JSON: {error}"]
    if not isinstance(body, dict):
        return None, ['a line is one object like {"id": "…", "turns": ["…"], "expect": {…}}']
    wrong = [
        *_wrong_id(body.get("id")),
        *_wrong_turns(body.get("turns")),
        *_wrong_audience(body),
        *_wrong_tags(body.get("tags", [])),
    ]
    expect = body.get("expect", {})
    wrong += _wrong_expect(expect) if isinstance(expect, dict) else ["“expect” must be an object"]
    return (None if wrong else body), wrong


def _lines(path: Path, name: str, problems: list[Problem]) -> list[str]:
    try:
        return path.read_bytes().decode().replace("\r\n", "\n").split("\n")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        problems.append(Problem(name, line, "not UTF-8; save the file as UTF-8"))
    except OSError as error:
        problems.append(Problem(name, 0, f"cannot be read: {error.strerror}"))
    return []


def _wrong_id(value: Any) -> Iterator[str]:
    if not isinstance(value, str) or not value.strip():
        yield "“id” is missing; give each scenario a name of its own"
    elif len(value) > LONGEST_ID:
        yield f"“id” is {len(value)} characters long; at most {LONGEST_ID} fit"


def _wrong_turns(value: Any) -> Iterator[str]:
    if not isinstance(value, list) or not value or not all(isinstance(turn, str) for turn in value):
        yield "“turns” must be a list of texts with at least one message"


def _wrong_audience(body: dict[str, Any]) -> Iterator[str]:
    if not isinstance(body.get("audience", ""), str):
        yield "“audience” must be one name"


def _wrong_tags(value: Any) -> Iterator[str]:
    if not isinstance(value, list) or not all(isinstance(tag, str) for tag in value):
        yield "“tags” must be a list of texts"


def _wrong_expect(expect: dict[str, Any]) -> Iterator[str]:
    category = expect.get("category")
    if category is not None and not isinstance(category, str):
        yield "“category” must be a category's slug, or null"
    for key in RULES:
        if key == "category" or key not in expect:
            continue
        words = expect[key]
        if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
            yield f"“{key}” must be a list of texts"
        elif key in PATTERNS:
            yield from _wrong_patterns(key, words)


def _wrong_patterns(key: str, patterns: list[str]) -> Iterator[str]:
    for pattern in patterns:
        try:
            re.compile(pattern)
        except re.error as error:
            yield f"“{key}”: /{pattern}/ is no regular expression: {error}"


def _repeated(written: Sequence[Written]) -> Iterator[Problem]:
    first: dict[str, Written] = {}
    for each in written:
        if each.id in first:
            place = f"{first[each.id].file}:{first[each.id].line}"
            yield Problem(each.file, each.line, f"the id “{each.id}” is used at {place} already; rename one")
        first.setdefault(each.id, each)
