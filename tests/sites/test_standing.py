"""Who closes an account, opens it, or makes somebody run the installation is on the record of every site it touches."""

import json

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from sites.access.roles import grant
from sites.core import audit
from sites.models import LedgerEntry, Membership, Role, Site

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Site:
    return Site.objects.create(slug="shop", name="Fernway")


@pytest.fixture
def bank() -> Site:
    return Site.objects.create(slug="bank", name="Rho Bank")


@pytest.fixture
def ben(shop: Site) -> User:
    user = User.objects.create_user("ben", is_staff=True)
    grant(user, shop, Role.AGENT)
    return user


@pytest.fixture
def boss() -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("boss"))
    return client


def told(site: Site, kind: str) -> list[dict[str, object]]:
    entries = LedgerEntry.objects.filter(site=site, kind=kind).order_by("number")
    return [{k: v for k, v in json.loads(each.body).items() if k != "at"} for each in entries]


def of_ben(site: Site) -> list[dict[str, object]]:
    return [each for each in told(site, "account.changed") if each["account"] == "ben"]


def post(boss: Client, user: User, **ticked: str) -> None:
    address = reverse("admin:auth_user_change", args=[user.pk])
    assert boss.post(address, {"first_name": "Ben", **ticked}).status_code == 302


def test_closing_an_account_in_the_admin_is_an_entry_with_who_did_it(shop: Site, ben: User, boss: Client) -> None:
    post(boss, ben, is_staff="on")
    assert of_ben(shop) == [{"actor": "boss", "account": "ben", "is_active": False}]
    ben.refresh_from_db()
    assert (ben.is_active, ben.first_name) == (False, "Ben")


def test_a_change_of_name_alone_is_none(shop: Site, ben: User, boss: Client) -> None:
    post(boss, ben, is_staff="on", is_active="on")
    assert of_ben(shop) == []


def test_making_somebody_a_superuser_is_an_entry_on_every_site(shop: Site, bank: Site, ben: User, boss: Client) -> None:
    post(boss, ben, is_staff="on", is_active="on", is_superuser="on")
    post(boss, ben, is_staff="on", is_active="on")
    for site in (shop, bank):
        assert [each["is_superuser"] for each in of_ben(site)] == [True, False]


def test_what_is_done_at_the_shell_is_noted_as_done_there(shop: Site, bank: Site, ben: User) -> None:
    ben.is_superuser = True
    ben.save()
    assert told(bank, "account.changed") == [{"actor": "shell", "account": "ben", "is_superuser": True}]
    eve = User.objects.create_superuser("eve")
    assert told(bank, "account.changed")[-1]["account"] == "eve"
    eve.save(update_fields=["last_login"])
    assert len(told(bank, "account.changed")) == 2


def test_deleting_an_account_is_an_entry_and_the_chain_holds(shop: Site, bank: Site, ben: User) -> None:
    ben.delete()
    assert not Membership.objects.exists()
    assert told(shop, "account.deleted") == [{"actor": "shell", "account": "ben"}]
    assert [each["after"] for each in told(shop, "membership_taken")] == [""]
    assert told(bank, "account.deleted") == []
    assert audit.of(shop).findings == []
