"""Who has no account proves an order by its number and a code that went to the address the shop has for it."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from chatbot import again
from conversations import privacy
from conversations.models import Conversation, Turn
from conversations.wording import ENGLISH
from release.live import pauses
from sites.core import audit, outbox
from sites.models import LedgerEntry, OutboxItem
from tests.declared import Declaring
from tests.doctrine.ada import RETURNS, Ada, identity
from tests.hostile.conftest import shop, shop_service  # noqa: F401  the shop's real service
from tools.declaration import Tool
from tools.models import Proof, Try

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shop")]
MINE = "Where is my order FW-10023?"
BUTTON, AGAIN = ENGLISH["tool.guest"], ENGLISH["tool.guest_again"]


def later(**by) -> None:
    """Put what was asked for and tried so long ago, as if that time had passed."""
    for proof in Proof.objects.all():
        for name in ("asked_at", "sent_at", "proven_at"):
            if (at := getattr(proof, name)) is not None:
                setattr(proof, name, at - timedelta(**by))
        proof.save()
    for each in Try.objects.all():
        each.at -= timedelta(**by)
        each.save()


def code() -> str:
    """The code of the last mail."""
    return re.search(r"\d{4} \d{4}", mail.outbox[-1].body)[0]


def asking(fernway, text: str = MINE) -> Ada:
    """Ada, who has no account, at the point where her code was sent."""
    ada = Ada(fernway)
    ada.ask(text)
    ada.ask(BUTTON)
    outbox.run_due(bulk=False)
    return ada


def test_who_is_not_signed_in_is_asked_to_sign_in_with_a_button_for_who_has_no_account(fernway):
    ada = Ada(fernway)
    turn = ada.ask(MINE)
    assert (turn.outcome, turn.reason) == ("decline", "needs_identity")
    assert ada.last["suggestions"] == [BUTTON]
    assert not Proof.objects.exists()


def test_a_code_goes_to_the_address_the_shop_has_and_shows_that_one_order(fernway):
    ada = asking(fernway)
    assert [each.to for each in mail.outbox] == [["ada@customers.example"]]
    assert "order FW-10023" in ada.last["text"]
    turn = ada.ask(f"it is {code()}")
    assert (turn.outcome, turn.category.slug) == ("answer", "order-status")
    assert ada.last["text"].startswith("Order FW-10023 (“Kestrel rain jacket, M”")
    assert ada.last["citations"][0]["title"] == "Order system"
    assert ada.ask("Has my order FW-10023 shipped yet?").outcome == "answer"


def test_the_number_is_asked_for_where_the_message_has_none(fernway):
    ada = Ada(fernway)
    ada.ask("Where is my order?")
    assert ada.ask(BUTTON).reason == "asking"
    assert ada.last["text"].startswith("What is the number of your order?")
    assert ada.ask("FW-10023").reason == "asking"
    outbox.run_due(bulk=False)
    assert ada.ask(code()).outcome == "answer"


def test_another_order_needs_a_code_of_its_own_and_what_lists_or_writes_is_for_accounts(fernway):
    ada = asking(fernway)
    ada.ask(code())
    assert ada.ask("Where is my order FW-10031?").reason == "needs_identity"
    assert ada.ask("Show me all my orders").reason == "needs_identity"
    assert ada.ask("How many points do I have?").reason == "needs_identity"
    assert ada.ask("Please cancel my order FW-10023").reason in {"needs_identity", "needs_approval"}
    assert ada.state == "bot"


def test_what_was_proved_counts_for_an_hour(fernway):
    ada = asking(fernway)
    ada.ask(code())
    later(minutes=59)
    assert ada.ask("Has my order FW-10023 shipped yet?").outcome == "answer"
    later(minutes=2)
    assert ada.ask("Is my order FW-10023 on its way?").reason == "needs_identity"


def test_a_code_lasts_a_quarter_of_an_hour(fernway):
    ada = asking(fernway)
    later(minutes=16)
    assert ada.ask(code()).outcome != "answer"


def test_a_new_code_is_sent_after_a_minute_and_ends_the_one_before(fernway):
    ada = asking(fernway)
    first = code()
    ada.ask(AGAIN)
    assert ada.last["text"] == ENGLISH["guest_later"]
    later(seconds=61)
    ada.ask(AGAIN)
    outbox.run_due(bulk=False)
    assert len(mail.outbox) == 2
    assert ada.ask(first).outcome == "clarify"
    later(seconds=61)
    assert ada.ask(code()).outcome == "answer"


def test_anything_else_is_answered_meanwhile_and_it_can_be_left(fernway):
    ada = asking(fernway)
    assert ada.ask(RETURNS).outcome == "answer"
    other = asking(fernway, "Where is my order FW-10153?")
    assert other.ask("cancel").reason == "courtesy"
    assert Ada(fernway).ask("I want to talk to a human please").reason == "asked_for_human"


def test_nothing_of_the_address_or_the_code_is_kept(fernway):
    ada = asking(fernway)
    secret, digits = "customers.example", re.sub(r"\D", "", code())
    held = [str(row) for model in (Proof, OutboxItem, LedgerEntry, Turn) for row in model.objects.values_list()]
    held += [each["text"] for each in ada.heard]
    assert not [row for row in held if secret in row or digits in row or code() in row]


def test_a_mail_server_that_is_away_is_tried_again_and_its_words_are_not_kept(fernway, monkeypatch):
    def refuse(self):
        raise OSError(f"no mailbox for {self.to}")

    monkeypatch.setattr("django.core.mail.EmailMessage.send", refuse)
    ada = Ada(fernway)
    ada.ask(MINE)
    ada.ask(BUTTON)
    with pytest.raises(Exception, match=r"^OSError$"):
        outbox.run_due(bulk=False)
    item = OutboxItem.objects.get(kind="guest_code")
    assert (item.state, "ada" in item.error) == ("due", False)
    monkeypatch.undo()
    OutboxItem.objects.update(due_at=timezone.now())
    outbox.run_due(bulk=False)
    assert ada.ask(code()).outcome == "answer"


def test_paused_tools_send_no_code(fernway, people):
    ada = Ada(fernway)
    ada.ask(MINE)
    ada.ask(BUTTON)
    pauses.pause(site=fernway, what="tools", actor=people["dan"], reason="the shop is ill")
    outbox.run_due(bulk=False)
    assert mail.outbox == []
    assert Proof.objects.get().state == "unsent"


def test_every_turn_is_decided_again_to_the_same(fernway, settings):
    ada = asking(fernway)
    ada.ask("1234 5678")
    later(seconds=61)
    ada.ask(code())
    settings.SHOP_URL = "http://127.0.0.1:9"
    for turn in Turn.objects.filter(conversation=ada.conversation).order_by("pk"):
        found = again.decide(turn)
        assert (found.differs, found.now is None) == ([], False), found.as_json()


def test_an_erasure_takes_along_what_was_proved(fernway):
    ada = asking(fernway)
    ada.ask(code())
    privacy.erase(Conversation.objects.filter(pk=ada.conversation.pk), fernway, actor="shell", reason="She asked.")
    proof = Proof.objects.values("value", "owner", "code", "address", "thing").get()
    assert set(proof.values()) == {""}
    assert [each for each in audit.of(fernway).findings if each.table.startswith("conversations.")] == []


def test_who_signs_in_meanwhile_is_who_they_are(fernway):
    ada = asking(fernway)
    ada.conversation.identity = identity("grace").claims()
    ada.conversation.save(update_fields=["identity"])
    ada.ask(code())
    assert "Kestrel" not in "".join(each["text"] for each in ada.heard)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"access": "write", "change": "It goes", "request": {"connection": "shop", "method": "POST"}}, "only reads"),
        ({"fresh": 5}, "only reads"),
        ({"guest": {"proves": "customer"}}, "must be an argument with a pattern"),
        ({"guest": {"customer": ""}}, "“customer:” is needed"),
        ({"guest": {"path": "/orders/{customer}"}}, "is not known before it is proved"),
        ({"guest": {"belongs_to": {}}}, "“belongs_to:” is needed"),
        ({"guest": {"path": "/orders?x=1"}}, "the path begins with /"),
    ],
)
def test_a_declaration_that_lets_in_too_much_is_refused(changes, said):
    body = Declaring().tools["order_status"].as_json()
    for key, value in changes.items():
        body[key] = {**body[key], **value} if isinstance(value, dict) else value
    with pytest.raises(ValueError, match=said):
        Tool.model_validate(body)
