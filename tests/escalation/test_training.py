"""Wrong drafts put before agents on purpose: they look like any other, reach nobody, and test review only."""

import pytest
from django.db import transaction
from django.urls import reverse

from conversations.models import Conversation, Event, Message
from conversations.record import IllegalMove
from escalation.drafts import review, training
from escalation.models import Draft, Handoff, Seeded
from escalation.queue import presence
from escalation.web import queue_screen
from release.exposure import evidence
from sites.access.roles import NotAllowed
from sites.core import outbox
from sites.models import Role, Site
from tests.escalation.conftest import agent, whole

pytestmark = pytest.mark.django_db
WRONG = "You can return anything within a year, worn or not."


@pytest.fixture
def dan(shop):
    return agent("dan", shop, Role.RELEASE_OWNER)


def seed(returns, dan, **fields) -> Draft:
    made = Seeded(category=returns, question="Can I return worn boots?", text=WRONG, wrong="Not a year.", **fields)
    training.seed(made, actor=dan)
    drafts = Draft.objects.select_related("conversation__site", "turn__question", "turn__category")
    return drafts.get(pk=made.draft_id)


@pytest.fixture
def seeded(returns, ben, dan):
    presence.beat(ben)
    return seed(returns, dan)


def decisions() -> list[str]:
    return list(Event.objects.exclude(kind="draft.pending").values_list("kind", flat=True))


def test_it_stands_in_the_queue_like_any_other_draft(seeded, pending, ben):
    theirs, real = (row for row in queue_screen.rows(ben) if row.list == "drafts")
    assert {theirs.pk, real.pk} == {seeded.pk, pending.pk}
    assert (theirs.customer, theirs.category, theirs.reason) == (real.customer, real.category, real.reason)


def test_who_rejects_it_has_caught_it_and_is_told(seeded, ben):
    assert review.reject(seeded, actor=ben, reason="never heard of that") is None
    assert training.lesson(seeded).startswith("Well caught: it was a test without a customer")
    assert decisions() == ["training.caught"]
    assert not Handoff.objects.exists()


def test_who_approves_it_has_missed_it_and_nothing_is_sent(seeded, ben):
    said = list(Message.objects.values_list("author", flat=True))
    assert review.approve(seeded, actor=ben) is None
    assert list(Message.objects.values_list("author", flat=True)) == said == ["customer", "bot"]
    assert training.lesson(seeded).startswith("This one slipped through")
    assert Conversation.objects.get(pk=seeded.conversation_id).state == "closed"
    assert decisions() == ["training.missed"]


@pytest.mark.parametrize(("text", "caught"), [("Within 30 days, unworn.", True), (f"Hello! {WRONG} Regards", False)])
def test_who_edits_it_has_caught_it_when_the_wrong_words_are_gone(seeded, ben, text, caught):
    review.approve(seeded, actor=ben, text=text)
    assert Seeded.objects.get().caught is caught
    assert not Message.objects.filter(author="agent").exists()


def test_a_flag_catches_it_too_and_it_is_decided_once(seeded, ben, mia):
    review.flag(seeded, actor=mia, reason="dangerous")
    with pytest.raises(IllegalMove, match="already been flagged"):
        review.approve(seeded, actor=ben)


def test_one_that_nobody_decides_ends_without_a_handoff(seeded):
    review.expire(seeded)
    assert Draft.objects.get().state == "expired"
    assert Conversation.objects.get(pk=seeded.conversation_id).state == "closed"
    assert not Handoff.objects.exists()
    assert Seeded.objects.get().caught is None


def test_it_is_no_evidence_for_its_category_but_the_share_that_was_caught_is_shown(seeded, returns, ben, dan, shop):
    review.reject(seeded, actor=ben, reason="no")
    review.approve(seed(returns, dan), actor=ben)
    facts = evidence.gather(returns, 3).facts
    assert facts["drafts"] == {"approved": 0, "edited": 0, "rejected": 0}
    assert facts["seeded"] == {"caught": 1, "missed": 1}
    share = training.caught_share(Site.objects.all())
    assert share == {"caught": 1, "missed": 1, "share": 0.5}
    assert whole(shop) == []


def test_it_may_pretend_to_quote_an_article(returns, passage, ben, dan):
    presence.beat(ben)
    draft = seed(returns, dan, source=passage.revision.source)
    assert draft.citations[0]["quote"] == "Items can be returned within 30 days."


def test_only_a_release_owner_seeds_and_only_while_somebody_is_there(returns, ben, dan):
    with pytest.raises(IllegalMove, match="Nobody is at the desk now"):
        seed(returns, dan)
    presence.beat(ben)
    with pytest.raises(NotAllowed), transaction.atomic():
        seed(returns, ben)
    assert not Conversation.objects.exists()


def test_the_timer_of_a_seeded_draft_is_the_same_as_of_others(seeded):
    assert outbox.run_due(bulk=False) == 0


def test_release_owners_seed_in_the_admin_and_agents_do_not_know_the_list(client, returns, ben, dan):
    add, listed = reverse("admin:escalation_seeded_add"), reverse("admin:escalation_seeded_changelist")
    client.force_login(ben)
    assert client.get(add).status_code == client.get(listed).status_code == 403
    client.force_login(dan)
    form = {"category": returns.pk, "question": "Worn boots?", "text": WRONG, "wrong": "Not a year."}
    assert "Nobody is at the desk now" in client.post(add, form, follow=True).content.decode()
    assert not Seeded.objects.exists()
    presence.beat(ben)
    assert client.post(add, form).status_code == 302
    review.reject(
        Draft.objects.select_related("conversation__site", "turn__question", "turn__category").get(),
        actor=ben,
        reason="no",
    )
    assert "Of 1 wrong drafts that were decided, 1 were caught" in client.get(listed).content.decode()


def test_an_owner_of_another_site_seeds_nothing_here(client, bank, returns, ben):
    presence.beat(ben)
    client.force_login(agent("olga", bank, Role.RELEASE_OWNER))
    form = {"category": returns.pk, "question": "x", "text": "x", "wrong": "x"}
    assert client.post(reverse("admin:escalation_seeded_add"), form).status_code == 200
    assert not Seeded.objects.exists()
