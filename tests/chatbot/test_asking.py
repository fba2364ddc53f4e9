"""A tool asks for what it needs: one question at a time, with buttons, left at any time, kept in the conversation."""

from dataclasses import replace
from typing import Any

import pytest

from chatbot import again
from chatbot.decide import bot
from conversations import delivery, record
from conversations.models import Turn
from conversations.outcomes import Outcome, Reason
from conversations.wording import ENGLISH
from knowledge.models import Level
from release.live import permits, snapshot
from release.live.permits import Permit
from tests.doctrine.ada import RETURNS, Ada, identity
from tests.hostile.conftest import shop, shop_service  # noqa: F401  the shop's real service
from tools.declaration import Tool

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shop")]
WHERE = "Where is my order?"
LEAVE = ENGLISH["tool.leave"]


def asked(fernway) -> Ada:
    ada = Ada(fernway, identity("ada"))
    turn = ada.ask(WHERE)
    assert (turn.outcome, turn.reason) == ("clarify", "asking")
    return ada


def test_what_is_not_said_is_asked_for_with_a_button_for_each_choice_and_one_to_leave(fernway):
    ada = asked(fernway)
    assert ada.last["text"].startswith("Which order do you mean? Your recent orders are: FW-10233 (")
    assert ada.last["suggestions"][0] == "Where is my order FW-10233?"
    assert ada.last["suggestions"][-1] == LEAVE
    assert ada.last["citations"][0]["title"] == "Order system"


@pytest.mark.parametrize("reply", ["Where is my order FW-10169?", "FW-10169", "it's fw 10169", "order 10169"])
def test_a_button_and_a_typed_number_go_on(fernway, reply):
    ada = asked(fernway)
    turn = ada.ask(reply)
    assert (turn.outcome, turn.category.slug) == ("answer", "order-status")
    assert "Sleeping bag, -5, long" in ada.last["text"]


@pytest.mark.parametrize("reply", [LEAVE, "cancel", "forget it"])
def test_it_is_left_at_any_time(fernway, reply):
    ada = asked(fernway)
    assert ada.ask(reply).reason == "courtesy"
    assert ada.last["text"] == ENGLISH["tool_left"]
    assert ada.ask("the purple elephant one").reason != "asking"


def test_a_person_is_had_at_any_time(fernway):
    ada = asked(fernway)
    assert ada.ask("I want to talk to a human please").reason == "asked_for_human"


def test_another_question_is_answered_like_any_other(fernway):
    ada = asked(fernway)
    turn = ada.ask(RETURNS)
    assert (turn.outcome, turn.category.slug) == ("answer", "returns-refunds")


def test_what_leads_nowhere_is_asked_again_once_and_anew(fernway):
    ada = asked(fernway)
    first = ada.last["text"]
    assert ada.ask("the purple elephant one").reason == "asking"
    assert ada.last["text"] == first
    assert ada.ask("the purple elephant one").reason != "asking"


def test_somebody_elses_number_is_found_for_nobody(fernway):
    ada = asked(fernway)
    ada.ask("FW-10024")
    assert ada.last["text"] == "I found no order FW-10024 in your account."


def test_the_question_is_there_after_a_reload_and_goes_on(fernway):
    ada = asked(fernway)
    found = record.resume(fernway, str(ada.conversation.pk), ada.token)
    shown = delivery.frames(found.pk, 0)[-1]
    assert (shown["outcome"], shown["suggestions"][-1]) == ("clarify", LEAVE)
    assert ada.ask(shown["suggestions"][0]).outcome == "answer"


def test_a_sign_in_that_ended_meanwhile_is_asked_for(fernway):
    ada = asked(fernway)
    ada.conversation.identity = identity("ada", seconds=-1).claims()
    ada.conversation.save(update_fields=["identity"])
    assert ada.ask("FW-10169").reason == "needs_identity"


def test_both_turns_are_decided_again_to_the_same_without_asking_the_shop(fernway, settings):
    ada = asked(fernway)
    ada.ask("Where is my order FW-10169?")
    settings.SHOP_URL = "http://127.0.0.1:9"
    for turn in Turn.objects.filter(conversation=ada.conversation).order_by("pk"):
        found = again.decide(turn)
        assert (found.differs, found.now is None) == ([], False), found.as_json()


def test_a_question_that_shows_what_was_read_is_held_back_like_an_answer(fernway):
    live = snapshot.live(fernway.pk)
    for level, reason in ((Level.REVIEWED, Reason.DRAFT_REVIEW), (Level.INTERNAL, Reason.NOT_EXPOSED)):
        decided = bot.decide(bot.Question(WHERE, identity=identity("ada")), live, At(live, level=level.value))
        assert decided.reason is reason
        assert "FW-" not in decided.text
        assert decided.draft.reason is Reason.ASKING


