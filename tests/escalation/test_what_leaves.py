"""What was recognised about a person leaves for nobody: no webhook and no frame of a customer carries it."""

import json

import pytest
from django.db import transaction

from chatbot import turn
from chatbot.outcome import OUTCOMES, Decision
from chatbot.web import chat
from conversations import record
from conversations.outcomes import Outcome, Reason
from escalation.desk import complaints, desk
from escalation.models import Handoff
from sites.models.endpoints import Delivery, Endpoint
from tests.escalation.conftest import LEASE, ask, wait

pytestmark = pytest.mark.django_db
TOLD = {
    "asked_for_human", "repeated_decline", "not_grounded", "paused", "error", "tool_failed", "needs_approval",
    "draft_review", "not_exposed",
}  # fmt: skip
PERSONAL = {"distress", "security", "frustration", "complaint", "privacy_request", "sensitive"}
HANDED = [reason for reason, outcome in OUTCOMES.items() if outcome is Outcome.HANDOFF]


@pytest.fixture
def heard(shop):
    """Everything the shop's webhook would be sent, as it is kept to be sent."""
    Endpoint.objects.create(site=shop, url="https://desk.example.com/hook", nonce="n1")
    return lambda: [json.loads(body) for body in Delivery.objects.order_by("pk").values_list("body", flat=True)]


def reasons_in(value) -> set[str]:
    """Every word under a name that may hold a reason, however deep."""
    if isinstance(value, dict):
        own = {str(value[name]) for name in ("reason", "why", "kind") if name in value}
        return own.union(*(reasons_in(each) for each in value.values()))
    return set().union(*(reasons_in(each) for each in value)) if isinstance(value, list) else set()


@pytest.mark.parametrize("reason", HANDED)
def test_a_handoff_tells_a_webhook_its_reason_only_if_it_says_how_the_assistant_did(shop, ben, heard, reason):
    conversation, running = ask(shop, "Ada's words")
    turn.settle(running, Decision(reason, "One moment."))
    handoff = Handoff.objects.get(conversation=conversation)
    desk.claim(handoff, actor=ben)
    desk.release(handoff, actor=ben)
    desk.claim(handoff, actor=ben)
    desk.close(handoff, actor=ben)
    opened = [said["data"] for said in heard() if said["type"] == "handoff.opened"]
    assert [data.get("reason") for data in opened] == [reason.value if reason in TOLD else "", None]
    assert opened[0]["urgent"] is (reason in {"distress", "security"})
    told = [said for said in heard() if said["type"] != "complaint"]  # that one was made, and is told as such
    assert not any(word in json.dumps(told) for word in PERSONAL)


@pytest.mark.parametrize("reason", list(Reason))
def test_the_reason_of_any_handoff_that_is_opened_is_told_or_empty(shop, heard, reason):
    conversation, _ = ask(shop)
    with transaction.atomic():
        desk.open_handoff(conversation, turn=None, reason=reason)
    (opened,) = [said["data"] for said in heard() if said["type"] == "handoff.opened"]
    assert opened["reason"] == (reason.value if reason in TOLD else "")


def test_no_webhook_hears_that_a_waiting_customer_was_put_first_for_their_distress(shop, heard):
    shop.crisis = "Call the Samaritans on 116 123."
    shop.save()
    handoff = wait(shop, reason="asked_for_human")
    desk.make_urgent(handoff.conversation_id, reason=Reason.DISTRESS, crisis=True)
    told = heard()
    assert [said["data"]["step"] for said in told if said["type"] == "handoff.escalated"] == ["urgent"]
    assert "distress" not in json.dumps(told)
    assert "116 123" not in json.dumps(told), "the words for a crisis say that one was recognised"


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("complaint", "complaint"),
        ("withdrawal", "withdrawal"),
        ("data_request", "notice"),
        ("injury", "notice"),
        ("notice", "notice"),
    ],
)
def test_a_case_tells_its_kind_but_not_what_was_recognised_about_the_person(shop, heard, kind, told):
    conversation, running = ask(shop, "The stove burned my son.")
    with transaction.atomic():
        complaints.typed(conversation, running, kind)
    (said,) = heard()
    assert (said["type"], said["data"]["kind"]) == ("complaint", told)
    assert ("burned my son" in json.dumps(said)) is (told != "notice")


@pytest.mark.parametrize("reason", HANDED)
def test_no_frame_of_a_customer_carries_the_reason(shop, client, reason):
    conversation, token = record.open_conversation(shop)
    asked = record.ask(conversation.pk, "1", "Ada's words", LEASE)
    turn.settle(asked.turn, Decision(reason, "One moment."))
    thread = chat.Thread(conversation.pk, shop.pk, token)
    news = chat.news(thread, 0, {}, look=True)
    door = {"Authorization": f"Bearer {token}"}
    rest = client.get(f"/api/v1/conversations/{conversation.pk}/", headers=door).json()
    assert len(rest["messages"]) >= 3
    welcome = {name: value for name, value in chat.welcome(thread, 0).items() if name != "words"}  # everybody's
    for frame in (*news.messages, news.state, welcome, rest):
        assert reasons_in(frame) == set()
        told = json.dumps(frame, default=str).replace("formal notice", "").replace("Your complaint has been kept", "")
        assert reason.value not in told
