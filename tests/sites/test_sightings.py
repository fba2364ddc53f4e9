"""Whoever puts the widget on a page is told where it was seen, and which page is not let in."""

import pytest
from django.core.cache import cache

from chatbot.web import chat
from chatbot.web.door import Refusal
from sites.models import Site
from sites.models.sightings import Sighting
from sites.outside import sightings

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Site:
    cache.clear()
    return Site.objects.create(slug="shop", name="Shop", origins=["https://shop.example"])


def hello(origin: str) -> None:
    chat.open_thread({"type": "hello", "site": "shop"}, origin, "chat.example")


def test_a_hello_is_seen_and_a_refused_one_says_which_page_it_was(shop: Site) -> None:
    hello("https://shop.example")
    with pytest.raises(Refusal):
        hello("https://www.shop.example")
    seen = dict(Sighting.objects.values_list("origin", "admitted"))
    assert seen == {"https://shop.example": True, "https://www.shop.example": False}


def test_an_origin_is_written_once_a_minute(shop: Site, django_assert_num_queries) -> None:
    sightings.note(shop, "https://shop.example", admitted=True)
    with django_assert_num_queries(0):
        sightings.note(shop, "https://shop.example", admitted=True)


def test_eve_fills_no_table_with_pages_that_are_not_let_in(shop: Site) -> None:
    for n in range(60):
        sightings.note(shop, f"https://eve{n}.example", admitted=False)
    assert Sighting.objects.count() == sightings.REFUSED_A_MINUTE
    for n in range(60):
        cache.clear()
        sightings.note(shop, f"https://more{n}.example", admitted=False)
    assert Sighting.objects.count() == sightings.REFUSED_IN_ALL


@pytest.mark.parametrize(
    "origin",
    ["null", "", "javascript:alert(1)", "https://" + "e" * 300, "https://e\u202e.example", "file://", "http://["],
)
def test_what_is_no_page_of_the_web_is_not_kept(shop: Site, origin: str) -> None:
    sightings.note(shop, origin, admitted=False)
    assert not Sighting.objects.exists()
