"""A conversation that held one customer's data is not handed to the next one at the same browser."""

from typing import Any

import pytest

from chatbot import chat
from chatbot.door import Refusal
from conversations.models import Conversation
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
    assert hello(**resumed(thread)).id == thread.id
    assert hello(**resumed(thread), identity=real("ada")).id == thread.id


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
