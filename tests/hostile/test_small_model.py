"""A small real model behind the bot: the whole path runs, the leash holds, and customers are helped as without it.

It runs where `requirements/proof.txt` is installed (`make proof`). The model is weak: no figure here says how good one
is.
"""

import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from chatbot.decide import model, provider
from chatbot.decide.model import Call
from conversations.models import Turn
from release.core.intervals import wilson
from sites.models import Site
from tests.conftest import count
from tests.hostile.test_turns import ask, check, questions
from tests.server import BASE
from tests.small_model import weights

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.timeout(7_200),
    pytest.mark.skipif(weights() is None, reason="requirements/proof.txt is not installed"),
]
BOUGHT = "How long do I have to return something I bought online?"


@pytest.fixture(scope="module")
def served() -> Iterator[str]:
    """The address of the small model, in a process of its own."""
    command = [sys.executable, "-u", "-m", "tests.small_model"]
    with subprocess.Popen(
        command, cwd=BASE, env={**os.environ}, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.kill()


@pytest.fixture
def small(served: str, settings: Any) -> Iterator[str]:
    settings.HANDRAIL_MODEL, settings.HANDRAIL_MODEL_KEY = "openai:smollm2", "none"
    settings.HANDRAIL_MODEL_URL = f"{served}/v1"
    settings.HANDRAIL_DEADLINE = 90.0  # two cores, and others use them too: this is no test of speed
    provider.forget()
    model.line.breaker.reset()
    yield served
    provider.forget()
    model.line.breaker.reset()


def test_it_is_heard_in_the_form_it_understands_and_within_the_bounds(small: str) -> None:
    calls: list[Call] = []
    sentences = ["Returns are free for 30 days.", "Outlet items are final.", "Boots must be clean."]
    heard = []
    for text in ("Can I send it back?", "Are outlet items final?", "Must my boots be clean?"):
        places = model.select(text, sentences, note=calls.append)
        heard += [] if places is None else [places]
    assert heard, calls
    assert {place for places in heard for place in places} <= {0, 1, 2}
    assert {call.ended for call in calls} <= {"chose", "found_nothing", "malformed"}
    assert any(call.tokens[0] > 50 for call in calls)


def test_the_question_it_once_declined_is_answered(fernway: Site, small: str) -> None:
    message = ask(fernway, BOUGHT)
    assert message.outcome == "answer"
    check(message)


def test_customers_are_helped_as_without_it_and_every_word_is_the_articles_own(
    fernway: Site, small: str, settings: Any
) -> None:
    asked = questions("answers")[: count(100, 4)]
    began, effects, helped = time.monotonic(), Counter[str](), 0
    for text in asked:
        model.line.breaker.reset()
        since = time.monotonic()
        message = ask(fernway, text)
        assert time.monotonic() - since < settings.HANDRAIL_DEADLINE
        check(message)
        helped += message.outcome == "answer"
        trace = Turn.objects.get(answer=message).trace
        effects.update(vote["effect"] for vote in trace.get("model_votes", ()))
    took = time.monotonic() - began
    settings.HANDRAIL_MODEL = ""
    alone = sum(ask(fernway, text).outcome == "answer" for text in asked)
    print(f"answered {helped} of {len(asked)}, alone {alone}; {dict(effects)}; {took / len(asked):.1f} s a question")
    assert helped >= wilson(alone, len(asked))[0] * len(asked)


def test_an_attack_gets_no_word_that_is_not_fixed_or_an_articles(fernway: Site, small: str) -> None:
    asked = questions("hostile", "declines")[: count(100, 4)]
    for text in asked:
        model.line.breaker.reset()
        check(ask(fernway, text))
