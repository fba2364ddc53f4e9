"""A site's wording, disclosure, contact and crisis words reach customers with a release and go with it, never alone."""

import pytest
from django.contrib.admin import site as admin_site
from django.test import RequestFactory

from chatbot.web import chat
from conversations.wording import Spoken
from release.gate import gate
from release.gate.diff import diff
from release.live import snapshot
from sites.admin.people import SiteAdmin
from sites.choices.hours import availability
from sites.models import Site
from tests.doctrine.ada import Ada
from tests.release import stage

pytestmark = pytest.mark.django_db
EDIT = {
    "wording": {"handoff_open": "A person will be with you, and 100 euros."},
    "disclosure": "Ask me about 100 euros.",
    "contact": {"phone": "100 euros"},
    "crisis": "Call 112, and 100 euros.",
}
NEW = "100 euros"


def heard(site: Site) -> str:
    """What is fixed that a new customer reads: the welcome, the contact, and the promise of a person."""
    now = Site.objects.get(pk=site.pk)
    ada = Ada(now)
    welcome = chat.welcome(chat.Thread(ada.conversation.pk, now.pk, ada.token), 0)
    promise = Spoken.of(now).say("handoff_open")
    return f"{welcome['disclosure']['text']} {availability(now).frame()} {promise} {now.spoken.crisis}"


def edit(site: Site) -> Site:
    Site.objects.filter(pk=site.pk).update(**EDIT)
    return Site.objects.get(pk=site.pk)


def test_before_the_first_release_a_site_speaks_as_it_is_written(ferry):
    edit(ferry)
    assert heard(ferry).count(NEW) == 4


def test_an_edit_is_heard_with_the_release_that_holds_it_and_goes_with_a_rollback(ferry):
    first = stage.publish(ferry)
    before = heard(ferry)
    changed = edit(ferry)
    assert heard(ferry) == before
    frozen = snapshot.freeze(changed, actor="dan")
    assert heard(ferry) == before, "freezing is not publishing"
    told = {change.what for change in diff(snapshot.of(first), snapshot.of(frozen))}
    assert told == {"wording", "contact", "text"}
    stage.publish(changed)
    assert heard(ferry).count(NEW) == 4
    gate.rollback(changed, actor=stage.people(ferry)["dan"], reason="Not our money.")
    assert heard(ferry) == before


def test_a_sites_page_saved_beside_a_go_live_takes_nothing_back(ferry):
    stale = Site.objects.get(pk=ferry.pk)  # read before the release went live, saved after it
    stage.publish(ferry)
    page = SiteAdmin(Site, admin_site)
    request = RequestFactory().post("/")
    request.user = stage.admin(ferry)
    stale.name = "Ferry Line & Sons"
    form = page.get_form(request, stale)(instance=stale)
    form.changed_data = ["name"]
    page.save_model(request, stale, form, change=True)
    now = Site.objects.get(pk=ferry.pk)
    assert now.name == "Ferry Line & Sons"
    assert set(now.published) == {"locale", "wording", "disclosure", "contact", "crisis"}
