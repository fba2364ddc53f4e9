"""Promise 2, grounded or silent: every sentence is a slice of a live approved text, or fixed wording."""

import pytest

from chatbot.decide import bot
from conversations.outcomes import Outcome
from release.live import permits, snapshot
from tests.conftest import count
from tests.doctrine.sayings import scenarios, strange

pytestmark = pytest.mark.django_db


def test_every_sentence_of_every_answer_stands_in_a_live_approved_article_or_in_the_wording(fernway):
    live = snapshot.live(fernway.pk)
    files = ("answers", "edge-of-rule", "two-questions", "declines", "courtesy")
    answers = 0
    for scenario in list(scenarios(*files))[:: count(1, 2)]:
        decision = bot.decide(bot.Question(scenario["turns"][-1]), live, permits.Now(fernway.pk, live))
        assert strange(decision, live.crisis) == [], scenario["id"]
        answers += decision.outcome is Outcome.ANSWER
        assert bool(decision.citations) == (decision.outcome is Outcome.ANSWER), scenario["id"]
    assert answers >= 30
