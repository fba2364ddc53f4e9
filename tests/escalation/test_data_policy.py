"""A site says what is masked where; it holds from the next message on, and every change of it is on the record."""

import logging
import re

import pytest
from django.test import Client
from django.urls import reverse

from chatbot.decide import model, provider
from conversations.models import Message
from escalation.models import Handoff
from escalation.web import queue_screen
from knowledge.insights import gaps
from knowledge.models import Category, Example, Gap
from sites.models import LedgerEntry, Role
from sites.models.endpoints import Delivery, Endpoint
from sites.models.policy import DataPolicy
from tests.escalation.conftest import agent, ask, wait

pytestmark = pytest.mark.django_db
TYPED = "I am ada@example.com, 07700 900123, GB82 WEST 1234 5698 7654 32 and 4111 1111 1111 1111"
MASKED = "I am [e-mail], [telephone], [bank account] and •••• 1111"


@pytest.fixture(autouse=True)
def british(shop):
    shop.countries = ["GB"]
    shop.save()


def stored(site, text=TYPED) -> str:
    conversation, _ = ask(site, text)
    return Message.objects.get(conversation=conversation, author="customer").text


def test_only_cards_are_masked_in_what_is_kept_until_a_site_says_more(shop):
    assert stored(shop) == TYPED.replace("4111 1111 1111 1111", "•••• 1111")
    DataPolicy.objects.create(site=shop, stored=["mail", "phone", "iban"])
    assert stored(shop) == MASKED


def test_a_card_is_masked_whatever_is_chosen(shop):
    DataPolicy.objects.create(site=shop, stored=[], lists=[], webhooks=[])
    assert "4111" not in stored(shop)


def test_the_desks_list_shows_none_of_it_and_the_conversation_all(shop, ben):
    handoff = wait(shop, TYPED)
    (row,) = [row for row in queue_screen.rows(ben) if row.pk == handoff.pk]
    assert row.preview == MASKED
    assert "07700 900123" in handoff.conversation.messages.get(author="customer").text


def test_webhooks_are_told_what_the_site_lets_out(shop, ben):
    Endpoint.objects.create(site=shop, url="https://help.example/hook", nonce="n")
    conversation = wait(shop).conversation
    for text in (TYPED, "Thanks!"):
        ask_again(conversation, text)
    bodies = [each.body for each in Delivery.objects.filter(kind="message.created")]
    assert any("07700 900123" in body and "[bank account]" in body for body in bodies)
    DataPolicy.objects.create(site=shop, webhooks=["phone", "mail", "iban", "id"])
    ask_again(conversation, TYPED + "!")
    assert "[telephone]" in Delivery.objects.filter(kind="message.created").latest("pk").body


def ask_again(conversation, text):
    import uuid
    from datetime import timedelta

    from conversations import record

    record.ask(conversation.pk, uuid.uuid4().hex, text, timedelta(seconds=15))


def test_owners_read_gaps_without_it_and_make_none_of_it_the_sites_own(shop):
    cleo = agent("cleo", shop, Role.CONTENT_OWNER)
    category = Category.objects.create(site=shop, slug="returns", title="Returns")
    gap = gaps.note(shop.pk, category.pk, TYPED, "not_grounded")
    client = Client()
    client.force_login(cleo)
    page = client.get(reverse("admin:knowledge_gap_changelist")).content.decode()
    assert MASKED in page
    assert "07700" not in page
    gaps.deny_all([gap], category, actor=cleo)
    assert Example.objects.get(counter=True).text == MASKED
    assert gaps.forget(shop.pk, [TYPED]), "the example of the same words is named"
    assert not Gap.objects.exists()


def test_a_model_is_sent_none_of_it(monkeypatch, settings):
    sent = []

    async def listening(asked):
        sent.append(asked.data)
        return provider.Said(())

    settings.HANDRAIL_MODEL = "openai:any"
    monkeypatch.setattr(provider, "ask", listening)
    model.select(TYPED, ["One.", "Two."])
    assert MASKED in sent[0]
    model.select("Hi Ben,\nI am Jane Doe, my order FW-10023 and 123 456 789 is torn.\nRegards,\nJane Doe", ["One."])
    assert not {"Ben", "Jane", "Doe", "10023", "456"} & set(re.findall(r"\w+", sent[1]))


def test_the_log_holds_no_word_of_a_customers(shop, ben, caplog):
    with caplog.at_level(logging.DEBUG):
        wait(shop, TYPED)
        queue_screen.rows(ben)
    assert "07700" not in caplog.text
    assert Handoff.objects.exists()


def test_an_administrator_ticks_boxes_and_the_chain_says_what_changed(shop):
    client = Client()
    client.force_login(agent("alma", shop, Role.ADMIN))
    days = {"anonymous": 30, "verified": 730, "with_people": 1095, "unanswered": 365}
    form = client.get("/admin/handrail_sites/datapolicy/add/").context["adminform"].form
    assert {name: form[name].value() for name in ("stored", "webhooks")} == {"stored": [], "webhooks": ["iban", "id"]}
    client.post("/admin/handrail_sites/datapolicy/add/", {"site": shop.pk, **days, "stored": ["mail"], "lists": []})
    policy = DataPolicy.objects.get(site=shop)
    assert (policy.anonymous, policy.stored, policy.lists) == (30, ["mail"], [])
    assert '"stored":["mail"]' in LedgerEntry.objects.get(site=shop, kind="data_policy").body
    client.force_login(agent("ben-too", shop))
    assert client.get("/admin/handrail_sites/datapolicy/add/").status_code == 403
