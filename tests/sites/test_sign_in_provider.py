"""By the sign-in provider comes whoever is mapped or invited, and nobody else; its word counts only as it signed it."""

import copy
import re

import pytest
import requests
from django.conf import settings as configured
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client

from sites.access.roles import grant, roles_of
from sites.models import Role
from sites.people import invitations
from tests.identity_provider import CLIENT, SECRET, Provider, key
from tests.sites.door import app_of, inside, kept, person, site

pytestmark = pytest.mark.django_db
START = "/admin/oidc/provider/login/"
PEOPLE = {
    "grace": {"email": "grace@example.com", "email_verified": True, "groups": ["support", "canteen"]},
    "eve": {"email": "eve@example.com", "email_verified": True, "groups": ["canteen"]},
    "mallory": {"email": "ben@example.com", "email_verified": False, "groups": []},
}


@pytest.fixture
def provider(settings):
    cache.clear()
    site()
    with Provider(copy.deepcopy(PEOPLE)) as running:
        app = {"provider_id": "provider", "name": "Example", "client_id": CLIENT, "secret": SECRET}
        app["settings"] = {"server_url": running.url, "oauth_pkce_enabled": True}
        settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [app]}}
        settings.HANDRAIL_OIDC_ISSUER = running.url
        settings.HANDRAIL_OIDC_GROUPS = {"support": {"shop": ["agent"], "no-such-site": ["admin"]}}
        yield running


def come(client, name, start=START):
    """Go to the provider, say who one is, and come back."""
    away = client.get(start)
    page = requests.get(away.headers["Location"], timeout=10).text
    back = re.search(rf'<a href="http://testserver([^"]+)">{name}</a>', page)[1].replace("&amp;", "&")
    return client.get(back)


def test_whoever_is_in_a_mapped_group_comes_in_with_its_role(provider, client):
    come(client, "grace")
    grace = User.objects.get(email="grace@example.com")
    assert inside(client)
    assert roles_of(grace, site()) == {Role.AGENT}
    assert not grace.has_usable_password()
    assert kept("signin.succeeded")[0]["how"] == "socialaccount"
    assert kept("membership_given")[0]["person"] == "grace"
    come(Client(), "grace")
    assert User.objects.filter(email="grace@example.com").count() == 1


def test_whoever_is_neither_mapped_nor_invited_does_not_and_leaves_no_account(provider, client):
    answer = come(client, "eve")
    assert answer.status_code == 403
    assert "Nobody has invited you" in answer.content.decode()
    assert not inside(client)
    assert not User.objects.filter(email="eve@example.com").exists()


def test_whoever_is_invited_comes_in_and_the_invitation_is_used_up(provider, client):
    anna = person("anna", Role.ADMIN)
    made = invitations.invite(site(), "eve@example.com", Role.AUDITOR, actor=anna)
    come(client, "eve")
    assert inside(client)
    assert roles_of(User.objects.get(email="eve@example.com"), site()) == {Role.AUDITOR}
    made.refresh_from_db()
    assert made.accepted_by == "eve"


def test_when_the_group_is_gone_so_are_the_role_and_the_sessions_and_not_what_was_given_by_hand(provider, client):
    come(client, "grace")
    grace = User.objects.get(email="grace@example.com")
    grant(grace, site("bank"), Role.AUDITOR)
    provider.people["grace"]["groups"] = []
    again = Client()
    come(again, "grace")
    assert roles_of(grace, site()) == frozenset()
    assert roles_of(grace, site("bank")) == {Role.AUDITOR}
    assert not inside(client)
    assert inside(again)
    assert len(kept("membership_taken")) == 1


def test_with_the_last_role_gone_nobody_is_let_in_any_more(provider, client):
    come(client, "grace")
    provider.people["grace"]["groups"] = []
    again = Client()
    assert come(again, "grace").status_code == 403
    assert not inside(client)
    assert not inside(again)


def test_an_address_that_the_provider_has_not_verified_is_nobodys(provider, client):
    person("ben")
    assert come(client, "mallory").status_code == 403
    assert not inside(client)


