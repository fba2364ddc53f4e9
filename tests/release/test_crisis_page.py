"""“In a crisis” in the admin: Dan reads the text, takes the draft and confirms; others of the site may look."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from release.bundles import bundle
from sites.access.roles import grant
from sites.choices import crisis
from sites.models import CrisisConfirmation, Role, Site
from tests.release import stage

pytestmark = pytest.mark.django_db


@pytest.fixture
def ferry(ferry) -> Site:
    Site.objects.update(countries=["GB", "DK"])
    return Site.objects.get(pk=ferry.pk)


def client(user) -> Client:
    made = Client()
    made.force_login(user)
    return made


def page(user, query: str = "?site=ferry") -> tuple[int, str]:
    answer = client(user).get(reverse("admin:release_crisis") + query)
    return answer.status_code, re.sub(r"\s+", " ", answer.content.decode())


def post(user, name: str, *args: str, seen: str | None = None) -> str:
    text = Site.objects.get(slug="ferry").crisis
    data = {"seen": crisis.digest(text) if seen is None else seen}
    return client(user).post(reverse(f"admin:{name}", args=args), data, follow=True).content.decode()


def test_dan_sees_the_text_the_draft_and_the_day_its_lines_were_checked(ferry, who):
    status, shown = page(who["dan"])
    assert status == 200
    assert stage.CRISIS in shown
    assert "Samaritans on 116 123, at any hour and free of charge (United Kingdom)" in shown
    assert "<td>28 Nov 2026</td><td>samaritans.org</td>" in shown
    assert "No usual numbers are known here for DK." in shown
    assert shown.count("Nobody has confirmed the numbers.") == 2
    assert not any(inline in shown for inline in ("<script>", " style=", " onclick="))


def test_dan_confirms_a_country_with_its_button(ferry, who):
    assert "Confirmed for GB, for 180 days" in post(who["dan"], "release_crisis_confirm", "ferry", "GB")
    assert CrisisConfirmation.objects.get().by == "dan"
    shown = page(who["dan"])[1]
    assert "by dan," in shown
    assert shown.count("Nobody has confirmed the numbers.") == 1
    Site.objects.update(crisis="Call 112.")
    assert "The text has changed since; it must be confirmed again." in page(who["dan"])[1]


def test_a_page_that_is_out_of_date_confirms_and_drafts_nothing(ferry, who):
    old = crisis.digest("What stood there before.")
    for name, args in (("release_crisis_confirm", ("ferry", "GB")), ("release_crisis_draft", ("ferry",))):
        assert "Read it again first." in post(who["dan"], name, *args, seen=old)
    assert not CrisisConfirmation.objects.exists()
    assert Site.objects.get(slug="ferry").crisis == stage.CRISIS


def test_the_button_puts_the_draft_into_the_candidate_only(ferry, who):
    stage.publish(ferry)
    assert "Customers read it now." in page(who["dan"])[1]
    post(who["dan"], "release_crisis_draft", "ferry")
    assert Site.objects.get(slug="ferry").crisis == crisis.propose(["GB", "DK"]).text
    assert "Customers read another text until a release with this one goes live" in page(who["dan"])[1]


def test_cleo_looks_and_has_no_button_and_ben_and_strangers_find_nothing(ferry, who):
    status, shown = page(who["cleo"])
    assert status == 200
    assert 'method="post" action="/admin/release/release/crisis' not in shown
    assert post(who["cleo"], "release_crisis_confirm", "ferry", "GB")
    assert not CrisisConfirmation.objects.exists()
    assert page(who["ben"])[0] == 403
    grant(who["eve"], Site.objects.create(slug="evil", name="Evil"), Role.RELEASE_OWNER)
    assert page(who["eve"])[0] == 404
    post(who["eve"], "release_crisis_confirm", "ferry", "GB")
    assert not CrisisConfirmation.objects.exists()
    assert Client().get(reverse("admin:release_crisis")).status_code == 302


def test_a_site_without_text_and_country_says_what_to_do(ferry, who):
    Site.objects.update(crisis="", countries=[])
    shown = page(who["dan"])[1]
    assert "There is none, so no release can go live." in shown
    assert "No country is named" in shown
    assert "crisis/ferry/draft" not in shown


def test_the_page_is_found_from_the_front_page_and_shows_one_site_of_several(ferry, who, tmp_path):
    other = bundle.load(stage.write(tmp_path / "other", stage.plan(site="other", name="Other")), actor="test").site
    grant(who["dan"], other, Role.RELEASE_OWNER)
    assert '<option value="other" selected>Other</option>' in page(who["dan"], "?site=other")[1]
    front = client(who["dan"]).get(reverse("admin:index")).content.decode()
    assert f'href="{reverse("admin:release_crisis")}"' in front
