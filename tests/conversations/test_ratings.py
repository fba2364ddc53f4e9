"""A conversation has one rating, and a message one thumb: the last one counts."""

import threading
import uuid
from importlib import import_module

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.db import connection
from django.urls import reverse

from chatbot.web import chat
from chatbot.web.door import Refusal
from conversations import delivery, privacy, record
from conversations.models import Event, Rating
from escalation.desk import desk
from sites.access.roles import grant
from sites.core import audit
from sites.models import LedgerEntry, Role, Site

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop():
    return Site.objects.create(slug="shop", name="Fernway")


@pytest.fixture
def ada(shop):
    conversation, token = record.open_conversation(shop)
    delivery.append(conversation.pk, author="bot", text="30 days.", outcome="answer", reply_to="1")
    return chat.Thread(conversation.pk, shop.pk, token)


def test_a_conversation_with_the_assistant_alone_is_rated_open_or_closed(ada):
    chat.rate(ada, {"value": 4, "comment": "quick"})
    rating = Rating.objects.get()
    assert (rating.value, rating.comment, rating.with_person) == (4, "quick", False)
    desk.customer_ends(ada.id)
    chat.rate(ada, {"value": 2})
    assert Rating.objects.get().value == 2


def test_a_second_rating_replaces_the_first_and_the_record_keeps_both(ada):
    chat.rate(ada, {"value": 1})
    chat.rate(ada, {"value": 5, "comment": "solved after all"})
    assert [(r.value, r.comment) for r in Rating.objects.all()] == [(5, "solved after all")]
    assert [e.body["value"] for e in Event.objects.filter(kind="rating").order_by("pk")] == [1, 5]


def test_one_with_a_person_in_it_is_known_as_such(ada):
    delivery.append(ada.id, author="agent", text="Hello", name="Ben")
    chat.rate(ada, {"value": 5})
    assert Rating.objects.get().with_person


def test_who_has_rated_is_not_asked_again(ada):
    assert "rating" not in chat.welcome(ada, 0)
    chat.rate(ada, {"value": 3})
    assert chat.welcome(ada, 0)["rating"] == 3


@pytest.mark.parametrize("value", [0, 6, True, "5", 4.5, None])
def test_what_is_no_rating_is_refused(ada, value):
    with pytest.raises(Refusal):
        chat.rate(ada, {"value": value})
    assert not Rating.objects.exists()


def test_a_card_number_in_a_comment_is_masked(ada):
    chat.rate(ada, {"value": 1, "comment": "4111 1111 1111 1111"})
    assert "4111 1111" not in Rating.objects.get().comment


@pytest.mark.django_db(transaction=True)
def test_two_at_once_leave_one_rating(shop):
    conversation, token = record.open_conversation(shop)
    thread, start = chat.Thread(conversation.pk, shop.pk, token), threading.Barrier(4)

    def rate(value) -> None:
        start.wait()
        try:
            chat.rate(thread, {"value": value})
        finally:
            connection.close()

    people = [threading.Thread(target=rate, args=(value,)) for value in (1, 2, 4, 5)]
    for one in people:
        one.start()
    for one in people:
        one.join()
    last = Event.objects.filter(kind="rating").order_by("-pk").first()
    assert Rating.objects.get().value == last.body["value"]


def test_a_thumb_counts_once_a_message_and_may_be_turned(ada):
    for value in (1, 1, -1, -1):
        chat.feedback(ada, {"seq": 1, "value": value})
    assert [e.body["value"] for e in Event.objects.filter(kind="feedback").order_by("pk")] == [1, -1]


def test_staff_see_the_ratings_of_their_own_sites(client, ada, shop):
    chat.rate(ada, {"value": 2, "comment": "<i>meh</i>"})
    other = Site.objects.create(slug="bank", name="Rho")
    listed = reverse("admin:conversations_rating_changelist")
    for name, site, seen in (("ben", shop, True), ("hugo", other, False)):
        user = User.objects.create_user(name + uuid.uuid4().hex[:4])
        grant(user, site, Role.AGENT)
        client.force_login(user)
        assert ("&lt;i&gt;meh&lt;/i&gt;" in client.get(listed).content.decode()) is seen


def opinions(ada) -> None:
    chat.feedback(ada, {"seq": 1, "value": 1})
    chat.feedback(ada, {"seq": 1, "value": -1, "reason": "wrong"})
    chat.rate(ada, {"value": 1, "comment": "no"})
    chat.rate(ada, {"value": 4, "comment": "solved after all"})


def found(shop) -> list[tuple[str, str]]:
    return [(each.table, each.what) for each in audit.of(shop).findings if "message" not in each.table]


def test_the_chain_answers_for_what_customers_think(ada, shop):
    opinions(ada)
    assert found(shop) == []
    assert LedgerEntry.objects.filter(site=shop, kind="rated").count() == 4


EVENTS = "conversations.event"
NEWLY = [(EVENTS, "no entry speaks of it: it was put in by something else")]
TAMPERED = {
    "a thumb turned": (lambda e: e.filter(kind="feedback").update(body={"seq": 1, "value": 1}), EVENTS, "body differs"),
    "a reason changed": (lambda e: e.filter(kind="feedback").update(actor="ben"), EVENTS, "actor differs"),
    "a thumb lost": (lambda e: e.filter(kind="feedback").delete(), EVENTS, "is missing"),
    "a thumb made another kind": (lambda e: e.filter(kind="feedback").update(kind="note"), EVENTS, "is missing"),
    "a thumb put in": (
        lambda e: e.create(conversation_id=e.first().conversation_id, kind="feedback", body={"seq": 1, "value": 1}),
        EVENTS,
        "no entry speaks of it",
    ),
    "stars changed": (lambda e: Rating.objects.update(value=5), "conversations.rating", "differs from what"),
    "a comment changed": (lambda e: Rating.objects.update(comment="!"), "conversations.rating", "differs from what"),
    "stars lost": (lambda e: Rating.objects.all().delete(), "conversations.rating", "is missing"),
}


@pytest.mark.parametrize("how", TAMPERED)
def test_what_becomes_of_them_outside_the_product_is_found(ada, shop, how):
    opinions(ada)
    tamper, table, what = TAMPERED[how]
    tamper(Event.objects)
    assert any(where == table and said.startswith(what) for where, said in found(shop))


def test_an_erasure_takes_the_words_and_the_chain_holds(ada, shop):
    opinions(ada)
    privacy.erase(record.Conversation.objects.filter(pk=ada.id), shop, actor="admin", reason="Asked for by letter.")
    assert not Rating.objects.exclude(comment="").exists()
    assert found(shop) == []


def test_opinions_of_before_entries_spoke_of_them_are_counted_and_held_by_number(ada, shop):
    record.event(ada.id, "feedback", actor="customer", body={"seq": 1, "value": 1})
    assert found(shop) == NEWLY
    begun = import_module("conversations.migrations.0011_ratings_begun")
    begun.begin(apps, type("Editor", (), {"connection": connection}))
    opinions(ada)
    report = audit.of(shop)
    assert (found(shop), report.before[EVENTS]) == ([], 1)
    Event.objects.create(pk=0, conversation_id=ada.id, kind="feedback", body={"seq": 1, "value": 1})
    assert found(shop) == [(EVENTS, "2 rows of before entries spoke of rows, and there were 1")]
