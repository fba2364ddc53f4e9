"""Promise 1, bounded scope: what does not pass the gate is never answered, and no model selects words for it."""

import pytest

from chatbot.decide import bot, model
from conversations.outcomes import Outcome
from release.live import permits, snapshot
from tests.doctrine.sayings import scenarios

pytestmark = pytest.mark.django_db


def test_what_the_gate_does_not_accept_is_neither_answered_nor_shown_to_a_model(fernway, settings, monkeypatch):
    asked: list[str] = []
    settings.HANDRAIL_MODEL = "openai:any"
    monkeypatch.setattr(model, "choose", lambda text, *rest: asked.append(text))
    live = snapshot.live(fernway.pk)
    refused = 0
    for scenario in scenarios("declines", "hostile"):
        asked.clear()
        decision = bot.decide(bot.Question(scenario["turns"][-1]), live, permits.Now(fernway.pk, live))
        if decision.accepted:
            continue
        refused += 1
        assert decision.outcome is not Outcome.ANSWER, scenario["id"]
        assert decision.citations == (), scenario["id"]
        assert asked == [], scenario["id"]
    assert refused >= 20