def test_paused_tools_ask_nothing_and_answer_no_reply(fernway):
    live = snapshot.live(fernway.pk)
    first = bot.decide(bot.Question(WHERE, identity=identity("ada")), live, At(live))
    reply = follow(first, "FW-10169")
    assert bot.decide(reply, live, At(live)).outcome is Outcome.ANSWER
    assert bot.decide(reply, live, At(live, tools=False)).reason is Reason.PAUSED
    assert bot.decide(reply, live, At(live, paused=True)).reason is Reason.PAUSED


# ── Which tool ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Show me all my orders", "Your orders, the newest first: FW-10233"),
        ("How many points do I have?", "You have 1240 Circle points."),
        ("what is my circle points balance", "You have 1240 Circle points."),
        ("Where is my order FW-10169?", "Order FW-10169"),
    ],
)
def test_the_tool_that_a_message_means_is_used(fernway, text, said):
    ada = Ada(fernway, identity("ada"))
    assert ada.ask(text).outcome == "answer"
    assert ada.last["text"].startswith(said)


@pytest.mark.parametrize("text", ["How many points do I collect for each pound I spend?", "can I pay with points"])
def test_a_category_with_a_tool_still_answers_from_its_articles(fernway, text):
    ada = Ada(fernway, identity("ada"))
    turn = ada.ask(text)
    assert (turn.outcome, turn.category.slug, ada.last["generated"]) == ("answer", "loyalty", "quote")


def test_two_tools_that_are_as_near_are_asked_about(fernway):
    live = snapshot.live(fernway.pk)
    body = live.tools["orders"].as_json()
    twin = Tool.model_validate({**body, "name": "twin", "title": "Orders of your household"})
    frozen = replace(live, tools={**live.tools, "twin": twin}, categories=tuple(
        replace(c, tool="order_status, orders, twin") if c.slug == "order-status" else c for c in live.categories
    ))  # fmt: skip
    first = bot.decide(bot.Question("Show me all my orders", identity=identity("ada")), frozen, At(frozen))
    assert (first.reason, first.suggestions) == (Reason.ASKING, ("All your orders", "Orders of your household", LEAVE))
    reply = bot.decide(follow(first, "Orders of your household"), frozen, At(frozen))
    assert (reply.outcome, reply.tool_calls[0].tool) == (Outcome.ANSWER, "twin")


# ── A question with choices of its own ────────────────────────────────────────────────────────────────────────


def test_a_declared_question_is_asked_with_its_choices_and_then_the_next(fernway):
    live = snapshot.live(fernway.pk)
    body = live.tools["order_status"].as_json()
    number = {"ask": {"question": "The larger or the smaller one?", "choices": [
        {"say": "The larger", "value": "FW-10169"}, {"say": "The smaller", "value": "FW-10202"}]}}  # fmt: skip
    sure = {"ask": {"question": "Are you sure?", "choices": ["yes", "no"]}}
    arguments = {"customer": {"claim": "sub"}, "number": number, "sure": sure}
    request = {**body["request"], "query": {"customer": "{customer}", "sure": "{sure}"}}
    tool = Tool.model_validate({**body, "arguments": arguments, "request": request, "guest": None})
    frozen = replace(live, tools={**live.tools, "order_status": tool})
    first = bot.decide(bot.Question(WHERE, identity=identity("ada")), frozen, At(frozen))
    assert (first.text, first.suggestions) == ("The larger or the smaller one?", ("The larger", "The smaller", LEAVE))
    assert first.citations == ()
    second = bot.decide(follow(first, "the larger"), frozen, At(frozen))
    assert (second.text, second.suggestions) == ("Are you sure?", ("yes", "no", LEAVE))
    third = bot.decide(follow(second, "yes"), frozen, At(frozen))
    assert third.text.startswith("Order FW-10169")


class At:
    """Permits at one level, whatever is asked."""

    def __init__(self, frozen: Any, level: int = 3, **more: Any) -> None:
        self.permit = Permit(level=level, **more)
        self.inner = permits.AsAsked(frozen)

    def __call__(self, category: str) -> Permit:
        return self.permit if category else Permit(level=3)

    def answering(self) -> Any:
        return self.inner.answering()


def follow(decided: Any, text: str) -> bot.Question:
    """The next message after a decision."""
    past = bot.Exchange("before", decided.outcome, decided.reason, decided.category, asking=decided.trace["asking"])
    return bot.Question(text, (past,), identity("ada"))
