"""The questions of articles tell the gate what is ours; which subject a message is about is left to the examples."""

from dataclasses import replace

import pytest

from chatbot.decide import bot
from chatbot.decide.gate import fitted
from conversations.outcomes import Reason
from knowledge.face.embedding import embedder
from release.live import snapshot
from release.live.permits import AsAsked

pytestmark = pytest.mark.django_db
TORN = "the zip of my rucksack has given up the ghost halfway through the season"
STRANGE = "Which mutual fund should I buy?"


@pytest.fixture
def live(fernway):
    return snapshot.live(fernway.pk)


def without_questions(live):
    return replace(live, revisions={pk: replace(each, questions=()) for pk, each in live.revisions.items()})


def asking(live, text):
    """The sample with one more question, on the article about the rucksacks' warranty."""
    on = next(pk for pk, each in live.revisions.items() if each.source == "rucksack-warranty")
    facts = live.revisions[on]
    return replace(live, revisions={**live.revisions, on: replace(facts, questions=(*facts.questions, text))})


def ours(live, text):
    return fitted.topic_of(live, embedder().encode_one(text)).votes["ours"]


def test_a_message_like_a_question_of_an_article_is_ours_though_no_example_is_like_it(live):
    bare = without_questions(live)
    assert ours(asking(bare, TORN), TORN.replace("rucksack", "pack")) > ours(bare, TORN.replace("rucksack", "pack"))
    assert ours(live, STRANGE) < 0.2


def test_without_questions_the_examples_alone_decide(live):
    bare = without_questions(live)
    assert fitted.asked(bare) is None
    row = embedder().encode_one(TORN)
    assert fitted.topic_of(bare, row) == fitted.gate(bare).classify(row)


def test_questions_take_nothing_from_a_message_that_the_examples_accept(live):
    bare = without_questions(live)
    for category in live.categories:
        for text in category.examples[:3]:
            assert ours(live, text) >= ours(bare, text)


def test_a_subject_that_a_tool_answers_is_not_drowned_by_the_questions_of_others(live):
    asked = bot.Question("Where is the order I placed last weekend?")
    decided = bot.decide(asked, live, AsAsked(live))
    assert (decided.category, decided.reason) == ("order-status", Reason.NEEDS_IDENTITY)


def test_the_questions_of_an_internal_article_make_nothing_ours(live):
    bare = without_questions(live)
    on = next(pk for pk, each in bare.revisions.items() if each.audience == "internal")
    told = replace(bare, revisions={**bare.revisions, on: replace(bare.revisions[on], questions=(STRANGE,))})
    assert fitted.asked(told) is None


def test_a_question_is_judged_by_gates_that_have_not_seen_it(live):
    told = asking(without_questions(live), TORN)
    unseen = fitted.unseen(told, TORN)
    assert unseen is not None
    assert unseen.votes["ours"] < ours(told, TORN)
    assert fitted.unseen(told, STRANGE) is None
