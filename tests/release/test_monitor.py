"""The figures of the monitoring page: what a visit is, how it ended, and what became of its answer."""

from datetime import UTC, datetime, timedelta

import pytest

from conversations.models import Conversation, Event, Message, Rating, Turn
from knowledge.models import Category
from release.models import Run
from release.monitoring import latency, monitor, sessions
from release.monitoring.monitor import Period, Share
from sites.models import Site
from tests.release import stage
from tests.unsealed import change

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
WEEK = Period(7, NOW)


def hours(n: float) -> datetime:
    return NOW - timedelta(hours=n)


def talk(site: Site, **fields) -> Conversation:
    return Conversation.objects.create(site=site, token_digest="", **fields)


def turn(
    conversation: Conversation, ago: float, outcome="answer", reason="answered", about="tickets", **fields
) -> Turn:
    """A settled turn so many hours ago."""
    seq = conversation.messages.count() + 1
    asked = Message.objects.create(conversation=conversation, seq=seq, author="customer", text="?", client_id=f"a{seq}")
    category = Category.objects.get(site=conversation.site, slug=about) if about else None
    return Turn.objects.create(
        conversation=conversation, question=asked, state="settled", outcome=outcome, reason=reason, category=category,
        release="f" * 64, settled_at=hours(ago), **fields,
    )  # fmt: skip


def event(conversation: Conversation, ago: float, kind: str, **body) -> None:
    made = Event.objects.create(conversation=conversation, kind=kind, body=body)
    Event.objects.filter(pk=made.pk).update(at=hours(ago))


def rated(conversation: Conversation, ago: float, value: int, *, with_person: bool = False) -> None:
    Rating.objects.create(conversation=conversation, value=value, with_person=with_person)
    Rating.objects.filter(conversation=conversation).update(at=hours(ago))


def about(site: Site, slug: str | None = "tickets", period: Period = WEEK) -> monitor.About:
    rows = monitor.categories(site, period, synthetic=False)
    return next(row for row in rows if (row.category.slug if row.category else None) == slug)


# ── Visits ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_questions_close_together_are_one_visit_and_later_ones_another(ferry):
    ada = talk(ferry)
    for ago in (50, 49.9, 49.8, 20):
        turn(ada, ago)
    assert about(ferry).visits == 2


def test_a_visit_ends_as_the_strongest_of_what_happened_in_it(ferry):
    one, two, three, four = (talk(ferry) for _ in range(4))
    turn(one, 30, "decline", "not_grounded")
    turn(one, 29.9)
    turn(two, 30)
    event(two, 29.9, "handoff.opened", category="tickets", reason="asked_for_human")
    turn(three, 30, "decline", "not_grounded")
    turn(four, 30, "clarify", "ambiguous")
    ends = {name: share.hits for name, share in about(ferry).ends.items()}
    assert ends == {"answered": 1, "handed over": 1, "declined": 1, "unfinished": 1}


def test_a_turn_that_handed_over_counts_once_with_its_event(ferry):
    ada = talk(ferry)
    turn(ada, 30, "handoff", "frustration")
    event(ada, 30, "handoff.opened", category="tickets", reason="frustration")
    row = about(ferry)
    assert (row.visits, row.ends["handed over"].hits) == (1, 1)


def test_what_the_gate_did_not_accept_belongs_to_no_category(ferry):
    turn(talk(ferry), 30, "decline", "out_of_scope", about="tickets")
    turn(talk(ferry), 30, "decline", "not_exposed", about="tickets")
    assert (about(ferry, None).visits, about(ferry).visits) == (1, 1)


def test_a_draft_counts_as_answered_when_an_agent_sent_it_and_a_seeded_one_never(ferry):
    ada, stage_ = talk(ferry), talk(ferry)
    turn(ada, 30, "draft", "draft_review")
    event(ada, 29.95, "draft.approved", category="tickets")
    seeded = turn(stage_, 30, "draft", "draft_review")
    change(Turn.objects.filter(pk=seeded.pk), release="")
    row = about(ferry)
    assert (row.visits, row.ends["answered"].hits) == (1, 1)


def test_coming_back_within_a_day_reopens_also_for_a_signed_in_customer_elsewhere(ferry):
    grace = {"sub": "grace"}
    turn(talk(ferry, identity=grace), 100)
    turn(talk(ferry, identity=grace), 90)
    turn(talk(ferry), 100)
    turn(talk(ferry), 90)
    row = about(ferry)
    assert (row.visits, row.again) == (4, Share(1, 4))
    assert row.resolution[monitor.RETURNED].hits == 1


def test_another_category_is_no_return(ferry):
    ada = talk(ferry)
    turn(ada, 100)
    turn(ada, 90, about="luggage")
    assert about(ferry).again == Share(0, 1)


# ── What became of answers ────────────────────────────────────────────────────────────────────────────────────


def test_confirmed_is_only_what_the_customer_said_and_silence_is_assumed(ferry):
    stars, thumb, silent, angry, late = (talk(ferry) for _ in range(5))
    for one in (stars, thumb, silent, angry):
        turn(one, 80)
    turn(late, 3)
    rated(stars, 79, 4)
    event(thumb, 79.9, "feedback", seq=2, value=1)
    event(angry, 79.9, "feedback", seq=2, value=1)
    event(angry, 79, "complaint", text="No.")
    how = {name: share.hits for name, share in about(ferry).resolution.items()}
    assert how == {"confirmed": 2, "assumed": 1, "contradicted": 1, "returned": 0, "too early": 1}


