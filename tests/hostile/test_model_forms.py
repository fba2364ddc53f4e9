"""A server is asked in the form it understands: JSON schema, tool call or plain JSON; each by itself is enough.

What asking may cost and how many may ask at once has limits, and who is out of them gets the bot's own answer.
"""

import json
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache

from chatbot.decide import budget, model, provider
from chatbot.decide.budget import Payer
from chatbot.decide.model import Call
from conversations.models import Turn
from sites.core.turnstile import Turnstile
from sites.models import Site
from tests.hostile.server import HABITS, Exchange, Hostile
from tests.hostile.test_turns import ask as turn
from tests.hostile.test_turns import questions
from tests.server import BASE
from tools.outbound import How

SENTENCES = ["Returns are free for 30 days.", "Outlet items are final.", "Boots must be clean.", "Ask for a label."]


def _knows(request: dict[str, Any]) -> str:
    return "schema" if "response_format" in request else "tools" if "tools" in request else "plain"


def _schema(exchange: Exchange) -> None:
    exchange.choose([2])


def _tools(exchange: Exchange) -> None:
    function = {"name": exchange.request["tool_choice"]["function"]["name"], "arguments": '{"numbers": [2]}'}
    exchange.say(None, "tool_calls", tool_calls=[{"id": "1", "type": "function", "function": function}])


def _plain(exchange: Exchange) -> None:
    exchange.say('Sure! Here you are:\n```json\n{"numbers": [2]}\n```')


SPEAKS = {"schema": _schema, "tools": _tools, "plain": _plain}


def only(form: str, otherwise: Callable[[Exchange], None]) -> Callable[[Exchange], None]:
    """A server that knows one form, and says this to any other."""
    return lambda exchange: (SPEAKS[form] if _knows(exchange.request) == form else otherwise)(exchange)


def refuses(exchange: Exchange) -> None:
    exchange.reply(json.dumps({"error": {"message": "unknown parameter"}}).encode(), "400 Bad Request")


def babbles(exchange: Exchange) -> None:
    exchange.say("I would choose the second one.")


def select(liar: Hostile, calls: list[Call] | None = None, **more: Any) -> tuple[int, ...] | None:
    model.line.breaker.reset()
    return model.select("Can I send it back?", SENTENCES, note=([] if calls is None else calls).append, **more)


@pytest.mark.parametrize("form", SPEAKS)
def test_a_server_that_knows_one_form_is_heard_and_then_asked_in_it(liar: Hostile, form: str) -> None:
    liar.habits, liar.habit = {**HABITS, "one": only(form, refuses)}, "one"
    calls: list[Call] = []
    assert select(liar, calls) == (1,)
    refused = list(SPEAKS).index(form)
    assert [call.ended for call in calls] == ["unsupported"] * refused + ["chose"]
    calls.clear()
    assert select(liar, calls) == (1,)
    assert [call.ended for call in calls] == ["chose"], "what it understood is used from then on"
    assert calls[0].tokens == (1, 1)


def test_a_server_that_takes_any_form_and_keeps_to_none_is_asked_more_plainly(liar: Hostile) -> None:
    liar.habits, liar.habit = {**HABITS, "one": only("tools", babbles)}, "one"
    calls: list[Call] = []
    assert select(liar, calls) == (1,)
    assert [call.ended for call in calls] == ["malformed", "chose"]


def test_a_server_that_knows_no_form_is_left_out(liar: Hostile) -> None:
    liar.habits, liar.habit = {**HABITS, "one": refuses}, "one"
    calls: list[Call] = []
    assert select(liar, calls) is None
    assert [call.ended for call in calls] == ["unsupported"] * 3


def test_the_schema_bounds_count_and_range(liar: Hostile) -> None:
    liar.habit = "the first sentence"
    select(liar)
    wanted = liar.asked[0]["response_format"]["json_schema"]["schema"]["properties"]["numbers"]
    assert wanted == {
        "type": "array",
        "items": {"type": "integer", "minimum": 1, "maximum": len(SENTENCES)},
        "maxItems": model.MOST,
    }


def test_after_a_time_out_half_of_the_sentences_are_asked_about(liar: Hostile, settings: Any) -> None:
    settings.HANDRAIL_DEADLINE = 1.5
    liar.habit = "a stall"
    calls: list[Call] = []
    assert select(liar, calls) is None
    assert [call.ended for call in calls] == ["timeout", "timeout"]
    assert [len(json.loads(each["messages"][1]["content"])["sentences"]) for each in liar.asked] == [4, 2]


# ── What it may cost ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def nothing_spent() -> None:
    cache.clear()


