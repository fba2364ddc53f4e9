"""Of a customer's internet address only a keyed digest stays, and it is another one on every site."""

import pytest
from django.test import Client

from chatbot.web import chat
from conversations import record, replay
from conversations.models import Conversation
from sites.models import Site

pytestmark = pytest.mark.django_db
ADDRESS, HOME = "203.0.113.77", "http://localhost:8000"


@pytest.fixture
def shop(db):
    return Site.objects.create(slug="shop", name="Shop", origins=[HOME])


def test_a_conversation_keeps_a_digest_of_where_it_was_opened(shop):
    thread = chat.open_thread({"site": "shop"}, HOME, "x", ADDRESS)
    kept = Conversation.objects.get(pk=thread.id).address
    assert len(kept) == 32
    assert ADDRESS not in kept
    assert kept == record.open_conversation(shop, address=ADDRESS)[0].address
    assert record.open_conversation(shop)[0].address == ""
    other = Site.objects.create(slug="other", name="Other")
    assert record.open_conversation(other, address=ADDRESS)[0].address != kept


def test_another_key_makes_another_digest(shop, settings):
    before = record.open_conversation(shop, address=ADDRESS)[0].address
    settings.SECRET_KEY = "another"
    assert record.open_conversation(shop, address=ADDRESS)[0].address != before


def test_over_rest_it_is_where_the_request_comes_from_and_no_header(shop):
    """Of headers `config.asgi` reads, and from named proxies: tests/chatbot/test_addresses.py."""
    body, headers = {"site": "shop"}, {"Origin": HOME, "X-Forwarded-For": "198.51.100.1"}
    answer = Client(REMOTE_ADDR=ADDRESS).post(
        "/api/v1/conversations/", body, content_type="application/json", headers=headers
    )
    kept = Conversation.objects.get(pk=answer.json()["conversation"]).address
    assert kept == record.open_conversation(shop, address=ADDRESS)[0].address


def test_nobody_is_shown_the_digest(shop):
    conversation = record.open_conversation(shop, address=ADDRESS)[0]
    assert conversation.address not in str(replay.read(conversation, actor="alma"))
