"""A customer who already waits for a person and then writes that they are in danger is put first, and is answered."""

import threading

import pytest
from django.db import connection

from chatbot import turn
from conversations.models import Event, Message
from escalation.desk import desk
from escalation.models import Handoff
from sites.models import OutboxItem, Site
from tests.conftest import count
from tests.doctrine.ada import Ada
from tests.escalation.conftest import agent

pytestmark = pytest.mark.django_db
DANGER = "I want to kill myself"
GRIEF = "My mother died last week"


@pytest.fixture
def ada(fernway):
    """Ada has pressed the button and waits; the desk has an address for what is urgent."""
    Site.objects.filter(pk=fernway.pk).update(patience={"mail": ["desk@fernway.example"]})
    ada = Ada(fernway)
    turn.ask_for_human(ada.conversation.pk)
    return ada


def handoff_of(ada) -> Handoff:
    return Handoff.objects.get(conversation=ada.conversation)


def crises(ada) -> int:
    """How often Ada was told the live release's words for a crisis."""
    crisis = Site.objects.get(pk=ada.conversation.site_id).spoken.crisis
    assert "116 123" in crisis
    return Message.objects.filter(conversation=ada.conversation, author="system", text=crisis).count()


def test_it_is_made_urgent_and_ada_is_told_whom_to_call(ada):
    turn.begin(ada.conversation.pk, "1", DANGER)
    handoff = handoff_of(ada)
    assert (handoff.urgent, handoff.reason, handoff.state) == (True, "distress", "open")
    assert crises(ada) == 1
    last = Message.objects.filter(conversation=ada.conversation).order_by("-seq").first()
    assert last.parts[0]["calls"] == ["999", "112", "116 123"]
    assert OutboxItem.objects.filter(kind="mail", payload__to="desk@fernway.example").count() == 1


def test_the_second_message_tells_her_nothing_twice(ada):
    turn.begin(ada.conversation.pk, "1", DANGER)
    mails = OutboxItem.objects.filter(kind="mail").count()
    turn.begin(ada.conversation.pk, "1", DANGER)
    turn.begin(ada.conversation.pk, "2", "I want to die")
    assert crises(ada) == 1
    assert Event.objects.filter(conversation=ada.conversation, kind="handoff.urgent").count() == 1
    assert OutboxItem.objects.filter(kind="mail").count() == mails


def test_a_message_that_was_stored_by_a_process_that_died_is_heeded_when_it_comes_again(ada, monkeypatch):
    with monkeypatch.context() as dying:
        dying.setattr(desk, "make_urgent", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            turn.begin(ada.conversation.pk, "1", DANGER)
    assert not handoff_of(ada).urgent
    turn.begin(ada.conversation.pk, "1", DANGER)
    assert handoff_of(ada).urgent


def test_grief_is_put_first_but_is_given_no_numbers_to_call(ada):
    turn.begin(ada.conversation.pk, "1", GRIEF)
    assert handoff_of(ada).urgent
    assert crises(ada) == 0
    turn.begin(ada.conversation.pk, "2", DANGER)
    assert crises(ada) == 1, "already urgent, and in danger now"


def test_an_ordinary_message_changes_nothing(ada):
    before = Message.objects.filter(conversation=ada.conversation).count()
    turn.begin(ada.conversation.pk, "1", "Are you still there? My order is 4711.")
    assert not handoff_of(ada).urgent
    assert Message.objects.filter(conversation=ada.conversation).count() == before + 1


def test_what_is_written_to_a_person_is_theirs_to_read(ada, fernway):
    desk.claim(handoff_of(ada), actor=agent("bea", fernway))
    turn.begin(ada.conversation.pk, "1", DANGER)
    assert not handoff_of(ada).urgent
    assert crises(ada) == 0


def test_the_words_are_the_live_releases_and_not_what_somebody_has_just_written(ada, fernway):
    live = fernway.spoken.crisis
    Site.objects.filter(pk=fernway.pk).update(crisis="Buy more tents.")
    turn.begin(ada.conversation.pk, "1", DANGER)
    said = Message.objects.filter(conversation=ada.conversation, author="system").values_list("text", flat=True)
    assert live in said
    assert "Buy more tents." not in said


def test_a_site_without_such_words_still_puts_her_first(ada, fernway):
    Site.objects.filter(pk=fernway.pk).update(published={**fernway.published, "crisis": ""})
    before = Message.objects.filter(conversation=ada.conversation).count()
    turn.begin(ada.conversation.pk, "1", DANGER)
    assert handoff_of(ada).urgent
    assert Message.objects.filter(conversation=ada.conversation).count() == before + 1


def test_a_second_wait_is_answered_again(ada):
    turn.begin(ada.conversation.pk, "1", DANGER)
    desk.customer_leaves(ada.conversation.pk)
    turn.ask_for_human(ada.conversation.pk)
    turn.begin(ada.conversation.pk, "2", DANGER)
    assert crises(ada) == 2
    assert Handoff.objects.filter(conversation=ada.conversation, urgent=True).count() == 2


@pytest.mark.django_db(transaction=True)
def test_of_messages_that_come_at_once_one_makes_it_urgent(fernway):
    for _ in range(count(20, 3)):
        ada = Ada(fernway)
        turn.ask_for_human(ada.conversation.pk)
        start = threading.Barrier(4)

        def write(n, ada=ada, start=start) -> None:
            start.wait()
            try:
                turn.begin(ada.conversation.pk, str(n), DANGER)
            finally:
                connection.close()

        writers = [threading.Thread(target=write, args=(n,)) for n in range(4)]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join()
        assert crises(ada) == 1
        assert Event.objects.filter(conversation=ada.conversation, kind="handoff.urgent").count() == 1
