"""Webhooks: signed by the standard, promised with their cause, tried until they arrive, and never sent inside."""

import json
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from standardwebhooks import Webhook, WebhookVerificationError

from chatbot.web import chat
from conversations import record
from escalation.desk import complaints, desk
from escalation.queue import reminders
from sites.access.roles import NotAllowed
from sites.core import outbox
from sites.core.refusal import Refused
from sites.models import LedgerEntry, OutboxItem, Role
from sites.models.endpoints import Delivery, Endpoint
from sites.outside import webhooks
from tests.escalation.conftest import agent, ask, wait, whole
from tests.receiver import SENT_HERE, receiver

pytestmark = pytest.mark.django_db


@pytest.fixture
def inbox(monkeypatch):
    """An endpoint's server on loopback, which the product would refuse to reach."""
    monkeypatch.setattr(webhooks, "post", SENT_HERE)
    with receiver() as server:
        yield server


@pytest.fixture
def anna(shop) -> User:
    return agent("anna", shop, Role.ADMIN)


@pytest.fixture
def endpoint(shop, inbox) -> Endpoint:
    return Endpoint.objects.create(site=shop, url=inbox.url, nonce="n1")


def work(rounds: int = 1) -> None:
    """The outbox's worker, so many times, each as if the pauses between had passed."""
    for _ in range(rounds):
        OutboxItem.objects.filter(state="due").update(due_at=timezone.now())
        outbox.run_due(bulk=True, limit=500)


def told(inbox) -> list[dict]:
    return [json.loads(body) for _, body in inbox.got]


def test_the_story_of_a_handoff_is_told_in_its_words(shop, ben, endpoint, inbox):
    handoff = wait(shop, text="Where is my tent?")
    reminders.sweep(handoff.opened_at + timedelta(minutes=6))
    desk.claim(handoff, actor=ben)
    desk.reply(handoff, actor=ben, text="I am looking.")
    desk.note(handoff.conversation, actor=ben, text="Be gentle.")
    desk.close(handoff, actor=ben)
    record.rate(handoff.conversation_id, 5, "kind")
    complaints.make(handoff.conversation_id, key="1", text="The box was torn", email="ada@example.org")
    work()
    heard = sorted(told(inbox), key=lambda said: said["timestamp"])
    kinds = [said["type"] for said in heard]
    assert set(kinds) == {kind for kind in webhooks.KINDS if not kind.startswith(("alert.", "anchor"))}
    assert [k for k in kinds if k.startswith("handoff")] == [
        "handoff.opened", "handoff.escalated", "handoff.claimed", "handoff.closed",
    ]  # fmt: skip
    data = {said["type"]: said["data"] for said in heard}
    common = {"site": "shop", "conversation": str(handoff.conversation_id)}
    opened = {"by": "customer", "handoff": handoff.pk, "reason": "", "urgent": False, "category": "returns"}
    assert data["handoff.opened"] == {**common, **opened}
    assert data["handoff.closed"]["ending"] == "resolved"
    assert any(s["data"].get("text") == "I am looking." for s in heard if s["type"] == "message.created")
    assert data["rating"]["value"] == 5
    assert (data["complaint"]["kind"], data["complaint"]["text"]) == ("complaint", "The box was torn")
    assert "Be gentle." not in json.dumps(heard), "private notes never leave"


def test_messages_with_the_assistant_alone_are_nobodys_business(shop, endpoint, inbox):
    ask(shop, "How long can I return it?")
    work()
    assert inbox.got == []


