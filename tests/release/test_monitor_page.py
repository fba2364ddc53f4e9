"""The monitoring page: who sees it, what it says when there is little, and that its links lead to what it counted."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from conversations.models import Conversation
from knowledge.models import Category
from release.monitoring import history
from sites.access.roles import grant
from sites.models import Role, Site
from sites.models.thresholds import Alert
from tests.release import talk
from tests.release.talk import Said

pytestmark = pytest.mark.django_db
PAGE = "/admin/release/release/monitoring/ferry/"


@pytest.fixture(autouse=True)
def nothing_kept():
    cache.clear()


@pytest.fixture
def dan(ferry):
    client = Client()
    client.force_login(User.objects.get(username="dan"))
    return client


def seed(site: Site, a_day: int = 30) -> int:
    return history.seed(site, weeks=5, seed=3, a_day=a_day, now=timezone.now(), actor="test", demo=True)


def shown(client: Client, query: str = "") -> str:
    answer = client.get(PAGE + query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_who_has_no_role_on_the_site_sees_nothing(ferry):
    for name, code in (("ben", 403), ("eve", 302)):
        client = Client()
        client.force_login(User.objects.get(username=name))
        assert client.get(PAGE).status_code == code
    other = Site.objects.create(slug="elsewhere", name="Elsewhere")
    mia = User.objects.create(username="mia")
    grant(mia, other, Role.RELEASE_OWNER)
    client = Client()
    client.force_login(mia)
    assert client.get(PAGE).status_code == 404


def test_an_empty_site_says_so_and_draws_nothing(dan):
    page = shown(dan)
    assert "Nothing happened in this period." in page
    assert "<svg viewBox" not in page
    assert page.count("too few to draw") >= 3


def test_few_visits_are_counts_and_no_share(ferry, dan):
    talk.write(ferry, [[Said((), category=Category.objects.get(slug="tickets"))]] * 5)
    page = shown(dan)
    assert "5 visits: too few to draw." in page
    assert '5<span class="quiet"> of 5</span>' in page


def test_synthetic_history_is_shown_only_when_asked_for_and_says_what_it_is(ferry, dan):
    seed(ferry)
    page = shown(dan)
    assert "Nothing happened in this period." in page
    assert "See it with synthetic history." in page
    page = shown(dan, "?of=synthetic")
    assert page.count("<strong>Synthetic.</strong>") == 1
    assert "too few to draw" not in page.partition("The gate on what is live")[0]


@pytest.mark.parametrize("days", [7, 28, 90])
def test_every_plot_has_a_name_a_description_and_a_table(ferry, dan, days):
    seed(ferry, a_day=60)
    page = shown(dan, f"?of=synthetic&days={days}")
    plots = re.findall(r"<figure class=\"plot\">.*?</figure>", page, re.S)
    assert len(plots) >= 5
    for plot in plots:
        assert re.search(r"<title id=\"[\w-]+-name\">[^<]+</title><desc id=\"[\w-]+-desc\">[^<]+</desc>", plot)
        assert "<tbody><tr><td>" in plot
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert not re.search(r"<[^>]+ style=|<script(?![^>]* src=)[^>]*>", page), "the policy forbids both"


def test_a_figure_leads_to_the_conversations_it_counted(ferry, dan):
    tickets = Category.objects.get(slug="tickets")
    talk.write(ferry, [[Said((), "decline", "not_grounded", category=tickets)]] * 3)
    talk.write(ferry, [[Said((), category=tickets)]] * 2)
    talk.write(ferry, [[Said((), "decline", "out_of_scope", category=tickets)]] * 4)
    page = shown(dan)
    links = {unescape(link) for link in re.findall(r'href="(/admin/conversations/conversation/\?[^"]+)"', page)}
    counted = {
        re.search(r"turn=([^&]*)", link)[1]: dan.get(link).context["cl"].result_count
        for link in links
        if "turn=" in link
    }
    assert counted["tickets%3Adecline"] == 3
    assert counted["tickets%3Aanswer"] == 2
    assert counted["%3Adecline"] == 4
    assert counted["tickets%3Ahandoff"] == 0


def test_the_list_of_conversations_marks_what_is_synthetic(ferry, dan):
    seed(ferry, a_day=1)
    page = dan.get("/admin/conversations/conversation/").content.decode()
    assert page.count("(synthetic)") >= Conversation.objects.count() > 0


def test_an_alert_is_on_the_page_and_in_the_list_of_sites(ferry, dan):
    now = timezone.now() - timedelta(minutes=5)
    Alert.objects.create(site=ferry, rule="declined", about="tickets", firing=True, text="14 of 24.", since=now)
    page = shown(dan)
    assert "More is declined than before: tickets" in page
    assert "14 of 24." in page
    other = Site.objects.create(slug="elsewhere", name="Elsewhere")
    grant(User.objects.get(username="dan"), other, Role.RELEASE_OWNER)
    listed = dan.get("/admin/release/release/monitoring/").content.decode()
    assert "More is declined than before: tickets" in listed
    assert "Elsewhere" in listed
