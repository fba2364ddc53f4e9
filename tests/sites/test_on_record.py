"""Who may do what, and what a site is set to, changes on the record: who, what it was, what it is; and no secret."""

import json
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from escalation.models import Team
from sites.access.roles import NotAllowed, change, grant, revoke
from sites.core import ledger
from sites.models import LedgerEntry, Membership, Role, Site
from sites.outside import webhooks
from tests.sites.test_admin import PEOPLE, SITES, form, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Site:
    return Site.objects.create(slug="shop", name="Fernway")


@pytest.fixture
def anna(client: Client, shop: Site) -> Client:
    client.force_login(person("anna", shop, Role.ADMIN))
    return client


def told(site: Site, *kinds: str) -> list[dict[str, Any]]:
    entries = LedgerEntry.objects.filter(site=site, kind__in=kinds).order_by("number")
    facts = [json.loads(entry.body) for entry in entries]
    return [{name: value for name, value in fact.items() if name != "at"} for fact in facts]


def memberships(site: Site) -> list[tuple[str, str, str, str]]:
    facts = told(site, "membership_given", "membership_changed", "membership_taken")
    return [(f["actor"], f["person"], f["before"], f["after"]) for f in facts]


def test_a_role_given_changed_and_taken_is_on_record(anna: Client, shop: Site) -> None:
    User.objects.create_user("ben")
    anna.post(f"{PEOPLE}add/", {"user": "ben", "site": shop.pk, "role": "agent"})
    held = Membership.objects.get(user__username="ben")
    anna.post(f"{PEOPLE}{held.pk}/change/", {"role": "auditor"})
    anna.post(f"{PEOPLE}{held.pk}/delete/", {"post": "yes"})
    assert memberships(shop) == [
        ("shell", "anna", "", "admin"),
        ("anna", "ben", "", "agent"),
        ("anna", "ben", "agent", "auditor"),
        ("anna", "ben", "auditor", ""),
    ]


def test_so_is_one_given_on_the_page_of_the_site(anna: Client, shop: Site) -> None:
    User.objects.create_user("ben")
    held = Membership.objects.get(user__username="anna")
    rows = {
        "memberships-TOTAL_FORMS": 2,
        "memberships-INITIAL_FORMS": 1,
        "memberships-0-id": held.pk,
        "memberships-0-role": "admin",
        "memberships-1-user": "ben",
        "memberships-1-role": "agent",
    }
    anna.post(f"{SITES}{shop.pk}/change/", form(shop, **rows))
    assert memberships(shop)[1:] == [("anna", "ben", "", "agent")]
    ben = Membership.objects.get(user__username="ben")
    rows |= {"memberships-INITIAL_FORMS": 2, "memberships-1-id": ben.pk, "memberships-1-role": "auditor"}
    anna.post(f"{SITES}{shop.pk}/change/", form(shop, **rows))
    anna.post(f"{SITES}{shop.pk}/change/", form(shop, **rows, **{"memberships-1-DELETE": "on"}))
    assert memberships(shop)[2:] == [("anna", "ben", "agent", "auditor"), ("anna", "ben", "auditor", "")]
    assert not User.objects.get(username="ben").memberships.exists()


def test_roles_taken_in_bulk_are_taken_one_by_one(anna: Client, shop: Site) -> None:
    held = [Membership.objects.get(user=person(name, shop, Role.AGENT)).pk for name in ("ben", "mia")]
    anna.post(PEOPLE, {"action": "delete_selected", "_selected_action": held, "post": "yes"})
    assert memberships(shop)[-2:] == [("anna", "ben", "agent", ""), ("anna", "mia", "agent", "")]


def test_the_same_again_leaves_no_entry(shop: Site) -> None:
    ben = User.objects.create_user("ben")
    grant(ben, shop, Role.AGENT)
    grant(ben, shop, Role.AGENT)
    revoke(ben, shop, Role.AGENT)
    revoke(ben, shop, Role.AGENT)
    assert [after for *_, after in memberships(shop)] == ["agent", ""]


