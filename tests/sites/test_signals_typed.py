"""A site's own signals are typed a line each, and its routes chosen, on the site's page; what is neither is named."""

import pytest
from django.contrib.auth.models import User

from knowledge.models import Category, Example
from sites.access.roles import grant
from sites.choices import signals
from sites.models import Role, Site
from tests.sites.test_admin import SITES, form

pytestmark = pytest.mark.django_db
TYPED = "fraud: sim swap\n\n  fraud ~ My line went dead: at once.  \ndanger:man overboard\nfraud: sim swap"
ROWS = [
    {"need": "fraud", "phrases": ["sim swap"], "examples": ["My line went dead: at once."]},
    {"need": "danger", "phrases": ["man overboard"], "examples": []},
]


@pytest.fixture
def shop():
    return Site.objects.create(slug="shop", name="Fernway")


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


def test_lines_are_read_and_written_again_alike():
    assert signals.read(TYPED) == ROWS
    assert signals.read(signals.lines(ROWS)) == ROWS
    assert signals.lines(ROWS).splitlines()[1] == "fraud ~ My line went dead: at once."


def test_the_administrator_types_them_and_finds_them_as_they_were_typed(anna, shop):
    save(anna, shop, signals=TYPED)
    assert shop.signals == ROWS
    page = anna.get(f"{SITES}{shop.pk}/change/").content.decode()
    assert "fraud: sim swap\nfraud ~ My line went dead: at once.\ndanger: man overboard</textarea>" in page
    save(anna, shop, signals="")
    assert shop.signals == []


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("fraud: tout\nsim swap", "Line 2: write “fraud: sim swap”, or “fraud ~ my line went dead” for an example."),
        ("\nfrod: sim swap", "Line 2: “frod” is no need; did you mean “fraud”?"),
        ("fraud:", "Line 1: “” has no word in it, so it is no phrase."),
        (f"fraud ~ {'a' * 401}", "Line 1: 401 characters are too many for one example; at most 400 fit."),
        ("fraud: a\n" * 201, "201 phrases and examples are more than the 200 that fit."),
    ],
)
def test_a_line_that_is_no_signal_is_named_and_nothing_is_saved(anna, shop, typed, told):
    page = save(anna, shop, name="Another", signals=typed)
    assert told in page
    assert (shop.name, shop.signals) == ("Fernway", [])


def test_saving_the_page_with_new_signals_warns_of_the_sites_own_questions(anna, shop):
    category = Category.objects.create(site=shop, slug="sims", title="SIM cards")
    Example.objects.create(site=shop, category=category, text="How do I do a SIM swap?")
    told = "the signals of “fraud” would hand an example of “sims”, “How do I do a SIM swap?”, to a person"
    assert told in save(anna, shop, signals=TYPED)
    assert told not in save(anna, shop, signals=TYPED, name="Fernway & Sons"), "they were not changed"


def test_routes_are_chosen_and_a_form_without_them_leaves_them(anna, shop):
    save(anna, shop, privacy="person", legal="article", complaint="article", notice="article")
    assert shop.routes == {"privacy": "person"}
    page = anna.get(f"{SITES}{shop.pk}/change/").content.decode()
    assert page.count('<option value="person" selected>') == 1
    save(anna, shop, name="Fernway & Sons")
    assert (shop.name, shop.routes) == ("Fernway & Sons", {"privacy": "person"})
    save(anna, shop, privacy="article")
    assert shop.routes == {}


def test_a_route_is_an_articles_or_a_persons_and_nobody_elses(anna, shop):
    assert "eve is not one of the available choices" in save(anna, shop, privacy="eve")
    assert shop.routes == {}
