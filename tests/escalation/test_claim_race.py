"""Many agents, one customer: exactly one gets the conversation, the others are told who did."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.contrib.auth.models import User
from django.db import connection

from conversations.models import Message
from conversations.record import IllegalMove
from escalation.desk import desk
from escalation.models import Handoff
from tests.conftest import count
from tests.escalation.conftest import agent, wait, whole

pytestmark = pytest.mark.django_db(transaction=True)


def together(jobs):
    """Run functions at the same instant, each on a thread and a connection of its own; their results in order."""
    start = Barrier(len(jobs))

    def run(job):
        try:
            start.wait(30)
            return job()
        except IllegalMove as refusal:
            return str(refusal)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(run, jobs))


@pytest.mark.parametrize("round", range(count(200, 3)))
def test_of_many_agents_who_claim_at_once_exactly_one_wins(shop, round):
    people = [agent(f"agent{n}", shop) for n in range(count(100, 12))]
    handoff = wait(shop)
    results = together([lambda person=person: desk.claim(handoff, actor=person) for person in people])
    won = [result for result in results if isinstance(result, Handoff)]
    lost = [result for result in results if isinstance(result, str)]
    assert len(won) == 1
    assert set(lost) == {f"{desk.name_of(won[0].agent)} has already claimed this conversation."}
    assert Message.objects.filter(text__contains="has joined").count() == 1
    assert whole(shop) == []


def test_a_claim_and_a_customer_who_stops_waiting_never_both_happen(shop, ben):
    for _ in range(count(200, 8)):
        handoff = wait(shop)
        together(
            [
                lambda h=handoff: desk.claim(h, actor=User.objects.get(username="ben")),
                lambda h=handoff: desk.customer_leaves(h.conversation_id),
            ]
        )
        now = Handoff.objects.select_related("conversation").get(pk=handoff.pk)
        assert (now.state, now.ending, now.conversation.state) in {
            ("claimed", "", "human"),
            ("closed", "withdrawn", "bot"),
        }


def test_replies_sent_at_once_are_all_kept_in_one_order(shop, ben):
    handoff = desk.claim(wait(shop), actor=ben)
    together([lambda n=n: desk.reply(handoff, actor=ben, text=f"line {n}") for n in range(8)])
    seqs = list(Message.objects.filter(conversation=handoff.conversation).values_list("seq", flat=True))
    assert seqs == list(range(1, len(seqs) + 1))
    assert Message.objects.filter(author="agent").count() == 8
