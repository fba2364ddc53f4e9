"""The door for foreign text: what passes it is text, and nothing reads JSON of others past it."""

import ast
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sites.core import foreign

BASE = Path(__file__).parents[2]
ROOMS = ("config", "chatbot", "escalation", "release", "tools", "conversations", "knowledge", "sites")
OWN = {
    "sites/core/backup.py": "what this installation wrote itself, held against its digests",
    "chatbot/decide/condense.py": "figures that we measured ourselves",
    "chatbot/web/model_page.py": "turns' own traces",
    "config/environment.py": "the environment of whoever runs it",
    "config/beside.py": "a note that the demo keeps of itself",
    "config/metrics.py": "turns' own traces",
    "config/settings.py": "the environment of whoever runs it",
    "conversations/history.py": "rows",
    "conversations/delivery.py": "rows",
    "escalation/queue/waiting.py": "rows",
    "knowledge/retrieval/sections.py": "rows",
    "knowledge/index/eligibility.py": "rows",
    "release/live/snapshot.py": "a frozen release",
    "release/readiness/conduct.py": "the ledger",
    "sites/admin/record.py": "the ledger",
    "sites/choices/on_record.py": "rows",
    "sites/core/audit.py": "the ledger",
    "sites/core/kept.py": "rows",
    "sites/core/offline.py": "an export of the ledger, with the standard library alone",
    "sites/outside/anchors.py": "the ledger, and anchors of our own writing",
    "knowledge/embedding/encoding.py": "what the parent process asks",
    "knowledge/readers/sandbox.py": "what the parent process asks; the child's answer goes through the door",
    "release/redteam/customer.py": "frames of our own server under attack",
    "release/management/commands/redteam.py": "a report of the same command",
}
"""Who reads JSON without the door, and whose it is. What others wrote is not on this list."""
TEXTS = st.text(st.characters(codec=None, categories=None))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inside: st.lists(inside, max_size=4) | st.dictionaries(TEXTS, inside, max_size=4),
    max_leaves=20,
)


@given(TEXTS)
def test_what_passes_is_utf8_without_nul_and_passes_again_unchanged(text: str) -> None:
    passed = foreign.text(text)
    assert "\0" not in passed.encode().decode()
    assert foreign.text(passed) == passed
    assert len(passed) == len(text)
    assert all(a == b or b == foreign.MARK for a, b in zip(text, passed, strict=True))


@given(VALUES)
def test_every_text_of_a_value_passes_its_keys_too(value: object) -> None:
    read = foreign.loads(json.dumps(value))
    assert json.dumps(read, ensure_ascii=False).encode()
    assert "\\u0000" not in json.dumps(read)
    assert read == foreign.clean(value)


@pytest.mark.parametrize("levels", [foreign.DEEPEST, foreign.DEEPEST + 1, 999, 5_000, 200_000])
def test_depth_has_an_end_that_is_named(levels: int) -> None:
    for written in ("[" * levels + "]" * levels, '{"a":' * levels + "1" + "}" * levels):
        if levels == foreign.DEEPEST:
            assert foreign.loads(written)
        else:
            with pytest.raises(ValueError, match="nested deeper than 64 levels"):
                foreign.loads(written)


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("NaN", "NaN is no number"),
        ("-Infinity", "-Infinity is no number"),
        ("[1e999]", "1e999 is no number"),
        (b"\xff", "not UTF-8"),
        (b'"\xed\xa0\xbd"', "not UTF-8"),
        ("[", "Expecting value"),
        ("9" * 5_000, "4300 digits"),
        (" " * (foreign.MOST + 1), "longer than 2,500,000 characters"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_cause(written: str | bytes, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        foreign.loads(written)


def test_a_decoder_says_the_same_as_django_expects_it() -> None:
    assert json.loads('{"a": "\\ud83d"}', cls=foreign.Decoder) == {"a": "\ufffd"}
    for written in ("[" * 9_999, "NaN", "{"):
        with pytest.raises(json.JSONDecodeError):
            json.loads(written, cls=foreign.Decoder)


def test_whole_characters_stay_as_they_were_typed() -> None:
    typed = "café cafe\u0301 ﬁ \U0001f600 \u202e ½ \x07 \ufffe"
    assert foreign.text(typed) == typed
    assert foreign.loads('"\\ud83d\\ude00"') == "\U0001f600"


def reads_json(path: Path) -> bool:
    """Whether a module calls json.loads or json.load, or a method .json() of a request or a reply."""
    called = (node.func for node in ast.walk(ast.parse(path.read_bytes())) if isinstance(node, ast.Call))
    return any(
        isinstance(each, ast.Attribute)
        and (each.attr == "json" or (each.attr in ("load", "loads") and ast.unparse(each.value) == "json"))
        for each in called
    )


def test_nobody_reads_the_json_of_others_past_the_door() -> None:
    files = {path.relative_to(BASE).as_posix() for room in ROOMS for path in (BASE / room).rglob("*.py")}
    found = {name for name in files if reads_json(BASE / name)}
    assert found - set(OWN) == {"sites/core/foreign.py"}
    assert set(OWN) <= found, "what no longer reads JSON needs no reason"
