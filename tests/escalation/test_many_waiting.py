"""Five hundred customers wait: a push reads and sends one row, whatever the length of the queue."""

import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from conversations.models import Conversation, Message, State
from escalation.desk import desk
from escalation.models import Handoff, ServiceLevel, Team
from escalation.web import queue_screen
from tests.conftest import count
from tests.escalation.conftest import wait

pytestmark = pytest.mark.django_db


def crowd(site, size: int) -> None:
    """So many customers who wait, one minute after another."""
    now = timezone.now()
    talks = [Conversation(pk=uuid.uuid4(), site=site, state=State.WAITING, last_seq=1) for _ in range(size)]
    Conversation.objects.bulk_create(talks)
    Message.objects.bulk_create([Message(conversation=t, seq=1, author="customer", text="Hello?") for t in talks])
    Handoff.objects.bulk_create(
        [
            Handoff(site=site, conversation=talk, reason="complaint", opened_at=now - timedelta(minutes=n))
            for n, talk in enumerate(talks)
        ]
    )


def test_a_claim_reads_and_sends_one_row_however_many_wait(shop, ben, mia):
    costs = []
    for size in (5, count(500, 100)):
        crowd(shop, size)
        handoff = wait(shop)
        held = queue_screen.news(ben, {"rows": {}}).held
        desk.claim(handoff, actor=mia)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            news = queue_screen.news(ben, held, [handoff.conversation_id])
        assert news.html.count("data-row=") == 1
        assert news.held["rows"].keys() == held["rows"].keys()
        assert news.held == queue_screen.news(ben, held).held, "the narrow look finds what the wide one finds"
        costs.append((len(queries), len(news.html)))
    assert costs[0][0] == costs[1][0]
    assert abs(costs[0][1] - costs[1][1]) < 50


def test_a_narrow_look_takes_away_what_is_over_and_nothing_else(shop, ben, mia):
    crowd(shop, 5)
    handoff = desk.claim(wait(shop), actor=mia)
    held = queue_screen.news(ben, {"rows": {}}).held
    desk.close(handoff, actor=mia)
    news = queue_screen.news(ben, held, [handoff.conversation_id])
    assert f'<div id="h-{handoff.pk}" hx-swap-oob="delete">' in news.html
    assert news.held["rows"].keys() == held["rows"].keys() - {f"h-{handoff.pk}"}


def test_a_hint_about_a_conversation_of_another_site_says_nothing(bank, ben):
    other = wait(bank)
    assert queue_screen.news(ben, {"rows": {}}, [other.conversation_id]).html == ""


def test_the_targets_of_the_site_stand_on_the_rows(shop, ben):
    ServiceLevel.objects.create(site=shop, minutes=10, urgent_minutes=1)
    wait(shop), wait(shop, urgent=True)
    assert [(row.urgent, row.target) for row in queue_screen.rows(ben)] == [(True, 60), (False, 600)]


def test_who_is_in_a_team_sees_its_customers_first_and_the_others_after_them(shop, returns, ben, mia):
    team = Team.objects.create(site=shop, name="Returns")
    team.people.add(mia)
    first = wait(shop)
    team.categories.add(returns)
    theirs = wait(shop)
    Handoff.objects.filter(pk=first.pk).update(team=Team.objects.create(site=shop, name="Orders"))
    assert [row.pk for row in queue_screen.rows(mia)] == [theirs.pk, first.pk]
    assert [row.pk for row in queue_screen.rows(ben)] == [first.pk, theirs.pk], "who has no team sees one queue"


def test_a_customer_of_another_team_who_waits_too_long_is_everybodys(shop, ben, mia):
    own, other = Team.objects.create(site=shop, name="A"), Team.objects.create(site=shop, name="B")
    own.people.add(mia)
    late, ours = wait(shop), wait(shop)
    Handoff.objects.filter(pk=late.pk).update(team=other, opened_at=timezone.now() - timedelta(minutes=6))
    Handoff.objects.filter(pk=ours.pk).update(team=own)
    assert [row.pk for row in queue_screen.rows(mia)] == [late.pk, ours.pk]
