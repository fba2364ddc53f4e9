"""A case passes when it is what the scenario expects, and says in words what it is not."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from release.scenarios import written
from release.scenarios.judge import failures

CASE = {
    "outcome": "answer",
    "reason": "answered",
    "category": "tickets",
    "accepted": True,
    "text": "A single ticket costs 9 euros.",
    "citations": [{"source": "fares", "quote": "A single ticket costs 9 euros.", "audience": "public"}],
}

PASSES = [
    {},
    {"outcome": ["answer", "clarify"]},
    {"category": "tickets"},
    {"reason": ["answered"]},
    {"reason_not": ["injection"]},
    {"cites": ["timetable", "fares"]},
    {"never_cites": ["internal"]},
    {"says": ["9 euros", "(?i)SINGLE"]},
    {"never": ["11 euros"]},
    {"somebody's own key": 7},
]
FAILS = [
    ({"outcome": ["decline"]}, "outcome is answer (answered), expected decline"),
    ({"category": None}, "the gate accepted tickets, expected nothing"),
    ({"category": "luggage"}, "the gate accepted tickets, expected luggage"),
    ({"reason": ["draft_review"]}, "reason is answered, expected draft_review"),
    ({"reason_not": ["answered"]}, "reason is answered, which it must not be"),
    ({"cites": ["timetable"]}, "cites fares, expected timetable"),
    ({"never_cites": ["public"]}, "cites fares, which is for public"),
    ({"says": ["9 euros", "11 euros"]}, "does not say /11 euros/"),
    ({"never": ["euros$", "euros"]}, "says /euros/, which it must not"),
]


@pytest.mark.parametrize("expect", PASSES, ids=str)
def test_what_is_expected_passes(expect):
    assert failures(expect, CASE) == []


@pytest.mark.parametrize(("expect", "why"), FAILS, ids=[why for _, why in FAILS])
def test_what_is_not_expected_fails_in_words(expect, why):
    assert failures(expect, CASE) == [why]


def test_every_failed_expectation_is_named():
    expect = {"outcome": ["decline"], "category": None, "cites": ["timetable"], "says": ["no"]}
    assert len(failures(expect, CASE)) == 4


def test_a_category_that_was_not_accepted_counts_as_none():
    assert failures({"category": None}, {**CASE, "accepted": False}) == []
    assert failures({"category": "tickets"}, {**CASE, "accepted": False}) != []


def test_a_draft_is_judged_by_what_waits_for_approval_too():
    held = {"text": CASE["text"], "citations": CASE["citations"]}
    case = {**CASE, "outcome": "draft", "text": "A person is checking it.", "citations": [], "draft": held}
    assert failures({"says": ["9 euros"], "cites": ["fares"]}, case) == []
    assert failures({"never": ["9 euros"], "never_cites": ["public"]}, case) != []


JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=12,
)


@given(st.text())
def test_any_line_is_a_scenario_or_says_why_not(line):
    body, wrong = written.parse(line)
    assert (body is None) == bool(wrong)


@given(JSON, JSON, JSON)
def test_any_json_is_a_scenario_or_says_why_not(name, turns, expect):
    body, wrong = written.parse(json.dumps({"id": name, "turns": turns, "expect": expect}))
    assert (body is None) == bool(wrong)


def test_unknown_keys_are_kept():
    body, wrong = written.parse('{"id": "x", "turns": ["hi"], "source": "a book", "expect": {"mood": "good"}}')
    assert not wrong
    assert body["source"] == "a book"
    assert body["expect"] == {"mood": "good"}


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("[1]", "a line is one object"),
        ('{"turns": ["hi"]}', "“id” is missing"),
        ('{"id": "x", "turns": []}', "at least one message"),
        ('{"id": "x", "turns": ["hi"], "expect": {"outcome": "answer"}}', "“outcome” must be a list"),
        ('{"id": "x", "turns": ["hi"], "expect": {"says": ["("]}}', "no regular expression"),
        ('{"id": "x", "turns": ["hi"], "expect": {"category": 3}}', "a category's slug, or null"),
        ('{"id": "x", "turns": ["hi"], "audience": ["staff"]}', "“audience” must be one name"),
        ("[" * 100_000, "not JSON"),
    ],
)
def test_a_wrong_line_says_what_is_wrong(line, why):
    body, wrong = written.parse(line)
    assert body is None
    assert any(why in each for each in wrong)