def test_an_account_of_a_verified_address_is_the_same_person(provider, client):
    person("eve")
    come(client, "eve")
    assert inside(client)
    assert User.objects.filter(email="eve@example.com").count() == 1


def test_a_superuser_is_not_taken_over_by_a_providers_word(provider, client):
    root = person("eve", Role.ADMIN)
    root.is_superuser = True
    root.save()
    assert come(client, "eve").status_code == 403
    assert not inside(client)


def test_a_closed_account_stays_closed(provider, client):
    come(client, "grace")
    User.objects.filter(email="grace@example.com").update(is_active=False)
    again = Client()
    assert come(again, "grace").status_code == 403
    assert not inside(again)


@pytest.mark.parametrize(
    "lies",
    [
        {"key": key()},
        {"id_token": {"aud": "somebody-else"}},
        {"id_token": {"iss": "http://elsewhere.example"}},
        {"id_token": {"exp": 1_000_000}},
    ],
    ids=["signed by another", "for another client", "from another issuer", "long ago"],
)
def test_an_id_token_that_is_not_the_providers_for_us_and_now_lets_nobody_in(provider, client, lies):
    provider.lies = lies
    answer = come(client, "grace")
    assert "could not be read" in answer.content.decode()
    assert not inside(client)
    assert not User.objects.filter(email="grace@example.com").exists()


def test_userinfo_about_somebody_else_lets_nobody_in(provider, client):
    come(Client(), "grace")
    provider.lies = {"userinfo": {"sub": "id-of-grace", "groups": ["support"]}}
    provider.people["eve"].pop("groups")
    assert come(client, "eve").status_code == 403
    assert not inside(client)  # as Grace, else


def test_userinfo_cannot_add_a_group_to_those_that_were_signed(provider, client):
    provider.lies = {"userinfo": {"groups": ["support"]}}
    assert come(client, "eve").status_code == 403


def test_a_forged_state_is_refused(provider, client):
    client.get(START)
    answer = client.get("/admin/oidc/provider/callback/?code=stolen&state=forged")
    assert not inside(client)
    assert "Not signed in" in answer.content.decode()


def test_somebody_signed_in_is_not_connected_to_another_identity(provider, client):
    client.force_login(person("ben"))
    assert come(client, "grace", START + "?process=connect").status_code == 403
    assert not User.objects.get(username="ben").socialaccount_set.exists()


def test_the_second_factor_is_asked_for_here_unless_the_settings_leave_it_to_the_provider(provider, client, settings):
    settings.HANDRAIL_SECOND_FACTOR = frozenset({"agent"})
    come(client, "grace")
    assert client.get("/admin/").headers["Location"] == "/admin/sign-in/"
    assert client.get("/admin/sign-in/totp/activate/").status_code == 200  # no password to ask for once more
    settings.HANDRAIL_OIDC_SECOND_FACTOR = "provider"
    assert inside(client)
    ben = Client()
    ben.force_login(person("ben"))
    assert not inside(ben)  # who came by a password is asked as before


def test_whoever_has_set_one_up_is_asked_for_it_after_the_provider_too(provider, client):
    come(client, "grace")
    app_of(User.objects.get(email="grace@example.com"))
    again = Client()
    assert come(again, "grace").headers["Location"] == "/admin/sign-in/authenticate/"
    assert not inside(again)


def test_no_password_is_mailed_to_who_comes_by_the_provider(provider, client):
    from sites.models import OutboxItem

    come(client, "grace")
    OutboxItem.objects.all().delete()
    Client().post("/admin/sign-in/password/", {"email": "grace@example.com"})
    assert not OutboxItem.objects.filter(kind="mail").exists()


def test_without_settings_there_is_no_provider(client):
    assert not configured.HANDRAIL_OIDC_ISSUER
    assert client.get(START).status_code == 404
    assert client.get("/admin/oidc/provider/callback/?code=a&state=b").status_code == 404
    assert "oidc" not in client.get("/admin/login/").content.decode()