def test_every_message_verifies_with_the_standards_own_library_and_an_altered_one_does_not(shop, endpoint, inbox):
    wait(shop)
    work()
    headers, body = inbox.got[0]
    secret = webhooks.secret_of(endpoint, "n1")
    assert Webhook(secret).verify(body, headers)["type"] in webhooks.KINDS
    for bad in (body.replace("shop", "bank"), body + " "):
        with pytest.raises(WebhookVerificationError):
            Webhook(secret).verify(bad, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(webhooks.secret_of(endpoint, "n2")).verify(body, headers)


def test_after_a_rotation_both_secrets_verify_for_a_day_and_then_only_the_new_one(shop, anna, endpoint, inbox):
    old = webhooks.secret_of(endpoint, "n1")
    new = webhooks.rotate(endpoint, actor=anna, reason="Somebody has left")
    wait(shop)
    work()
    headers, body = inbox.got[-1]
    assert Webhook(old).verify(body, headers) == Webhook(new).verify(body, headers)
    Endpoint.objects.update(rotated_at=timezone.now() - timedelta(hours=25))
    wait(shop)
    work()
    headers, body = inbox.got[-1]
    assert Webhook(new).verify(body, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(old).verify(body, headers)


def test_what_fails_is_tried_again_with_the_same_id_until_it_arrives(shop, endpoint, inbox):
    inbox.answers = [500, 503, 302]
    webhooks.emit(shop.pk, "rating", {"value": 1})
    work(4)
    assert len({headers["webhook-id"] for headers, _ in inbox.got}) == 1
    assert len(inbox.got) == 4
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.attempts, delivery.status) == ("delivered", 4, 204)
    assert Endpoint.objects.get().failures == 0
    work(2)
    assert len(inbox.got) == 4


def test_a_worker_that_died_after_sending_sends_the_same_id_again_and_then_no_more(shop, endpoint, inbox):
    webhooks.emit(shop.pk, "rating", {"value": 1})
    item = OutboxItem.objects.get(kind="webhook")
    webhooks.post(endpoint.url, headers={}, body=b"{}")  # it sent, and died before it wrote so
    webhooks.deliver(item)
    webhooks.deliver(item)
    assert len(inbox.got) == 2


def test_a_cause_that_is_rolled_back_is_not_told(shop, endpoint, inbox):
    class Changed(Exception):
        pass

    def cause() -> None:
        with transaction.atomic():
            webhooks.emit(shop.pk, "rating", {"value": 1})
            raise Changed

    with pytest.raises(Changed):
        cause()
    work()
    assert inbox.got == []


def test_one_delivery_is_given_up_after_its_last_attempt_and_the_endpoint_says_why(shop, endpoint, inbox):
    inbox.always = 500
    webhooks.emit(shop.pk, "rating", {"value": 1})
    work(len(webhooks.PAUSES) + 3)
    assert len(inbox.got) == len(webhooks.PAUSES) + 1
    assert Delivery.objects.get().state == "failed"
    now = Endpoint.objects.get()
    assert now.state == "disabled"
    assert "It answered 500" in now.because
    assert LedgerEntry.objects.filter(kind="webhook.disabled").exists()
    assert whole(shop) == []


def test_a_short_outage_disables_nothing_and_a_long_one_does(shop, endpoint, inbox):
    inbox.always = 500
    for _ in range(webhooks.MANY + 5):
        webhooks.emit(shop.pk, "rating", {"value": 1})
    work()
    assert Endpoint.objects.get().state == "active"
    Endpoint.objects.update(failing_since=timezone.now() - webhooks.LONG)
    work()
    assert Endpoint.objects.get().state == "disabled"


def test_an_endpoint_that_says_it_is_gone_is_believed(shop, endpoint, inbox):
    inbox.always = 410
    webhooks.emit(shop.pk, "rating", {"value": 1})
    work()
    assert Endpoint.objects.get().state == "disabled"


def test_what_was_due_when_it_was_disabled_is_sent_when_it_is_enabled(shop, anna, endpoint, inbox):
    inbox.always = 500
    webhooks.emit(shop.pk, "rating", {"value": 1})
    work()
    webhooks.disable(endpoint, actor=anna, reason="moving")
    work()
    assert len(inbox.got) == 1
    webhooks.emit(shop.pk, "rating", {"value": 2})
    inbox.always = 204
    assert webhooks.enable(endpoint, actor=anna, reason="moved") == 1
    work()
    assert [said["data"]["value"] for said in told(inbox)] == [1, 1]


def test_nothing_is_sent_inside_without_the_tests_own_way(shop):
    with receiver() as server:
        Endpoint.objects.create(site=shop, url=server.url, nonce="n1")
        webhooks.emit(shop.pk, "rating", {"value": 1})
        work()
        assert server.got == []
        assert "may not be reached" in Delivery.objects.get().error


def test_another_sites_endpoints_hear_nothing(shop, bank, inbox):
    Endpoint.objects.create(site=bank, url=inbox.url, nonce="n1")
    wait(shop)
    work()
    assert inbox.got == []


def test_only_an_administrator_names_an_address_and_it_begins_with_https(shop, ben, anna, bank):
    with pytest.raises(NotAllowed):
        webhooks.add(shop, "https://desk.example.com/hook", actor=ben)
    with pytest.raises(Refused, match="https://"):
        webhooks.add(shop, "http://desk.example.com/hook", actor=anna)
    with pytest.raises(NotAllowed):
        webhooks.add(bank, "https://desk.example.com/hook", actor=anna)
    made, secret = webhooks.add(shop, "https://desk.example.com/hook", actor=anna)
    assert secret.startswith("whsec_")
    assert secret not in json.dumps(list(Endpoint.objects.values()), default=str), "the database holds no secret"
    with pytest.raises(Refused, match="told already"):
        webhooks.add(shop, made.url, actor=anna)


def test_the_secret_is_on_the_page_once_and_the_log_shows_what_failed(client, shop, anna, inbox):
    client.force_login(anna)
    add = reverse("admin:handrail_sites_endpoint_add")
    page = client.post(add, {"site": shop.pk, "value": "https://desk.example.com/hook"}).content.decode()
    endpoint = Endpoint.objects.get()
    secret = webhooks.secret_of(endpoint, endpoint.nonce)
    assert secret in page
    where = reverse("admin:handrail_sites_endpoint_change", args=[endpoint.pk])
    assert secret not in client.get(where).content.decode()
    rotated = client.post(where, {"verb": "rotate", "reason": "new people"}).content.decode()
    assert "whsec_" in rotated
    assert secret not in rotated
    assert "Say in a few words why" in client.post(where, {"verb": "disable"}, follow=True).content.decode()
    Endpoint.objects.update(url=inbox.url)
    inbox.always = 500
    chat.rate(chat.Thread(record.open_conversation(shop)[0].pk, shop.pk, ""), {"value": 3})
    work()
    shown = client.get(where).content.decode()
    assert "It answered 500" in shown
    assert "1 attempt failed since" in shown


def test_a_failed_delivery_is_sent_again_from_the_log(client, shop, anna, endpoint, inbox):
    webhooks.emit(shop.pk, "rating", {"value": 1})
    Delivery.objects.update(state="failed", attempts=9)
    client.force_login(anna)
    chosen = {"action": "again", "_selected_action": [Delivery.objects.get().pk]}
    client.post(reverse("admin:handrail_sites_delivery_changelist"), chosen)
    work()
    assert Delivery.objects.get().state == "delivered"


def test_agents_and_other_sites_administrators_see_no_endpoint(client, shop, ben, bank, endpoint):
    listed = reverse("admin:handrail_sites_endpoint_changelist")
    client.force_login(ben)
    assert client.get(listed).status_code == 403
    client.force_login(agent("hanna", bank, Role.ADMIN))
    assert endpoint.url not in client.get(listed).content.decode()
