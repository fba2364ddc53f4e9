"""`manage.py evaluate`: the report, the exit codes, and nothing written to the record."""

import json

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conversations.models import Conversation, Message, Turn
from release.live import snapshot
from release.scenarios import evals
from sites.models import LedgerEntry
from tests.release import stage

pytestmark = pytest.mark.django_db


def evaluate(*args: object) -> int:
    """The exit code."""
    try:
        call_command("evaluate", *map(str, args))
    except SystemExit as end:
        return int(end.code or 0)
    return 0


@pytest.fixture
def passing(tmp_path):
    path = tmp_path / "passing.jsonl"
    path.write_text('{"id": "poem", "turns": ["Write me a poem about the French revolution."], "why": "a stranger"}\n')
    return path


@pytest.fixture
def failing(tmp_path):
    path = tmp_path / "failing.jsonl"
    path.write_text('{"id": "moon", "turns": ["Do you sail to the moon?"], "expect": {"says": ["cheese"]}}\n')
    return path


def test_the_exit_code_tells_all_pass_some_fail_and_bad_input(ferry, passing, failing, tmp_path):
    assert evaluate(passing) == 0
    assert evaluate(passing, failing) == 1
    assert evaluate(tmp_path / "missing.jsonl") == 2
    assert evaluate("--site", "nowhere", passing) == 2
    assert evaluate(passing, passing) == 2
    assert evaluate(passing, "--out", tmp_path / "no" / "report.json") == 2
    assert evaluate() == 2


def test_bad_input_names_file_and_line(ferry, tmp_path, capsys):
    path = tmp_path / "broken.jsonl"
    path.write_text('{"id": "a", "turns": ["hello"]}\n\n{"id": "b"}\n')
    assert evaluate(path) == 2
    assert f"{path}:3: “turns” must be a list" in capsys.readouterr().err


def test_a_bom_of_another_encoding_is_bad_input(ferry, tmp_path):
    path = tmp_path / "utf16.jsonl"
    path.write_text('{"id": "a", "turns": ["hello"]}\n', encoding="utf-16")
    assert evaluate(path) == 2


def test_the_site_may_be_left_out_for_files_of_a_bundle(ferry, folder, tmp_path, passing):
    from release.bundles import bundle

    bundle.load(stage.write(tmp_path / "other", stage.plan(site="other")), actor="test")
    assert evaluate(passing) == 2
    assert evaluate(folder / "scenarios" / "basics.jsonl", "--out", tmp_path / "report.json") in (0, 1)
    assert json.loads((tmp_path / "report.json").read_text())["site"] == "ferry"


def test_the_report_has_the_form_of_the_contract(ferry, folder, tmp_path):
    evaluate(folder / "scenarios" / "basics.jsonl", "--out", tmp_path / "report.json")
    report = json.loads((tmp_path / "report.json").read_text())
    assert set(report) == {"site", "release", "threshold", "totals", "cases"}
    assert report["release"] == snapshot.candidate(ferry).fingerprint
    case = report["cases"][0]
    wanted = "id passed why outcome reason category confidence accepted text citations retrieved ms person parts offers"
    assert list(case) == wanted.split()
    assert set(case["citations"][0]) == {"source", "quote", "audience"}
    assert set(case["retrieved"][0]) == {"source", "score"}
    assert all(c["accepted"] == (c["confidence"] >= report["threshold"]) for c in report["cases"] if c["accepted"])
    assert report["totals"]["cases"] == report["totals"]["passed"] + report["totals"]["failed"] == 3


def test_nothing_is_written_to_the_record(ferry, folder):
    before = LedgerEntry.objects.count()
    evaluate(folder / "scenarios" / "basics.jsonl")
    assert LedgerEntry.objects.count() == before
    assert not Conversation.objects.exists()
    assert not Message.objects.exists()
    assert not Turn.objects.exists()


def test_a_turn_that_breaks_fails_its_case_whatever_was_expected(ferry, monkeypatch):
    from chatbot.decide import bot

    def broken(*args: object) -> None:
        raise RuntimeError("no")

    monkeypatch.setattr(bot, "decide", broken)
    (case,) = evals.evaluate(snapshot.candidate(ferry), [{"id": "x", "turns": ["hello"]}])
    assert (case.passed, case.outcome, case.reason) == (False, "handoff", "error")


def test_earlier_turns_are_in_the_conversation(ferry):
    turns = ["Please write me a poem.", "How far away is the moon?"]
    frozen = snapshot.candidate(ferry)
    (alone,) = evals.evaluate(frozen, [{"id": "x", "turns": turns[1:]}])
    (second,) = evals.evaluate(frozen, [{"id": "x", "turns": turns}])
    assert (alone.outcome, second.reason) == ("decline", "repeated_decline")


def test_an_audience_sees_its_own_articles_and_nobody_sees_internal_ones(ferry, folder):
    from release.bundles import bundle

    front = "---\ntitle: Night ferry\ncategories: [tickets]\naudience: members\n---\n"
    text = front + "The night ferry costs members 5 euros.\n"
    (folder / "knowledge" / "night.md").write_text(text)
    bundle.load(folder, actor="test")
    question = {"turns": ["What is the fare of the night ferry for members? How much does the ticket cost?"]}
    asked = [{"id": a, "audience": a, **question} for a in ("public", "members", "internal")]
    shown = {c.id: {r["source"] for r in c.retrieved} for c in evals.evaluate(snapshot.candidate(ferry), asked)}
    assert "night" not in shown["public"]
    assert "night" not in shown["internal"]
    assert not any("goodwill" in sources for sources in shown.values())


def test_the_cost_of_a_case_does_not_grow_with_the_site(ferry):
    """What is constant is read once: a case costs the same few queries, whatever the number of cases."""
    frozen = snapshot.candidate(ferry)
    scenarios = [{"id": str(n), "turns": [f"What does a ticket cost for {n} adults?"]} for n in range(3)]
    list(evals.evaluate(frozen, scenarios))
    with CaptureQueriesContext(
        connection,
    ) as queries:
        list(evals.evaluate(frozen, scenarios))
    assert len(queries) <= 4 * len(scenarios)
