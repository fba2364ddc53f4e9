"""Eve tries to read Ada's order as a guest: by guessing, by Ada's own code, from other conversations and other tabs."""

import json
import random
import threading
import uuid
from datetime import timedelta

import pytest
from django.core import mail
from django.db import connections

from chatbot import guests as posted
from chatbot import turn as turns
from chatbot.web import chat
from conversations.models import Message
from conversations.wording import ENGLISH
from sites.core import outbox
from sites.models import OutboxItem
from tests.chatbot.test_guests import AGAIN, BUTTON, MINE, asking, code, later
from tests.conftest import count
from tests.doctrine.ada import Ada
from tests.hostile.shop import ADAS
from tools import guests
from tools.models import Proof, Try

SECRET = "Kestrel"


def guess(dice: random.Random, but: str) -> str:
    while (found := f"{dice.randrange(10**8):08}") == but:
        pass
    return found


@pytest.mark.django_db
@pytest.mark.usefixtures("shop")
def test_five_guesses_a_day_are_looked_at_however_many_conversations_make_them(fernway):
    """Even the right code is not looked at once the day's tries of the order are gone."""
    dice = random.Random(18)
    ada = asking(fernway)
    right = code()
    for n in range(count(60, 12)):
        eve = Ada(fernway)
        eve.ask(MINE)
        eve.ask(BUTTON)
        eve.ask(guess(dice, right))
        if n < 12:  # whoever is refused more often than that has a person, and no assistant to guess at
            ada.ask(guess(dice, right.replace(" ", "")))
        for proof in Proof.objects.exclude(conversation=ada.conversation):  # their minute passes, the day does not
            Proof.objects.filter(pk=proof.pk).update(asked_at=proof.asked_at - timedelta(seconds=61))
        for each in Try.objects.all():
            Try.objects.filter(pk=each.pk).update(at=each.at - timedelta(seconds=61))
        assert SECRET not in "".join(each["text"] for each in (*eve.heard, *ada.heard))
    looked_at = Try.objects.filter(result__in=("right", "wrong"))
    assert looked_at.count() == guests.A_DAY
    assert ENGLISH["guest_many"] in [each["text"] for each in ada.heard]
    assert ada.ask(right).outcome != "answer"
    assert Try.objects.latest("pk").result == "many"


@pytest.mark.django_db
@pytest.mark.usefixtures("shop")
def test_a_code_counts_once_in_its_own_conversation_and_in_no_other(fernway):
    ada, eve = asking(fernway), Ada(fernway)
    right = code()
    eve.ask(MINE)
    eve.ask(BUTTON)
    assert eve.ask(right).outcome != "answer"
    later(seconds=61)
    assert ada.ask(right).outcome == "answer"
    third = Ada(fernway)
    for text in (MINE, BUTTON, right, MINE):
        assert third.ask(text).outcome != "answer"
    later(hours=1, minutes=1)
    assert ada.ask(right).outcome != "answer", "a replay of a code that was spent"
    assert SECRET not in "".join(each["text"] for each in (*eve.heard, *third.heard))


@pytest.mark.django_db
@pytest.mark.usefixtures("shop")
def test_a_second_tab_without_the_secret_of_the_conversation_has_proved_nothing(fernway):
    ada = asking(fernway)
    ada.ask(code())
    for token in ("", "x" * 43, str(uuid.uuid4())):
        said = {"site": "fernway", "conversation": str(ada.conversation.pk), "token": token}
        try:
            thread = chat.open_thread(said, "http://testserver", "")
        except chat.Refusal:
            continue
        assert thread.id != ada.conversation.pk
        running = turns.begin(thread.id, uuid.uuid4().hex, MINE).turn
        turns.take(running)
        running.refresh_from_db()
        assert running.reason == "needs_identity"


@pytest.mark.django_db
@pytest.mark.usefixtures("shop")
def test_an_order_that_does_not_exist_is_told_by_nothing(fernway):
    """Word for word and row for row the same until the code, which nobody has; nothing is asked of the shop before."""
    heard = []
    for number in ("FW-10023", "FW-99999"):
        eve = Ada(fernway)
        for text in (f"Where is my order {number}?", BUTTON):
            eve.ask(text)
        outbox.run_due(bulk=False)
        for text in ("0000 0000", "1111 1111", AGAIN):
            eve.ask(text)
        heard.append([(each["text"].replace(number, "#"), each.get("suggestions")) for each in eve.heard])
    assert heard[0] == heard[1]
    assert len(mail.outbox) == 1


