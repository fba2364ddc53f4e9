"""Ben answers with an article what the bot could not: an owner is told that the article answers it, and decides."""

import pytest

from escalation.desk import desk, lessons
from knowledge.insights import gaps
from knowledge.models import Gap
from tests.escalation.conftest import wait
from tests.escalation.test_replies import quote

pytestmark = pytest.mark.django_db
ASKED = "till when may I bring my tent back"
ANSWER = "Items can be returned within 30 days."


def talk(shop, ben, text=ASKED, **more):
    return desk.claim(wait(shop, text, **more), actor=ben)


def test_the_question_and_the_article_that_answered_it_wait_for_an_owner(shop, ben, passage, returns):
    desk.reply(talk(shop, ben), actor=ben, text=f"Hello. {ANSWER}", quotes=[quote(passage)])
    gap = Gap.objects.get()
    assert (gap.text, gap.reason, gap.category, gap.answered_with.slug, gap.handled_at) == (
        ASKED, lessons.REASON, returns, "returning", None,
    )  # fmt: skip


def test_a_question_that_waits_already_gets_the_article_and_is_not_doubled(shop, ben, passage):
    gaps.note(shop.pk, None, ASKED, "not_grounded")
    desk.reply(talk(shop, ben), actor=ben, text=ANSWER, quotes=[quote(passage)])
    assert [gap.answered_with.slug for gap in Gap.objects.all()] == ["returning"]


@pytest.mark.parametrize("case", ["no article", "urgent", "a long story"])
def test_nothing_is_learnt_without_an_article_from_what_is_urgent_or_from_a_long_story(shop, ben, passage, case):
    text = "x " * 200 if case == "a long story" else ASKED
    handoff = talk(shop, ben, text, urgent=case == "urgent")
    desk.reply(handoff, actor=ben, text=ANSWER, quotes=[] if case == "no article" else [quote(passage)])
    assert not Gap.objects.exists()
