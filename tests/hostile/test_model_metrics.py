"""How calls of a configured model ended is in the record of each turn, and `/metrics` adds it up in every process."""

from datetime import timedelta

import pytest
from django.utils import timezone

from chatbot import turn
from chatbot.decide import model
from config import metrics
from conversations.models import Turn
from sites.models import Site
from tests.hostile.server import Hostile
from tests.hostile.test_turns import ask, questions, start
from tests.unsealed import change

QUESTION = questions("answers")[0]
KINDS = {
    "the first sentence": ["chose"],
    "none": ["found_nothing"],
    "status 500": ["refused", "refused"],
    "status 429": ["quota"],
    "status 401": ["wrong_key"],
    "a refusal": ["refusal"],
    "a filtered reply": ["refusal"],
    "a cut-off reply": ["cut", "cut"],
    "a closed connection": ["connection", "connection"],
    "a reset connection": ["connection", "connection"],
    "a flood": ["connection", "connection"],
    "not HTTP": ["connection", "connection"],
    "a number it was not shown": ["malformed", "malformed"],
    "broken JSON": ["malformed", "malformed"],
    "null choices": ["malformed", "malformed"],
    "an error with status 200": ["malformed", "malformed"],
    "a stall": ["timeout", "timeout"],
    "a dripping body": ["timeout", "timeout"],
}


@pytest.fixture(autouse=True)
def mended():
    model.line.breaker.reset()


def told(process: metrics.Tally, monkeypatch: pytest.MonkeyPatch) -> dict[str, float]:
    """What a process says of the model now, by result."""
    monkeypatch.setattr(metrics, "_tally", process)
    name = 'handrail_model_calls_total{result="'
    lines = metrics.exposition(timezone.now() + timedelta(seconds=10)).decode().splitlines()
    found = (line.removeprefix(name).split('",site="fernway"} ') for line in lines if line.startswith(name))
    return {result: float(n) for result, n in found}


@pytest.mark.parametrize("habit", KINDS)
def test_a_turn_notes_how_each_call_ended(fernway: Site, liar: Hostile, habit: str) -> None:
    liar.habit = habit
    ask(fernway, QUESTION)
    assert Turn.objects.latest("pk").trace["model_calls"] == KINDS[habit]


def test_a_server_that_is_gone_is_a_connection_that_failed(fernway: Site, liar: Hostile) -> None:
    liar.shutdown()
    liar.server_close()
    ask(fernway, QUESTION)
    assert Turn.objects.latest("pk").trace["model_calls"] == ["connection", "connection"]


def test_every_process_tells_the_same_counts_and_none_counts_twice(
    fernway: Site, liar: Hostile, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = metrics.Tally(), metrics.Tally()
    for habit in ("the first sentence", "a closed connection"):
        liar.habit = habit
        ask(fernway, QUESTION)
    assert told(first, monkeypatch) == {"chose": 1, "connection": 2}
    liar.habit = "plain text"
    ask(fernway, QUESTION)  # the third failure in a row: the second attempt is not made
    ask(fernway, QUESTION)
    everything = {"chose": 1, "connection": 2, "malformed": 1, "left_alone": 2}
    assert told(second, monkeypatch) == everything
    assert told(second, monkeypatch) == everything


def test_calls_of_a_turn_whose_answer_came_too_late_count(
    fernway: Site, liar: Hostile, monkeypatch: pytest.MonkeyPatch
) -> None:
    liar.habit = "the first sentence"
    begun = start(fernway, QUESTION)
    decision = turn.decide(begun)
    turn.ask_for_human(begun.conversation_id)
    turn.settle(begun, decision)
    assert Turn.objects.get(pk=begun.pk).state == Turn.State.DISCARDED
    assert told(metrics.Tally(), monkeypatch) == {"chose": 1}


def test_without_a_model_nothing_is_counted(
    fernway: Site, liar: Hostile, settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.HANDRAIL_MODEL = ""
    ask(fernway, QUESTION)
    assert "model_calls" not in Turn.objects.latest("pk").trace
    assert told(metrics.Tally(), monkeypatch) == {}


def test_what_is_no_known_result_is_no_label(fernway: Site, liar: Hostile, monkeypatch: pytest.MonkeyPatch) -> None:
    liar.habit = "none"
    ask(fernway, QUESTION)
    for forged in (["chose", 'x"y'], "chose", {"chose": 1}):
        change(Turn.objects.all(), trace={"model_calls": forged})
        assert set(told(metrics.Tally(), monkeypatch)) <= {"chose"}
