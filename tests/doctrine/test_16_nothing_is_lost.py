"""Promise 16, nothing is lost: what was acknowledged is a row, once; a turn whose process died still ends.

Killing real processes at every point of a turn: tests/journeys/test_killed_anywhere.py.
"""

from datetime import timedelta

import pytest
from django.utils import timezone

from chatbot import turn as turns
from conversations import delivery
from conversations.models import Message, Turn
from tests.doctrine.ada import RETURNS, Ada

pytestmark = pytest.mark.django_db


def test_a_message_sent_again_is_stored_once_and_keeps_its_place(fernway):
    ada = Ada(fernway)
    first = turns.begin(ada.conversation.pk, "the-same", RETURNS)
    again = turns.begin(ada.conversation.pk, "the-same", RETURNS)
    assert (first.new, again.new, again.seq) == (True, False, first.seq)
    assert Message.objects.filter(conversation=ada.conversation).count() == 1


def test_a_turn_whose_process_died_ends_as_a_handoff_exactly_once(fernway):
    ada = Ada(fernway)
    running = ada.write(RETURNS)
    decision = turns.decide(running)
    Turn.objects.filter(pk=running.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    assert turns.sweep() == 1
    assert turns.sweep() == 0
    turns.settle(running, decision)  # the dead process wakes up after all: its lease is gone
    bots = [message for message in ada.heard if message["author"] == "bot"]
    assert [message["outcome"] for message in bots] == ["handoff"]
    assert ada.state == "waiting"


def test_a_reconnect_gets_what_came_after_the_last_message_seen_in_order(fernway):
    ada = Ada(fernway)
    for _ in range(3):
        ada.ask("hello")
    whole = ada.heard
    assert [message["seq"] for message in whole] == list(range(1, len(whole) + 1))
    for seen in range(len(whole) + 1):
        assert delivery.frames(ada.conversation.pk, seen) == whole[seen:]
