"""What a model chose and a tool found is said again from the record: neither is asked when a turn is replayed."""

import pytest

from chatbot import again
from conversations.models import Turn
from tests.doctrine.ada import Ada, identity
from tests.hostile.test_turns import questions

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("habit", ["the first sentence", "none", "status 500"])
def test_a_models_answer_comes_from_the_record(fernway, liar, habit):
    liar.habit = habit
    turn = Ada(fernway).ask(questions("answers")[0])
    asked = len(liar.did)
    assert asked
    assert turn.trace["heard"]["model"]
    liar.habit = "a closed connection"
    found = again.decide(Turn.objects.get(pk=turn.pk))
    assert (found.differs, found.now is None) == ([], False), found.as_json()
    assert len(liar.did) == asked, "nobody was asked again"


def test_a_tools_reply_comes_from_the_record(fernway, shop, settings):
    turn = Ada(fernway, identity("ada")).ask("Where is my order?")
    assert turn.tool_calls.exists() or turn.trace["heard"]["tools"]
    settings.SHOP_URL = "http://127.0.0.1:9"
    found = again.decide(Turn.objects.get(pk=turn.pk))
    assert (found.differs, found.now is None) == ([], False), found.as_json()
