"""A pause reaches exactly what it names, at once, and every settling is before it or sees it."""

import threading

import pytest
from django.db import close_old_connections, connection, transaction

from knowledge.models import Category
from release.bundles import bundle
from release.live import pauses
from release.live.permits import Permit
from release.live.permits import of as permit
from release.models import KillSwitch
from sites.access.roles import NotAllowed
from sites.core import ledger
from sites.core.refusal import Refused
from sites.models import LedgerEntry, Site
from tests.release import stage


def test_a_site_is_paused_and_resumed(ferry):
    dan = stage.people(ferry)["dan"]
    pauses.pause(site=ferry, actor=dan, reason="The fares are wrong.")
    assert permit(ferry.pk, "tickets").paused
    assert permit(ferry.pk, "").paused
    pauses.resume(site=ferry, actor=dan, reason="The fares are right.")
    assert not permit(ferry.pk, "tickets").paused


def test_a_category_is_paused_alone(ferry):
    category = Category.objects.get(slug="tickets")
    pauses.pause(category=category, actor="shell", reason="The fares are wrong.")
    assert permit(ferry.pk, "tickets").paused
    assert not permit(ferry.pk, "luggage").paused
    assert not permit(ferry.pk, "").paused


def test_the_model_and_the_tools_are_paused_alone(ferry):
    pauses.pause(site=ferry, what="model", actor="shell", reason="It is slow.")
    assert permit(ferry.pk, "tickets") == Permit(model=False)
    pauses.pause(site=ferry, what="tools", actor="shell", reason="The shop is down.")
    assert permit(ferry.pk, "tickets") == Permit(model=False, tools=False)


def test_every_site_is_paused_at_once(ferry, tmp_path):
    other = bundle.load(stage.write(tmp_path / "other", stage.plan(site="other")), actor="test").site
    pauses.pause(actor="shell", reason="Everything stops.")
    assert permit(ferry.pk, "tickets").paused
    assert permit(other.pk, "tickets").paused
    assert {e.site_id for e in LedgerEntry.objects.filter(kind="paused")} == {ferry.pk, other.pk}


def test_one_site_is_not_paused_by_another_sites_category(ferry, tmp_path):
    other = bundle.load(stage.write(tmp_path / "other", stage.plan(site="other")), actor="test").site
    pauses.pause(category=Category.objects.get(site=other, slug="tickets"), actor="shell", reason="Wrong.")
    assert not permit(ferry.pk, "tickets").paused


def test_pausing_twice_is_pausing_once(ferry):
    first = pauses.pause(site=ferry, actor="shell", reason="One.")
    assert pauses.pause(site=ferry, actor="shell", reason="Two.") == first
    pauses.resume(site=ferry, actor="shell", reason="Done.")
    assert not permit(ferry.pk, "").paused


def test_a_pause_needs_a_reason_and_a_known_word(ferry):
    with pytest.raises(Refused, match="reason"):
        pauses.pause(site=ferry, actor="shell", reason=" ")
    with pytest.raises(Refused, match="all, model, tools"):
        pauses.pause(site=ferry, what="weather", actor="shell", reason="Rain.")
    with pytest.raises(Refused, match="everything on Island Ferry is not paused"):
        pauses.resume(site=ferry, actor="shell", reason="Done.")
    assert not KillSwitch.objects.exists()


def test_ben_may_stop_his_site_but_not_start_it_again(ferry):
    who = stage.people(ferry)
    pauses.pause(site=ferry, actor=who["ben"], reason="It says odd things.")
    with pytest.raises(NotAllowed):
        pauses.resume(site=ferry, actor=who["ben"], reason="Fine again.")


@pytest.mark.parametrize("name", ["eve", "dan"])
def test_nobody_but_a_superuser_stops_every_site(ferry, name):
    with pytest.raises(NotAllowed):
        pauses.pause(actor=stage.people(ferry)[name], reason="Everything stops.")
    with pytest.raises(NotAllowed):
        pauses.pause(site=ferry, actor=stage.people(ferry)["eve"], reason="For fun.")


@pytest.mark.django_db(transaction=True)
def test_what_settles_after_a_pause_has_committed_sees_it(tmp_path):
    """While a settling holds the site's ledger a pause waits; once the pause has returned, the next one sees it."""
    ferry = stage.load(stage.write(tmp_path / "ferry"))
    holding, go_on, paused = threading.Event(), threading.Event(), threading.Event()
    seen: list[bool] = []

    def settle_first() -> None:
        with transaction.atomic():
            ledger.hold(ferry.pk)
            holding.set()
            go_on.wait(10)
            seen.append(permit(ferry.pk, "tickets").paused)
            assert not paused.is_set()
        connection.close()

    def pause() -> None:
        close_old_connections()
        pauses.pause(site=Site.objects.get(pk=ferry.pk), actor="shell", reason="Stop.")
        paused.set()
        connection.close()

    first, second = threading.Thread(target=settle_first), threading.Thread(target=pause)
    first.start()
    assert holding.wait(10)
    second.start()
    assert not paused.wait(0.2)
    go_on.set()
    first.join(10)
    second.join(10)
    with transaction.atomic():
        ledger.hold(ferry.pk)
        seen.append(permit(ferry.pk, "tickets").paused)
    assert seen == [False, True]
