"""No handoff ends in silence: while nobody claims it, people are told, then everyone, then the customer."""

import threading
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.db import connection
from django.utils import timezone

from conversations.models import Event
from escalation.desk import closing, desk
from escalation.models import Handoff, Team
from escalation.models.customers import Wait
from escalation.queue import reminders
from sites.core import ledger, outbox
from sites.models import LedgerEntry, Role
from tests.conftest import count
from tests.escalation.conftest import agent, said, wait, whole

pytestmark = pytest.mark.django_db
MINUTES = timedelta(minutes=1)
OFFER = "I am sorry, nobody has been free yet. Leave an e-mail address"


def steps(handoff: Handoff) -> list[str]:
    """The steps that were taken, in order."""
    events = Event.objects.filter(conversation=handoff.conversation_id, kind="handoff.escalated").order_by("pk")
    return [event.body["step"] for event in events]


def after(handoff: Handoff, minutes: float) -> int:
    """The clockwork looks, so many minutes after the customer began to wait."""
    return reminders.sweep(handoff.opened_at + minutes * MINUTES)


@pytest.fixture
def reachable(shop, ben, mia):
    """Ben owns the customers and Mia is another agent; both have an address."""
    for person in (ben, mia):
        person.email = f"{person.username}@fernway.example"
        person.save()
    shop.owners = {"customers": "ben"}
    shop.patience = {"mail": ["desk@fernway.example"]}
    shop.save()
    return shop


def test_the_steps_come_one_after_the_other_and_each_once(shop):
    handoff = wait(shop)
    assert after(handoff, 4) == 0
    assert after(handoff, 5) == 1
    assert after(handoff, 5.1) == 0
    assert after(handoff, 10) == 1
    assert after(handoff, 15) == 1
    assert after(handoff, 600) == 0
    assert steps(handoff) == ["notify", "widen", "call_back"]
    assert LedgerEntry.objects.filter(kind="handoff.escalated").count() == 3
    assert whole(shop) == []


def test_named_people_get_a_mail_without_a_word_of_the_customers(reachable):
    handoff = wait(reachable, text="My secret")
    after(handoff, 6)
    outbox.run_due(bulk=False)
    assert sorted(m.to[0] for m in mail.outbox) == ["ben@fernway.example", "desk@fernway.example"]
    assert mail.outbox[0].subject == "Fernway: a customer waits for a person"
    assert str(handoff.conversation_id) in mail.outbox[0].body
    assert "secret" not in mail.outbox[0].body


def test_then_everyone_at_the_desk_is_asked_whatever_the_team(reachable):
    handoff = wait(reachable)
    Handoff.objects.filter(pk=handoff.pk).update(team=Team.objects.create(site=reachable, name="Returns"))
    after(handoff, 10)
    outbox.run_due(bulk=False)
    assert "mia@fernway.example" in {m.to[0] for m in mail.outbox}
    assert Handoff.objects.get(pk=handoff.pk).team is None


def test_administrators_are_told_where_nobody_is_named(shop):
    anna = agent("anna", shop, Role.ADMIN)
    anna.email = "anna@fernway.example"
    anna.save()
    assert reminders.named(shop) == ["anna@fernway.example"]


def test_the_customer_is_offered_an_answer_by_mail(shop):
    handoff = wait(shop)
    after(handoff, 15)
    assert said(handoff.conversation)[-1][1].startswith(OFFER)


def test_a_customer_with_an_address_is_not_asked_for_one_again(shop):
    handoff = wait(shop, contact="ada@example.org")
    after(handoff, 15)
    assert "a person will write to the e-mail address we have from you" in said(handoff.conversation)[-1][1]


def test_urgent_customers_wait_half_as_long(shop):
    handoff = wait(shop, urgent=True)
    after(handoff, 2.5)
    assert steps(handoff) == ["notify"]


def test_a_site_sets_its_own_minutes(shop):
    shop.patience = {"notify": 1, "widen": 2, "call_back": 60}
    shop.save()
    handoff = wait(shop)
    after(handoff, 15)
    assert steps(handoff) == ["notify", "widen"]


def test_a_claim_ends_it_and_a_release_begins_it_anew(shop, ben):
    handoff = wait(shop)
    after(handoff, 5)
    desk.claim(handoff, actor=ben)
    assert after(handoff, 60) == 0
    desk.release(handoff, actor=ben)
    again = handoff.opened_at + timedelta(hours=2)
    assert reminders.sweep(again) == 0
    assert reminders.sweep(again + 4 * MINUTES) == 0
    assert reminders.sweep(again + 5 * MINUTES) == 1
    assert steps(handoff) == ["notify", "notify"]


