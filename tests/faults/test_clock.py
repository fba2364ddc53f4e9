"""The clock of the machine jumps: no turn ends twice, nothing changes its order."""

from datetime import timedelta

import pytest
from django.utils import timezone

from chatbot import turn
from conversations import delivery
from conversations.models import Message
from sites.core import ledger
from sites.models import Site
from tests.doctrine.ada import Ada

pytestmark = pytest.mark.django_db
HOURS = timedelta(hours=2)


@pytest.fixture
def ada() -> Ada:
    return Ada(Site.objects.create(slug="shop", name="Fernway"))


@pytest.fixture
def jump(monkeypatch: pytest.MonkeyPatch):
    """Set the clock so much later (or earlier)."""
    now = timezone.now
    return lambda by: monkeypatch.setattr(timezone, "now", lambda: now() + by)


def answers(ada: Ada) -> list[Message]:
    return list(Message.objects.filter(conversation=ada.conversation, author="bot"))


def test_a_turn_in_flight_that_looks_overdue_ends_once(ada: Ada, jump) -> None:
    running = ada.write("Where is my parcel?")
    decision = turn.decide(running)
    jump(HOURS)
    assert turn.sweep() == 1
    assert turn.settle(running, decision) is None
    assert len(answers(ada)) == 1
    assert list(ledger.verify(ada.site)) == []


def test_a_clock_set_back_changes_neither_the_order_nor_the_chain(ada: Ada, jump) -> None:
    ada.write("Where is my parcel?")
    jump(-HOURS)
    ada.write("Hello?")
    turn.ask_for_human(ada.conversation.pk)
    said = delivery.frames(ada.conversation.pk, 0)
    assert [frame["text"] for frame in said][:2] == ["Where is my parcel?", "Hello?"]
    assert [frame["seq"] for frame in said] == list(range(1, len(said) + 1))
    assert list(ledger.verify(ada.site)) == []
