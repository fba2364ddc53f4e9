"""Whoever says that money was taken twice gets the article that answers, with a person first, or a person at once."""

import pytest

from chatbot.decide import bot
from chatbot.decide.run import Decision
from chatbot.decide.screening import guard
from chatbot.decide.screening.guard import TWICE, screen
from conversations.outcomes import Outcome, Reason
from release.live import permits, snapshot

TAKEN = [
    "my card got charged double",
    "you took my payment twice",
    "DOUBLE CHARGED FOR ONE HAT",
    "It looks like the transaction went through twice",
    "i was billed twice for one lamp",
    "why was i charged twice",
    "there is a duplicate payment on my statement",
]
NOT_TAKEN = [
    "will I be charged twice if I split the delivery",
    "do you double charge postage for two parcels",
    "My torch has to be charged several times a day",
    "how many times can you charge the headtorch",
    "can I use two vouchers twice",
    "My card payment is declined and I have tried several times",
]


@pytest.mark.parametrize("text", TAKEN)
def test_money_taken_twice_wants_a_person_unless_an_article_answers(text: str) -> None:
    seen = screen(text)
    assert (seen.reason, seen.otherwise, seen.kind) == (None, Reason.COMPLAINT, TWICE)


@pytest.mark.parametrize("text", NOT_TAKEN)
def test_questions_of_charging_by_hand_or_in_advance_are_questions(text: str) -> None:
    assert screen(text).kind != TWICE


@pytest.mark.django_db
def test_ada_is_shown_the_article_that_tells_of_it_with_a_person_first(fernway) -> None:
    told = decided(fernway)
    assert (told.outcome, told.offered) == (Outcome.ANSWER, True)
    assert {cited.source for cited in told.citations} == {"when-you-are-charged"}


@pytest.mark.django_db
def test_where_she_would_be_asked_back_she_is_with_a_person_instead(fernway, monkeypatch) -> None:
    text = "there is a double charge for the kayak hire on my card"
    assert decided(fernway, text).reason is Reason.COMPLAINT
    monkeypatch.setattr(guard, "TWICE", "")
    assert decided(fernway, text).reason is Reason.UNSURE, "with sections that may fit"


def decided(site, text: str = "why was i charged twice for one pair of boots") -> Decision:
    live = snapshot.live(site.pk)
    return bot.decide(bot.Question(text, ()), live, permits.AsAsked(live))
