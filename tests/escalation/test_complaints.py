"""Complaints have a way of their own: in any state, once, to a person, and answered by name."""

import threading

import pytest
from django.core import mail
from django.db import connection
from django.urls import reverse

from chatbot import turn
from chatbot.web import chat
from chatbot.web.door import Refusal
from conversations import record
from conversations.models import Conversation, Event
from conversations.record import IllegalMove
from escalation.desk import complaints, desk
from escalation.models import Handoff
from escalation.models.customers import Complaint
from sites.access.roles import NotAllowed
from sites.core import outbox
from sites.models import LedgerEntry
from tests.escalation.conftest import said, wait, whole

pytestmark = pytest.mark.django_db
WRONG = "My tent came torn, for the third time."


@pytest.fixture
def ada(shop):
    """Ada's open conversation with the assistant."""
    conversation, token = record.open_conversation(shop)
    return chat.Thread(conversation.pk, shop.pk, token)


def complain(thread, **fields) -> None:
    chat.complaint(thread, {"id": "c1", "text": WRONG, **fields})


def test_a_complaint_goes_to_a_person_at_once_and_is_kept(ada):
    complain(ada, email="ada@example.org")
    made = Complaint.objects.get()
    assert (made.state, made.text) == ("open", WRONG)
    assert Event.objects.get(kind="complaint").body == {"complaint": made.pk, "kind": "complaint", "text": WRONG}
    handoff = Handoff.objects.get()
    assert (handoff.reason, handoff.state, handoff.conversation.contact) == ("complaint", "open", "ada@example.org")
    assert [author for author, _ in said(handoff.conversation)] == ["customer", "system"]
    assert "passing your complaint to a person" in said(handoff.conversation)[-1][1]
    assert not LedgerEntry.objects.filter(body__contains="torn").exists()


def test_sent_twice_it_is_kept_once(ada):
    complain(ada)
    complain(ada)
    assert Complaint.objects.count() == Event.objects.filter(kind="complaint").count() == 1
    assert [text for _, text in said(ada.id)].count(WRONG) == 1


def test_it_is_taken_while_waiting_with_a_person_and_after_the_end(shop, ben):
    handoff = wait(shop)
    thread = chat.Thread(handoff.conversation_id, shop.pk, "")
    complain(thread, id="waiting")
    desk.claim(handoff, actor=ben)
    complain(thread, id="human")
    assert said(handoff.conversation)[-1][1] == "Your complaint has been kept. A person will answer it."
    desk.close(handoff, actor=ben)
    with pytest.raises(Refusal, match="leave your email, so that a person can answer you"):
        complain(thread, id="closed")
    complain(thread, id="closed", email="ada@example.org")
    assert Complaint.objects.count() == 3
    assert Handoff.objects.count() == 1
    assert Conversation.objects.get(pk=thread.id).state == "closed"


def test_card_numbers_are_masked_in_it(ada):
    complain(ada, text="You took 4111 1111 1111 1111 twice")
    assert "4111 1111" not in Complaint.objects.get().text


@pytest.mark.parametrize("frame", [{"text": " "}, {"text": "x" * 4001}, {"id": ""}, {"id": 5}, {"email": "nonsense"}])
def test_nonsense_is_refused_and_nothing_is_kept(ada, frame):
    with pytest.raises(Refusal):
        complain(ada, **frame)
    assert not Complaint.objects.exists()


def test_a_flood_of_them_is_stopped(ada):
    for n in range(complaints.MOST):
        complain(ada, id=str(n))
    with pytest.raises(Refusal, match="We have your complaints"):
        complain(ada, id="one more")


def test_ben_answers_in_the_conversation(ada, ben):
    complain(ada)
    done = complaints.answer(Complaint.objects.get(), actor=ben, text="A new one is on its way.")
    assert (done.state, done.answered_by) == ("answered", ben)
    assert said(ada.id)[-1] == ("agent", "A new one is on its way.")
    assert Event.objects.filter(kind="complaint.answered").exists()


def test_after_the_end_the_answer_is_a_mail_with_nothing_else_in_it(ada, ben):
    desk.customer_ends(ada.id)
    complain(ada, email="ada@example.org")
    complaints.answer(Complaint.objects.get(), actor=ben, text="A new one is on its way.")
    outbox.run_due(bulk=False)
    (sent,) = mail.outbox
    assert (sent.to, sent.body) == (["ada@example.org"], "A new one is on its way.")


def test_one_answered_by_telephone_is_kept_as_such_and_sends_nothing(ada, ben):
    complain(ada)
    before = said(ada.id)
    complaints.answer(Complaint.objects.get(), actor=ben, text="Spoke to her.", elsewhere=True)
    assert said(ada.id) == before


def test_it_is_answered_by_an_agent_of_the_site_only(ada, hugo):
    complain(ada)
    with pytest.raises(NotAllowed):
        complaints.answer(Complaint.objects.get(), actor=hugo, text="Hm.")
    assert Complaint.objects.get().state == "open"


@pytest.mark.django_db(transaction=True)
def test_of_two_who_answer_at_once_one_does(shop, ben, mia):
    conversation, token = record.open_conversation(shop)
    complain(chat.Thread(conversation.pk, shop.pk, token))
    complaint, start, refused = Complaint.objects.get(), threading.Barrier(2), []

    def answer(person) -> None:
        start.wait()
        try:
            complaints.answer(complaint, actor=person, text=f"I am {person}.")
        except IllegalMove as refusal:
            refused.append(str(refusal))
        finally:
            connection.close()

    both = [threading.Thread(target=answer, args=(person,)) for person in (ben, mia)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert refused == ["This complaint has already been answered."]
    assert [author for author, _ in said(conversation)].count("agent") == 1
    assert whole(shop) == []


def test_the_admin_lists_them_and_answers_them(client, ada, ben, shop):
    complain(ada, text="<b>torn</b>")
    client.force_login(ben)
    listed = client.get(reverse("admin:escalation_complaint_changelist")).content.decode()
    assert "&lt;b&gt;torn&lt;/b&gt;" in listed
    page = reverse("admin:escalation_complaint_change", args=[Complaint.objects.get().pk])
    assert "&lt;b&gt;torn&lt;/b&gt;" in client.get(page).content.decode()
    assert LedgerEntry.objects.filter(kind="read").exists()
    assert "The customer can read it." in client.post(page, {"text": "Sorry."}, follow=True).content.decode()
    assert "already been answered" in client.post(page, {"text": "Sorry."}, follow=True).content.decode()
    assert Complaint.objects.get().answer == "Sorry."


def test_another_sites_agent_finds_none_of_them(client, ada, hugo):
    complain(ada)
    client.force_login(hugo)
    assert "torn" not in client.get(reverse("admin:escalation_complaint_changelist")).content.decode()
    page = reverse("admin:escalation_complaint_change", args=[Complaint.objects.get().pk])
    client.post(page, {"text": "Mine."})
    assert Complaint.objects.get().state == "open"


def test_a_complaint_typed_to_the_assistant_is_kept_and_handed_over(fernway):
    conversation, _ = record.open_conversation(fernway)
    asked = turn.begin(conversation.pk, "1", "I want to make a formal complaint about how I was treated")
    turn.take(asked.turn)
    made = Complaint.objects.get(conversation=conversation)
    assert (made.state, made.text) == ("open", "I want to make a formal complaint about how I was treated")
    assert Handoff.objects.get(conversation=conversation).reason == "complaint"
