"""Promise 7, the button always works: at once, in any state, and after it the bot is silent."""

import pytest

from chatbot import turn as turns
from conversations.models import Turn
from escalation.desk import desk
from escalation.models import Handoff
from release.live import pauses
from tests.doctrine.ada import RETURNS, Ada

pytestmark = pytest.mark.django_db


def test_before_the_first_message(fernway):
    ada = Ada(fernway)
    turns.ask_for_human(ada.conversation.pk)
    assert ada.state == "waiting"


def test_while_an_answer_is_under_way_which_then_does_not_land(fernway):
    ada = Ada(fernway)
    running = ada.write(RETURNS)
    decision = turns.decide(running)
    turns.ask_for_human(ada.conversation.pk)
    assert ada.state == "waiting"
    turns.settle(running, decision)
    assert [message["author"] for message in ada.heard] == ["customer", "system"]
    assert Turn.objects.get(pk=running.pk).state == Turn.State.DISCARDED


def test_while_everything_is_paused(fernway, people):
    pauses.pause(site=fernway, actor=people["dan"], reason="A drill.")
    ada = Ada(fernway)
    turns.ask_for_human(ada.conversation.pk)
    assert ada.state == "waiting"


def test_a_typed_request_is_obeyed_on_that_turn(fernway):
    ada = Ada(fernway)
    assert ada.ask("let me talk to a person").outcome == "handoff"
    assert ada.state == "waiting"


def test_the_bot_is_silent_while_a_person_has_the_conversation(fernway, people):
    ada = Ada(fernway)
    turns.ask_for_human(ada.conversation.pk)
    desk.claim(Handoff.objects.get(conversation=ada.conversation), actor=people["ben"])
    assert ada.write(RETURNS) is None
    assert "bot" not in {message["author"] for message in ada.heard}


def test_out_of_hours_it_says_so_and_offers_to_write(fernway):
    fernway.hours = {"holidays": {}, "mon": []}
    fernway.save(update_fields=["hours"])
    ada = Ada(fernway)
    turns.ask_for_human(ada.conversation.pk)
    assert "Nobody is at the desk right now" in ada.last["text"]
    assert "Leave an e-mail address" in ada.last["text"]
