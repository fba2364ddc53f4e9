"""Sessions end: after so long without a request, after so many hours, with the password, and with a role."""

import pytest
from django.core.cache import cache
from django.test import Client

from config.signin import gate
from escalation.web.consumers import SignedOut
from escalation.web.consumers import person as person_of_socket
from sites.admin import people as pages
from sites.models import Membership, Role
from tests.sites.door import GOOD, inside, kept, knock, person

pytestmark = pytest.mark.django_db
NEW = "nine-grey-herons-fly"


@pytest.fixture(autouse=True)
def fresh():
    cache.clear()


@pytest.fixture
def clock(monkeypatch):
    """The gate's clock, to be set forward."""

    class Clock:
        now = gate.time.time()

        def time(self):
            return self.now

    made = Clock()
    monkeypatch.setattr(gate, "time", made)
    return made


def signed_in(name):
    client = Client()
    knock(client, name)
    assert inside(client)
    return client


def socket_of(client):
    return person_of_socket(client.cookies["sessionid"].value)


def test_whoever_does_nothing_for_two_hours_is_signed_out(clock):
    person("ben")
    ben = signed_in("ben")
    clock.now += 119 * 60
    assert inside(ben)
    clock.now += 119 * 60  # since the last request, not since the sign-in
    assert inside(ben)
    clock.now += 121 * 60
    assert not inside(ben)
    assert kept("signin.ended")[-1]["why"] == "its time was up"


def test_after_twelve_hours_even_the_busiest_signs_in_again(clock):
    person("ben")
    ben = signed_in("ben")
    for _ in range(23):
        clock.now += 31 * 60
        assert inside(ben)
    clock.now += 31 * 60
    assert not inside(ben)


def test_the_end_is_in_the_session_itself_so_that_a_socket_ends_with_it(clock):
    person("ben")
    ben = signed_in("ben")
    clock.now += 11.5 * 3600
    session = ben.session
    session["seen_at"] = clock.now - 61
    session.save()
    assert inside(ben)
    assert ben.session.get_expiry_age() <= 1800


def test_a_new_password_ends_every_session_and_says_so_in_the_ledger():
    person("ben")
    here, there = signed_in("ben"), signed_in("ben")
    assert socket_of(there).username == "ben"
    here.post("/admin/password_change/", {"oldpassword": GOOD, "password1": NEW, "password2": NEW})
    assert not inside(there)
    assert not inside(here)
    with pytest.raises(SignedOut):
        socket_of(there)
    assert [entry["account"] for entry in kept("password.changed")] == ["ben"]
    knock(here, "ben", NEW)
    assert inside(here)


def test_whoever_loses_a_role_is_signed_out_everywhere():
    ben = person("ben", Role.AGENT, Role.AUDITOR)
    person("anna", Role.ADMIN)
    here, there, anna = signed_in("ben"), signed_in("ben"), signed_in("anna")
    row = Membership.objects.get(user=ben, role=Role.AGENT)
    anna.post(f"/admin/handrail_sites/membership/{row.pk}/delete/", {"post": "yes"})
    assert not Membership.objects.filter(pk=row.pk).exists()
    assert not inside(here)
    with pytest.raises(SignedOut):
        socket_of(there)
    assert inside(anna)


def test_several_roles_taken_at_once_end_the_sessions_too():
    ben = person("ben")
    person("anna", Role.ADMIN)
    here, anna = signed_in("ben"), signed_in("anna")
    row = Membership.objects.get(user=ben)
    chosen = {"action": "delete_selected", "_selected_action": row.pk, "post": "yes"}
    anna.post("/admin/handrail_sites/membership/", chosen)
    assert not Membership.objects.filter(pk=row.pk).exists()
    assert not inside(here)


def test_a_session_that_did_not_come_by_the_door_is_known_from_its_first_page_on():
    ben = person("ben")
    elsewhere = Client()
    elsewhere.force_login(ben)
    assert inside(elsewhere)
    assert pages.sessions.end(ben) == 1
    assert not inside(elsewhere)


def test_whoever_ends_the_other_sessions_keeps_their_own():
    person("ben")
    here, there = signed_in("ben"), signed_in("ben")
    here.post("/admin/sign-in/sessions/")
    assert inside(here)
    assert not inside(there)


def test_a_customers_page_does_not_vary_by_a_cookie():
    assert "Cookie" not in Client().get("/w/v1.js").headers.get("Vary", "")
