"""Dan confirms the words in a crisis for each country: it speaks about one text, for 180 days, and is in the record."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.utils import timezone

from config import run
from release.bundles import bundle
from release.gate import gate
from release.gate.crisis import confirm, take_draft
from release.live import snapshot
from release.readiness import checklist
from sites.access.roles import NotAllowed, grant
from sites.choices import crisis
from sites.core import ledger
from sites.core.refusal import Refused
from sites.models import CrisisConfirmation, LedgerEntry, Role, Site
from tests.release import stage

pytestmark = pytest.mark.django_db
NUMBERS = "If somebody is in danger, call 999 or 112 now."


@pytest.fixture
def ferry(ferry) -> Site:
    """The ferry line serves the United Kingdom and Ireland."""
    return written(ferry, countries=["GB", "IE"])


def written(site: Site, **fields) -> Site:
    Site.objects.filter(pk=site.pk).update(**fields)
    return Site.objects.get(pk=site.pk)


def confirmed(site: Site, country: str, who: User) -> CrisisConfirmation:
    now = Site.objects.get(pk=site.pk)
    return confirm(now, country, seen=crisis.digest(now.crisis), actor=who)


def lacks(site: Site, now=None) -> dict[str, str]:
    present = Site.objects.get(pk=site.pk)
    return {s.country: s.lacks for s in crisis.standings(present, present.crisis, now or timezone.now())}


def red(site: Site, now=None) -> dict[str, str]:
    """The open facts of the checklist about a crisis, by label."""
    asked = {each.question.slug: each for each in checklist.of(Site.objects.get(pk=site.pk), now)}
    return {f.label: f.open for f in asked["escalation"].facts if f.label.startswith("Words in a crisis") and f.open}


# ── The verb ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_dan_confirms_the_text_for_one_country_and_it_is_in_the_record(ferry, who):
    made = confirmed(ferry, "GB", who["dan"])
    assert (made.country, made.by, made.digest) == ("GB", "dan", crisis.digest(stage.CRISIS))
    assert lacks(ferry) == {"GB": "", "IE": "Nobody has confirmed the numbers."}
    facts = json.loads(LedgerEntry.objects.get(kind="crisis_confirmed").body)
    assert (facts["actor"], facts["country"], facts["text"]) == ("dan", "GB", made.digest)
    assert list(ledger.verify(ferry)) == []


@pytest.mark.parametrize("name", ["ben", "cleo", "eve"])
def test_nobody_but_a_release_owner_or_an_administrator_confirms(ferry, who, name):
    with pytest.raises(NotAllowed):
        confirmed(ferry, "GB", who[name])
    assert not CrisisConfirmation.objects.exists()
    assert confirmed(ferry, "GB", stage.admin(ferry)).by == "ada-chief"


def test_a_release_owner_of_another_site_confirms_nothing_here(ferry, who):
    grant(who["eve"], Site.objects.create(slug="evil", name="Evil"), Role.RELEASE_OWNER)
    with pytest.raises(NotAllowed):
        confirmed(ferry, "GB", who["eve"])


def test_a_country_the_site_does_not_serve_is_refused(ferry, who):
    with pytest.raises(Refused, match=r"does not serve “FR”\. Add it to the countries of the site first"):
        confirmed(ferry, "FR", who["dan"])
    assert not LedgerEntry.objects.filter(kind="crisis_confirmed").exists()


def test_there_must_be_a_text_to_confirm(ferry, who):
    with pytest.raises(Refused, match="There is no text to confirm yet"):
        confirmed(written(ferry, crisis=" "), "GB", who["dan"])


def test_dan_confirms_what_he_has_read_and_not_what_cleo_wrote_meanwhile(ferry, who):
    seen = crisis.digest(ferry.crisis)
    written(ferry, crisis="Call 1.")
    with pytest.raises(Refused, match=r"changed since you opened this page\. Read it again"):
        confirm(ferry, "GB", seen=seen, actor=who["dan"])
    assert not CrisisConfirmation.objects.exists()


def test_confirming_again_adds_a_row_and_changes_none(ferry, who):
    first = confirmed(ferry, "GB", who["dan"])
    second = confirmed(ferry, "GB", who["rosa"])
    assert list(CrisisConfirmation.objects.order_by("id").values_list("pk", "by")) == [
        (first.pk, "dan"), (second.pk, "rosa"),
    ]  # fmt: skip


# ── What counts ───────────────────────────────────────────────────────────────────────────────────────────────


def test_a_text_that_changes_ends_every_confirmation_and_its_return_brings_them_back(ferry, who):
    confirmed(ferry, "GB", who["dan"])
    written(ferry, crisis=NUMBERS)
    assert lacks(ferry)["GB"] == "The text has changed since; it must be confirmed again."
    written(ferry, crisis=stage.CRISIS)
    assert lacks(ferry)["GB"] == ""


def test_a_confirmation_counts_for_180_days(ferry, who):
    at = confirmed(ferry, "GB", who["dan"]).at
    assert lacks(ferry, at + timedelta(days=180))["GB"] == ""
    assert "more than 180 days ago" in lacks(ferry, at + timedelta(days=180, seconds=1))["GB"]


# ── The checklist ─────────────────────────────────────────────────────────────────────────────────────────────


def test_the_checklist_is_red_for_each_country_nobody_has_confirmed(ferry, who):
    stage.publish(ferry)
    confirmed(ferry, "GB", who["dan"])
    assert red(ferry) == {"Words in a crisis, Ireland": "Nobody has confirmed the numbers."}
    confirmed(ferry, "IE", who["rosa"])
    assert red(ferry) == {}


def test_the_checklist_is_red_when_the_confirmation_is_too_old(ferry, who):
    stage.publish(ferry)
    for country in ("GB", "IE"):
        confirmed(ferry, country, who["dan"])
    late = timezone.now() + timedelta(days=181)
    assert sorted(red(ferry, late)) == ["Words in a crisis, Ireland", "Words in a crisis, United Kingdom"]


def test_the_checklist_is_red_where_no_country_is_named_or_no_word_is_said(ferry, who):
    written(ferry, countries=[], crisis="")
    assert sorted(red(ferry)) == ["Words in a crisis", "Words in a crisis are for"]


def test_the_checklist_judges_what_customers_read_and_not_the_candidate(ferry, who):
    stage.publish(ferry)
    for country in ("GB", "IE"):
        confirmed(ferry, country, who["dan"])
    written(ferry, crisis=NUMBERS)
    assert red(ferry) == {}
    stage.publish(Site.objects.get(pk=ferry.pk))
    assert set(red(ferry).values()) == {"The text has changed since; it must be confirmed again."}
    gate.rollback(ferry, actor=who["dan"], reason="Wrong number.")
    assert red(ferry) == {}


def test_a_confirmation_that_is_renewed_ends_no_signed_statement(ferry, who):
    stage.publish(ferry)
    confirmed(ferry, "GB", who["dan"])
    checklist.sign(ferry, "escalation", text="The desk can take it.", actor=who["ben"])
    confirmed(ferry, "GB", who["dan"])
    entry = next(each for each in checklist.of(ferry) if each.question.slug == "escalation")
    assert entry.why == ""


# ── The draft, and the sample ─────────────────────────────────────────────────────────────────────────────────


def test_the_draft_becomes_the_candidates_text_and_customers_keep_theirs(ferry, who):
    live = stage.publish(ferry)
    confirmed(ferry, "GB", who["dan"])
    draft = take_draft(ferry, seen=crisis.digest(stage.CRISIS), actor=who["dan"])
    assert snapshot.candidate(Site.objects.get(pk=ferry.pk)).crisis == draft.text
    assert "Samaritans on 116 123" in draft.text
    assert (snapshot.live(ferry.pk).crisis, snapshot.live(ferry.pk).fingerprint) == (stage.CRISIS, live.fingerprint)
    assert lacks(ferry)["GB"] == "The text has changed since; it must be confirmed again."
    facts = json.loads(LedgerEntry.objects.get(kind="crisis_drafted").body)
    assert (facts["actor"], facts["to"]) == ("dan", crisis.digest(draft.text))


def test_the_draft_takes_the_place_of_no_text_that_nobody_has_seen(ferry, who):
    seen = crisis.digest(ferry.crisis)
    written(ferry, crisis=NUMBERS)
    with pytest.raises(Refused, match="Read it again"):
        take_draft(ferry, seen=seen, actor=who["dan"])
    assert Site.objects.get(pk=ferry.pk).crisis == NUMBERS


def test_without_a_country_there_is_no_draft_and_cleo_takes_none(ferry, who):
    with pytest.raises(NotAllowed):
        take_draft(ferry, seen=crisis.digest(ferry.crisis), actor=who["cleo"])
    with pytest.raises(Refused, match="names no country"):
        take_draft(written(ferry, countries=[]), seen=crisis.digest(ferry.crisis), actor=who["dan"])


def test_the_demo_confirms_its_own_numbers_once_and_is_not_red_for_them(people):
    site = bundle.load(Path(settings.BASE_DIR) / "sample", actor="test").site
    grant(people["dan"], site, Role.RELEASE_OWNER)
    assert sorted(red(site)) == ["Words in a crisis, Ireland", "Words in a crisis, United Kingdom"]
    for _ in range(2):
        run.confirm_crisis(site, people["dan"])
    assert red(site) == {}
    assert CrisisConfirmation.objects.count() == 2