def test_who_does_not_administer_the_site_gives_changes_and_takes_nothing(shop: Site) -> None:
    mia, ben = person("mia", shop, Role.RELEASE_OWNER), person("ben", shop, Role.AGENT)
    for verb in (
        lambda: grant(mia, shop, Role.ADMIN, actor=mia),
        lambda: change(Membership.objects.get(user=ben), Role.ADMIN, actor=mia),
        lambda: revoke(ben, shop, Role.AGENT, actor=mia),
    ):
        with pytest.raises(NotAllowed):
            verb()
    assert len(memberships(shop)) == 2


def test_a_limit_goes_with_the_role_it_was_of(shop: Site) -> None:
    cleo = person("cleo", shop, Role.CONTENT_OWNER)
    Membership.objects.filter(user=cleo).update(categories=["delivery"])
    change(Membership.objects.get(user=cleo), Role.AGENT, actor=person("anna", shop, Role.ADMIN))
    assert Membership.objects.get(user=cleo).categories == []
    assert told(shop, "membership_changed")[0]["limited_to"] == ["delivery"]


def test_what_a_site_is_set_to_is_on_record_with_what_it_was(anna: Client, shop: Site) -> None:
    Site.objects.filter(pk=shop.pk).update(origins=["https://shop.example"])
    asked = form(shop, origins="https://eve.example", owners_release="dan", timezone="Europe/Rome")
    anna.post(f"{SITES}{shop.pk}/change/", asked)
    (entry,) = told(shop, "site_changed")
    assert entry["actor"] == "anna"
    assert entry["before"] == {"origins": ["https://shop.example"], "owners": {}, "timezone": "UTC"}
    assert entry["after"] == {
        "origins": ["https://eve.example"],
        "owners": {"release": "dan"},
        "timezone": "Europe/Rome",
    }
    anna.post(f"{SITES}{shop.pk}/change/", asked)
    assert len(told(shop, "site_changed")) == 1


def test_so_is_what_sets_up_the_desk_with_its_people(anna: Client, shop: Site) -> None:
    ben = person("ben", shop, Role.AGENT)
    anna.post("/admin/escalation/team/add/", {"site": shop.pk, "name": "Night", "people": [ben.pk]})
    team = Team.objects.get()
    anna.post(f"/admin/escalation/team/{team.pk}/change/", {"name": "Late", "people": []})
    anna.post(f"/admin/escalation/team/{team.pk}/delete/", {"post": "yes"})
    made, changed, gone = told(shop, "desk_set")
    assert (made["before"], made["after"]["people"]) == ({}, ["ben"])
    assert (changed["before"], changed["after"]) == (
        {"name": "Night", "people": ["ben"]},
        {"name": "Late", "people": []},
    )
    assert (gone["before"]["name"], gone["after"]) == ("Late", {})


def test_a_webhooks_address_with_a_password_is_refused_and_stands_in_no_entry(shop: Site) -> None:
    anna = person("anna", shop, Role.ADMIN)
    with pytest.raises(webhooks.Refused, match="name and password out"):
        webhooks.add(shop, "https://ada:s3cret@hook.example/in", actor=anna)
    old = webhooks.Endpoint.objects.create(site=shop, url="https://ada:s3cret@hook.example/in", nonce="n")
    webhooks.disable(old, actor=anna, reason="It holds a password.")
    assert told(shop, "webhook.disabled")[0]["url"] == "https://hook.example/in"
    assert not LedgerEntry.objects.filter(body__contains="s3cret").exists()


def test_the_chain_holds_with_all_of_it(anna: Client, shop: Site) -> None:
    anna.post(f"{SITES}{shop.pk}/change/", form(shop, name="Fernway Outdoor"))
    assert not list(ledger.verify(shop))
