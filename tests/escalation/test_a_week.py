"""A week of two desks, with split shifts, a holiday and a changed clock: everybody who waits is seen, and every handoff
ends claimed, called back or withdrawn."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from conversations.models import Conversation
from escalation.desk import desk
from escalation.models import Handoff
from escalation.models.customers import Wait
from escalation.queue import reminders, waiting
from sites.choices import patience
from sites.choices.hours import availability, staffed
from sites.models import OutboxItem, Site
from tests.conftest import count
from tests.escalation.conftest import agent, said, wait

pytestmark = pytest.mark.django_db
TICK = timedelta(minutes=count(2, 30))
BEGINS = datetime(
    2026, 10, 22, 6, tzinfo=UTC
)  # a Thursday; London's clock goes back on Sunday, New York's a week later
SHIFTS = {day: ["09:00-12:30", "13:30-18:00"] for day in ("mon", "tue", "thu", "fri")} | {"sun": ["00:30-03:00"]}
LIMITS = patience.parse({})


@pytest.fixture
def desks(db):
    """Two sites with an agent each: London with a Monday off, New York with other hours."""
    london = Site.objects.create(
        slug="london", name="London", timezone="Europe/London", hours=SHIFTS | {"holidays": {"2026-10-26": []}}
    )
    york = Site.objects.create(slug="york", name="New York", timezone="America/New_York", hours=SHIFTS)
    return {london: agent("ben", london), york: agent("mia", york)}


class Week:
    """The clock, the customers who come and go by a die, and the agents who look after some of them."""

    def __init__(self, desks, monkeypatch, seed: int) -> None:
        self.desks, self.dice, self.now = desks, random.Random(seed), BEGINS
        monkeypatch.setattr(timezone, "now", lambda: self.now)

    def tick(self) -> None:
        self.now += TICK
        for site, person in self.desks.items():
            if self.dice.random() < 0.15:
                self.arrive(site)
            if availability(site, self.now).open:
                self.attend(site, person)
        self.leave()
        reminders.sweep()
        self.nobody_waits_unseen()

    def arrive(self, site: Site) -> None:
        wait(site, urgent=self.dice.random() < 0.2, contact=self.dice.choice(["", "ada@example.org"]))

    def attend(self, site: Site, person) -> None:
        """In open hours an agent takes one now and then; those who were offered a call-back get one."""
        for handoff in waiting.queue([site.pk]).filter(state=Handoff.State.OPEN)[:2]:
            if handoff.conversation.contact and Wait.objects.filter(pk=handoff.pk).exclude(call_back_at=None).exists():
                desk.call_back(handoff, actor=person, text="Here is your answer.")
            elif self.dice.random() < 0.4:
                desk.close(desk.claim(handoff, actor=person), actor=person)

    def leave(self) -> None:
        """Somebody gives up, or leaves an address after all."""
        for handoff in Handoff.objects.filter(state=Handoff.State.OPEN):
            if self.dice.random() < 0.003:
                desk.customer_leaves(handoff.conversation_id)
            elif self.dice.random() < 0.01:
                Conversation.objects.filter(pk=handoff.conversation_id).update(contact="ada@example.org")

    def nobody_waits_unseen(self) -> None:
        """Whoever has waited longer than a step allows has had the step, and who waits at a closed desk knows it."""
        for row in Wait.objects.filter(handoff__state=Handoff.State.OPEN).select_related("handoff__site"):
            site, waited = row.handoff.site, staffed(row.handoff.site, row.since, self.now)
            assert row.notify_at or waited < LIMITS.notify, f"unseen for {waited}"
            assert row.widen_at or waited < LIMITS.widen
            assert row.call_back_at or (waited < LIMITS.call_back and availability(site, self.now).open)
            asked = any("e-mail address" in text for _, text in said(row.handoff.conversation_id))
            assert asked or not row.call_back_at or row.call_back_at == row.handoff.opened_at


@pytest.mark.parametrize("seed", range(count(10, 1)))
def test_every_handoff_of_a_week_ends_and_nothing_waits_unseen(desks, monkeypatch, seed):
    week = Week(desks, monkeypatch, seed)
    while week.now < BEGINS + timedelta(days=11):  # London's change, New York's, and a working day after
        week.tick()
    for site, person in desks.items():  # Monday's last hour: what is left is taken
        for handoff in waiting.queue([site.pk]).filter(state=Handoff.State.OPEN):
            desk.close(desk.claim(handoff, actor=person), actor=person)
    endings = set(Handoff.objects.values_list("ending", flat=True))
    assert "" not in endings, "nothing is left open"
    assert {"resolved", "called_back", "withdrawn"} <= endings
    assert not OutboxItem.objects.filter(state="dead").exists()
