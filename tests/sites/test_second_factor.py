"""Whoever should have a second factor and has none reaches no page; a lost one is mended by who may, on record."""

import pytest
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import get_resolver

from config.signin.gate import is_open
from escalation.web.consumers import SignedOut
from escalation.web.consumers import person as person_of_socket
from sites.access.roles import NotAllowed, grant
from sites.core.refusal import Refused
from sites.models import Role, Site
from sites.people import second_factor
from tests.sites.door import app_of, code, inside, kept, knock, person, site

pytestmark = pytest.mark.django_db
SETUP = "/admin/sign-in/"


@pytest.fixture(autouse=True)
def fresh():
    cache.clear()


@pytest.fixture
def everybody(settings):
    """The rule of a real installation: every role."""
    settings.HANDRAIL_SECOND_FACTOR = frozenset(Role.values)


def addresses():
    """Every address of the admin and of the staff's REST that takes nothing or a number or a slug."""
    found = set()

    def walk(patterns, before=""):
        for each in patterns:
            route = before + str(each.pattern)
            if hasattr(each, "url_patterns"):
                walk(each.url_patterns, route)
            elif not any(sign in route for sign in "^(?$\\"):
                found.add("/" + fill(route))

    walk(get_resolver().url_patterns)
    return sorted(path for path in found if path.startswith(("/admin/", "/api/v1/")))


def fill(route):
    import re

    return re.sub(r"<[^>]+>", "1", route)


def test_without_one_no_page_of_the_admin_and_no_resource_is_reached(everybody, client):
    anna = person("anna", *Role)
    client.force_login(anna)
    paths = [path for path in addresses() if not is_open(path)]
    assert len(paths) > 60
    for path in paths:
        answer = client.get(path)
        if path.startswith("/admin/"):
            assert (path, answer.status_code, answer.headers.get("Location")) == (path, 302, SETUP)
        else:
            assert answer.status_code in (400, 401, 403, 404, 405), path
            assert client.get(path).status_code == Client().get(path).status_code, path


def test_without_one_nothing_is_done_by_post_either(everybody, client):
    anna = person("anna", Role.ADMIN)
    client.force_login(anna)
    asked = {"verb": "invite", "site": site().pk, "email": "eve@example.com", "role": "admin"}
    answer = client.post("/admin/handrail_sites/membership/people/", asked)
    assert answer.headers["Location"] == SETUP
    assert not site().invitations.exists()


def test_without_one_the_desk_has_no_socket(everybody, client):
    ben = person("ben")
    client.force_login(ben)
    with pytest.raises(SignedOut):
        person_of_socket(client.cookies["sessionid"].value)
    app_of(ben)
    assert person_of_socket(client.cookies["sessionid"].value) == ben


def test_the_page_that_sets_it_up_is_open_and_says_why(everybody, client):
    person("ben")
    answer = knock(client, "ben")
    page = client.get(answer.headers["Location"], follow=True)
    assert page.redirect_chain == [(SETUP, 302)]
    assert "your role asks for a second factor" in page.content.decode()
    assert client.get("/admin/sign-in/totp/activate/").status_code == 200


def test_with_one_the_code_is_asked_for_before_anything_is_signed_in(everybody, client):
    secret, _ = app_of(person("ben"))
    answer = knock(client, "ben")
    assert answer.headers["Location"] == "/admin/sign-in/authenticate/"
    assert not inside(client)
    client.post("/admin/sign-in/authenticate/", {"code": code(secret)})
    assert inside(client)
    assert kept("signin.succeeded")[-1]["how"] == "password and totp"


def test_a_code_works_once(everybody, client):
    secret, _ = app_of(person("ben"))
    shown = code(secret)
    for who, comes_in in ((client, True), (Client(), False)):
        knock(who, "ben")
        who.post("/admin/sign-in/authenticate/", {"code": shown})
        assert inside(who) is comes_in


def test_codes_are_guessed_five_times_and_each_is_kept(everybody, client):
    app_of(person("ben"))
    knock(client, "ben")
    for _ in range(30):
        client.post("/admin/sign-in/authenticate/", {"code": "000000"})
    assert len(kept("signin.failed")) == 5
    assert not inside(client)