@pytest.mark.django_db
def test_the_reply_comes_before_the_shop_is_asked_whatever_it_does(fernway, bad_shop):
    """A shop that stalls, and one that answers at once, are told apart by no time: none is asked in the turn."""
    eve = Ada(fernway)
    for text in (MINE, BUTTON, "0000 0000"):
        eve.ask(text)
    assert bad_shop.asked == []
    assert OutboxItem.objects.filter(kind="guest_code", state="due").count() == 1


def _replies():
    """What a hostile shop says of whose an order is, and where to write."""
    good = {"number": "FW-10023", "customer": "ada", "email": "ada@customers.example"}
    yield "another order", {**good, "number": "FW-10024"}
    yield "no number", {**good, "number": None}
    yield "no address", {**good, "email": None}
    yield "two addresses", {**good, "email": "ada@customers.example, eve@evil.example"}
    yield "a list", {**good, "email": ["eve@evil.example"]}
    yield "a header", {**good, "email": "ada@customers.example\nBcc: eve@evil.example"}
    yield "a name", {**good, "email": "Ada <ada@customers.example>"}
    yield "a long one", {**good, "email": f"{'a' * 400}@customers.example"}
    yield "no customer", {**good, "customer": ""}
    yield "half a character", {**good, "customer": "ada\ud800"}
    yield "NUL", {**good, "email": "ada\0@customers.example"}
    yield "text", "FW-10023"


@pytest.mark.django_db
@pytest.mark.parametrize(("how", "body"), list(_replies()))
def test_a_look_up_that_lies_sends_nothing(fernway, bad_shop, how, body):
    bad_shop.habits, bad_shop.habit = {"all": lambda e: e.reply(json.dumps(body).encode())}, "all"
    eve = asking(fernway)
    assert mail.outbox == []
    assert eve.state == "bot"
    assert Proof.objects.get().state == "unsent"


@pytest.mark.django_db
def test_a_shop_that_swaps_orders_after_the_proof_is_refused(fernway, bad_shop):
    """What was proved is FW-10023 of ada: a reply of another number or person is refused whole."""
    said = {"number": "FW-10023", "customer": "ada", "email": "ada@customers.example"}
    swapped = {**ADAS, "customer": "grace", "items": [{"name": "Grace's ring", "quantity": 1}]}

    def habit(e):
        body = said if "/contact" in e.request["head"].split(" ")[1] else swapped
        e.reply(json.dumps(body).encode())

    bad_shop.habits, bad_shop.habit = {"all": habit}, "all"
    ada = asking(fernway)
    assert ada.ask(code()).reason == "tool_failed"
    assert "ring" not in "".join(each["text"] for each in ada.heard)
    asked = [each["head"].split(" ")[1] for each in bad_shop.asked]
    assert asked == ["/orders/FW-10023/contact", "/orders/FW-10023?customer=ada"]


@pytest.mark.django_db
@pytest.mark.usefixtures("shop")
def test_one_address_gets_five_codes_a_day_for_all_its_orders_together(fernway):
    numbers = ("FW-10023", "FW-10031", "FW-10047", "FW-10169", "FW-10202", "FW-10233")
    for number in numbers:
        asking(fernway, f"Where is my order {number}?")
        later(seconds=61)
    assert len(mail.outbox) == guests.A_DAY


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("shop")
@pytest.mark.timeout(600)
def test_tries_at_once_are_looked_at_one_by_one(fernway):
    """Twenty messages with twenty codes at the same moment: one is looked at."""
    ada = asking(fernway)
    dice = random.Random(4)
    seqs = []
    for _ in range(20):
        if (running := ada.write("hello there")) is not None:
            turns.take(running)
        seqs.append(Message.objects.filter(conversation=ada.conversation, author="customer").latest("seq").seq)
    gate = threading.Barrier(len(seqs))

    def go(seq: int, said: str) -> None:
        gate.wait()
        try:
            posted.tried(ada.conversation.pk, seq, said)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=go, args=(seq, guess(dice, ""))) for seq in seqs]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert Try.objects.filter(result="wrong").count() == 1
    assert Try.objects.count() == len(seqs)
