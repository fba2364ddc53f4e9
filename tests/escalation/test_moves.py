"""Every move of a handoff: what it changes, what the customer hears, and what is refused in a plain sentence."""

import re
from functools import partial

import pytest
from django.core import mail
from django.db import transaction

from conversations.models import Conversation, Event, Message
from conversations.record import IllegalMove
from escalation.desk import desk
from escalation.models import Handoff
from escalation.queue import waiting
from sites.access.roles import NotAllowed, grant
from sites.core import outbox
from sites.models import LedgerEntry, Role
from tests.escalation.conftest import ask, said, settle, state_of, wait, whole

pytestmark = pytest.mark.django_db


def test_ben_claims_ada_and_she_hears_that_a_person_has_joined(shop, ben):
    handoff = wait(shop)
    desk.claim(handoff, actor=ben)
    assert state_of(handoff) == ("claimed", "human")
    author, text = said(handoff.conversation)[-1]
    assert author == "system"
    assert text.startswith("Ben, a person, has joined.")


def test_a_second_claim_is_told_who_was_first(shop, ben, mia):
    handoff = wait(shop)
    desk.claim(handoff, actor=ben)
    with pytest.raises(IllegalMove, match="Ben has already claimed this conversation"):
        desk.claim(handoff, actor=mia)
    with pytest.raises(IllegalMove, match="You have already claimed"):
        desk.claim(handoff, actor=ben)


def test_a_reply_is_the_next_message_in_bens_name(shop, ben):
    handoff = desk.claim(wait(shop), actor=ben)
    message = desk.reply(handoff, actor=ben, text="  Hello Ada, I am looking.  ")
    assert (message.author, message.name, message.text) == ("agent", "Ben", "Hello Ada, I am looking.")
    assert message.seq == Conversation.objects.get(pk=handoff.conversation_id).last_seq


def test_nobody_writes_into_a_colleagues_conversation(shop, ben, mia):
    handoff = desk.claim(wait(shop), actor=ben)
    with pytest.raises(IllegalMove, match="Ben has this conversation"):
        desk.reply(handoff, actor=mia, text="Hi")
    with pytest.raises(IllegalMove, match="Ben has this conversation"):
        desk.close(handoff, actor=mia)


def test_an_administrator_frees_the_work_of_an_agent_who_vanished_but_does_not_speak_for_them(shop, ben, mia):
    grant(mia, shop, Role.ADMIN)
    handoff = desk.claim(wait(shop), actor=ben)
    with pytest.raises(IllegalMove):
        desk.reply(handoff, actor=mia, text="Hi")
    desk.release(handoff, actor=mia, reason="Ben is ill")
    assert state_of(handoff) == ("open", "waiting")


def test_nothing_is_said_before_it_is_claimed_and_nothing_when_it_is_empty(shop, ben):
    handoff = wait(shop)
    with pytest.raises(IllegalMove, match="nobody's yet"):
        desk.reply(handoff, actor=ben, text="Hi")
    with pytest.raises(IllegalMove, match="nothing to send"):
        desk.reply(desk.claim(handoff, actor=ben), actor=ben, text=" \n ")


def test_a_released_customer_keeps_the_old_place_in_the_queue(shop, ben):
    first, second = wait(shop), wait(shop)
    desk.release(desk.claim(first, actor=ben), actor=ben)
    assert [h.pk for h in waiting.queue([shop.pk])] == [first.pk, second.pk]
    assert said(first.conversation)[-1] == ("system", "Ben has passed you back to the queue. Another person will join.")


def test_returning_to_the_assistant_ends_the_handoff_and_says_so(shop, ben):
    handoff = desk.return_to_bot(desk.claim(wait(shop), actor=ben), actor=ben, reason="answered")
    assert state_of(handoff) == ("closed", "bot")
    assert handoff.ending == "returned"
    assert "AI assistant again" in said(handoff.conversation)[-1][1]


