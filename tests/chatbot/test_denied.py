"""A question that the owner wrote down as not theirs is not answered, whatever an article seems to say to it."""

import pytest

from chatbot.decide.gate import fitted
from conversations.outcomes import Outcome
from tests.doctrine.ada import Ada

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("asked", ["student discount", "is there a student discount"])
def test_another_wording_of_a_counterexample_is_neither_answered_nor_offered_a_section(fernway, asked: str) -> None:
    turn = Ada(fernway).ask(asked)
    assert (turn.outcome, turn.reason) == (Outcome.DECLINE, "out_of_scope")
    assert turn.trace["votes"]["counterexample"] >= fitted.DENIED


@pytest.mark.parametrize("asked", ["Is there a discount for new customers?", "How do I use a discount code?"])
def test_what_the_owner_has_questions_of_its_own_for_is_answered_beside_it(fernway, asked: str) -> None:
    assert Ada(fernway).ask(asked).outcome == Outcome.ANSWER
