"""Exposure falls by itself on hard events, and on rates only when it is sure; what only has bad luck stays."""

import random

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from conversations import delivery, record
from conversations.models import Conversation
from knowledge.models import Category, Source
from release import tasks
from release.core.intervals import wilson
from release.core.people import missing_owners
from release.exposure import levels, rates
from release.incidents import lifecycle
from release.live import alarms, permits, snapshot
from release.models import ExposureMove, Run, Verdict
from release.monitoring import watch
from sites.core import outbox
from sites.core.refusal import Refused
from sites.models import LedgerEntry, OutboxItem, Site
from tests.conftest import count
from tests.release import stage, talk
from tests.release.talk import Said

pytestmark = pytest.mark.django_db


@pytest.fixture
def live(ferry):
    """Both categories at level 3, earned a while ago."""
    release = stage.publish(ferry)
    ExposureMove.objects.update(at=timezone.now() - 2 * watch.PERIOD)
    return release


def tickets() -> Category:
    return Category.objects.get(site__slug="ferry", slug="tickets")


def level(slug: str = "tickets") -> int:
    return permits.of(Site.objects.get(slug="ferry").pk, slug).level


def answered(site: Site, number: int, **fields) -> list[Conversation]:
    """Conversations that were answered about tickets, yesterday."""
    revision = Source.objects.get(slug="fares").revisions.select_related("source").get()
    said = Said(((revision, *talk.sentences(revision)[0]),), category=tickets())
    return talk.write(site, [[said]] * number, **fields)


def rated(site: Site, bad: int, good: int, **fields) -> None:
    for n, conversation in enumerate(answered(site, bad + good, **fields)):
        record.event(conversation.pk, "rating", actor="customer", body={"value": 1 if n < bad else 5})


def decided(site: Site, rejected: int, approved: int) -> None:
    conversation, _ = record.open_conversation(site)
    for kind, times in (("rejected", rejected), ("approved", approved)):
        for _ in range(times):
            record.event(conversation.pk, f"draft.{kind}", actor="ben", body={"category": "tickets"})


# ── Hard events ───────────────────────────────────────────────────────────────────────────────────────────────


def test_nothing_falls_where_nothing_happened(ferry, live):
    answered(ferry, 30)
    assert watch.look(ferry) == []
    assert (level(), level("luggage")) == (3, 3)


def test_a_severe_incident_lowers_its_category_within_moments_and_alone(ferry, who, live):
    fares = Source.objects.get(slug="fares")
    lifecycle.report(fares, severity="severe", reason="A wrong price.", actor=who["ben"])
    OutboxItem.objects.exclude(kind="watch").delete()
    assert outbox.run_due(bulk=True) == 1
    assert (level(), level("luggage")) == (1, 3)
    move = ExposureMove.objects.first()
    assert (move.actor, move.evidence["incident"]) == (watch.WATCH, 1)
    assert "A wrong price." in LedgerEntry.objects.filter(kind="exposure").last().body
    with pytest.raises(Refused, match=r"incident 1 .* is not resolved"):
        levels.raise_level(tickets(), actor=who["cleo"], second=who["dan"], reason="Again.")
    assert watch.look(ferry) == []


@pytest.mark.parametrize("how", ["internal", "another audience", "another site", "canary"])
def test_a_leak_lowers_the_category_that_leaked(ferry, live, how, tmp_path):
    from release.bundles import bundle

    conversation = answered(ferry, 1)[0]
    watch.look(ferry)
    source = Source.objects.get(site=ferry, slug="fares")
    if how == "another site":
        other = bundle.load(stage.write(tmp_path / "other", stage.plan(site="other")), actor="test").site
        source = Source.objects.get(site=other, slug="fares")
    text = f"Staff only: {watch.CANARY}7f" if how == "canary" else "Staff may refund 30 euros."
    message = delivery.append(conversation.pk, author="bot", text=text, reply_to="ask-0")
    audience = {"internal": "internal", "another audience": "members"}.get(how, "public")
    if how != "canary":
        facts = {"source": source, "title": "Goodwill", "quote": text, "updated": timezone.now()}
        delivery.cite(message, [{"n": 1, "audience": audience, **facts}])
    (move,) = watch.look(ferry)
    assert (move.category, move.after, move.evidence["leaked"]) == (tickets(), 1, [message.pk])
    assert (level(), level("luggage")) == (1, 3)
    assert watch.look(ferry) == []


def test_what_a_verified_customer_may_see_is_no_leak(ferry, live):
    conversation = answered(ferry, 1, identity={"sub": "ada", "audiences": ["members"]})[0]
    message = delivery.append(conversation.pk, author="bot", text="For members.")
    source = Source.objects.get(slug="fares")
    facts = {"source": source, "title": "Fares", "quote": "For members.", "updated": timezone.now()}
    delivery.cite(message, [{"n": 1, "audience": "members", **facts}])
    assert watch.look(ferry) == []