def test_a_returned_conversation_can_be_handed_over_again(shop, ben):
    handoff = desk.return_to_bot(desk.claim(wait(shop), actor=ben), actor=ben, reason="answered")
    with transaction.atomic():
        again = desk.open_handoff(handoff.conversation, turn=None, reason="asked_for_human")
    assert again.pk != handoff.pk
    assert state_of(again) == ("open", "waiting")


def test_closing_ends_the_conversation_for_good(shop, ben):
    handoff = desk.close(desk.claim(wait(shop), actor=ben), actor=ben, ending="resolved", reason="refunded")
    assert (state_of(handoff), handoff.ending, handoff.note) == (("closed", "closed"), "resolved", "refunded")
    with pytest.raises(IllegalMove):
        desk.reply(handoff, actor=ben, text="one more thing")
    with pytest.raises(IllegalMove, match=r"already over \(resolved\)"):
        desk.claim(handoff, actor=ben)


def test_a_conversation_is_closed_as_resolved_or_abandoned_and_as_nothing_else(shop, ben):
    handoff = desk.claim(wait(shop), actor=ben)
    with pytest.raises(IllegalMove, match="resolved or as abandoned"):
        desk.close(handoff, actor=ben, ending="withdrawn")
    assert state_of(handoff) == ("claimed", "human")


def test_a_customer_who_stops_waiting_gets_the_assistant_back(shop, ben):
    handoff = wait(shop)
    desk.customer_leaves(handoff.conversation_id)
    assert state_of(handoff) == ("closed", "bot")
    with pytest.raises(IllegalMove, match=r"already over \(withdrawn\)"):
        desk.claim(handoff, actor=ben)


def test_stopping_to_wait_comes_too_late_once_a_person_is_there(shop, ben):
    handoff = desk.claim(wait(shop), actor=ben)
    desk.customer_leaves(handoff.conversation_id)
    assert state_of(handoff) == ("claimed", "human")


@pytest.mark.parametrize(("claimed", "ending"), [(False, "withdrawn"), (True, "abandoned")])
def test_a_customer_may_end_the_conversation_in_any_state(shop, ben, claimed, ending):
    handoff = wait(shop)
    if claimed:
        desk.claim(handoff, actor=ben)
    desk.customer_ends(handoff.conversation_id)
    assert state_of(handoff) == ("closed", "closed")
    assert Handoff.objects.get(pk=handoff.pk).ending == ending
    desk.customer_ends(handoff.conversation_id)  # a repeated frame changes nothing


def test_a_call_back_sends_the_answer_only_and_never_the_transcript(shop, ben):
    handoff = wait(shop, text="My card is 12345 and secret", contact="ada@example.org")
    desk.call_back(handoff, actor=ben, text="We have refunded you.")
    outbox.run_due(bulk=False)
    assert state_of(handoff) == ("closed", "closed")
    (sent,) = mail.outbox
    assert sent.to == ["ada@example.org"]
    assert sent.body.startswith("We have refunded you.")
    assert "12345" not in sent.body


def test_a_call_back_needs_an_address(shop, ben):
    handoff = wait(shop)
    with pytest.raises(IllegalMove, match="has left no e-mail address"):
        desk.call_back(handoff, actor=ben, text="We have refunded you.")
    assert state_of(handoff) == ("open", "waiting")


def test_a_verified_address_is_preferred_to_one_that_was_typed(shop):
    conversation, _ = ask(shop, identity={"sub": "ada", "email": "ada@verified.example"}, contact="eve@example.org")
    assert desk.address_of(conversation) == "ada@verified.example"


def test_a_note_is_kept_and_takes_no_place_in_what_the_customer_sees(shop, ben):
    handoff = wait(shop)
    before = said(handoff.conversation)
    desk.note(handoff.conversation, actor=ben, text="Be gentle.")
    assert said(handoff.conversation) == before
    assert Event.objects.get(kind="note").body == {"text": "Be gentle.", "name": "Ben"}