def test_a_recovery_code_stands_in_for_a_lost_phone_once(everybody, client):
    _, codes = app_of(person("ben"))
    for who, comes_in in ((client, True), (Client(), False)):
        knock(who, "ben")
        who.post("/admin/sign-in/authenticate/", {"code": codes[0]})
        assert inside(who) is comes_in
    assert kept("signin.succeeded")[-1]["how"] == "password and recovery_codes"


def test_a_role_asks_for_it_where_the_settings_name_it(settings, client):
    settings.HANDRAIL_SECOND_FACTOR = frozenset({"admin"})
    ben, anna = person("ben"), person("anna", Role.ADMIN)
    assert not second_factor.required(ben)
    assert second_factor.required(anna)


def test_a_site_asks_for_it_of_everybody_on_it(client):
    ben, cleo = person("ben"), person("cleo", Role.CONTENT_OWNER, at=site("bank"))
    Site.objects.filter(slug="bank").update(second_factor=True)
    assert not second_factor.required(ben)
    assert second_factor.required(cleo)


def test_the_secret_is_not_in_the_database_as_it_is():
    secret, codes = app_of(person("ben"))
    from allauth.mfa.models import Authenticator

    held = str(list(Authenticator.objects.values_list("data", flat=True)))
    assert secret not in held
    assert codes[0] not in held


def test_under_another_key_no_code_fits(settings):
    secret, _ = app_of(person("ben"))
    from allauth.mfa.models import Authenticator

    totp = Authenticator.objects.get(type="totp").wrap()
    assert totp.validate_code(code(secret))
    settings.SECRET_KEY = "another"
    assert not totp.validate_code(code(secret))


def test_nobody_changes_second_factors_sessions_or_providers_past_the_record(client):
    from django.contrib import admin

    labels = {model._meta.app_label for model in admin.site._registry}
    assert labels.isdisjoint({"account", "mfa", "socialaccount", "usersessions"})


# ── A lost device ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_administrator_takes_a_lost_one_away_with_a_reason_and_on_record(client):
    ben, anna = person("ben"), person("anna", Role.ADMIN)
    app_of(ben)
    there = Client()
    there.force_login(ben)
    assert inside(there)
    client.force_login(anna)
    people = "/admin/handrail_sites/membership/people/"
    client.post(people, {"verb": "reset", "key": ben.pk, "reason": " "})
    assert second_factor.held(ben)
    client.post(people, {"verb": "reset", "key": ben.pk, "reason": "Phone in the lake"})
    assert not second_factor.held(ben)
    entry = kept("second_factor.reset")[0]
    assert (entry["actor"], entry["account"], entry["reason"]) == ("anna", "ben", "Phone in the lake")
    assert not inside(there)


def test_an_administrator_of_one_site_does_not_mend_who_works_on_another_too():
    ben, anna = person("ben"), person("anna", Role.ADMIN)
    grant(ben, site("bank"), Role.ADMIN)
    app_of(ben)
    with pytest.raises(NotAllowed, match="a site that you do not administer"):
        second_factor.reset(ben, actor=anna, reason="Give me your bank")
    with pytest.raises(NotAllowed):
        second_factor.end_sessions(ben, actor=anna, reason="Out")
    assert second_factor.held(ben)


@pytest.mark.parametrize("who", ["an agent", "themselves", "of a superuser"])
def test_nobody_else_takes_one_away(who):
    ben, anna, root = person("ben"), person("anna", Role.ADMIN), person("root", Role.ADMIN)
    root.is_superuser = True
    root.save()
    actor, lost = {"an agent": (ben, anna), "themselves": (anna, anna), "of a superuser": (anna, root)}[who]
    app_of(lost)
    with pytest.raises(NotAllowed):
        second_factor.reset(lost, actor=actor, reason="Because")
    assert second_factor.held(lost)


def test_whoever_runs_the_machine_mends_it_there(capsys):
    ben = person("ben")
    with pytest.raises(CommandError, match="no second factor"):
        call_command("reset_second_factor", "ben", "--reason", "Lost")
    app_of(ben)
    call_command("reset_second_factor", "ben", "--reason", "Lost")
    assert kept("second_factor.reset")[0]["actor"] == "command line"
    with pytest.raises(Refused):
        second_factor.forget(ben, by="anna", reason="Again")