def test_a_category_whose_owner_is_gone_falls_unless_somebody_stands_in(ferry, live):
    Site.objects.update(owners={**ferry.owners, "deputy": "rosa"})
    User.objects.filter(username="cleo").update(is_active=False)
    assert watch.look(Site.objects.get(pk=ferry.pk)) == []
    assert missing_owners(Site.objects.get(pk=ferry.pk)) == []
    User.objects.filter(username="rosa").update(is_active=False)
    (move,) = watch.look(Site.objects.get(pk=ferry.pk))
    assert (move.category.slug, move.after, move.evidence["gone"]) == ("tickets", 1, "cleo")
    assert level("luggage") == 3


def scheduled(release, broken: dict[str, str | None]) -> Run:
    """A finished scheduled run of what is live, with these scenarios broken."""
    run = Run.objects.create(
        release=release, fingerprint=release.fingerprint, started_by=alarms.SCHEDULE, finished_at=timezone.now()
    )
    for name, category in broken.items():
        Verdict.objects.create(run=run, scenario=name, passed=False, why="drifted", case={"category": category})
    return run


def test_a_failed_scheduled_run_puts_what_drifted_before_a_person(ferry, who, live):
    scheduled(live, {"bags-free": "luggage"})
    (move,) = watch.look(ferry)
    assert (move.category.slug, move.after, move.evidence["scenarios"]) == ("luggage", 2, ["bags-free"])
    assert (level(), level("luggage")) == (3, 2)
    luggage = Category.objects.get(slug="luggage")
    with pytest.raises(Refused, match=r"the scheduled run .* failed on it"):
        levels.raise_level(luggage, actor=who["cleo"], second=who["dan"], reason="Again.")
    scheduled(live, {"weather": None})
    watch.look(ferry)
    assert (level(), level("luggage")) == (2, 2)


def test_the_schedule_runs_the_gate_again_on_what_is_live(ferry, live):
    assert tasks.recheck_everywhere() == 1
    run = Run.objects.get(started_by=alarms.SCHEDULE)
    assert (run.release, run.finished_at) == (live, None)
    assert tasks.recheck_everywhere() == 0
    OutboxItem.objects.exclude(kind="gate_run").delete()
    while outbox.run_due(bulk=True):
        pass
    run.refresh_from_db()
    assert run.finished_at
    assert snapshot.live(ferry.pk).fingerprint == live.fingerprint


# ── Rates ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_category_that_degrades_is_lowered_one_step_within_the_period(ferry, live):
    rated(ferry, 18, 12)
    (move,) = watch.look(ferry)
    assert (move.before, move.after) == (3, 2)
    kept = move.evidence["bad ratings"]
    assert (kept["bad"], kept["n"], kept["bar"]) == (18, 30, 0.3)
    assert kept["low"] == pytest.approx(wilson(18, 30, rates.WIDE)[0], abs=1e-4)
    assert watch.look(ferry) == []


@pytest.mark.parametrize("what", ["complaint", "handoff.opened"])
def test_complaints_lower_it_too(ferry, live, what):
    talks = answered(ferry, 40)
    for conversation in talks[:10]:
        record.event(conversation.pk, what, actor="customer", body={"reason": "complaint"})
    (move,) = watch.look(ferry)
    assert (move.evidence["complaints"]["bad"], move.evidence["complaints"]["n"]) == (10, 40)


def test_rejected_drafts_lower_it_too(ferry, live):
    decided(ferry, 15, 10)
    (move,) = watch.look(ferry)
    assert move.evidence["rejected drafts"]["n"] == 25


def test_a_few_bad_ones_say_nothing_yet(ferry, live):
    rated(ferry, 12, 0)
    decided(ferry, 12, 0)
    assert watch.look(ferry) == []


def test_what_was_before_the_last_step_or_the_period_does_not_count(ferry, live):
    rated(ferry, 30, 0)
    assert watch.look(ferry, timezone.now() + watch.PERIOD * 2) == []
    ExposureMove.objects.update(at=timezone.now())
    assert watch.look(ferry) == []
    assert level() == 3


def test_one_customer_counts_three_times_at_most_and_a_conversation_once(ferry, live):
    rated(ferry, 30, 0, identity={"sub": "eve"})
    assert watch.look(ferry) == []
    noisy = answered(ferry, 1)[0]
    for _ in range(60):
        record.event(noisy.pk, "rating", actor="customer", body={"value": 1})
        record.event(noisy.pk, "feedback", actor="customer", body={"seq": 2, "value": -1})
    (drafts, ratings, complaints) = rates.of(tickets(), timezone.now() - watch.PERIOD)
    assert (ratings.bad, ratings.n) == (rates.CAP + 1, rates.CAP + 1)
    assert (drafts.n, complaints.n) == (0, rates.CAP + 1)


