"""Promise 9, honest about itself: an AI says so, a person says so, and a checked draft names who checked it."""

import pytest

from chatbot import turn as turns
from chatbot.web import chat
from conversations.models import Conversation
from conversations.wording import DISCLOSURE, Spoken
from escalation.desk import desk
from escalation.drafts import review
from escalation.models import Draft, Handoff
from knowledge.models import Category
from release.exposure import levels
from sites.models import Site
from tests.doctrine.ada import RETURNS, Ada

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("added", ["", "Ask about boots.", "I am Jane, a person."])
def test_a_site_may_add_to_the_disclosure_and_take_nothing_away(fernway, added):
    Site.objects.filter(pk=fernway.pk).update(
        published={"wording": {"disclosure": "I am Jane."}, "disclosure": added, "contact": {}}
    )
    fernway.refresh_from_db()
    ada = Ada(fernway)
    welcome = chat.welcome(chat.Thread(ada.conversation.pk, fernway.pk, ada.token), 0)
    assert welcome["disclosure"] == Spoken(added=added).disclosure
    assert welcome["disclosure"]["text"].startswith(DISCLOSURE)
    assert Conversation.objects.get(pk=ada.conversation.pk).disclosure == welcome["disclosure"]["version"]


def test_every_message_says_whether_the_bot_or_a_person_wrote_it_and_every_switch_is_told(fernway, people):
    ada = Ada(fernway)
    ada.ask(RETURNS)
    assert (ada.last["author"], ada.last["generated"]) == ("bot", "quote")
    turns.ask_for_human(ada.conversation.pk)
    handoff = desk.claim(Handoff.objects.get(conversation=ada.conversation), actor=people["ben"])
    assert ada.last["text"] == "Ben, a person, has joined. You are no longer talking to the AI assistant."
    desk.reply(handoff, actor=people["ben"], text="Hello Ada.")
    assert (ada.last["author"], ada.last["name"]) == ("agent", "Ben")
    desk.return_to_bot(handoff, actor=people["ben"], reason="answered")
    assert ada.last["text"] == "Ben has left. You are talking to the AI assistant again."


def test_a_draft_that_was_approved_says_by_whom(fernway, people):
    category = Category.objects.get(site=fernway, slug="returns-refunds")
    levels.lower_level(category, 2, actor=people["dan"], reason="Read by agents first.")
    fernway.hours = {}
    fernway.save(update_fields=["hours"])
    ada = Ada(fernway)
    assert ada.ask(RETURNS).outcome == "draft"
    assert ada.last["citations"] == []
    review.approve(Draft.objects.get(conversation=ada.conversation), actor=people["ben"])
    assert (ada.last["author"], ada.last["approved_by"]) == ("bot", "Ben")


def test_asked_whether_it_is_a_robot_it_says_so(fernway):
    ada = Ada(fernway)
    ada.ask("are you a robot?")
    assert ada.last["text"].startswith("I am an AI assistant, not a person.")
