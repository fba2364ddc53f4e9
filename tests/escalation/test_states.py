"""Any order of moves against a small model of the states: no illegal state, no silent handoff, nothing said twice."""

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conversations.models import Conversation, Message, State
from conversations.record import IllegalMove
from escalation.desk import desk
from escalation.models import Handoff
from tests.conftest import count
from tests.escalation.conftest import ask, whole

pytestmark = pytest.mark.django_db

# verb → {who has the conversation before: who has it after}. What is not listed is refused or changes nothing.
MODEL = {
    "human": {"bot": "waiting", "waiting": "waiting"},
    "claim": {"waiting": "human"},
    "reply": {"human": "human"},
    "release": {"human": "waiting"},
    "return": {"human": "bot"},
    "close": {"human": "closed"},
    "call back": {"waiting": "closed"},
    "leave": {"waiting": "bot"},
    "end": {"bot": "closed", "waiting": "closed", "human": "closed"},
}


def do(verb, conversation, ben):
    handoff = Handoff.objects.filter(conversation=conversation).order_by("-pk").first()
    agents = {
        "claim": desk.claim,
        "release": desk.release,
        "return": lambda h, actor: desk.return_to_bot(h, actor=actor, reason="it can go on"),
        "close": desk.close,
        "reply": lambda h, actor: desk.reply(h, actor=actor, text="Hello"),
        "call back": lambda h, actor: desk.call_back(h, actor=actor, text="Hello"),
    }
    if verb == "human":
        with transaction.atomic():
            desk.open_handoff(conversation, turn=None, reason="asked_for_human")
    elif verb == "leave":
        desk.customer_leaves(conversation.pk)
    elif verb == "end":
        desk.customer_ends(conversation.pk)
    elif handoff is None:
        raise IllegalMove("nobody asked for a person")
    else:
        agents[verb](handoff, actor=ben)


@settings(max_examples=count(10_000, 60), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(verbs=st.lists(st.sampled_from(sorted(MODEL)), max_size=14))
def test_any_order_of_moves_follows_the_model(shop, ben, verbs):
    conversation, _ = ask(shop, contact="ada@example.org")
    expected = "bot"
    for verb in verbs:
        before = Message.objects.filter(conversation=conversation).count()
        allowed = MODEL[verb].get(expected)
        try:
            with transaction.atomic():
                do(verb, conversation, ben)
        except IllegalMove:
            assert allowed is None, f"{verb} was refused in {expected}"
        expected = allowed or expected
        now = Conversation.objects.get(pk=conversation.pk)
        assert now.state == expected, verb
        consistent(now)
        if allowed and verb != "human":
            assert Message.objects.filter(conversation=conversation).count() > before, f"{verb} was silent"
    assert whole(shop) == []


def consistent(conversation):
    """What must hold between rows whatever happened."""
    open_now = list(Handoff.objects.filter(conversation=conversation).exclude(state="closed"))
    assert len(open_now) == (1 if conversation.state in (State.WAITING, State.HUMAN) else 0)
    for handoff in open_now:
        assert (handoff.state == "claimed") == (conversation.state == State.HUMAN)
        assert (handoff.agent is not None) == (handoff.state == "claimed")
    seqs = list(Message.objects.filter(conversation=conversation).values_list("seq", flat=True))
    assert seqs == list(range(1, conversation.last_seq + 1))
