"""Two questions in one message: both answers reach the customer, each under its own category, pauses and texts."""

import pytest

from chatbot import turn
from conversations import record
from conversations.outcomes import Outcome, Reason
from knowledge.editing import approval
from knowledge.models import Category, Source
from release.live import pauses

pytestmark = pytest.mark.django_db
BOTH = "Can you wash my down jacket, and can I pay with PayPal?"
CARE, PAYMENTS = "product-care", "payments"


@pytest.fixture
def asked(fernway):
    """Ada's turn, with what was decided on it and is not settled yet."""
    conversation, _ = record.open_conversation(fernway)
    began = turn.begin(conversation.pk, "1", BOTH)
    return began.turn, turn.decide(began.turn)


def answered(asked):
    turn.settle(*asked)
    running = asked[0]
    running.refresh_from_db()
    return running


def test_both_are_answered_in_one_message_from_two_articles_of_two_categories(asked):
    decision = asked[1]
    assert decision.category == CARE
    assert [each.category for each in decision.citations if each.category] == [PAYMENTS]
    running = answered(asked)
    assert (running.outcome, running.reason) == (Outcome.ANSWER, Reason.ANSWERED)
    assert set(running.answer.citations.values_list("source__slug", flat=True)) == {"caring-for-down", "ways-to-pay"}
    assert "PayPal" in running.answer.text


@pytest.mark.parametrize("slug", [CARE, PAYMENTS])
def test_a_pause_of_either_category_meanwhile_stops_the_answer(asked, people, fernway, slug):
    category = Category.objects.get(site=fernway, slug=slug)
    pauses.pause(category=category, actor=people["dan"], reason="A test of two questions.")
    assert answered(asked).reason == Reason.PAUSED


@pytest.mark.parametrize("slug", ["caring-for-down", "ways-to-pay"])
def test_an_article_of_either_that_is_withdrawn_meanwhile_is_not_quoted(asked, people, slug):
    approval.withdraw(Source.objects.get(slug=slug), actor=people["cleo"], reason="It says what is not so.")
    assert answered(asked).reason == Reason.NOT_GROUNDED