def test_somebody_without_the_role_can_do_nothing(shop, ben, hugo):
    handoff = desk.claim(wait(shop), actor=ben)
    for verb in (desk.claim, desk.release, partial(desk.return_to_bot, reason="x"), desk.close):
        with pytest.raises(NotAllowed, match="hugo is not an agent of Fernway"):
            verb(handoff, actor=hugo)
    with pytest.raises(NotAllowed):
        desk.reply(handoff, actor=hugo, text="Hi")
    with pytest.raises(NotAllowed):
        desk.note(handoff.conversation, actor=hugo, text="Hi")
    assert state_of(handoff) == ("claimed", "human")


def test_asking_again_for_a_person_keeps_one_handoff_and_may_make_it_urgent(shop):
    handoff = wait(shop)
    with transaction.atomic():
        same = desk.open_handoff(handoff.conversation, turn=None, reason="distress", urgent=True)
    assert same.pk == handoff.pk
    assert Handoff.objects.get().urgent


def test_urgent_customers_come_first_then_those_who_wait_longest(shop):
    first, second = wait(shop), wait(shop)
    urgent = wait(shop, urgent=True)
    assert [h.pk for h in waiting.queue([shop.pk])] == [urgent.pk, first.pk, second.pk]
    assert desk.queue_place(urgent.conversation_id) == {"position": 1}
    assert desk.queue_place(second.conversation_id) == {"position": 3}


def test_an_estimate_is_the_median_of_real_waits_and_none_while_there_are_few(shop, ben):
    for seconds in (10, 20, 300):
        handoff = desk.claim(wait(shop), actor=ben)
        now = handoff.claimed_at
        Handoff.objects.filter(pk=handoff.pk).update(opened_at=now - waiting.timedelta(seconds=seconds))
    last = wait(shop)
    assert desk.queue_place(last.conversation_id) == {"position": 1, "estimate_s": 20}
    assert desk.queue_place(handoff.conversation_id) is None


def test_out_of_hours_the_promise_names_the_next_opening(shop):
    shop.hours = {"mon": ["09:00-10:00"]}
    with_hours = desk.promise(shop)
    shop.desk_closed = True
    assert "Nobody is at the desk" in desk.promise(shop)
    next_opening = r"Monday( \d+ \w+)? at 09:00"  # with its date where it is a week off
    assert re.search(next_opening, with_hours) or with_hours.startswith("They will see")


def test_every_move_leaves_an_event_and_a_link_in_the_chain(shop, ben):
    handoff = desk.claim(wait(shop), actor=ben)
    desk.reply(handoff, actor=ben, text="A secret answer")
    desk.close(handoff, actor=ben)
    kinds = ["handoff.opened", "handoff.claimed", "handoff.replied", "handoff.closed"]
    assert list(Event.objects.values_list("kind", flat=True)) == kinds
    assert (
        list(LedgerEntry.objects.exclude(kind="membership_given").order_by("number").values_list("kind", flat=True))
        == kinds
    )
    assert whole(shop) == []
    assert not LedgerEntry.objects.filter(body__contains="secret").exists()


def test_a_refused_move_leaves_no_trace(shop, ben, mia):
    handoff = desk.claim(wait(shop), actor=ben)
    before = (Event.objects.count(), LedgerEntry.objects.count(), Message.objects.count())
    with pytest.raises(IllegalMove):
        desk.claim(handoff, actor=mia)
    assert (Event.objects.count(), LedgerEntry.objects.count(), Message.objects.count()) == before


def test_no_handoff_opens_on_a_conversation_that_a_person_has(shop, ben):
    handoff = desk.claim(wait(shop), actor=ben)
    with pytest.raises(IllegalMove), transaction.atomic():
        desk.open_handoff(handoff.conversation, turn=None, reason="error")


def test_a_settled_turn_is_not_needed_for_the_button(shop):
    conversation, turn = ask(shop)
    settle(turn, "decline", "out_of_scope")
    with transaction.atomic():
        handoff = desk.open_handoff(conversation, turn=None, reason="asked_for_human")
    assert handoff.turn is None
    assert state_of(handoff) == ("open", "waiting")
