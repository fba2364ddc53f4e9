"""Promise 3, current and citable sources: the index is never the authority; every hit is read again."""

import pytest
from django.utils import timezone

from chatbot import turn as turns
from knowledge.editing import approval, ingest
from knowledge.models import Revision, Source
from knowledge.readers.documents import Document
from tests.doctrine.ada import BOOTS, Ada

pytestmark = pytest.mark.django_db


def cited(ada: Ada) -> set[str]:
    """The titles of the last message's citations."""
    return {citation["title"] for citation in ada.last["citations"]}


@pytest.fixture
def boots(fernway) -> Source:
    return Source.objects.get(site=fernway, slug="boot-care")


def test_a_citation_is_the_live_revision_word_for_word(fernway, boots):
    ada = Ada(fernway)
    turn = ada.ask(BOOTS)
    for citation in turn.answer.citations.all():
        revision = Revision.objects.get(pk=citation.revision_id, live=True, state="approved")
        assert revision.text[citation.start : citation.end] == citation.quote


def test_a_withdrawn_source_is_not_quoted_not_even_by_an_answer_under_way(fernway, boots, people):
    ada = Ada(fernway)
    running = ada.write(BOOTS)
    decision = turns.decide(running)
    assert boots.slug in {c.source for c in decision.citations}
    approval.withdraw(boots, actor=people["cleo"], reason="The advice was wrong.")
    turns.settle(running, decision)
    assert ada.last["citations"] == []
    assert ada.ask(BOOTS).outcome != "answer" or boots.revisions.first().title not in cited(ada)


def test_an_expired_source_is_not_quoted(fernway, boots):
    Source.objects.filter(pk=boots.pk).update(expires=timezone.localdate())
    ada = Ada(fernway)
    ada.ask(BOOTS)
    assert boots.revisions.first().title not in cited(ada)


def test_text_that_is_approved_but_not_released_is_not_quoted(fernway, boots, people):
    text = boots.revisions.get(live=True).text.replace("never on a radiator", "always on a radiator")
    saved = ingest.save(
        fernway,
        boots.slug,
        Document("Boots", text, {}),
        categories=["product-care"],
        audience="public",
        author="cleo",
    )
    approval.submit(saved.revision, actor=people["cleo"])
    approval.approve(saved.revision, actor=people["admin"])
    ada = Ada(fernway)
    ada.ask(BOOTS)
    assert "never on a radiator" in ada.last["text"]
