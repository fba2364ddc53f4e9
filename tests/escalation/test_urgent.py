"""Urgent customers stand first on every agent's screen and the site's named people hear of them at once."""

import pytest
from django.core import mail
from django.db import transaction

from conversations.models import Event
from conversations.outcomes import Reason
from escalation.desk import desk
from escalation.models import Handoff, Team
from escalation.models.customers import Wait
from escalation.queue import presence, reminders
from escalation.web import queue_screen
from sites.core import outbox
from sites.models import LedgerEntry, OutboxItem
from tests.escalation.conftest import ask, wait, whole

pytestmark = pytest.mark.django_db
CLOSED = {day: [] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}


@pytest.fixture
def named(shop, ben):
    """Ben owns the customers, and the desk has an address of its own."""
    ben.email = "ben@fernway.example"
    ben.save()
    shop.owners = {"customers": "ben"}
    shop.patience = {"mail": ["desk@fernway.example"]}
    shop.save()
    return shop


def mailed() -> list[str]:
    """To whom a mail was promised."""
    return sorted(item.payload["to"] for item in OutboxItem.objects.filter(kind="mail"))


BOTH = ["ben@fernway.example", "desk@fernway.example"]


@pytest.mark.parametrize("hours", [{}, CLOSED])
def test_named_people_are_written_to_at_once_also_while_the_desk_is_closed(named, hours):
    named.hours = hours
    named.save()
    wait(named, reason="distress", urgent=True)
    assert mailed() == BOTH


def test_the_mail_says_that_somebody_waits_and_nothing_of_what_was_recognised(named):
    handoff = wait(named, text="I am afraid of him", reason="distress", urgent=True)
    outbox.run_due(bulk=False)
    letter = mail.outbox[0]
    assert letter.subject == "Fernway: a customer with priority waits for a person"
    assert letter.body.startswith("A customer of Fernway waits with priority.\n\nhttp")
    assert "/admin/escalation/handoff/desk/" in letter.body
    for word in ("afraid", "distress", "danger", str(handoff.conversation_id)):
        assert word not in letter.subject + letter.body


def test_an_ordinary_handoff_writes_to_nobody_at_once(named):
    wait(named, reason="asked_for_human")
    assert mailed() == []


def test_one_that_becomes_urgent_later_writes_to_them_then_and_once(named):
    handoff = wait(named, reason="asked_for_human")
    assert desk.make_urgent(handoff.conversation_id, reason=Reason.SECURITY)
    assert desk.make_urgent(handoff.conversation_id, reason=Reason.SECURITY)
    with transaction.atomic():
        desk.open_handoff(handoff.conversation, turn=None, reason="distress", urgent=True)
        desk.open_handoff(handoff.conversation, turn=None, reason="security", urgent=True)  # takes no place of it
    assert mailed() == BOTH
    events = Event.objects.filter(kind="handoff.urgent")
    assert [event.body["reason"] for event in events] == ["security", "distress"]
    assert LedgerEntry.objects.filter(kind="handoff.urgent").count() == 2
    assert whole(named) == []


def test_a_handoff_that_is_rolled_back_has_promised_no_mail(named):
    class Died(Exception):
        pass

    def die() -> None:
        with transaction.atomic():
            wait(named, reason="distress", urgent=True)
            raise Died

    with pytest.raises(Died):
        die()
    assert mailed() == []


def test_an_address_that_is_none_stops_no_urgent_handoff(named, ben):
    ben.email = "not an address"
    ben.save()
    wait(named, reason="distress", urgent=True)
    assert Handoff.objects.get().urgent
    assert mailed() == ["desk@fernway.example"]


def test_a_setting_that_cannot_be_read_stops_no_urgent_handoff(named):
    named.patience = {"mail": "nonsense"}
    named.save()
    wait(named, reason="distress", urgent=True)
    assert Handoff.objects.get().urgent


def test_nobody_is_made_urgent_who_does_not_wait(named, ben):
    conversation, _ = ask(named)
    assert not desk.make_urgent(conversation.pk, reason=Reason.DISTRESS)
    handoff = desk.claim(wait(named), actor=ben)
    assert not desk.make_urgent(handoff.conversation_id, reason=Reason.DISTRESS)
    assert not Handoff.objects.get().urgent
    assert mailed() == []


def test_the_agent_reads_why_it_became_urgent(named, ben, client):
    handoff = wait(named, reason="asked_for_human")
    desk.make_urgent(handoff.conversation_id, reason=Reason.DISTRESS)
    client.force_login(ben)
    page = client.get(f"/admin/escalation/handoff/desk/{handoff.conversation_id}/").content.decode()
    assert page.count("The customer seems to be in distress.") == 2, "beside the packet, and as a move in the thread"
    assert "Put first" in page


@pytest.fixture
def busy(named, ben, mia, pending):
    """A draft to check, Ben's own customer, one who waits for his team, and one who is urgent for Mia's team."""
    hers, his = Team.objects.create(site=named, name="Fraud"), Team.objects.create(site=named, name="Returns")
    hers.people.add(mia)
    his.people.add(ben)
    desk.claim(wait(named), actor=ben)
    ours, theirs = wait(named), wait(named, reason="asked_for_human")
    Handoff.objects.filter(pk=ours.pk).update(team=his)
    Handoff.objects.filter(pk=theirs.pk).update(team=hers)
    return theirs


@pytest.mark.parametrize("who", ["ben", "mia"])
def test_an_urgent_one_is_first_on_every_agents_screen_also_when_it_became_so_later(busy, request, who):
    person = request.getfixturevalue(who)
    desk.make_urgent(busy.conversation_id, reason=Reason.DISTRESS)
    rows = queue_screen.rows(person)
    shown = [row for *_, listed in queue_screen.counted(rows) for row in listed]
    assert rows[0].pk == shown[0].pk == busy.pk
    assert shown[0].ours, "it is everybody's, so it is announced to everybody"


def test_a_screen_that_is_open_moves_it_to_the_top(busy, ben):
    held = {"rows": {row.id: row.signature for row in queue_screen.rows(ben)}}
    desk.make_urgent(busy.conversation_id, reason=Reason.DISTRESS)
    news = queue_screen.news(ben, held, only=[busy.conversation_id])
    assert "beforeend:#list-first" in news.html
    assert f'id="claim-h-{busy.pk}"' in news.html


def test_one_that_is_claimed_is_no_longer_before_everybody(busy, ben):
    desk.make_urgent(busy.conversation_id, reason=Reason.DISTRESS)
    desk.claim(busy, actor=ben)
    (row,) = [row for row in queue_screen.rows(ben) if row.pk == busy.pk]
    assert row.list == "mine"


def test_the_reminders_go_on_when_nobody_comes(named, ben):
    presence.beat(ben)
    handoff = wait(named, reason="distress", urgent=True)
    reminders.sweep(handoff.opened_at + reminders.timedelta(minutes=3))
    assert Wait.objects.get().notify_at is not None
    assert len(mailed()) == 4
