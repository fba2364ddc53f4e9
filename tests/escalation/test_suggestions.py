"""Level 1: what the assistant would have said helps the agent, and only the agent decides what is said."""

from datetime import timedelta

import pytest
from django.utils import timezone

from chatbot import turn as turns
from conversations import record
from conversations.models import Citation, Event, Message, Turn
from conversations.record import IllegalMove
from escalation.desk import desk
from escalation.drafts import review, suggestions
from escalation.models import Look, Suggestion
from escalation.web import screens
from knowledge.models import Category, Source
from release.exposure import evidence, levels
from sites.access.roles import NotAllowed
from tests.escalation.conftest import ARTICLE, ask, settle, whole

pytestmark = pytest.mark.django_db
QUOTE = ARTICLE[:37]


@pytest.fixture
def suggested(shop, returns, passage, ben):
    """Ada asked about an internal category, then for a person; Ben has her and a suggestion."""
    conversation, turn = ask(shop, "Can I send it back?", identity={"sub": "ada"})
    cited = {
        "n": 1, "source_id": passage.revision.source_id, "revision_id": passage.revision_id, "passage_id": passage.pk,
        "start": 0, "end": 37, "title": "Returning an item", "quote": QUOTE, "url": "https://fernway.example/returning",
        "updated": timezone.now().isoformat(), "audience": "public",
    }  # fmt: skip
    held = {"text": QUOTE, "parts": [{"text": QUOTE, "cites": [1]}], "quotes": [], "citations": [cited]}
    settle(turn, "decline", "not_exposed", category=returns, trace={"suggestion": held})
    turns.ask_for_human(conversation.pk)
    desk.claim(conversation.handoffs.get(), actor=ben)
    return Turn.objects.select_related("conversation__site", "category").get(pk=turn.pk)


def handoff_of(turn):
    return turn.conversation.handoffs.select_related("site", "conversation__site").get()


def test_the_agent_who_has_the_customer_sees_the_suggestion_and_nobody_else_does(suggested, ben, mia):
    assert screens.head_of(suggested.conversation, ben)["suggestion"].text == QUOTE
    assert screens.head_of(suggested.conversation, mia)["suggestion"] is None


def test_an_accepted_suggestion_is_said_in_the_agents_name_with_its_sources(suggested, ben):
    message = suggestions.accept(handoff_of(suggested), suggested, actor=ben)
    assert (message.author, message.name, message.text) == ("agent", "Ben", QUOTE)
    assert Citation.objects.get(message=message).quote == QUOTE
    assert Suggestion.objects.get().state == "accepted"
    assert suggestions.waiting(suggested.conversation) is None


def test_an_edited_one_keeps_the_quotes_that_are_still_in_it(suggested, ben):
    message = suggestions.accept(handoff_of(suggested), suggested, actor=ben, text=f"Yes. {QUOTE} Regards, Ben")
    assert Citation.objects.get(message=message).n == 1
    assert Suggestion.objects.get().state == "edited"


def test_a_withdrawn_source_is_not_said_through_a_suggestion(suggested, ben):
    Source.objects.update(withdrawn_at=timezone.now())
    with pytest.raises(IllegalMove, match="may no longer be quoted"):
        suggestions.accept(handoff_of(suggested), suggested, actor=ben)
    assert not Suggestion.objects.exists()
    assert not Message.objects.filter(author="agent").exists()


def test_a_suggestion_is_decided_once(suggested, ben):
    suggestions.turn_down(suggested, actor=ben, reason="beside the point")
    for decide in (
        lambda: suggestions.accept(handoff_of(suggested), suggested, actor=ben),
        lambda: suggestions.turn_down(suggested, actor=ben, reason="again"),
    ):
        with pytest.raises(IllegalMove, match="already been rejected"):
            decide()
    assert not Message.objects.filter(author="agent").exists()


def test_only_who_has_the_customer_says_it(suggested, mia, hugo):
    with pytest.raises(IllegalMove, match="Ben has this conversation"):
        suggestions.accept(handoff_of(suggested), suggested, actor=mia)
    with pytest.raises(NotAllowed):
        suggestions.turn_down(suggested, actor=hugo, reason="x")
    assert not Suggestion.objects.exists()


def test_turning_one_down_needs_a_reason(suggested, ben):
    with pytest.raises(IllegalMove, match="what is wrong"):
        suggestions.turn_down(suggested, actor=ben, reason=" ")


def test_a_turn_without_a_suggestion_has_none_to_send(shop, ben):
    _, turn = ask(shop)
    settle(turn, "decline", "out_of_scope")
    with pytest.raises(IllegalMove, match="suggested nothing"):
        suggestions.turn_down(turn, actor=ben, reason="x")


def test_review_time_runs_from_when_it_was_shown_on_this_persons_screen(suggested, ben):
    screens.head_of(suggested.conversation, ben)
    screens.head_of(suggested.conversation, ben)
    Look.objects.update(at=timezone.now() - timedelta(seconds=42))
    suggestions.turn_down(suggested, actor=ben, reason="wrong article", flagged=True)
    body = Event.objects.get(kind="suggestion.flagged").body
    assert 42 <= body["seconds"] < 50
    assert (body["category"], body["reason"]) == ("returns", "wrong article")
    assert whole(suggested.conversation.site) == []


def test_every_decision_is_evidence_on_the_category(suggested, ben):
    suggestions.accept(handoff_of(suggested), suggested, actor=ben)
    desk.close(handoff_of(suggested), actor=ben, need="unneeded")
    Event.objects.filter(kind="handoff.closed").update(body={"need": "unneeded", "category": "returns"})
    facts = evidence.gather(suggested.category, 2).facts
    assert facts["suggestions"] == {"accepted": 1, "edited": 0, "rejected": 0}
    assert facts["handoffs"] == {"unneeded": 1}


def test_what_the_bot_holds_back_at_level_1_is_a_suggestion_that_can_be_sent(fernway, people):
    dan, ben = people["dan"], people["ben"]
    for category in Category.objects.filter(site=fernway):
        if levels.level_of(category) > 1:
            levels.lower_level(category, 1, actor=dan, reason="a test")
    conversation, _ = record.open_conversation(fernway)
    turns.take(turns.begin(conversation.pk, "a", "How do I wash my down jacket?").turn)
    turns.ask_for_human(conversation.pk)
    handoff = desk.claim(conversation.handoffs.get(), actor=ben)
    waiting = suggestions.waiting(conversation)
    assert waiting is not None
    said = suggestions.accept(handoff, waiting.turn, actor=ben)
    assert said.citations.exists()
    assert review.still_citable(fernway.pk, waiting.turn.category.slug, list(said.citations.values())) is None
