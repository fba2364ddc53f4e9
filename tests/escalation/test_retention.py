"""What a site need not keep is erased by the clock; what somebody still needs stays, and the chain holds."""

from datetime import timedelta

import pytest
from django.utils import timezone

from conversations import privacy, retention
from conversations.models import Conversation, Message
from escalation.desk import complaints, desk
from escalation.queue import presence
from knowledge.insights import gaps
from knowledge.models import Gap
from sites.core import audit
from sites.models import LedgerEntry
from sites.models.policy import DataPolicy
from tests.escalation.conftest import ask, settle, wait

pytestmark = pytest.mark.django_db


def talk(shop, days: int, **fields) -> Conversation:
    """A conversation with an answer, whose last word is so many days old."""
    conversation, turn = ask(shop, "Where is my tent?", **fields)
    settle(turn, "answer", "answered", "In Leeds.")
    return aged(conversation, days)


def aged(conversation: Conversation, days: int) -> Conversation:
    then = timezone.now() - timedelta(days=days)
    Message.objects.filter(conversation=conversation).update(at=then)
    Conversation.objects.filter(pk=conversation.pk).update(created_at=then)
    return conversation


def words(conversation: Conversation) -> list[str]:
    return list(conversation.messages.filter(author="customer").values_list("text", flat=True))


def test_words_of_visitors_go_after_a_year_and_of_signed_in_customers_after_two(shop):
    DataPolicy.objects.create(site=shop)
    old, young = talk(shop, 366), talk(shop, 364)
    ada = talk(shop, 366, identity={"sub": "ada"})
    grace = talk(shop, 731, identity={"sub": "grace"})
    assert retention.forget() == 2
    assert [words(each) for each in (old, grace)] == [[privacy.ERASED]] * 2
    assert [words(each) for each in (young, ada)] == [["Where is my tent?"]] * 2
    assert [str(each) for each in audit.of(shop).findings if "my tent" in str(each)] == []
    assert LedgerEntry.objects.filter(site=shop, kind="erased", body__contains=retention.ACTOR).count() == 2


def test_it_happens_without_a_policy_too_and_only_once(shop):
    talk(shop, 400)
    assert retention.forget() == 1
    assert retention.forget() == 0


def test_a_site_that_keeps_for_good_forgets_nothing(shop):
    DataPolicy.objects.create(site=shop, anonymous=0, verified=0, with_people=0, unanswered=0)
    talk(shop, 4000)
    gaps.note(shop.pk, None, "Do you ship to the moon?", "out_of_scope")
    Gap.objects.update(asked_at=timezone.now() - timedelta(days=4000))
    assert retention.forget() == 0
    assert Gap.objects.exists()


def test_what_a_person_took_over_is_kept_longer(shop, ben):
    presence.beat(ben)
    handoff = desk.claim(wait(shop), actor=ben)
    desk.close(handoff, actor=ben)
    aged(handoff.conversation, 800)
    assert retention.forget() == 0
    aged(handoff.conversation, 1096)
    assert retention.forget() == 1


def test_who_waits_and_who_complained_is_not_forgotten_before_they_are_answered(shop, ben):
    aged(wait(shop).conversation, 4000)
    cross = talk(shop, 4000)
    complaints.make(cross.pk, key="1", text="It is torn.", email="ada@example.com")
    assert retention.forget() == 0


def test_questions_on_the_gap_list_go_too(shop):
    gaps.note(shop.pk, None, "Do you ship to the moon?", "out_of_scope")
    Gap.objects.update(asked_at=timezone.now() - timedelta(days=366))
    gaps.note(shop.pk, None, "Do you ship to Mars?", "out_of_scope")
    retention.forget()
    assert list(Gap.objects.values_list("text", flat=True)) == ["Do you ship to Mars?"]


def test_another_sites_policy_is_its_own(shop, bank):
    DataPolicy.objects.create(site=bank, anonymous=10)
    here, there = talk(shop, 20), talk(bank, 20)
    assert retention.forget() == 1
    assert words(here) == ["Where is my tent?"]
    assert words(there) == [privacy.ERASED]
