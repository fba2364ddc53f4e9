"""Promise 10, exposure is earned: one step at a time, on evidence, by two people; down at once, by one."""

import pytest

from knowledge.models import Category, Level
from release.exposure import levels
from release.gate import gate
from release.models import ExposureMove
from sites.access.roles import NotAllowed
from sites.core.refusal import Refused
from tests.doctrine.ada import RETURNS, Ada

pytestmark = pytest.mark.django_db


@pytest.fixture
def returns(fernway) -> Category:
    return Category.objects.get(site=fernway, slug="returns-refunds")


def test_the_level_decides_who_sees_an_answer_first(fernway, returns, people):
    fernway.hours = {}
    fernway.save(update_fields=["hours"])
    assert Ada(fernway).ask(RETURNS).outcome == "answer"
    levels.lower_level(returns, Level.REVIEWED, actor=people["dan"], reason="Two wrong answers.")
    assert Ada(fernway).ask(RETURNS).outcome == "draft"
    levels.lower_level(returns, Level.INTERNAL, actor=people["ben"], reason="One more.")
    turn = Ada(fernway).ask(RETURNS)
    assert (turn.outcome, turn.reason) == ("decline", "not_exposed")


def test_up_takes_two_people_evidence_and_one_step(fernway, returns, people):
    dan, admin, ben = people["dan"], people["admin"], people["ben"]
    levels.lower_level(returns, Level.INTERNAL, actor=dan, reason="Begin again.")
    with pytest.raises(Refused):
        levels.raise_level(returns, actor=dan, second=dan, reason="Alone.")
    with pytest.raises(NotAllowed):
        levels.raise_level(returns, actor=dan, second=ben, reason="With somebody who has no say.")
    with pytest.raises(Refused):
        levels.raise_level(returns, actor=dan, second=admin, reason="")
    move = levels.raise_level(returns, actor=dan, second=people["cleo"], reason="The scenarios pass.")
    assert (move.before, move.after) == (Level.INTERNAL, Level.REVIEWED)
    with pytest.raises(Refused, match="draft"):
        levels.raise_level(returns, actor=dan, second=people["cleo"], reason="At once again.")


def test_every_move_of_the_demo_itself_is_a_row_with_two_names_and_its_run(fernway):
    moves = ExposureMove.objects.filter(category__site=fernway, after=Level.SELF_SERVICE)
    assert moves
    for move in moves:
        assert (move.actor, move.second) == ("dan", "admin")
        assert move.evidence["first_release"]
        assert move.evidence["run"]
    assert gate.previous(fernway) is None
