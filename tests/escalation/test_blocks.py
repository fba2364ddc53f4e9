"""Blocking an abuser: no questions for a time; the way to a person stays open, and a block can be lifted."""

import uuid
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.utils import timezone

from chatbot.web import chat
from chatbot.web.door import Refusal
from conversations.models import Conversation, Event, Message
from conversations.record import IllegalMove
from escalation.desk import blocks, desk
from escalation.models import Block
from sites.access.roles import NotAllowed
from tests.escalation.conftest import state_of, wait, whole

pytestmark = pytest.mark.django_db
EVES = "203.0.113.9"


@pytest.fixture(autouse=True)
def nobody_remembered():
    cache.clear()


def thread(conversation) -> chat.Thread:
    return chat.Thread(conversation.pk, conversation.site_id, "")


def eve(shop, **fields) -> Conversation:
    """Eve has written from her address and has the assistant again."""
    handoff = wait(shop, **fields)
    desk.customer_leaves(handoff.conversation_id)
    blocks.remember(handoff.conversation_id, EVES)
    return Conversation.objects.select_related("site").get(pk=handoff.conversation_id)


def write(conversation, text="You are all idiots", address=EVES):
    return chat.ask(thread(conversation), {"id": uuid.uuid4().hex, "text": text}, address)


def stop(conversation, ben, scope="conversation", length="hour"):
    return blocks.block(conversation, actor=ben, scope=scope, length=length, reason="Insults, five times.")


def test_who_is_blocked_cannot_ask_and_is_told_until_when_and_what_still_works(shop, ben):
    conversation = eve(shop)
    stop(conversation, ben)
    before = Message.objects.count()
    with pytest.raises(Refusal, match="You can still talk to a human") as refused:
        write(conversation)
    assert refused.value.code == "blocked"
    assert Message.objects.count() == before


def test_the_button_and_what_a_person_must_hear_are_never_blocked(shop, ben):
    conversation = eve(shop)
    stop(conversation, ben)
    assert write(conversation, "I want to kill myself").new
    assert write(conversation, "let me talk to a human").new
    chat.human(thread(conversation))
    assert Conversation.objects.get(pk=conversation.pk).state == "waiting"


def test_a_person_who_takes_them_hears_what_they_write(shop, ben):
    conversation = eve(shop)
    stop(conversation, ben)
    chat.human(thread(conversation))
    with pytest.raises(Refusal):
        write(conversation)
    desk.claim(conversation.handoffs.latest("pk"), actor=ben)
    assert write(conversation, "Sorry about that").new


def test_a_signed_in_person_is_stopped_in_every_conversation_and_nobody_else_is(shop, bank, ben):
    hers, again = eve(shop, identity={"sub": "eve"}), eve(shop, identity={"sub": "eve"})
    adas, elsewhere = eve(shop, identity={"sub": "ada"}), eve(bank, identity={"sub": "eve"})
    stop(hers, ben, scope="person")
    for conversation in (hers, again):
        with pytest.raises(Refusal):
            write(conversation)
    assert write(adas).new
    assert write(elsewhere).new


def test_an_address_is_stopped_in_every_conversation_and_kept_as_a_digest_only(shop, ben):
    hers, again = eve(shop), eve(shop)
    made = stop(hers, ben, scope="address")
    assert EVES not in made.key
    with pytest.raises(Refusal):
        write(again)
    assert write(again, address="198.51.100.1").new


def test_a_block_ends_by_itself(shop, ben):
    conversation = eve(shop)
    stop(conversation, ben)
    Block.objects.update(until=timezone.now() - timedelta(seconds=1))
    assert write(conversation).new


def test_a_block_is_lifted_once_with_a_reason(shop, ben, mia):
    conversation = eve(shop)
    made = stop(conversation, ben)
    with pytest.raises(IllegalMove, match="why the block ends"):
        blocks.lift(made, actor=mia, reason="")
    blocks.lift(made, actor=mia, reason="She apologised.")
    assert write(conversation).new
    with pytest.raises(IllegalMove, match="already been lifted"):
        blocks.lift(made, actor=ben, reason="again")
    assert blocks.over(conversation) == []


def test_a_block_has_a_reason_a_length_and_somebody_it_can_stop(shop, ben):
    conversation = eve(shop)
    for scope, length, reason, why in (
        ("conversation", "hour", " ", "what they did"),
        ("conversation", "year", "x", "for how long"),
        ("person", "hour", "x", "Nobody has signed in"),
        ("planet", "hour", "x", "whom to block"),
    ):
        with pytest.raises(IllegalMove, match=why):
            blocks.block(conversation, actor=ben, scope=scope, length=length, reason=reason)
    cache.clear()
    with pytest.raises(IllegalMove, match="no longer known"):
        stop(conversation, ben, scope="address")


def test_both_moves_are_recorded_and_need_the_role(shop, ben, hugo):
    conversation = eve(shop)
    with pytest.raises(NotAllowed):
        stop(conversation, hugo)
    made = stop(conversation, ben)
    with pytest.raises(NotAllowed):
        blocks.lift(made, actor=hugo, reason="x")
    blocks.lift(made, actor=ben, reason="enough")
    kinds = Event.objects.filter(kind__startswith="block").values_list("kind", "actor")
    assert list(kinds) == [("block.set", "ben"), ("block.lifted", "ben")]
    assert whole(shop) == []


def test_a_block_moves_nobody(shop, ben):
    handoff = desk.claim(wait(shop), actor=ben)
    stop(handoff.conversation, ben)
    assert state_of(handoff) == ("claimed", "human")
