"""Promise 8, handoff with full context: whoever takes over need not ask again."""

import pytest

from chatbot import turn as turns
from escalation.packet.packet import packet
from knowledge.models import Category
from release.exposure import levels
from tests.doctrine.ada import FUND, RETURNS, Ada, identity

pytestmark = pytest.mark.django_db


def test_the_packet_has_transcript_reason_passages_identity_and_page(fernway):
    ada = Ada(fernway, identity())
    ada.ask(RETURNS)
    ada.ask(FUND)
    turns.ask_for_human(ada.conversation.pk)
    gathered = packet(ada.conversation)
    assert [entry.text for entry in gathered.thread if entry.kind == "customer"] == [RETURNS, FUND]
    assert gathered.reason == "The customer asked for a person."
    facts = dict(gathered.facts)
    assert facts["Identity"] == "Verified as ada"
    assert facts["E-mail"] == "ada@example.com (verified)"
    assert facts["Page"] == "https://shop.example/boots"
    declined, answered = gathered.findings
    assert (declined.outcome, answered.outcome) == ("declined", "answered")
    assert answered.found
    assert all(found.text and found.title and found.score >= 0 for found in answered.found)
    assert gathered.handoff.opened_at


def test_it_has_the_answer_that_was_not_sent_and_why(fernway, people):
    category = Category.objects.get(site=fernway, slug="returns-refunds")
    levels.lower_level(category, 1, actor=people["dan"], reason="Agents only, for now.")
    ada = Ada(fernway)
    ada.ask(RETURNS)
    turns.ask_for_human(ada.conversation.pk)
    finding = packet(ada.conversation).findings[0]
    assert "30 days" in finding.unsent
    assert finding.why == "The assistant may not answer this subject by itself yet."


def test_the_customer_is_told_what_happens_next(fernway):
    ada = Ada(fernway)
    ada.ask("let me talk to a person")
    assert ada.heard[-2]["text"] == "I am passing you to a person now."
    assert ada.last["author"] == "system"
    assert ada.last["text"]
