"""A program's token: some routes of one site until a day, shown once, on the record, and never a second person."""

import json
import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import get_resolver, reverse
from django.utils import timezone

from conversations import record
from sites.access import tokens
from sites.access.roles import NotAllowed
from sites.core import audit
from sites.core.refusal import Refused
from sites.models import LedgerEntry, Membership, Role
from sites.models.endpoints import ApiToken
from tests.sites.door import person, site

pytestmark = pytest.mark.django_db


@pytest.fixture
def anna():
    return person("anna", Role.ADMIN)


def bearer(*scopes: str, anna: User, days: int = 30) -> tuple[ApiToken, dict]:
    token, text = tokens.create(site(), "Nightly sync", scopes, days, actor=anna)
    return token, {"HTTP_AUTHORIZATION": f"Bearer {text}"}


def test_it_opens_its_scopes_and_nothing_else(anna):
    record.open_conversation(site())
    _, shown = bearer("record", anna=anna)
    assert Client().get("/api/v1/record/", **shown).json()["count"] == 1
    for path in ("/api/v1/releases/", "/api/v1/sources/", "/api/v1/handoffs/", "/api/schema/"):
        assert Client().get(path, **shown).status_code in (401, 403), path
    assert Client().get("/admin/", **shown).status_code != 200


def test_it_sees_no_other_site(anna):
    record.open_conversation(site("bank"))
    _, shown = bearer("record", anna=anna)
    assert Client().get("/api/v1/record/", **shown).json()["count"] == 0


def test_it_pauses_and_only_a_person_resumes(anna):
    _, shown = bearer("pauses", anna=anna)
    order = {"site": "shop", "reason": "Our warehouse burns."}
    assert Client().post("/api/v1/pauses/", order, "application/json", **shown).status_code == 201
    assert Client().post("/api/v1/pauses/resume/", order, "application/json", **shown).status_code == 403


def test_no_scope_opens_what_takes_a_person():
    """Of all routes, by their own names: approving, lifting, correcting, deciding, resolving and erasing."""
    token = ApiToken(scopes=list(tokens.SCOPES))
    for verb in ("approve", "reject", "erase", "resume", "correct", "decide", "resolve", "scenario", "learn"):
        for room in ("revisions/1", "sources/1", "record/1", "pauses", "incidents/1"):
            assert not tokens.opens(token, "POST", f"/api/v1/{room}/{verb}/")
    assert not tokens.opens(token, "DELETE", "/api/v1/sources/1/")
    assert not tokens.opens(token, "GET", "/admin/api/v1/record/")


def test_every_door_of_a_scope_leads_somewhere():
    routes = [
        re.sub(r"<[^>]+>", "1", str(each.pattern))
        for each in next(p for p in get_resolver().url_patterns if str(p.pattern) == "api/v1/").url_patterns
    ]
    for name, scope in tokens.SCOPES.items():
        for _, door in scope.doors:
            assert any(re.fullmatch(door, route) for route in routes), (name, door)


def test_it_ends_and_can_be_revoked(anna):
    token, shown = bearer("record", anna=anna)
    ApiToken.objects.filter(pk=token.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    answer = Client().get("/api/v1/record/", **shown)
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")
    token, shown = bearer("record", "sources", anna=anna)
    tokens.revoke(token, actor=anna, reason="It was in a log.")
    assert Client().get("/api/v1/record/", **shown).status_code == 401
    assert not Membership.objects.filter(user=token.user_id).exists()
    with pytest.raises(Refused, match="before"):
        tokens.revoke(token, actor=anna, reason="Again.")


@pytest.mark.parametrize(("scopes", "days"), [((), 30), (("everything",), 30), (("record",), 0), (("record",), 400)])
def test_one_without_an_end_or_of_unknown_scopes_is_refused(anna, scopes, days):
    with pytest.raises(Refused):
        tokens.create(site(), "Sync", scopes, days, actor=anna)
    with pytest.raises(NotAllowed):
        tokens.create(site(), "Sync", ["record"], 30, actor=person("ben"))


def test_it_is_on_the_record_shown_once_and_kept_as_a_digest(anna):
    client = Client()
    client.force_login(anna)
    asked = {"site": site().pk, "value": "Sync", "scopes": ["sources", "pauses"], "days": "10"}
    page = client.post(reverse("admin:handrail_sites_apitoken_add"), asked)
    (text,) = re.findall(r"hra_[\w-]{40,}", page.content.decode())
    assert "no-store" in page["Cache-Control"]
    token = ApiToken.objects.get()
    again = client.get(reverse("admin:handrail_sites_apitoken_change", args=[token.pk])).content.decode()
    assert text not in again
    assert "a person approves" in again
    assert text not in json.dumps(list(ApiToken.objects.values()), default=str)
    entry = LedgerEntry.objects.get(kind="token.created")
    assert json.loads(entry.body)["scopes"] == ["pauses", "sources"]
    assert text not in entry.body
    assert not audit.of(site()).findings