@pytest.mark.usefixtures("nothing_spent")
@pytest.mark.parametrize("name", ["TOKENS_CONVERSATION", "TOKENS_SITE", "TOKENS_DAY", "COST_SITE", "COST_DAY"])
def test_who_is_over_a_budget_is_not_asked_and_others_are(liar: Hostile, settings: Any, name: str) -> None:
    settings.HANDRAIL_MODEL_PRICE = (1.0, 2.0)
    setattr(settings, f"HANDRAIL_MODEL_{name}", 3 / 1_000_000 if "COST" in name else 2)
    liar.habit = "the first sentence"
    calls: list[Call] = []
    assert select(liar, calls, payer=Payer("shop", "ada")) == (0,)
    assert select(liar, calls, payer=Payer("shop", "ada")) is None
    assert calls[-1].ended == How.OVER_BUDGET
    assert len(liar.did) == 1
    other = {"CONVERSATION": Payer("shop", "ben"), "SITE": Payer("bank", "ada")}.get(name.rpartition("_")[2])
    if other is not None:
        assert select(liar, calls, payer=other) == (0,)
    assert budget.today("shop")[0] >= 2
    assert budget.today("shop")[1] >= 3 / 1_000_000


@pytest.mark.usefixtures("nothing_spent")
def test_a_turn_over_budget_gets_the_bots_own_answer_and_the_trace_says_why(
    fernway: Site, liar: Hostile, settings: Any
) -> None:
    settings.HANDRAIL_MODEL_TOKENS_DAY = 1
    liar.habit = "the first sentence"
    for text in questions("answers")[:2]:
        model.line.breaker.reset()
        message = turn(fernway, text)
    assert message.outcome == "answer"
    trace = Turn.objects.get(answer=message).trace
    assert trace["model_calls"] == ["over_budget"]
    assert trace["model_votes"][0]["effect"] == "left_out"
    assert len(liar.did) == 1


def test_tokens_are_kept_with_the_turn(fernway: Site, liar: Hostile) -> None:
    liar.habit = "the first sentence"
    model.line.breaker.reset()
    message = turn(fernway, questions("answers")[0])
    assert Turn.objects.get(answer=message).trace["model_tokens"] == [1, 1]


def test_as_many_ask_as_may_as_many_wait_and_the_rest_goes_without(
    liar: Hostile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model.line, "turnstile", Turnstile(1, 1))
    go_on = threading.Event()

    def slowly(exchange: Exchange) -> None:
        go_on.wait(5)
        exchange.choose([1])

    liar.habits, liar.habit = {**HABITS, "slowly": slowly}, "slowly"
    found: list[tuple[Any, list[Call]]] = []

    def one() -> None:
        calls: list[Call] = []
        found.append((select(liar, calls), calls))

    first, second = threading.Thread(target=one), threading.Thread(target=one)
    first.start()
    wait_for(lambda: len(liar.asked) == 1)
    second.start()
    wait_for(lambda: model.line.turnstile is not None and model.line.turnstile.queued == 1)
    calls: list[Call] = []
    assert select(liar, calls) is None
    assert [call.ended for call in calls] == [How.BUSY]
    go_on.set()
    first.join()
    second.join()
    assert [places for places, _ in found] == [(0,), (0,)]


def wait_for(done: Callable[[], bool]) -> None:
    until = time.monotonic() + 5
    while not done() and time.monotonic() < until:
        time.sleep(0.005)
    assert done()


# ── Where the key comes from ──────────────────────────────────────────────────────────────────────────────────


def test_address_and_key_may_be_settings_and_the_key_is_in_no_fingerprint(
    liar: Hostile, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    monkeypatch.delenv("OPENAI_API_KEY")
    settings.HANDRAIL_MODEL_URL, settings.HANDRAIL_MODEL_KEY = f"{liar.url}/v1", "from-a-file"
    provider.forget()
    liar.habit = "the first sentence"
    assert select(liar) == (0,)
    assert "authorization: bearer from-a-file" in liar.asked[0]["head"].lower()
    assert "from-a-file" not in model.describe()
    assert liar.url not in model.describe()


def test_a_key_in_a_file_is_read(tmp_path: Any) -> None:
    import os
    import subprocess
    import sys

    key = tmp_path / "key"
    key.write_text("a-key\n")
    environment = {**os.environ, "HANDRAIL_MODEL_KEY_FILE": str(key), "HANDRAIL_BUILD": "1"}
    environment |= {"HANDRAIL_HOME": str(tmp_path), "HANDRAIL_MODEL_PRICE": "0.4,1.6"}
    code = "from config import settings as s; print(s.HANDRAIL_MODEL_KEY, s.HANDRAIL_MODEL_PRICE)"
    ran = subprocess.run([sys.executable, "-c", code], cwd=BASE, env=environment, capture_output=True, text=True)
    assert ran.stdout.strip() == "a-key (0.4, 1.6)", ran.stderr
