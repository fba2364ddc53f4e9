"""A site's synonyms are typed a group a line on the site's page; what is no group is named, and nothing is lost."""

import pytest
from django.contrib.auth.models import User

from sites.access.roles import grant
from sites.models import Role, Site
from tests.sites.test_admin import SITES, form

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop():
    return Site.objects.create(slug="shop", name="Fernway", synonyms=[["tent", "shelter"]])


@pytest.fixture
def anna(client, shop):
    user = User.objects.create_user("anna")
    grant(user, shop, Role.ADMIN)
    client.force_login(user)
    return client


def save(client, site, **changes):
    answer = client.post(f"{SITES}{site.pk}/change/", form(site, **changes), follow=True)
    site.refresh_from_db()
    return answer.content.decode()


def test_anna_types_them_and_finds_them_as_they_are_kept(anna, shop):
    save(anna, shop, synonyms="Delivery, shipping\r\n\r\ntent,shelter")
    assert shop.synonyms == [["delivery", "shipping"], ["tent", "shelter"]]
    assert "delivery, shipping\ntent, shelter</textarea>" in anna.get(f"{SITES}{shop.pk}/change/").content.decode()
    save(anna, shop, synonyms="")
    assert shop.synonyms == []


def test_a_line_that_is_no_group_is_named_and_shown_as_it_was_typed(anna, shop):
    page = save(anna, shop, name="Another", synonyms="tent, shelter\ndelivery")
    assert "Line 2: a group has 2 to 12 different words; this has 1." in page
    assert "tent, shelter\ndelivery</textarea>" in page
    assert (shop.name, shop.synonyms) == ("Fernway", [["tent", "shelter"]])
