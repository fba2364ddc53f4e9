"""A question that the owner wrote down as not theirs is not answered, whatever an article seems to say to it."""

import pytest

from conversations.outcomes import Outcome
from tests.doctrine.ada import Ada

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("asked", ["student discount", "is there a student discount", "discount for students?"])
def test_another_wording_of_a_counterexample_is_no_more_answered_than_its_own(fernway, asked: str) -> None:
    assert Ada(fernway).ask(asked).outcome != Outcome.ANSWER


@pytest.mark.parametrize("asked", ["Is there a discount for new customers?", "How do I use a discount code?"])
def test_what_the_owner_has_questions_of_its_own_for_is_answered_beside_it(fernway, asked: str) -> None:
    assert Ada(fernway).ask(asked).outcome == Outcome.ANSWER
