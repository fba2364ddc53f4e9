"""Answers by mail: the words and a way back, never what was said before them, and each answer once."""

import re
from datetime import timedelta

import pytest
from django.core import mail, signing
from django.utils import timezone

from chatbot.web import chat
from chatbot.web.door import Refusal
from conversations import links, record
from conversations.models import Conversation
from escalation.desk import desk, letters
from sites.core import outbox
from sites.models import OutboxItem
from tests.escalation.conftest import wait

pytestmark = pytest.mark.django_db
SECRET = "My card ends in 4242 and I live in Elm Street."


def deliver() -> None:
    """Let the promised time pass, and do what was promised."""
    OutboxItem.objects.filter(state="due").update(due_at=timezone.now())
    while outbox.run_due(bulk=False):
        OutboxItem.objects.filter(state="due").update(due_at=timezone.now())


def link_in(text: str) -> str:
    return re.search(r"/t/(\S+)", text)[1]


def opened(site, conversation, token) -> chat.Thread:
    """Somebody's widget says hello with what it has."""
    frame = {"site": site.slug, "conversation": str(conversation.pk), "token": token}
    return chat.open_thread(frame, "http://t", "t")


@pytest.fixture
def gone(shop, ben):
    """A customer who left an address, was answered by Ben, and on whose screen nothing of it was."""
    handoff = desk.claim(wait(shop, text=SECRET, contact="ada@example.org"), actor=ben)
    desk.reply(handoff, actor=ben, text="We have found your tent.")
    return handoff


def test_an_answer_nobody_saw_is_written_with_a_way_back_and_nothing_from_before(gone):
    deliver()
    (sent,) = mail.outbox
    assert (sent.to, sent.subject) == (["ada@example.org"], "Your question to Fernway")
    assert sent.body.startswith("We have found your tent.")
    assert SECRET not in sent.body
    assert "works for 14 days, for whoever has it" in sent.body


def test_an_answer_that_was_on_the_customers_screen_is_not_written(gone):
    desk.customer_saw(gone.conversation_id, Conversation.objects.get(pk=gone.conversation_id).last_seq)
    deliver()
    assert mail.outbox == []


def test_two_answers_are_one_mail_and_a_killed_worker_sends_neither_twice(gone, ben):
    desk.reply(gone, actor=ben, text="It is on its way.")
    deliver()
    (sent,) = mail.outbox
    assert "We have found your tent.\n\nIt is on its way." in sent.body
    for item in OutboxItem.objects.filter(kind="reply.mail"):
        letters.write_if_gone(item)  # as after a worker that died before it said that it was done
    deliver()
    assert len(mail.outbox) == 1


def test_without_an_address_nothing_is_promised(shop, ben):
    desk.reply(desk.claim(wait(shop), actor=ben), actor=ben, text="Hello.")
    assert not OutboxItem.objects.filter(kind="reply.mail").exists()


def test_the_link_to_an_unverified_address_begins_at_the_answer(gone, shop):
    deliver()
    thread = opened(shop, gone.conversation, link_in(mail.outbox[0].body))
    said = [message["text"] for message in chat.welcome(thread, 0)["messages"]]
    assert said[0] == "We have found your tent."
    assert SECRET not in str(said)
    assert SECRET not in str(chat.news(thread, 0, {}).messages)


def test_the_link_to_a_verified_address_shows_the_whole_thread(shop, ben):
    claims = {"sub": "ada", "email": "ada@verified.example", "exp": 1}
    handoff = desk.claim(wait(shop, text=SECRET, identity=claims), actor=ben)
    desk.reply(handoff, actor=ben, text="We have found your tent.")
    deliver()
    assert mail.outbox[0].to == ["ada@verified.example"]
    thread = opened(shop, handoff.conversation, link_in(mail.outbox[0].body))
    assert chat.welcome(thread, 0)["messages"][0]["text"] == SECRET


def test_a_verified_customers_thread_is_not_linked_to_an_address_somebody_typed(shop, ben):
    handoff = desk.claim(wait(shop, identity={"sub": "ada", "exp": 1}, contact="eve@example.org"), actor=ben)
    desk.reply(handoff, actor=ben, text="We have found your tent.")
    deliver()
    (sent,) = mail.outbox
    assert sent.body == "We have found your tent."


def test_a_link_does_not_open_what_has_become_a_verified_customers(gone, shop):
    deliver()
    Conversation.objects.filter(pk=gone.conversation_id).update(identity={"sub": "ada", "exp": 1})
    with pytest.raises(Refusal, match="cannot be resumed"):
        opened(shop, gone.conversation, link_in(mail.outbox[0].body))


def test_what_is_asked_through_a_link_in_a_verified_conversation_goes_to_a_person(shop):
    conversation, _ = record.open_conversation(shop, identity={"sub": "ada", "email": "a@b.example", "exp": 9e9})
    thread = opened(shop, conversation, links.sign(conversation.pk, first=1))
    asked = chat.ask(thread, {"id": "1", "text": "Where is my order?"}, "address")
    assert (asked.state, asked.turn) == ("waiting", None)


def test_links_expire_and_cannot_be_made_up_or_moved(gone, shop, bank, monkeypatch):
    other, _ = record.open_conversation(shop)
    good = links.sign(gone.conversation_id, first=3)
    with pytest.raises(Refusal):
        opened(shop, other, good)
    with pytest.raises(Refusal):
        opened(bank, gone.conversation, good)
    for bad in (good[:-1] + ("A" if good[-1] != "A" else "B"), signing.dumps([gone.conversation_id.hex, 1]), "x:y:z"):
        with pytest.raises(Refusal):
            opened(shop, gone.conversation, bad)
    monkeypatch.setattr(links, "LASTS", timedelta(seconds=-1))
    with pytest.raises(Refusal):
        opened(shop, gone.conversation, good)


def test_the_page_behind_a_link_carries_the_widget_and_says_when_it_has_expired(client, gone, monkeypatch):
    signed = links.sign(gone.conversation_id, first=1)
    page = client.get(f"/t/{signed}")
    assert page.status_code == 200
    assert f'data-link="{signed}"' in page.content.decode()
    assert SECRET not in page.content.decode()
    assert (page["Referrer-Policy"], page["X-Robots-Tag"]) == ("no-referrer", "noindex")
    assert "no-store" in page["Cache-Control"]
    monkeypatch.setattr(links, "LASTS", timedelta(seconds=-1))
    late = client.get(f"/t/{signed}")
    assert late.status_code == 410
    assert "This link no longer works" in late.content.decode()
