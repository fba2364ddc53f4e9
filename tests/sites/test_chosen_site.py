"""Who works for several sites chooses one in the frame, and every page that follows is of it until they choose anew."""

import pytest
from django.test import Client
from django.urls import reverse

from knowledge.models import Category
from sites.access.roles import grant
from sites.models import Role, Site

pytestmark = pytest.mark.django_db
SWITCH = "/admin/handrail_sites/site/switch/"


@pytest.fixture
def two(people) -> tuple[Site, Site]:
    made = [Site.objects.create(slug=slug, name=slug.capitalize(), owners={}) for slug in ("harbour", "island")]
    for site in made:
        Category.objects.create(site=site, slug="fees", title=f"Fees of {site}")
        for role in (Role.CONTENT_OWNER, Role.RELEASE_OWNER):
            grant(people["dan"], site, role)
    return made[0], made[1]


@pytest.fixture
def dan(people, two) -> Client:
    client = Client()
    client.force_login(people["dan"])
    return client


def text(client: Client, path: str) -> str:
    return client.get(path).content.decode()


def test_a_choice_is_remembered_on_every_page_of_one_site(dan: Client) -> None:
    dan.post(SWITCH, {"site": "island", "next": "/admin/"})
    pages = ("admin:release_bars", "admin:release_crisis", "admin:release_statement_changelist", "chatbot:gaps")
    for name in (*pages, "chatbot:strictness", "chatbot:test_question", "admin:knowledge_source_health"):
        response = dan.get(reverse(name))
        assert response.context["site"].slug == "island", name


def test_lists_show_the_chosen_site_and_all_of_them_on_request(dan: Client) -> None:
    listed = reverse("admin:knowledge_category_changelist")
    assert "Fees of Harbour" in text(dan, listed)
    dan.post(SWITCH, {"site": "island", "next": listed})
    assert "Fees of Harbour" not in text(dan, listed)
    assert "Fees of Island" in text(dan, listed)
    assert "Fees of Harbour" in text(dan, f"{listed}?sites=all")
    harbour = Site.objects.get(slug="harbour").pk
    assert "Fees of Harbour" in text(dan, f"{listed}?site__id__exact={harbour}")
    dan.post(SWITCH, {"site": "", "next": listed})
    assert "Fees of Harbour" in text(dan, listed)


def test_naming_a_site_in_an_address_chooses_it(dan: Client) -> None:
    dan.get(reverse("admin:release_bars") + "?site=island")
    assert dan.get(reverse("admin:release_crisis")).context["site"].slug == "island"


def test_the_switch_goes_on_where_the_person_was(dan: Client) -> None:
    def to(address: str) -> str:
        return dan.post(SWITCH, {"site": "island", "next": address})["Location"]

    assert to("/admin/release/release/bars/?site=harbour&q=1").startswith("/admin/release/release/bars/")
    assert to("/admin/your-site/harbour/") == "/admin/your-site/island/"
    assert to("/admin/knowledge/category/?site__id__exact=1&q=fees") == "/admin/knowledge/category/?q=fees"
    assert to("/admin/knowledge/category/1/change/") == "/admin/"
    for foreign in ("https://evil.example/admin/", "//evil.example/", "javascript:alert(1)", "/nowhere/"):
        assert to(foreign) == "/admin/"


def test_nobody_chooses_a_site_that_is_not_theirs(dan: Client, people) -> None:
    Site.objects.create(slug="secret", name="Secret Bay")
    assert dan.post(SWITCH, {"site": "secret", "next": "/admin/"}).status_code == 404
    assert dan.get(reverse("admin:release_bars") + "?site=secret").status_code == 404
    assert "Secret Bay" not in text(dan, "/admin/")


def test_a_choice_that_is_theirs_no_more_is_none(dan: Client, people) -> None:
    dan.post(SWITCH, {"site": "island", "next": "/admin/"})
    people["dan"].memberships.filter(site__slug="island").delete()
    assert dan.get(reverse("admin:release_crisis")).context["site"].slug != "island"


def test_who_has_one_site_sees_no_switch(people) -> None:
    site = Site.objects.create(slug="harbour", name="Harbour")
    grant(people["alma"], site, Role.AUDITOR)
    client = Client()
    client.force_login(people["alma"])
    assert 'class="switch"' not in text(client, "/admin/")


def test_what_waits_is_counted_on_all_sites_and_leads_to_all_of_them(dan: Client) -> None:
    dan.post(SWITCH, {"site": "island", "next": "/admin/"})
    from release.templatetags import waiting

    assert waiting._all("admin:knowledge_revision_changelist").endswith("?sites=all")
