"""Customers find again what they have talked about: by what their browser kept, or on any device by who they are."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from chatbot.web import chat, past
from chatbot.web.door import Refusal
from conversations import links, privacy, record
from conversations import past as kept
from conversations.models import Conversation
from sites.models import OutboxItem, Site
from tests.chatbot.forgery import RINGS, real

PAGE = "https://shop.example"


@pytest.fixture
def hello(db: None, settings: Any) -> Any:
    settings.HANDRAIL_IDENTITY_KEYS = RINGS
    Site.objects.create(slug="fernway", name="Fernway", origins=[PAGE])
    return lambda **frame: chat.open_thread({"site": "fernway", **frame}, PAGE, "here")


def said(thread: chat.Thread, text: str) -> chat.Thread:
    record.ask(thread.id, "1", text, timedelta(seconds=1))
    return thread


def listed(thread: chat.Thread, **frame: Any) -> list[str]:
    return [each["about"] for each in past.conversations(thread, frame, "")["conversations"]]


def tokens(*threads: chat.Thread) -> dict[str, str]:
    return {str(thread.id): thread.token for thread in threads}


def test_a_browser_finds_the_conversations_whose_secrets_it_kept_the_newest_first_and_no_other(hello: Any) -> None:
    mine = [said(hello(), text) for text in ("A tent", "A stove")]
    said(hello(), "Somebody else's")
    hello()  # nothing was said in it
    wrong = {str(hello().id): "guessed", "no id": "x"}
    assert listed(mine[1], tokens=tokens(*mine) | wrong) == ["A stove", "A tent"]
    assert listed(mine[1], tokens=["nonsense"]) == listed(mine[1]) == ["A stove"]


def test_who_is_signed_in_finds_theirs_on_another_device_and_reads_on_there_without_a_secret(hello: Any) -> None:
    first = said(hello(identity=real("ada")), "Where is my order?")
    second = said(hello(identity=real("ada")), "And the invoice?")
    said(hello(identity=real("ben")), "Ben's own")
    assert listed(second) == ["And the invoice?", "Where is my order?"]
    there = hello(conversation=str(first.id), identity=real("ada"))
    assert [each["text"] for each in chat.welcome(there, 0)["messages"]] == ["Where is my order?"]
    assert hello(conversation=str(first.id), token=there.token, identity=real("ada")).id == first.id


@pytest.mark.parametrize("claims", [{}, {"identity": "ben"}])
def test_nobody_else_opens_it_by_its_number(hello: Any, claims: dict[str, str]) -> None:
    thread = said(hello(identity=real("ada")), "Where is my order?")
    frame = {name: real(sub) for name, sub in claims.items()}
    with pytest.raises(Refusal) as refused:
        hello(conversation=str(thread.id), token=kept.BY_IDENTITY, **frame)
    assert refused.value.code == "token"
    bearer = {"Authorization": f"Bearer {kept.BY_IDENTITY}", "X-Handrail-Identity": frame.get("identity", "")}
    assert Client().get(f"/api/v1/conversations/{thread.id}/", headers=bearer).status_code == 404


def test_a_secret_does_not_show_who_is_not_signed_in_what_somebody_else_was_signed_in_to(hello: Any) -> None:
    hers = said(hello(identity=real("ada")), "Where is my order?")
    next_at_the_browser = said(hello(), "Hello")
    assert listed(next_at_the_browser, tokens=tokens(hers)) == ["Hello"]
    assert listed(said(hello(identity=real("ben")), "Hi"), tokens=tokens(hers)) == ["Hi"]


def test_a_link_from_a_mail_shows_its_own_conversation_only_and_from_where_it_begins(hello: Any) -> None:
    other = said(hello(identity=real("ada")), "Another matter")
    thread = said(hello(identity=real("ada")), "Where is my order?")
    record.ask(thread.id, "2", "The second one", timedelta(seconds=1))
    mailed = hello(conversation=str(thread.id), token=links.sign(thread.id, first=1))
    assert listed(mailed, tokens=tokens(other)) == ["Where is my order?"]
    late = chat.Thread(thread.id, thread.site_id, "", links.read(links.sign(thread.id, first=2)))
    assert "Where is my order?" not in past.transcript(late, {}, "")["text"]


def test_what_was_erased_is_found_no_more(hello: Any) -> None:
    thread, other = (said(hello(identity=real("ada")), text) for text in ("Where is my order?", "Thanks"))
    rows = Conversation.objects.filter(pk=thread.id)
    rows.get().turns.all().update(state="settled", outcome="decline", reason="out_of_scope")
    privacy.erase(rows, rows.get().site, actor="shell", reason="she asked")
    assert listed(other, tokens=tokens(thread)) == ["Thanks"]


def test_a_transcript_says_who_said_what_and_when_in_the_sites_language(hello: Any) -> None:
    thread = said(hello(), "Wo ist <b>mein</b> Paket?")
    assert "You, " in past.transcript(thread, {}, "")["text"]
    Site.objects.update(locale="de", timezone="Europe/Berlin")
    frame = past.transcript(thread, {}, "")
    assert "Ihr Gespräch mit Fernway" in frame["text"]
    assert "Sie, " in frame["text"]
    assert "Wo ist <b>mein</b> Paket?" in frame["text"]
    assert frame["name"].startswith("fernway-")


def test_it_is_mailed_to_the_verified_address_only_once_in_a_while_and_to_no_other(hello: Any) -> None:
    thread = said(hello(identity=real("ada", email="ada@example.com")), "Where is my order?")
    for _ in range(3):
        assert past.transcript(thread, {"mail": True}, "")["mail"] == "a…@example.com"
    assert [item.payload["to"] for item in OutboxItem.objects.filter(kind="mail")] == ["ada@example.com"]
    nobody = said(hello(), "Hi")
    Conversation.objects.filter(pk=nobody.id).update(contact="left@example.com")
    with pytest.raises(Refusal) as refused:
        past.transcript(nobody, {"mail": True}, "")
    assert refused.value.code == "bad_frame"
    assert OutboxItem.objects.filter(kind="mail").count() == 1