def test_a_desk_that_closes_on_somebody_offers_the_answer_by_mail_at_once(shop, ben):
    handoff = wait(shop)
    assert after(handoff, 0.1) == 0
    closing.close_desk(shop, actor=ben, reason="fire drill")
    after(handoff, 1)
    assert steps(handoff) == ["call_back"]
    assert "Nobody is at the desk right now" in said(handoff.conversation)[-1][1]


def test_who_was_asked_for_an_address_as_the_handoff_opened_is_not_asked_twice(shop):
    shop.desk_closed = True
    shop.save()
    handoff = wait(shop)
    after(handoff, 0.1)
    after(handoff, 14)
    assert "call_back" not in steps(handoff)


def test_minutes_are_staffed_ones_and_a_day_on_the_wall_is_too_long(shop):
    shop.timezone, shop.hours = "Europe/London", {"fri": ["09:00-18:00"], "mon": ["09:00-18:00"]}
    shop.save()
    handoff = wait(shop)
    friday = datetime(2026, 5, 22, 17, 58, tzinfo=ZoneInfo("Europe/London"))
    Handoff.objects.filter(pk=handoff.pk).update(opened_at=friday)
    reminders.sweep(friday + MINUTES)
    reminders.sweep(friday + timedelta(hours=20))
    assert steps(handoff) == ["call_back"], "over night nobody is late, but the customer was told"
    reminders.sweep(friday + timedelta(days=1, minutes=6))
    assert steps(handoff) == ["call_back", "notify"], "but after a day somebody hears of it, holiday or not"


def test_a_worker_that_dies_in_a_step_has_done_nothing_of_it_and_the_next_does_it_whole(shop, monkeypatch):
    class Killed(BaseException):
        pass

    def die(*args, **kwargs):
        raise Killed

    handoff = wait(shop)
    with monkeypatch.context() as dying:
        dying.setattr(ledger, "append", die)
        with pytest.raises(Killed):
            after(handoff, 15)
    assert steps(handoff) == []
    assert not said(handoff.conversation)[-1][1].startswith(OFFER)
    assert Wait.objects.get(pk=handoff.pk).notify_at is None
    after(handoff, 15)
    assert steps(handoff) == ["notify", "widen", "call_back"]
    assert said(handoff.conversation)[-1][1].startswith(OFFER)


@pytest.mark.django_db(transaction=True)
def test_of_many_workers_that_look_at_once_one_takes_each_step(shop):
    """Fails when `take` asks only for the wait and not for the step undone."""
    for _ in range(count(50, 5)):
        handoff = wait(shop)
        reminders.sweep(handoff.opened_at)
        row = Wait.objects.select_related("handoff__site", "handoff__conversation__site").get(pk=handoff.pk)
        start = threading.Barrier(6)

        def look(row=row, start=start) -> None:
            start.wait()
            try:
                for step in reminders.STEPS:
                    reminders.take(row, step, timezone.now())
            finally:
                connection.close()

        workers = [threading.Thread(target=look) for _ in range(6)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        assert sorted(steps(handoff)) == ["call_back", "notify", "widen"]
        assert sum(text.startswith(OFFER) for _, text in said(handoff.conversation)) == 1


def test_a_step_and_a_claim_never_both_happen(shop, ben):
    handoff = wait(shop)
    after(handoff, 0)
    row = Wait.objects.select_related("handoff__site", "handoff__conversation__site").get(pk=handoff.pk)
    desk.claim(handoff, actor=ben)
    assert reminders.take(row, "call_back", timezone.now()) is False
    assert not said(handoff.conversation)[-1][1].startswith(OFFER)


def test_the_desk_reads_what_was_done_in_the_conversation(client, shop, ben):
    handoff = wait(shop)
    after(handoff, 15)
    client.force_login(ben)
    page = client.get(f"/admin/escalation/handoff/desk/{handoff.conversation_id}/").content.decode()
    for line in (
        "Nobody came",
        "named people were told",
        "Everyone at the desk was told",
        "offered an answer by e-mail",
    ):
        assert line in page.replace("&#x27;", "'")


def test_a_conversation_that_has_closed_is_left_alone(shop):
    handoff = wait(shop)
    desk.customer_ends(handoff.conversation_id)
    assert after(handoff, 60) == 0
