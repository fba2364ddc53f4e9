"""A model's choice is one vote: where the bot's own grounding is strong its answer stays, and the record says so."""

import pytest

from chatbot.decide import bot, model, voting
from conversations.models import Turn
from sites.models import Site
from tests.hostile.server import LIES, Hostile
from tests.hostile.test_turns import ask, check, questions

pytestmark = pytest.mark.django_db
BOUGHT = "How long do I have to return something I bought online?"
"""What a small real model declined in the place of a bot that answers it."""


@pytest.fixture(autouse=True)
def mended() -> None:
    model.line.breaker.reset()


def alone(site: Site, settings, text: str) -> str:
    """What the bot says without a model."""
    name, settings.HANDRAIL_MODEL = settings.HANDRAIL_MODEL, ""
    said = ask(site, text).text
    settings.HANDRAIL_MODEL = name
    return said


def vote() -> dict:
    (said,) = Turn.objects.latest("pk").trace["model_votes"]
    return said


def test_an_empty_choice_does_not_take_back_what_the_bot_is_sure_of(fernway: Site, liar: Hostile, settings) -> None:
    liar.habit = "none"
    message = ask(fernway, BOUGHT)
    assert message.outcome == "answer"
    assert message.text == alone(fernway, settings, BOUGHT)
    assert (vote_of(message)["numbers"], vote_of(message)["effect"]) == ([], "overruled")


def vote_of(message) -> dict:
    (said,) = Turn.objects.get(answer=message).trace["model_votes"]
    return said


def test_where_the_bot_is_not_sure_either_an_empty_choice_declines(
    fernway: Site, liar: Hostile, settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(voting, "_sure", lambda read, own: False)
    liar.habit = "none"
    message = ask(fernway, BOUGHT)
    assert message.outcome in ("clarify", "decline")
    assert vote()["effect"] == "declined"
    check(message)


@pytest.mark.parametrize("habit", ["the last sentence", "a thousand numbers", "plain text", "every number"])
def test_a_nonsensical_choice_leaves_the_answer_as_it_was(fernway: Site, liar: Hostile, settings, habit: str) -> None:
    own = alone(fernway, settings, BOUGHT)
    liar.habit = habit
    message = ask(fernway, BOUGHT)
    assert message.text == own
    assert vote_of(message)["effect"] == ("left_out" if habit in LIES else "unfit")


def test_a_choice_that_is_the_bots_own_or_another_is_told_apart(fernway: Site, liar: Hostile, settings) -> None:
    seen = set()
    liar.habit = "the first sentence"
    for text in questions("answers")[:8]:
        own, message = alone(fernway, settings, text), ask(fernway, text)
        effect = vote_of(message)["effect"]
        assert effect in ("same", "changed")
        assert effect == "changed" or message.text == own
        seen.add(effect)
    assert "changed" in seen


def test_the_answer_to_every_question_survives_a_model_that_always_finds_nothing(
    fernway: Site, liar: Hostile, settings
) -> None:
    asked = questions("answers")[:20]
    liar.habit = "none"
    kept = [ask(fernway, text).outcome for text in asked].count("answer")
    settings.HANDRAIL_MODEL = ""
    own = [ask(fernway, text).outcome for text in asked].count("answer")
    print(f"{kept} of {own} answers stay with a model that finds nothing")
    assert kept >= 0.8 * own


def test_a_vote_is_replayed_and_comes_out_the_same(fernway: Site, liar: Hostile) -> None:
    from chatbot import again

    for habit in ("none", "the first sentence", "status 500"):
        model.line.breaker.reset()
        liar.habit = habit
        ask(fernway, BOUGHT)
        found = again.decide(Turn.objects.latest("pk"))
        assert found.now is not None
        assert not found.differs
    assert bot.describe()["model"] == "openai:liar"
