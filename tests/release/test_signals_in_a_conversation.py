"""Where Ada writes the site's own words for what a person must hear, they are heard: asking, waiting, and blocked."""

import pytest

from chatbot import turn
from chatbot.decide import bot
from chatbot.web import chat
from chatbot.web.door import Refusal
from conversations.outcomes import Reason
from escalation.desk import blocks
from escalation.models import Handoff
from release.live import permits, snapshot
from sites.models import Site
from tests.doctrine.ada import Ada
from tests.release import stage

pytestmark = pytest.mark.django_db
OSCAR = "This is Oscar at the pier"
SIGNALS = [{"need": "danger", "phrases": ["Oscar at the pier"], "examples": []}]


@pytest.fixture
def live(ferry):
    """The ferry line, live with a phrase of its own for somebody in the water."""
    Site.objects.update(signals=SIGNALS)
    stage.publish(Site.objects.get(pk=ferry.pk))
    return Site.objects.get(pk=ferry.pk)


def decided(site, text=OSCAR):
    frozen = snapshot.candidate(site)
    return bot.decide(bot.Question(text), frozen, permits.AsAsked(frozen))


def test_it_is_handed_over_with_the_words_in_a_crisis_and_the_account_says_why(live):
    decision = decided(live)
    assert decision.reason is Reason.DISTRESS
    assert stage.CRISIS in decision.text
    assert decision.trace["needs"]["signals"] == {"danger": 1.0}


def test_without_it_the_same_message_is_like_any_other(ferry):
    assert decided(ferry).reason is not Reason.DISTRESS


def test_one_of_two_questions_is_enough(live):
    assert decided(live, f"What is the fare for a bicycle? {OSCAR}?").reason is Reason.DISTRESS


@pytest.mark.parametrize(("signals", "urgent"), [(SIGNALS, True), ([], False)])
def test_ada_who_waits_already_is_put_first(ferry, signals, urgent):
    Site.objects.update(signals=signals)
    stage.publish(Site.objects.get(pk=ferry.pk))
    ada = Ada(ferry)
    turn.ask_for_human(ada.conversation.pk)
    turn.begin(ada.conversation.pk, "1", OSCAR)
    assert Handoff.objects.get(conversation=ada.conversation).urgent == urgent


def test_a_block_does_not_keep_it_from_a_person(live):
    ada, ben = Ada(live), stage.people(live)["ben"]
    blocks.block(ada.conversation, actor=ben, scope="conversation", length="hour", reason="Insults, five times.")
    thread = chat.Thread(ada.conversation.pk, live.pk, ada.token)
    with pytest.raises(Refusal):
        chat.ask(thread, {"id": "1", "text": "Hello pier"}, "203.0.113.9")
    chat.ask(thread, {"id": "2", "text": OSCAR}, "203.0.113.9")
