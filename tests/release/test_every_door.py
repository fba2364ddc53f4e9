"""Every door is tried, in any order: nothing that was not evaluated is ever served above level 1.

The test keeps its own list of what passed the gate, and its own reading of the rows; it asks for levels only.
"""

import hashlib
import json
from collections.abc import Callable

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from chatbot.decide import bot
from knowledge.models import Category
from release.live import permits, snapshot
from release.models import Release, Rules
from tests.conftest import count
from tests.release.doors import (
    DOORS,
    HONEST,
    House,
    publish,
    publish_content_alone,
    soften_the_bars_in_the_admin,
    write_levels,
)

pytestmark = pytest.mark.django_db


def above(house: House) -> dict[str, int]:
    """The categories that are served above level 1 now."""
    levels = {c.slug: permits.of(house.site.pk, c.slug).level for c in Category.objects.filter(site=house.site)}
    return {slug: level for slug, level in levels.items() if level > 1}


def check(house: House) -> None:
    """Whatever is above level 1 is what passed, as it was then, on this build, and it is what customers get."""
    if not above(house):
        return
    row = Release.objects.get(site=house.site, state="live")
    assert hashlib.sha256(snapshot.canonical(row.body).encode()).hexdigest() == row.fingerprint
    assert row.fingerprint in house.passed
    assert row.body["build"] == json.loads(json.dumps(bot.fingerprint_parts()))
    assert snapshot.live(house.site.pk).fingerprint == row.fingerprint
    assert row.live_by
    assert row.seconded_by not in ("", row.live_by)


@pytest.fixture
def house(ferry, tmp_path, monkeypatch) -> House:
    monkeypatch.setattr(bot, "fingerprint_parts", bot.fingerprint_parts)  # put back afterwards
    return House(ferry, tmp_path)


def played(house: House, doors: list[Callable[[House], None]]) -> set[int]:
    """Try the doors in this order and check after each; returns the levels that were seen."""
    seen: set[int] = set()
    own, parts, model = House(house.site, house.folder), bot.fingerprint_parts, settings.HANDRAIL_MODEL
    try:
        with transaction.atomic():
            snapshot.forget()
            for door in doors:
                door(own)
                check(own)
                seen |= set(above(own).values())
            transaction.set_rollback(True)
    finally:
        bot.fingerprint_parts, settings.HANDRAIL_MODEL = parts, model
        snapshot.forget()
    return seen


def test_the_honest_way_leads_up(house):
    assert played(house, [publish]) == {3}
    assert played(house, [publish_content_alone]) == {3}
    assert User.objects.count() > 0


def test_the_door_to_the_bars_is_one(house):
    """It opens: the candidate's bars are the softest there are; what is live keeps its own."""
    publish(house)
    soften_the_bars_in_the_admin(house)
    assert Rules.objects.get(site=house.site).bar == {"percent": 80, "scenarios": 1}
    assert {str(bar) for bar in snapshot.live(house.site.pk).bars.values()} == {"100 % of at least 1"}
    check(house)


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.__name__)
def test_no_door_alone_serves_what_was_not_evaluated(house, door):
    played(house, [door, write_levels, door])
    played(house, [publish, door, write_levels, door])


@pytest.mark.timeout(3600)
@hypothesis(max_examples=count(300, 12), derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(doors=st.lists(st.sampled_from([*HONEST, publish, *DOORS]), min_size=3, max_size=9))
def test_no_order_of_doors_serves_what_was_not_evaluated(house, doors):
    played(house, doors)
