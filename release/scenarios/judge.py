"""Whether a case is what its scenario expects. Pure: it knows nothing of the bot, only what came out."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

Case = Mapping[str, Any]


def failures(expect: Mapping[str, Any], case: Case) -> list[str]:
    """Every expectation the case (in the form of the report) does not meet, in words; none: it passes.

    A draft is judged by the text and the citations that wait for approval too, not only by what is shown.
    Keys this version does not know are ignored.
    """
    return [why for key, rule in RULES.items() if key in expect for why in rule(expect[key], case)]


def _outcome(wanted: Sequence[str], case: Case) -> Iterator[str]:
    if case["outcome"] not in wanted:
        yield f"outcome is {case['outcome']} ({case['reason']}), expected {_either(wanted)}"


def _category(wanted: str | None, case: Case) -> Iterator[str]:
    accepted = case["category"] if case["accepted"] else None
    if accepted != wanted:
        yield f"the gate accepted {accepted or 'nothing'}, expected {wanted or 'nothing'}"


def _reason(wanted: Sequence[str], case: Case) -> Iterator[str]:
    if case["reason"] not in wanted:
        yield f"reason is {case['reason']}, expected {_either(wanted)}"


def _reason_not(unwanted: Sequence[str], case: Case) -> Iterator[str]:
    if case["reason"] in unwanted:
        yield f"reason is {case['reason']}, which it must not be"


def _cites(wanted: Sequence[str], case: Case) -> Iterator[str]:
    cited = [citation["source"] for citation in _citations(case)]
    if not set(cited) & set(wanted):
        yield f"cites {', '.join(cited) or 'nothing'}, expected {_either(wanted)}"


def _never_cites(unwanted: Sequence[str], case: Case) -> Iterator[str]:
    for citation in _citations(case):
        if citation["audience"] in unwanted:
            yield f"cites {citation['source']}, which is for {citation['audience']}"


def _says(patterns: Sequence[str], case: Case) -> Iterator[str]:
    for pattern in patterns:
        if not any(re.search(pattern, text) for text in _texts(case)):
            yield f"does not say /{pattern}/"


def _never(patterns: Sequence[str], case: Case) -> Iterator[str]:
    for pattern in patterns:
        if any(re.search(pattern, text) for text in _texts(case)):
            yield f"says /{pattern}/, which it must not"


def _person(wanted: Sequence[str], case: Case) -> Iterator[str]:
    found = case.get("person") or "none"
    if found not in wanted:
        yield f"a person is reached: {found}, expected {_either(wanted)}"


RULES: Mapping[str, Callable[[Any, Case], Iterator[str]]] = {
    "outcome": _outcome,
    "category": _category,
    "person": _person,
    "reason": _reason,
    "reason_not": _reason_not,
    "cites": _cites,
    "never_cites": _never_cites,
    "says": _says,
    "never": _never,
}


def _texts(case: Case) -> list[str]:
    return [case["text"], *([case["draft"]["text"]] if case.get("draft") else [])]


def _citations(case: Case) -> list[Mapping[str, Any]]:
    return [*case["citations"], *(case["draft"]["citations"] if case.get("draft") else [])]


def _either(words: Sequence[str]) -> str:
    return " or ".join(words) or "none at all"
