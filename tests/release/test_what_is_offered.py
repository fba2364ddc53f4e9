"""Customers are offered, in any form, only what the bot answers for them now; else they are told where a person is."""

import pytest

from chatbot.decide import bot
from chatbot.web import chat
from conversations.outcomes import Reason
from knowledge.models import Category
from release.exposure import levels
from release.live import pauses, permits, snapshot
from release.scenarios import offered
from tests.doctrine.ada import Ada
from tests.release import stage

pytestmark = pytest.mark.django_db
ELSEWHERE = "Which planets have rings of ice and dust?"


@pytest.fixture
def dan(ferry):
    offered.ahead(stage.publish(ferry))
    return stage.people(ferry)["dan"]


def decided(site, text=ELSEWHERE):
    live = snapshot.live(site.pk)
    return bot.decide(bot.Question(text), live, permits.Now(site.pk, live))


def asked_first(site):
    ada = Ada(site)
    return chat.welcome(chat.Thread(ada.conversation.pk, site.pk, ada.token), 0)["suggestions"]


def titles(site):
    return {each.title for each in permits.Now(site.pk).answering()}


def test_a_decline_and_the_first_questions_name_what_is_answered(ferry, dan):
    both = {"Tickets", "Luggage"}
    assert titles(ferry) == both
    assert set(decided(ferry).suggestions) == both
    assert set(asked_first(ferry)) == {stage.TICKETS[0], stage.LUGGAGE[0]}, "the first that is answered"


def test_a_subject_that_was_taken_down_is_offered_nowhere(ferry, dan):
    levels.lower_level(Category.objects.get(slug="luggage"), 2, actor=dan, reason="A wrong answer.")
    declined = decided(ferry)
    assert declined.reason is Reason.OUT_OF_SCOPE
    assert declined.suggestions == ("Tickets",)
    assert "Luggage" not in declined.text
    assert asked_first(ferry) == [stage.TICKETS[0]]
    assert "Luggage" not in decided(ferry, "What can you help me with?").text


def test_a_paused_subject_is_not_offered_while_it_is_paused(ferry, dan):
    luggage = Category.objects.get(slug="luggage")
    pauses.pause(site=ferry, category=luggage, what="all", reason="Wrong.", actor=dan)
    assert titles(ferry) == {"Tickets"}
    pauses.resume(site=ferry, category=luggage, what="all", reason="Mended.", actor=dan)
    assert titles(ferry) == {"Tickets", "Luggage"}


def test_a_question_asked_back_names_no_subject_that_is_paused_or_taken_down(ferry, dan, monkeypatch):
    unclear = "what about the ferry"
    monkeypatch.setattr(bot.offers, "from_articles", lambda category: False)  # no section can be offered, so names are
    assert set(decided(ferry, unclear).suggestions) == {"Tickets", "Luggage"}
    pauses.pause(category=Category.objects.get(slug="luggage"), what="all", reason="Wrong.", actor=dan)
    asked = decided(ferry, unclear)
    assert (asked.reason, asked.suggestions) == (Reason.AMBIGUOUS, ("Tickets",))
    levels.lower_level(Category.objects.get(slug="tickets"), 1, actor=dan, reason="A wrong answer.")
    assert decided(ferry, unclear).reason is Reason.OUT_OF_SCOPE


def test_another_build_offers_nothing_and_says_that_it_is_not_ready(ferry, dan, monkeypatch):
    monkeypatch.setattr(bot, "fingerprint_parts", lambda: {"code": "another"})
    declined = decided(ferry)
    assert declined.suggestions == ()
    assert declined.text.startswith("I am not ready to answer questions here yet.")
    assert asked_first(ferry) == []
