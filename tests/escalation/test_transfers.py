"""Passing a customer on: to a colleague who is there, or to a team, always with a note, and the customer is told."""

import pytest
from django.db import transaction
from django.utils import timezone

from conversations.models import Event, Message
from conversations.record import IllegalMove
from escalation.desk import desk
from escalation.models import Handoff, Team
from escalation.packet.packet import thread
from escalation.queue import presence
from tests.escalation.conftest import ask, said, settle, state_of, wait

pytestmark = pytest.mark.django_db


@pytest.fixture
def refunds(shop, mia):
    team = Team.objects.create(site=shop, name="Refunds")
    team.people.add(mia)
    return team


def test_a_colleague_who_is_there_has_the_customer_at_once_and_the_customer_hears_it(shop, ben, mia):
    presence.beat(mia)
    handoff = desk.claim(wait(shop), actor=ben)
    passed = desk.transfer(handoff, actor=ben, to=mia, note="She wants her money back.")
    assert (passed.state, passed.agent) == ("claimed", mia)
    assert said(handoff.conversation)[-1][1].startswith("Ben has passed you to Mia, a person")
    with pytest.raises(IllegalMove, match="Mia has this conversation"):
        desk.reply(handoff, actor=ben, text="One more thing")
    assert desk.reply(handoff, actor=mia, text="Hello, I am Mia.").name == "Mia"


def test_the_note_stands_in_the_thread_and_the_customer_never_sees_it(shop, ben, mia):
    presence.beat(mia)
    handoff = desk.claim(wait(shop), actor=ben)
    desk.transfer(handoff, actor=ben, to=mia, note="Careful, she is upset.")
    line = next(e for e in thread(handoff.conversation) if e.label == "Passed on")
    assert (line.text, line.name) == ("Careful, she is upset.", "ben to Mia")
    assert not Message.objects.filter(text__contains="Careful").exists()


def test_nobody_is_passed_to_somebody_who_is_offline_or_no_agent_here(shop, ben, mia, hugo):
    handoff = desk.claim(wait(shop), actor=ben)
    with pytest.raises(IllegalMove, match="Mia is offline"):
        desk.transfer(handoff, actor=ben, to=mia, note="yours")
    with pytest.raises(IllegalMove, match="Hugo is not an agent of Fernway"):
        desk.transfer(handoff, actor=ben, to=hugo, note="yours")
    with pytest.raises(IllegalMove, match="Ben has this conversation already"):
        desk.transfer(handoff, actor=ben, to=ben, note="mine")
    assert Handoff.objects.get().agent == ben


def test_a_transfer_needs_a_note_and_somebody_to_go_to(shop, ben, mia):
    handoff = desk.claim(wait(shop), actor=ben)
    with pytest.raises(IllegalMove, match="Write a note"):
        desk.transfer(handoff, actor=ben, to=mia, note=" ")
    with pytest.raises(IllegalMove, match="Choose a colleague or a team"):
        desk.transfer(handoff, actor=ben, note="somebody")


def test_a_team_gets_the_customer_at_the_place_they_had(shop, ben, refunds):
    first, second = wait(shop), wait(shop)
    passed = desk.transfer(desk.claim(first, actor=ben), actor=ben, team=refunds, note="A refund.")
    assert state_of(passed) == ("open", "waiting")
    assert passed.team == refunds
    assert passed.opened_at < second.opened_at
    assert "back to the queue" in said(first.conversation)[-1][1]


def test_somebody_who_waits_can_be_moved_to_another_team_without_a_word(shop, ben, refunds):
    handoff = wait(shop)
    before = said(handoff.conversation)
    assert desk.transfer(handoff, actor=ben, team=refunds, note="theirs").team == refunds
    assert said(handoff.conversation) == before


def test_only_who_has_the_customer_passes_them_on(shop, ben, mia, refunds):
    presence.beat(mia)
    handoff = desk.claim(wait(shop), actor=ben)
    with pytest.raises(IllegalMove, match="Ben has this conversation"):
        desk.transfer(handoff, actor=mia, team=refunds, note="to us")


def test_a_team_of_another_site_is_no_place_to_go(shop, bank, ben):
    other = Team.objects.create(site=bank, name="Loans")
    with pytest.raises(IllegalMove, match="of this site"):
        desk.transfer(wait(shop), actor=ben, team=other, note="loan")


def test_a_handoff_goes_to_the_team_of_its_category(shop, returns, refunds):
    refunds.categories.add(returns)
    assert wait(shop).team == refunds


def test_who_presses_the_button_goes_to_the_team_of_what_they_asked_last(shop, returns, refunds):
    refunds.categories.add(returns)
    conversation, turn = ask(shop)
    settle(turn, "answer", "answered", category=returns, trace={"accepted": True})
    with transaction.atomic():
        handoff = desk.open_handoff(conversation, turn=None, reason="asked_for_human")
    assert (handoff.category, handoff.team) == ("returns", refunds)


def test_closing_keeps_what_the_agent_says_of_the_handoff_as_evidence(shop, ben):
    handoff = desk.claim(wait(shop), actor=ben)
    with pytest.raises(IllegalMove, match="needed, unneeded, too_late, repeated"):
        desk.close(handoff, actor=ben, need="who knows")
    desk.close(handoff, actor=ben, ending="resolved", need="too_late")
    body = Event.objects.get(kind="handoff.closed").body
    assert (body["need"], body["category"], body["ending"]) == ("too_late", "returns", "resolved")


def test_the_assistant_gets_nobody_back_without_a_reason(shop, ben):
    handoff = desk.claim(wait(shop), actor=ben)
    with pytest.raises(IllegalMove, match="why the assistant can go on"):
        desk.return_to_bot(handoff, actor=ben, reason=" ")
    assert state_of(handoff) == ("claimed", "human")
    desk.return_to_bot(handoff, actor=ben, reason="It was about opening hours.")
    assert Event.objects.get(kind="handoff.returned").body["reason"] == "It was about opening hours."


def test_a_transfer_does_not_make_the_agent_count_as_absent(shop, ben, mia):
    presence.beat(mia)
    desk.transfer(desk.claim(wait(shop), actor=ben), actor=ben, to=mia, note="yours")
    assert presence.abandoned(timezone.now()) == []
