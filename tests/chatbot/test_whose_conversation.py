"""A conversation that held one customer's data is not handed to the next one at the same browser, nor open for ever."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from chatbot.web import chat
from chatbot.web.door import Refusal
from conversations import links, record
from conversations.models import Conversation, Message
from sites.models import Site
from tests.chatbot.forgery import RINGS, real

PAGE = "https://shop.example"


@pytest.fixture
def hello(db: None, settings: Any) -> Any:
    settings.HANDRAIL_IDENTITY_KEYS = RINGS
    Site.objects.create(slug="fernway", name="Fernway", origins=[PAGE])
    return lambda **frame: chat.open_thread({"site": "fernway", **frame}, PAGE, "here")


def resumed(thread: chat.Thread) -> dict[str, str]:
    return {"conversation": str(thread.id), "token": thread.token}


def test_ada_comes_back_to_her_conversation_and_signs_in_again(hello: Any) -> None:
    thread = hello(identity=real("ada"))
    assert hello(**resumed(thread), identity=real("ada")).id == thread.id


def test_the_secret_alone_does_not_open_what_she_was_signed_in_to(hello: Any) -> None:
    thread = hello(identity=real("ada"))
    with pytest.raises(Refusal) as refused:
        hello(**resumed(thread))
    assert (refused.value.code, refused.value.text) == ("identity", "Sign in again to go on with this conversation.")


def test_nor_over_rest_where_her_identity_goes_along(hello: Any) -> None:
    thread = hello(identity=real("ada"))
    mine = {"Authorization": f"Bearer {thread.token}"}
    path = f"/api/v1/conversations/{thread.id}/"
    assert Client().get(path, headers=mine).status_code == 401
    assert Client().get(path, headers={**mine, "X-Handrail-Identity": real("ben")}).status_code == 404
    assert Client().get(path, headers={**mine, "X-Handrail-Identity": real("ada")}).status_code == 200
    assert Client().post(f"{path}human/", headers=mine).status_code == 401


def test_a_link_mailed_to_her_own_address_opens_it(hello: Any) -> None:
    thread = hello(identity=real("ada"))
    assert hello(conversation=str(thread.id), token=links.sign(thread.id, first=1)).id == thread.id


def test_a_secret_ends_thirty_days_after_the_last_message(hello: Any) -> None:
    thread = hello()
    record.ask(thread.id, "1", "Where is my parcel?", timedelta(seconds=1))
    old = timezone.now() - timedelta(days=29)
    Conversation.objects.filter(pk=thread.id).update(created_at=old - timedelta(days=60))
    Message.objects.filter(conversation=thread.id).update(at=old)
    assert hello(**resumed(thread)).id == thread.id
    Message.objects.filter(conversation=thread.id).update(at=old - timedelta(days=2))
    with pytest.raises(Refusal) as refused:
        hello(**resumed(thread))
    assert refused.value.code == "token"


def test_a_visitor_may_sign_in_within_a_conversation(hello: Any) -> None:
    thread = hello()
    assert hello(**resumed(thread), identity=real("ada")).id == thread.id
    assert Conversation.objects.get(pk=thread.id).identity["sub"] == "ada"


def test_ben_does_not_get_adas_conversation_with_its_secret(hello: Any) -> None:
    thread = hello(identity=real("ada"))
    with pytest.raises(Refusal) as refused:
        hello(**resumed(thread), identity=real("ben"))
    assert refused.value.code == "token"
    assert Conversation.objects.get(pk=thread.id).identity["sub"] == "ada"
