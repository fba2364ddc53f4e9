"""An answer that needs a yes: the first decision counts, and what was withdrawn meanwhile is not said."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from conversations import record
from conversations.models import Citation, Conversation, Event
from conversations.record import IllegalMove
from escalation.desk import desk
from escalation.drafts import review
from escalation.models import Draft, Handoff
from knowledge.models import Source
from sites.access.roles import NotAllowed
from sites.core import outbox
from sites.models import OutboxItem
from tests.escalation.conftest import LEASE, said, wait

pytestmark = pytest.mark.django_db


def test_an_approved_draft_is_the_assistants_answer_and_names_who_approved_it(pending, ben):
    message = review.approve(pending, actor=ben)
    assert (message.author, message.approved_by, message.name) == ("bot", "Ben", "")
    assert message.text == "Items can be returned within 30 days."
    assert message.reply_to == pending.turn.question.client_id
    cited = Citation.objects.get(message=message)
    assert (cited.quote, cited.title) == (message.text, "Returning an item")
    assert Draft.objects.get().state == "approved"


def test_a_changed_draft_is_bens_own_message_and_keeps_the_quotes_that_are_still_in_it(pending, ben):
    message = review.approve(pending, actor=ben, text="Yes! Items can be returned within 30 days. All the best, Ben")
    assert (message.author, message.name, message.approved_by) == ("agent", "Ben", "")
    assert Citation.objects.get(message=message).quote == pending.text
    assert Draft.objects.get().state == "edited"


def test_a_draft_in_quite_other_words_cites_nothing(pending, ben):
    message = review.approve(pending, actor=ben, text="Please call us.")
    assert not Citation.objects.filter(message=message).exists()


def test_a_draft_whose_source_was_withdrawn_is_refused_and_stays_undecided(pending, ben):
    Source.objects.update(withdrawn_at=timezone.now())
    with pytest.raises(IllegalMove, match="“Returning an item” may no longer be quoted"):
        review.approve(pending, actor=ben)
    assert Draft.objects.get().state == "pending"
    assert [author for author, _ in said(pending.conversation)] == ["customer", "bot"]


def test_withdrawn_words_cannot_be_sent_by_editing_around_them(pending, ben):
    Source.objects.update(withdrawn_at=timezone.now())
    with pytest.raises(IllegalMove, match="may no longer be quoted"):
        review.approve(pending, actor=ben, text=f"{pending.text} Kind regards")
    assert review.approve(pending, actor=ben, text="Please call us.").author == "agent"


def test_a_draft_is_decided_once(pending, ben, mia):
    review.approve(pending, actor=ben)
    with pytest.raises(IllegalMove, match="already been approved"):
        review.approve(pending, actor=mia)
    with pytest.raises(IllegalMove, match="already been approved"):
        review.reject(pending, actor=mia, reason="wrong")


def test_a_new_message_overtakes_the_draft(pending, ben):
    record.ask(pending.conversation_id, "second", "Hello?", LEASE)
    assert not review.pending([pending.conversation.site_id]).exists()
    with pytest.raises(IllegalMove, match="customer has moved on"):
        review.approve(pending, actor=ben)


def test_asking_for_a_person_overtakes_the_draft(pending, ben):
    with transaction.atomic():
        desk.open_handoff(pending.conversation, turn=None, reason="asked_for_human")
    assert Draft.objects.get().state == "superseded"
    with pytest.raises(IllegalMove, match="already been superseded"):
        review.approve(pending, actor=ben)


def test_a_rejected_draft_puts_the_customer_before_people_and_says_so(pending, ben):
    handoff = review.reject(pending, actor=ben, reason="That is the old rule.")
    assert (handoff.state, handoff.reason) == ("open", "draft_review")
    author, text = said(pending.conversation)[-1]
    assert author == "system"
    assert text.startswith("The answer I found was not right.")
    assert Draft.objects.get().reason == "That is the old rule."


def test_a_rejection_says_why(pending, ben):
    with pytest.raises(IllegalMove, match="what is wrong"):
        review.reject(pending, actor=ben, reason="  ")


def test_a_draft_that_nobody_checks_in_time_becomes_a_handoff(pending):
    assert outbox.run_due(bulk=False) == 0
    OutboxItem.objects.filter(kind="draft.expire").update(due_at=timezone.now() - timedelta(seconds=1))
    outbox.run_due(bulk=False)
    assert Draft.objects.get().state == "expired"
    assert Handoff.objects.get().state == "open"
    assert said(pending.conversation)[-1][1].startswith("Nobody could check the answer in time.")


def test_with_nobody_on_duty_the_clock_of_a_draft_has_already_run_out(shop, pending):
    shop.desk_closed = True
    shop.save()
    record.ask(pending.conversation_id, "second", "Hello?", LEASE)
    conversation = Conversation.objects.get(pk=pending.conversation_id)
    with transaction.atomic():
        desk.draft(conversation, turn=conversation.turns.last(), text="x", parts=[], citations=[])
    assert OutboxItem.objects.filter(kind="draft.expire", due_at__lte=timezone.now()).count() == 1


def test_an_expired_timer_does_nothing_once_the_draft_is_decided(pending, ben):
    review.approve(pending, actor=ben)
    assert review.expire(Draft.objects.select_related("conversation__site", "turn__question").get()) is None
    assert not Handoff.objects.exists()


def test_an_expired_timer_does_nothing_once_the_customer_moved_on(pending):
    record.ask(pending.conversation_id, "second", "Hello?", LEASE)
    assert review.expire(pending) is None
    assert Draft.objects.get().state == "superseded"


def test_an_agent_of_another_site_decides_nothing(pending, hugo):
    with pytest.raises(NotAllowed):
        review.approve(pending, actor=hugo)
    with pytest.raises(NotAllowed):
        review.reject(pending, actor=hugo, reason="no")


def test_review_time_is_recorded_as_evidence(pending, ben):
    review.approve(pending, actor=ben)
    body = Event.objects.get(kind="draft.approved").body
    assert body["category"] == "returns"
    assert body["seconds"] >= 0


def test_drafts_of_other_sites_are_not_listed(pending, bank):
    assert not review.pending([bank.pk]).exists()
    assert list(review.pending([pending.conversation.site_id])) == [pending]


def test_a_waiting_conversation_holds_no_pending_draft(shop, pending):
    wait(shop)
    assert review.pending([shop.pk]).count() == 1
