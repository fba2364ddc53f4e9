"""Put it on your page: looked at by who may, shown in a frame that only they can open, and let in with one button."""

import re

import pytest
from django.core.cache import cache
from django.test import Client

from chatbot.web import chat, placing_pages
from chatbot.web.door import Refusal
from sites.access.roles import grant
from sites.core.refusal import Refused
from sites.models import LedgerEntry, Role, Site
from sites.models.sightings import Sighting
from sites.outside import placed

pytestmark = pytest.mark.django_db
PAGE = "/admin/your-site/shop/"
HTML = '<h1>Corner Shop</h1><p>We sell what a corner shop sells, every day.</p><script>alert("theirs")</script>'


@pytest.fixture
def shop(people, monkeypatch: pytest.MonkeyPatch, settings) -> Site:
    cache.clear()
    settings.HANDRAIL_BASE_URL = "https://chat.example"
    site = Site.objects.create(slug="shop", name="Shop", origins=["https://shop.example"])
    grant(people["cleo"], site, Role.CONTENT_OWNER)
    grant(people["alma"], site, Role.ADMIN)
    monkeypatch.setattr(placed, "fetch", lambda url: placed.Fetched("https://www.shop.example/", HTML, ()))
    return site


def of(person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def test_a_look_says_what_stops_it_and_an_administrator_mends_it_on_the_record(shop: Site, people) -> None:
    alma = of(people["alma"])
    said = alma.post(PAGE + "look/", {"page": "www.shop.example"}).content.decode()
    assert "https://www.shop.example is not among the pages where it may appear" in said
    alma.post(PAGE + "admit/act/", {"origin": "https://www.shop.example"})
    shop.refresh_from_db()
    assert shop.origins == ["https://shop.example", "https://www.shop.example"]
    entry = LedgerEntry.objects.get(site=shop, kind="site_changed")
    assert "https://www.shop.example" in entry.body
    assert "nothing stops it" in alma.post(PAGE + "look/", {"page": "www.shop.example"}).content.decode()


@pytest.mark.parametrize("origin", ["https://shop.example/path", "null", "javascript:1", "*", ""])
def test_what_is_no_origin_is_not_let_in(shop: Site, people, origin: str) -> None:
    of(people["alma"]).post(PAGE + "admit/act/", {"origin": origin})
    shop.refresh_from_db()
    assert shop.origins == ["https://shop.example"]


def test_a_content_owner_looks_and_lets_nobody_in(shop: Site, people) -> None:
    cleo = of(people["cleo"])
    said = cleo.post(PAGE + "look/", {"page": "www.shop.example"}).content.decode()
    assert "An administrator of the site does that" in said
    cleo.post(PAGE + "admit/act/", {"origin": "https://www.shop.example"})
    shop.refresh_from_db()
    assert shop.origins == ["https://shop.example"]


def test_the_preview_opens_for_who_looked_and_for_nobody_else(shop: Site, people) -> None:
    alma = of(people["alma"])
    said = alma.post(PAGE + "look/", {"page": "www.shop.example"}).content.decode()
    address = re.search(r'src="(/admin/your-site/shop/preview/[^"]+)"', said)[1]
    shown = alma.get(address)
    assert "Corner Shop" in shown.content.decode()
    assert "theirs" not in shown.content.decode()
    assert shown["X-Frame-Options"] == "SAMEORIGIN"
    assert "script-src http://testserver/w/v1.js http://testserver/w/more.js;" in shown["Content-Security-Policy"]
    assert of(people["cleo"]).get(address).status_code == 404
    assert alma.get(PAGE + "preview/?of=forged").status_code == 404
    assert of(people["dan"]).get(address).status_code == 404


def test_one_person_has_so_many_pages_looked_at_in_a_minute(shop: Site, people) -> None:
    alma = of(people["alma"])
    for _ in range(2 * placing_pages.A_MINUTE):
        alma.post(PAGE + "look/", {"page": "shop.example"})
    said = alma.post(PAGE + "look/", {"page": "shop.example"}).content.decode()
    assert "a lot of pages at once" in said


def test_a_server_that_does_not_answer_is_said_and_what_was_typed_stays(shop: Site, people, monkeypatch) -> None:
    def away(url: str) -> placed.Fetched:
        raise Refused("shop.example cannot be reached: no such name. Check the spelling of the address.")

    monkeypatch.setattr(placed, "fetch", away)
    said = of(people["alma"]).post(PAGE + "look/", {"page": "shop.exmple/help"}).content.decode()
    assert "Check the spelling" in said
    assert 'value="shop.exmple/help"' in said


def test_a_page_that_asks_for_a_site_by_a_wrong_name_is_told_of_to_whose_page_it_is(shop: Site, people) -> None:
    with pytest.raises(Refusal):
        chat.open_thread({"site": "shopp"}, "https://shop.example", "chat.example")
    seen = of(people["cleo"]).get(PAGE + "seen/").content.decode()
    assert "for a site “shopp”, which there is not" in seen
    with pytest.raises(Refusal):
        chat.open_thread({"site": "shopp"}, "https://evil.example", "chat.example")
    assert Sighting.objects.count() == 1
    chat.open_thread({"site": "shop"}, "https://shop.example", "chat.example")
    cache.clear()
    seen = of(people["cleo"]).get(PAGE + "seen/").content.decode()
    assert "Seen on <strong>https://shop.example</strong>" in seen
