"""Wrong passwords are counted, for the account and for the address, and each is kept; what was typed is not."""

import logging

import pytest
from django.core.cache import cache
from django.test import Client

from sites.models import LedgerEntry, Role
from tests.sites.door import GOOD, inside, kept, knock, person, site

pytestmark = pytest.mark.django_db
WRONG = "not-the-right-one"


@pytest.fixture(autouse=True)
def fresh(caplog):
    cache.clear()
    caplog.set_level(logging.INFO, "sites.people.signins")


def counts(*kinds):
    return [len(kept(kind)) for kind in kinds]


def test_of_120_wrong_passwords_from_one_address_five_are_looked_at_and_each_is_kept(client, caplog):
    person("ben")
    for _ in range(120):
        knock(client, "ben", WRONG)
    assert counts("signin.failed", "signin.throttled") == [5, 115]
    lines = [record.getMessage() for record in caplog.records if record.name == "sites.people.signins"]
    assert len(lines) == 120
    assert all("ben" in line and "203.0.113.7" in line for line in lines)
    assert not inside(client)


def test_120_addresses_do_not_get_more_tries_at_one_account_than_one(client):
    person("ben")
    for n in range(120):
        knock(client, "ben", WRONG, address=f"198.51.100.{n + 1}")
    assert counts("signin.failed", "signin.throttled") == [5, 115]
    assert "Too many tries" in knock(client, "ben", GOOD, address="192.0.2.1").content.decode()
    assert not inside(client)


def test_one_address_does_not_get_more_tries_by_taking_120_names(client):
    names = [f"agent{n}" for n in range(120)]
    for name in names:
        person(name)
    for name in names:
        knock(client, name, WRONG)
    assert counts("signin.failed", "signin.throttled") == [10, 110]


def test_the_name_and_the_address_of_an_account_are_counted_together(client):
    person("ben")
    for n in range(20):
        knock(client, ["ben", "BEN@example.com", "ben@example.com"][n % 3], WRONG, address=f"198.51.100.{n + 1}")
    assert counts("signin.failed", "signin.throttled") == [5, 15]


def test_tries_from_many_addresses_are_counted_by_address(client):
    for name in ("ben", "cleo", "dan"):
        person(name)
    for n in range(12):
        client.post(
            "/admin/login/", {"login": ["ben", "cleo", "dan"][n % 3], "password": WRONG},
            REMOTE_ADDR=f"198.51.100.{n + 1}",
        )  # fmt: skip
    assert counts("signin.failed", "signin.throttled") == [12, 0]


def test_a_sign_in_and_a_sign_out_are_kept_and_what_was_typed_is_nowhere(client, caplog):
    person("ben")
    knock(client, "ben", WRONG)
    knock(client, "ben")
    assert inside(client)
    client.post("/admin/logout/")
    assert not inside(client)
    entries = kept("signin.failed", "signin.succeeded", "signin.ended")
    assert [entry["kind"] for entry in entries] == ["signin.failed", "signin.succeeded", "signin.ended"]
    assert entries[1]["actor"] == "ben"
    assert entries[1]["how"] == "password"
    said = caplog.text + "".join(LedgerEntry.objects.values_list("body", flat=True))
    assert GOOD not in said
    assert WRONG not in said
    assert "203.0.113.7" not in "".join(LedgerEntry.objects.values_list("body", flat=True))


def test_a_password_typed_where_the_name_belongs_is_not_kept(client, caplog):
    knock(client, "my-secret-by-mistake", "ben")
    assert "no account" in caplog.text
    assert "my-secret-by-mistake" not in caplog.text


def test_every_site_of_the_person_has_the_entry_and_no_other(client):
    ben = person("ben")
    from sites.access.roles import grant

    grant(ben, site("bank"), Role.AUDITOR)
    site("stranger")
    knock(client, "ben")
    assert [len(kept("signin.succeeded", at=site(slug))) for slug in ("shop", "bank", "stranger")] == [1, 1, 0]
    here, there = (kept("signin.succeeded", at=site(slug))[0]["whence"] for slug in ("shop", "bank"))
    assert here != there  # the same address is another digest at another site


def test_the_session_has_another_key_after_the_sign_in(client):
    person("ben")
    session = client.session
    session["planted"] = "by Eve"
    session.save()
    client.cookies["sessionid"] = session.session_key
    knock(client, "ben")
    assert inside(client)
    assert client.session.session_key != session.session_key


def test_whoever_has_no_role_is_told_so_and_not_let_in(client):
    from django.contrib.auth.models import User

    User.objects.create_user("eve", "eve@example.com", GOOD)
    answer = knock(client, "eve")
    assert answer.status_code == 403
    assert "no role" in answer.content.decode()
    assert "_auth_user_id" not in client.session


def test_a_closed_account_is_not_let_in(client):
    ben = person("ben")
    ben.is_active = False
    ben.save()
    knock(client, "ben")
    assert not inside(client)


@pytest.mark.parametrize("typed", ["a", "ben@example.com", "password1234", "918273645564", "eleven-long"])
def test_a_password_that_is_short_common_like_the_name_or_a_number_is_refused(client, typed):
    person("ben")
    knock(client, "ben")
    client.post("/admin/password_change/", {"oldpassword": GOOD, "password1": typed, "password2": typed})
    assert not kept("password.changed")
    assert inside(client)
    assert knock(Client(), "ben").status_code == 302  # the old one is still the one


def test_the_page_asks_nobody_else_for_anything(client):
    page = client.get("/admin/login/")
    assert "https://" not in page.content.decode().replace("http://www.w3.org", "")
    assert "default-src 'self'" in page.headers["Content-Security-Policy"]


def test_nobody_signs_up(client):
    assert client.get("/admin/signup/").status_code in (302, 404)
    assert client.get("/accounts/signup/").status_code == 404
