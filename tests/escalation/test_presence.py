"""Who is at the desk: what an agent chose, while a screen of theirs is open; who vanishes frees the work."""

from datetime import timedelta

import pytest
from django.utils import timezone

from conversations.models import Event
from conversations.record import IllegalMove
from escalation.desk import desk
from escalation.models import Presence, ServiceLevel
from escalation.queue import presence
from sites.models import Role
from tests.escalation.conftest import agent, said, state_of, wait, whole

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def unseen_for(user, length: timedelta) -> None:
    """The person's screens have been closed for so long."""
    Presence.objects.filter(user=user).update(seen_at=timezone.now() - length)


def long_ago(handoff, length: timedelta) -> None:
    """The handoff was claimed so long ago."""
    type(handoff).objects.filter(pk=handoff.pk).update(claimed_at=timezone.now() - length)


def state(user) -> str:
    return presence.of(user, timezone.now())


def test_an_agent_is_there_while_a_screen_is_open_and_offline_without_one(ben):
    assert state(ben) == "offline"
    presence.beat(ben)
    assert state(ben) == "available"
    unseen_for(ben, presence.GONE + timedelta(seconds=1))
    assert state(ben) == "offline"
    presence.beat(ben)
    assert state(ben) == "available"


def test_what_was_chosen_comes_back_with_the_screen(ben):
    presence.choose(actor=ben, state="away")
    unseen_for(ben, MINUTE)
    assert state(ben) == "offline"
    presence.beat(ben)
    assert state(ben) == "away"


def test_nonsense_is_not_a_presence(ben):
    with pytest.raises(IllegalMove, match="available, away, offline"):
        presence.choose(actor=ben, state="asleep")


def test_colleagues_are_the_agents_of_the_site_available_ones_first(shop, bank, ben, mia, hugo):
    agent("cleo", shop, Role.CONTENT_OWNER)
    zoe = agent("zoe", shop)
    presence.beat(zoe)
    found = presence.colleagues(shop.pk, ben, timezone.now())
    assert [(one.name, one.state) for one in found] == [("Zoe", "available"), ("Mia", "offline")]


def test_who_vanishes_frees_the_customer_who_is_told_and_keeps_the_place(shop, ben):
    presence.beat(ben)
    handoff = desk.claim(wait(shop), actor=ben)
    opened = handoff.opened_at
    long_ago(handoff, 10 * MINUTE)
    unseen_for(ben, 6 * MINUTE)
    assert desk.free_vanished() == 1
    assert state_of(handoff) == ("open", "waiting")
    handoff.refresh_from_db()
    assert (handoff.agent, handoff.opened_at) == (None, opened)
    told = said(handoff.conversation)[-1][1]
    assert told.startswith("We have lost touch with Ben. You are back in the queue")
    assert Event.objects.get(kind="handoff.freed").body["reason"] == "Ben has been offline for too long."
    assert whole(shop) == []
    assert desk.free_vanished() == 0


def test_out_of_hours_a_freed_customer_hears_that_nobody_is_there(shop, ben):
    presence.beat(ben)
    handoff = desk.claim(wait(shop), actor=ben)
    long_ago(handoff, 10 * MINUTE)
    unseen_for(ben, 6 * MINUTE)
    shop.desk_closed = True
    shop.save()
    desk.free_vanished()
    assert "Nobody is at the desk right now" in said(handoff.conversation)[-1][1]


def test_a_short_absence_frees_nothing(shop, ben):
    presence.beat(ben)
    handoff = desk.claim(wait(shop), actor=ben)
    long_ago(handoff, 10 * MINUTE)
    unseen_for(ben, 4 * MINUTE)
    assert desk.free_vanished() == 0
    assert state_of(handoff) == ("claimed", "human")


def test_how_long_is_too_long_is_the_sites_own_choice(shop, ben):
    ServiceLevel.objects.create(site=shop, missing_minutes=30)
    presence.beat(ben)
    handoff = desk.claim(wait(shop), actor=ben)
    long_ago(handoff, 60 * MINUTE)
    unseen_for(ben, 29 * MINUTE)
    assert desk.free_vanished() == 0
    unseen_for(ben, 31 * MINUTE)
    assert desk.free_vanished() == 1


def test_choosing_offline_frees_the_work_too_after_the_same_time(shop, ben):
    presence.beat(ben)
    handoff = desk.claim(wait(shop), actor=ben)
    presence.choose(actor=ben, state="offline")
    assert desk.free_vanished() == 0
    Presence.objects.update(chosen_at=timezone.now() - 6 * MINUTE)
    assert desk.free_vanished() == 1
    assert state_of(handoff) == ("open", "waiting")


def test_an_agent_who_comes_back_keeps_the_customer(shop, ben):
    presence.beat(ben)
    handoff = desk.claim(wait(shop), actor=ben)
    long_ago(handoff, 10 * MINUTE)
    unseen_for(ben, 6 * MINUTE)
    (lost,) = presence.abandoned(timezone.now())
    presence.beat(ben)
    assert not desk._freed(lost)
    assert state_of(handoff) == ("claimed", "human")


def test_another_help_desk_that_has_no_screen_keeps_its_customers(shop, ben, mia):
    handoff = desk.claim(wait(shop), actor=ben)  # never seen at the desk
    presence.beat(mia)
    unseen_for(mia, 60 * MINUTE)
    other = desk.claim(wait(shop), actor=mia)  # over REST, an hour after her last screen
    assert desk.free_vanished() == 0
    assert state_of(handoff) == state_of(other) == ("claimed", "human")
