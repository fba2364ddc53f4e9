"""Promise 13, replayable: every turn keeps what it rests on; an altered record shows, and reading it is recorded."""

import pytest
from django.urls import reverse

from conversations import replay
from sites.core import ledger
from sites.models import LedgerEntry
from tests.doctrine.ada import RETURNS, Ada
from tests.unsealed import change, drop

pytestmark = pytest.mark.django_db


def test_a_turn_keeps_input_retrieval_scores_release_verdicts_output_and_timings(fernway):
    ada = Ada(fernway)
    ada.ask(RETURNS)
    turn = replay.read(ada.conversation, actor="alma")["turns"][0]
    assert turn["question"] == RETURNS
    assert (turn["outcome"], turn["reason"], turn["category"]) == ("answer", "answered", "returns-refunds")
    assert turn["confidence"] >= turn["trace"]["threshold"]
    assert len(turn["release"]) == 64
    assert all({"passage", "source", "score", "dense", "lexical"} <= set(hit) for hit in turn["trace"]["hits"])
    assert turn["trace"]["objections"] == []
    assert turn["trace"]["ms"]["decided"] > 0
    assert turn["answer"] == 2


def test_reading_it_is_itself_recorded(fernway):
    ada = Ada(fernway)
    replay.read(ada.conversation, actor="alma")
    entry = LedgerEntry.objects.filter(site=fernway).latest("number")
    assert entry.kind == "read"
    assert str(ada.conversation.pk) in entry.body
    assert "alma" in entry.body


def test_the_list_says_how_each_conversation_went_and_nothing_that_was_said(fernway, people, client):
    Ada(fernway).ask(RETURNS)
    client.force_login(people["alma"])
    page = client.get(reverse("admin:conversations_conversation_changelist")).content.decode()
    assert "answer: answered" in page
    assert "Returns and refunds" in page
    assert RETURNS not in page


def test_whoever_alters_or_removes_an_entry_is_found_out(fernway):
    Ada(fernway).ask(RETURNS)
    assert list(ledger.verify(fernway)) == []
    entry = LedgerEntry.objects.filter(site=fernway, kind="turn").latest("number")
    change(LedgerEntry.objects.filter(pk=entry.pk), body=entry.body.replace("answer", "anwser"))
    assert [broken.number for broken in ledger.verify(fernway)] == [entry.number]
    drop(LedgerEntry.objects.filter(pk=entry.pk))
    assert list(ledger.verify(fernway))


def test_card_numbers_are_never_written_down(fernway):
    ada = Ada(fernway)
    ada.ask("My card is 4111 1111 1111 1111, why was I charged twice?")
    assert "4111 1111 1111 1111" not in str(replay.read(ada.conversation, actor="alma"))