def complained(talks: list[Conversation]) -> None:
    for conversation in talks:
        record.event(conversation.pk, "complaint", actor="customer", body={"text": "Wrong!"})


def test_one_address_cannot_move_exposure_however_often_it_rates_and_complains(ferry, live):
    answered(ferry, 60)
    rated(ferry, 0, 20)
    rated(ferry, 200, 0, address="eve")
    for n in range(20):
        rated(ferry, 2, 0, address="eve", identity={"sub": f"made-up-{n}"})
    complained(answered(ferry, 200, address="eve"))
    assert watch.look(ferry) == []
    (_, ratings, complaints) = rates.of(tickets(), timezone.now() - watch.PERIOD)
    assert (ratings.bad, ratings.n) == (rates.CAP, 20 + rates.CAP)
    assert complaints.n == 60 + 20 + rates.CAP
    assert complaints.bad <= rates.CAP


def test_nor_can_it_hide_what_others_say(ferry, live):
    complained(answered(ferry, 40)[:12])
    rated(ferry, 0, 400, address="eve")
    assert {move.category.slug for move in watch.look(ferry)} == {"tickets"}


def test_as_many_bad_ratings_from_as_many_addresses_do(ferry, live):
    for n in range(20):
        rated(ferry, 1, 0, address=f"home-{n}")
    (move,) = watch.look(ferry)
    assert move.evidence["bad ratings"]["n"] == 20


def test_a_shared_address_gives_a_fair_sample_of_its_own(ferry, live):
    for n in range(10):
        talks = answered(ferry, 30, address=f"carrier-{n}")
        complained(talks[10:13])
    (_, _, complaints) = rates.of(tickets(), timezone.now() - watch.PERIOD)
    assert (complaints.bad, complaints.n) == (0, 30)
    assert watch.look(ferry) == []


def test_that_everybody_seems_to_be_one_is_told(ferry, live):
    from release.readiness import checklist

    answered(ferry, 25, address="the-proxy")
    answered(ferry, 5)
    assert rates.crowd(ferry.pk, timezone.now() - watch.PERIOD) == (25, 25)
    facts = next(each.facts for each in checklist.of(ferry) if each.question.slug == "evaluation")
    assert "HANDRAIL_TRUSTED_PROXIES" in next(each.open for each in facts if "busiest" in each.label)


def test_the_last_word_of_a_customer_counts(ferry, live):
    for conversation in answered(ferry, 30):
        record.event(conversation.pk, "rating", actor="customer", body={"value": 1})
        record.event(conversation.pk, "rating", actor="customer", body={"value": 5})
    assert watch.look(ferry) == []


# ── The maths ─────────────────────────────────────────────────────────────────────────────────────────────────

KNOWN = [(0, 10, 0.0, 0.2775), (1, 10, 0.0179, 0.4042), (15, 50, 0.1910, 0.4375), (50, 100, 0.4038, 0.5962)]
"""Share, n and the 95 % Wilson interval, from published tables."""


@pytest.mark.parametrize(("hits", "n", "low", "high"), KNOWN)
def test_intervals_are_those_of_the_tables(hits, n, low, high):
    assert wilson(hits, n) == (pytest.approx(low, abs=1e-4), pytest.approx(high, abs=1e-4))


def fell(rng: random.Random, share: float, bar: float, customers: int) -> bool:
    """Whether a category with this true share falls, if the watch looks after every single customer."""
    bad = 0
    for n in range(1, customers + 1):
        bad += rng.random() < share
        if rates.exceeds(bad, n, bar):
            return True
    return False


def share_fallen(share: float, bar: float, customers: int, categories: int) -> float:
    rng = random.Random(f"{share} {bar}")
    return sum(fell(rng, share, bar, customers) for _ in range(categories)) / categories


@pytest.mark.parametrize("bar", sorted(set(rates.BARS.values())))
def test_bad_luck_lowers_next_to_nobody_and_what_is_twice_too_bad_falls(bar):
    many = count(5000, 500)
    good, edge, bad = (share_fallen(share, bar, 400, many) for share in (bar / 2, bar, 2 * bar))
    print(
        f"bar {bar:.0%}: lowered at half of it {good:.2%}, exactly on it {edge:.1%}, at twice it {bad:.1%} (n={many})"
    )
    assert good <= 0.01
    assert edge <= 0.10
    assert bad >= 0.90