def test_three_stars_say_neither(ferry):
    ada = talk(ferry)
    turn(ada, 80)
    rated(ada, 79, 3)
    assert about(ferry).resolution[monitor.ASSUMED].hits == 1


def test_a_word_counts_for_the_visit_before_it(ferry):
    ada = talk(ferry)
    turn(ada, 80)
    event(ada, 79.9, "feedback", seq=2, value=-1)
    turn(ada, 40)
    event(ada, 39.9, "feedback", seq=4, value=1)
    how = about(ferry).resolution
    assert (how[monitor.CONTRADICTED].hits, how[monitor.CONFIRMED].hits) == (1, 1)


# ── Waits, quality, speed, drift ──────────────────────────────────────────────────────────────────────────────


def test_waits_are_staffed_time_against_the_target_of_then(ferry):
    ferry.hours = {"fri": ["09:00-18:00"], "thu": ["09:00-18:00"]}
    quick, night, gone = (talk(ferry) for _ in range(3))
    event(quick, 2, "handoff.opened", category="tickets", target_s=300)
    event(quick, 2 - 0.05, "handoff.claimed")
    event(night, 18.5, "handoff.opened", category="tickets", target_s=300)  # half past five in the evening before
    event(night, 2.5, "handoff.claimed")  # half past nine: half an hour, and half an hour
    event(gone, 2, "handoff.opened", category="tickets", target_s=300)
    event(gone, 1.9, "handoff.withdrawn")
    found = latency.waits(ferry, WEEK, synthetic=False)
    assert (found.n, round(found.p50), round(found.p90)) == (2, 180, 3600)
    assert (found.in_target, found.gave_up) == (Share(1, 2), Share(1, 3))


def test_the_desk_writes_the_target_into_the_event(ferry):
    from conversations import record
    from escalation.desk import desk
    from escalation.models import ServiceLevel

    ServiceLevel.objects.create(site=ferry, minutes=7, urgent_minutes=1)
    for urgent, seconds in ((False, 420), (True, 60)):
        ada, _ = record.open_conversation(Site.objects.get(pk=ferry.pk))
        desk.open_handoff(ada, turn=None, reason="asked_for_human", urgent=urgent)
        assert ada.events.get(kind="handoff.opened").body["target_s"] == seconds


def test_what_agents_said_of_handoffs(ferry):
    for need in ("needed", "needed", "too_late", ""):
        event(talk(ferry), 5, "handoff.closed", need=need, category="tickets")
    found = latency.quality(ferry, WEEK, synthetic=False)
    assert (found.n, found.counts["needed"], found.counts["too_late"]) == (3, 2, 1)


def test_a_stage_has_its_own_time_not_the_time_since_the_beginning(ferry):
    for ms in range(1, 101):
        turn(talk(ferry), 5, trace={"ms": {"read": ms, "quote": ms + 10, "decided": ms + 10.5}, "signs": []})
    stages = {stage.stage: stage for stage in latency.latency(ferry, WEEK, synthetic=False).stages}
    assert (stages["read"].p50, stages["read"].p95, stages["read"].p99) == (50, 95, 99)
    assert (stages["quote"].p50, stages["rest"].p99, stages["all"].p50) == (10, 0.5, 60.5)


def test_complaints_and_signs_are_counted_by_day(ferry):
    ada, eve = talk(ferry), talk(ferry)
    event(ada, 1, "complaint", text="-")
    event(ada, 0.5, "handoff.opened", reason="complaint", category="")
    turn(eve, 30, "decline", "injection", trace={"signs": ["override"]})
    turn(eve, 30, trace={"signs": []})
    assert monitor.complaints(ferry, WEEK, synthetic=False) == monitor.Signs(1, [0, 0, 0, 0, 0, 0, 1])
    assert monitor.injection(ferry, WEEK, synthetic=False) == monitor.Signs(1, [0, 0, 0, 0, 0, 1, 0])


def test_drift_shows_the_runs_on_what_was_live(ferry):
    live = stage.publish(ferry)
    for failed, by in ((0, "the schedule"), (1, "the schedule")):
        Run.objects.create(release=live, fingerprint="f", started_by=by, total=3, failed=failed, finished_at=hours(5))
    found = monitor.drift(ferry, WEEK, "the schedule")
    assert [(each.scheduled, each.passed) for each in found] == [(True, Share(3, 3)), (True, Share(2, 3))]


@pytest.mark.parametrize(("days", "bins"), [(7, 7), (28, 28), (90, 13)])
def test_bins_cover_the_period_and_nothing_falls_out(days, bins):
    period = Period(days, NOW)
    assert len(period.bins) == bins
    assert period.bins[0] <= period.since
    for at in (period.since, NOW - timedelta(seconds=1)):
        assert 0 <= period.bin(at.timestamp()) < bins
    assert period.bin((NOW - timedelta(seconds=1)).timestamp()) == bins - 1


def test_another_site_is_never_counted(ferry, tmp_path):
    from release.bundles import bundle

    other = bundle.load(stage.write(tmp_path / "other", stage.plan(site="other")), actor="test").site
    ada = talk(other)
    asked = Message.objects.create(conversation=ada, seq=1, author="customer", text="?", client_id="a")
    Turn.objects.create(
        conversation=ada, question=asked, state="settled", outcome="answer", reason="answered", release="f",
        settled_at=hours(3), category=Category.objects.get(site=other, slug="tickets"),
    )  # fmt: skip
    assert sessions.of(ferry, WEEK.since, NOW, synthetic=False) == []
    assert len(sessions.of(other, WEEK.since, NOW, synthetic=False)) == 1
