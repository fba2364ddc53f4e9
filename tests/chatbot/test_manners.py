"""What may be courtesy or a question: articles come first, and nobody who may need a person is met with manners."""

import pytest

from chatbot.decide import bot
from chatbot.decide.screening.guard import screen
from conversations.outcomes import Outcome, Reason
from release.live import permits, snapshot

pytestmark = pytest.mark.django_db


def decided(site, text):
    frozen = snapshot.candidate(site)
    return bot.decide(bot.Question(text), frozen, permits.AsAsked(frozen))


def test_a_question_about_the_assistant_itself_is_met_where_no_article_has_anything_to_say(fernway):
    decision = decided(fernway, "so what kind of things could you look up for me then")
    assert (decision.reason, decision.kind) == (Reason.COURTESY, "what_can_you_do")


def test_what_is_surely_good_manners_is_met_at_once():
    assert screen("cheers love, that's grand").reason is Reason.COURTESY


def test_who_may_need_a_person_is_offered_one_and_not_only_greeted(fernway):
    decision = decided(fernway, "Hello! Give me an agent. Thank you very much.")
    assert decision.outcome is Outcome.HANDOFF or decision.offered
    assert decision.reason is not Reason.COURTESY


def test_grief_with_a_sign_of_danger_beside_it_brings_the_numbers():
    seen = screen("since my wife died I sit with her pills every night and wonder what the point is")
    assert (seen.reason, seen.life) == (Reason.DISTRESS, True)
