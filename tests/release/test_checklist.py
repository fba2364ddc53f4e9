"""The checklist shows what is and who said what: red where open, and a signed word ends with what it was about."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from release.bundles import bundle
from release.exposure import levels
from release.gate import gate
from release.incidents import lifecycle
from release.live import pauses, snapshot
from release.models import Exposure, ExposureMove, Release
from release.models.proofs import Drill, RedTeamRun, Statement
from release.readiness import checklist, drill
from release.redteam import catalogue, report
from sites.access.roles import NotAllowed, grant
from sites.core import ledger
from sites.core.refusal import Refused
from sites.models import LedgerEntry, Membership, Role, Site
from tests.release import stage
from tests.unsealed import change

pytestmark = pytest.mark.django_db
WORD = "Only what ten people have read."


@pytest.fixture
def live(ferry) -> Release:
    return stage.publish(ferry)


def fresh() -> Site:
    return Site.objects.get(slug="ferry")


def entry(question: str, now=None) -> checklist.Entry:
    return next(each for each in checklist.of(fresh(), now) if each.question.slug == question)


def fact(question: str, label: str):
    return next(each for each in entry(question).facts if each.label.startswith(label))


def named(**owners: str) -> None:
    Site.objects.update(owners={**fresh().owners, **owners})


def signed(question: str, actor: User, **fields) -> Statement:
    return checklist.sign(fresh(), question, actor=actor, **{"text": WORD, **fields})


# ── What the system knows ─────────────────────────────────────────────────────────────────────────────────────


def test_a_site_where_nothing_is_live_is_open_everywhere_and_nothing_breaks(ferry):
    assert [each.question.slug for each in checklist.of(ferry)] == list(checklist.BY_SLUG)
    assert all(each.open for each in checklist.of(ferry))
    assert "Nothing is live" in fact("scope", "Live").open


def test_a_first_release_approval_is_red_and_drafts_that_agents_sent_are_not(ferry, live):
    both = fact("scope", "Level 3, self-service")
    assert "Tickets, Luggage. First-release approval on run" in both.value
    assert "no answer of it was reviewed" in both.open
    drafts = {"drafts": {"approved": 18, "edited": 4, "rejected": 1}}
    ExposureMove.objects.filter(category__slug="tickets").update(evidence=drafts)
    earned = next(each for each in entry("scope").facts if "Tickets" in each.value)
    assert "22 drafts that agents sent and 1 they rejected" in earned.value
    assert earned.open == ""


def test_a_category_shows_the_level_in_effect_and_not_the_one_it_asks_for(ferry, live, who):
    category = Exposure.objects.get(category__slug="tickets").category
    levels.lower_level(category, 1, actor=who["ben"], reason="Wrong prices.")
    assert "Tickets (asks for 3)" in fact("scope", "Level 1, internal").value
    assert "Luggage" in fact("scope", "Level 3").value


def test_another_build_is_red(ferry, live, monkeypatch):
    monkeypatch.setattr("release.live.snapshot.running_build", lambda: {"code": "another"})
    assert "another build" in fact("scope", "Live").open


def test_the_gate_is_told_with_its_count_and_its_interval(ferry, live):
    run = fact("evaluation", "Last run")
    assert "3 of 3 passed" in run.value
    assert "at most 56.1% would fail (95 %)" in run.value  # 0 of 3, Wilson
    assert "Tickets" in fact("evaluation", "Asked about by no scenario").value


def attacked(site: Site, release: Release, *, won: int = 0, goals: list[str] | None = None) -> RedTeamRun:
    slugs = [goal.slug for goal in catalogue.walls()] if goals is None else goals
    rows = [{"goal": slug, "title": slug, "tries": 200, "upper": 0.0188, "closest": {"turns": ["x"]}} for slug in slugs]
    totals = {"tries": 200 * len(rows), "distinct_texts": 150, "successes": won, "seconds": 3.5}
    return report.keep(site, {"seed": 7, "totals": totals, "goals": rows}, fingerprint=release.fingerprint)


def test_an_attack_counts_for_exactly_the_release_it_was_made_on(ferry, live):
    assert "Nobody has attacked what is live" in fact("attacks", "Attack on").open
    attacked(ferry, live)
    assert fact("attacks", "Attack on").open == ""
    assert "1.9%" in fact("attacks", "At most").value
    RedTeamRun.objects.update(fingerprint="0" * 64)
    told = fact("attacks", "Attack on")
    assert told.open
    assert "the last was on another" in told.value


def test_an_attack_that_succeeded_or_left_goals_out_is_red(ferry, live):
    attacked(ferry, live, won=1, goals=["internal"])
    assert fact("attacks", "Attack on").open == "Some succeeded."
    assert "Profanity" in fact("attacks", "Goals that were not tried").value
    assert RedTeamRun.objects.get().goals == [{"goal": "internal", "title": "internal", "tries": 200, "upper": 0.0188}]


def test_a_drill_is_a_row_and_an_old_one_proves_nothing(ferry, live, who):
    assert "never tried" in fact("rollback", "Last drill").open
    drill.note(ferry, drill.PauseTimes(0.01, 0.02, 0.01, 0.03), 0.4, actor=who["dan"])
    assert "a pause was seen after 0.02 s, rollback took 0.40 s" in fact("rollback", "Last drill").value
    assert fact("rollback", "Last drill").open == ""
    Drill.objects.update(at=timezone.now() - timedelta(days=91))
    assert fact("rollback", "Last drill").open == "It is too long ago."
    drill.note(ferry, drill.PauseTimes(0.01, 0.02, 0.01, 0.03), None, actor=who["dan"])
    assert "not rehearsed" in fact("rollback", "Last drill").open
    assert LedgerEntry.objects.filter(kind="drill").count() == 2


def test_the_way_back_is_red_until_there_is_one(ferry, live, who):
    assert "no earlier release" in fact("rollback", "Back to").open
    Site.objects.update(crisis="Call 112.")
    stage.publish(fresh())
    assert (fact("rollback", "Back to").value, fact("rollback", "Back to").open) == ("release 1", "")


def test_a_broken_chain_and_no_auditor_are_red(ferry, live):
    assert fact("audit", "Chain").open == ""
    assert fact("audit", "Auditors").open
    grant(User.objects.get_or_create(username="alma")[0], ferry, Role.AUDITOR)
    assert (fact("audit", "Auditors").value, fact("audit", "Auditors").open) == ("alma", "")
    first = LedgerEntry.objects.filter(site=ferry).order_by("number")[0]
    change(LedgerEntry.objects.filter(pk=first.pk), body='{"at":"yesterday"}')
    assert "Broken at entry 1" in fact("audit", "Chain").open


def test_who_signs_in_with_a_password_alone_is_named_and_the_demo_is_called_one(ferry, who, settings):
    from allauth.mfa.models import Authenticator

    for name in Membership.objects.filter(site=ferry).values_list("user__username", flat=True):
        assert name in fact("data", "Signing in").open
    for user in User.objects.filter(memberships__site=ferry).distinct():
        Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={})
    assert fact("data", "Signing in").open == ""
    settings.DEBUG = True
    assert "demo mode" in fact("data", "Signing in").value
    assert fact("data", "Signing in").open


def test_only_the_newest_entries_are_walked_where_that_was_asked(ferry, live):
    for _ in range(5):
        ledger.note(ferry.pk, "read", actor="alma", conversation="x")
    first = LedgerEntry.objects.filter(site=ferry).order_by("number")[0]
    change(LedgerEntry.objects.filter(pk=first.pk), body="{}")
    assert [each.number for each in ledger.verify(ferry)] == [1]
    assert list(ledger.verify(ferry, newest=3)) == []
    change(LedgerEntry.objects.filter(site=ferry, kind="read"), body="{}")
    assert len(list(ledger.verify(ferry, newest=3))) == 3


def test_owners_who_are_missing_or_gone_are_red(ferry, live):
    assert fact("owner", "The law").open == "Nobody is named."
    User.objects.filter(username="cleo").update(is_active=False)
    assert fact("owner", "The sources").open == "cleo has no active account."
    assert fact("owner", "Categories of cleo").open == "cleo has no active account."
    assert fact("owner", "Standing in").open == ""


def test_pauses_incidents_and_open_texts_are_told(ferry, live, who):
    pauses.pause(site=ferry, actor=who["dan"], reason="Drill.")
    lifecycle.report(live, severity="severe", reason="Wrong.", actor=who["dan"])
    assert fact("rollback", "Paused now").value == "everything on Island Ferry"
    assert "Incident 1" in fact("rollback", "Incidents").open
    assert "ai assistant" in fact("disclosure", "Said before").value.lower()
    assert "complaint" in fact("escalation", "To a person").value
    assert "call 112" in fact("escalation", "Words in a crisis").value


# ── What people sign ──────────────────────────────────────────────────────────────────────────────────────────


def test_an_owners_statement_counts_and_nobody_elses_is_taken(ferry, live, who):
    assert "the owner of release (dan)" in entry("scope").why
    for name in ("ben", "cleo", "rosa", "eve"):
        with pytest.raises(NotAllowed, match=r"Only the owner of release \(dan\) can sign"):
            signed("scope", who[name])
    said = signed("scope", who["dan"])
    assert entry("scope").why == ""
    assert entry("scope").statement == said
    assert (said.fingerprint, said.expires_at - said.signed_at) == (live.fingerprint, timedelta(days=90))
    assert LedgerEntry.objects.filter(kind="statement_signed").count() == 1
    assert WORD not in LedgerEntry.objects.get(kind="statement_signed").body
    assert list(ledger.verify(ferry)) == []


def test_not_even_an_administrator_signs_for_an_owner(ferry, live):
    with pytest.raises(NotAllowed):
        signed("support", stage.admin(ferry))


def test_what_cannot_be_signed_is_refused_and_nothing_is_kept(ferry, live, who):
    for wrong in ({"text": "  "}, {"days": -1}, {"days": 367}):
        with pytest.raises(Refused):
            signed("scope", who["dan"], **wrong)
    with pytest.raises(Refused, match="There is no question “weather”"):
        signed("weather", who["dan"])
    assert not Statement.objects.exists()
    with pytest.raises(IntegrityError):
        Statement.objects.create(
            site=ferry, question="scope", text="", signed_by="dan", signed_at=timezone.now(), expires_at=timezone.now()
        )


def test_a_statement_ends_when_its_owner_said(ferry, live, who):
    signed("scope", who["dan"], days=5)
    assert entry("scope", timezone.now() + timedelta(days=4)).why == ""
    assert entry("scope", timezone.now() + timedelta(days=6)).why.startswith("Expired on")


def test_a_statement_can_be_taken_back_and_both_are_kept(ferry, live, who):
    signed("owner", who["dan"])
    signed("owner", who["dan"], text="I am leaving.", days=0)
    assert entry("owner").why == "Taken back by dan."
    assert Statement.objects.count() == 2


def test_a_new_release_needs_a_fresh_look_at_what_was_said_of_the_old_one(ferry, live, who):
    for question, name in (("scope", "dan"), ("support", "ben"), ("rollback", "dan")):
        signed(question, who[name])
    Site.objects.update(crisis="Call 112.")
    stage.publish(fresh())
    assert entry("scope").why == "Needs a fresh look: another release is live."
    assert entry("support").why == "Needs a fresh look: another release is live."
    assert entry("rollback").why == ""


def test_a_fact_that_changed_needs_a_fresh_look_and_is_named(ferry, live, who):
    signed("data", who["cleo"])
    signed("rollback", who["dan"])
    assert (entry("data").why, entry("rollback").why) == ("", "")
    grant(who["eve"], ferry, Role.AGENT)
    assert entry("data").why == "Needs a fresh look; changed since: Agents."
    assert entry("rollback").why == "Needs a fresh look; changed since: May stop it."


def test_a_figure_that_moves_by_itself_ends_no_statement(ferry, live, who):
    signed("rollback", who["dan"])
    signed("evaluation", who["dan"])
    drill.note(ferry, drill.PauseTimes(0.01, 0.02, 0.01, 0.03), 0.4, actor=who["dan"])
    gate.begin(live, actor="test")
    assert (entry("rollback").why, entry("evaluation").why) == ("", "")


def test_a_statement_of_somebody_who_answers_no_longer_does_not_count(ferry, live, who):
    signed("audit", who["dan"])
    named(incidents="rosa")
    assert entry("audit").why == "dan no longer answers for this; the owner of incidents (rosa) does."


def test_the_deputy_signs_for_an_owner_who_is_gone_and_only_then(ferry, live, who):
    named(deputy="rosa")
    with pytest.raises(NotAllowed):
        signed("audit", who["rosa"])
    User.objects.filter(username="dan").update(is_active=False)
    signed("audit", who["rosa"])
    assert entry("audit").why == ""


def test_legal_and_security_are_named_beside_the_duties_and_in_the_bundle(ferry, live, who, tmp_path):
    assert "nobody is named" in entry("legal").why
    owners = {**stage.plan()["owners"], "legal": "rosa", "security": "eve"}
    bundle.load(stage.write(tmp_path / "again", stage.plan(owners=owners)), actor="shell")
    signed("legal", who["rosa"])
    signed("security", who["eve"])
    assert (entry("legal").why, entry("security").why) == ("", "")


def test_an_open_checklist_blocks_no_release(ferry, who):
    assert all(each.open for each in checklist.of(ferry))
    stage.publish(ferry)
    assert snapshot.live(ferry.pk)


# ── The page and the interface ────────────────────────────────────────────────────────────────────────────────


def login(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_the_page_shows_everybody_of_the_site_and_lets_owners_sign(ferry, live, who):
    ben, dan, eve = login(who["ben"]), login(who["dan"]), login(who["eve"])
    shown = dan.get(reverse("admin:release_checklist", args=["ferry"])).content.decode()
    assert all(question.title in shown for question in checklist.QUESTIONS)
    assert "Sign as dan" in shown
    assert not any(inline in shown for inline in ("<script>", " style=", " onclick="))
    theirs = ben.get(reverse("admin:release_statement_changelist")).content.decode()
    assert theirs.count("Sign as ben") == len(
        [q for q in checklist.QUESTIONS if {"answers", "customers"} & {*q.duties}]
    )
    where = reverse("admin:release_checklist_sign", args=["ferry", "scope"])
    assert "The words" not in dan.post(where, {"text": " ", "days": "90"}, follow=True).content.decode()
    answer = dan.post(where, {"text": "The words.", "days": "30"}, follow=True).content.decode()
    assert "The words." in answer
    assert "Signed." in answer
    refused = ben.post(where, {"text": "Mine.", "days": "30"}, follow=True).content.decode()
    assert "Only the owner of release (dan) can sign this" in refused
    assert "1 to 366 days" in dan.post(where, {"text": "x", "days": "soon"}, follow=True).content.decode()
    assert eve.get(reverse("admin:release_checklist", args=["ferry"])).status_code in (302, 403)
    assert Statement.objects.count() == 1


def test_another_sites_checklist_is_not_found(ferry, live, who, tmp_path):
    other = bundle.load(stage.write(tmp_path / "other", stage.plan(site="other")), actor="test").site
    dan = login(who["dan"])
    assert dan.get(reverse("admin:release_checklist", args=[other.slug])).status_code == 404
    assert dan.get("/api/v1/sites/other/checklist/").status_code == 404


def test_the_rest_interface_reads_it_and_changes_nothing(ferry, live, who):
    signed("scope", who["dan"])
    ben = login(who["ben"])
    whole = ben.get("/api/v1/sites/ferry/checklist/").json()
    assert [each["question"] for each in whole["questions"]] == list(checklist.BY_SLUG)
    assert whole["open"] == sum(each["open"] for each in whole["questions"])
    scope = whole["questions"][0]
    assert (scope["statement"]["text"], scope["statement"]["release"], scope["lacks"]) == (WORD, live.fingerprint, None)
    assert whole["questions"][1]["statement"] is None
    for method in (ben.post, ben.put, ben.patch, ben.delete):
        assert method("/api/v1/sites/ferry/checklist/").status_code in (403, 405)
    assert login(who["eve"]).get("/api/v1/sites/ferry/checklist/").status_code in (403, 404)
    assert Client().get("/api/v1/sites/ferry/checklist/").status_code == 401
