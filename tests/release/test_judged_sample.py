"""Some answers a week are drawn and judged blind; the share that misleads bars a step up and makes a category fall."""

import json
from datetime import UTC, datetime, time, timedelta

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from conversations import privacy, record
from conversations.models import Conversation, Turn
from knowledge.models import Category
from release.exposure import evidence, levels
from release.judged import sample, shares, verdicts
from release.models import ExposureMove
from release.models.judged import Judgement, Sampled
from release.monitoring import watch
from sites.access.roles import NotAllowed
from sites.core import audit, seal
from sites.core.refusal import Refused
from sites.models import LedgerEntry, Site
from tests.release import stage
from tests.release.test_watch import answered, tickets

pytestmark = pytest.mark.django_db


def last_week():
    """The Monday of it: asked each time, since a run may go on into the next."""
    return sample.monday(timezone.now()) - sample.WEEK


@pytest.fixture
def live(ferry):
    """Both categories at level 3, earned long ago."""
    stage.publish(ferry)
    ExposureMove.objects.update(at=timezone.now() - timedelta(days=60))
    return ferry


def given(site: Site, number: int) -> list[Conversation]:
    """Conversations that were answered about tickets on Wednesday of last week."""
    talks = answered(site, number)
    at = datetime.combine(last_week() + timedelta(days=2), time(12), UTC)
    ended(talks, settled_at=at)
    return talks


def ended(talks: list[Conversation], **fields) -> None:
    """Turns that ended otherwise than they were written."""
    with transaction.atomic(), seal.opened():
        Turn.objects.filter(conversation__in=talks).update(**fields)


def judged(site: Site, misleading: int, right: int, by: str = "ben") -> None:
    """So many of a drawn week with these words, as rows."""
    given(site, misleading + right)
    turns = Turn.objects.filter(conversation__site=site, sampled=None).order_by("pk")
    rows = Sampled.objects.bulk_create(
        Sampled(site=site, category=tickets(), week=last_week(), turn=turn, answered_at=turn.settled_at)
        for turn in turns
    )
    words = ["misleading"] * misleading + ["right"] * right
    Judgement.objects.bulk_create(
        Judgement(sampled=row, by=by, verdict=word, at=timezone.now()) for row, word in zip(rows, words, strict=True)
    )


# ── Drawing ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_week_is_drawn_once_and_whoever_has_the_entry_draws_the_same(live):
    given(live, 30)
    made = sample.draw(live)
    assert len(made) == sample.MOST
    assert sample.draw(live) == []
    entry = LedgerEntry.objects.get(kind="sample.drawn")
    facts = json.loads(entry.body)
    assert facts["of"] == {"tickets": 30}
    everything = list(Turn.objects.filter(conversation__site=live).values_list("pk", flat=True))
    assert sample.drawn(facts["seed"], "tickets", everything) == {each.turn_id for each in made}
    assert sample.drawn("another", "tickets", everything) != {each.turn_id for each in made}


def test_what_is_synthetic_declined_or_not_over_is_not_drawn(live):
    talks = given(live, 3)
    Conversation.objects.filter(pk=talks[0].pk).update(synthetic=True)
    ended(talks[1:2], outcome="decline", reason="out_of_scope")
    assert [each.turn.conversation_id for each in sample.draw(live)] == [talks[2].pk]
    with pytest.raises(ValueError, match="is not over"):
        sample.draw(live, sample.monday(timezone.now()))


def test_at_level_1_what_was_held_back_is_drawn_too(live):
    talks = given(live, 2)
    held = {"text": "A ticket costs 9 euros.", "parts": [], "quotes": [], "citations": []}
    ended(talks, outcome="decline", reason="not_exposed")
    ended(talks[:1], trace={"suggestion": held})
    (one,) = sample.draw(live)
    ben = stage.people(live)["ben"]
    assert verdicts.shown(one, actor=ben).text == "A ticket costs 9 euros."


# ── Judging ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_judge_sees_the_question_and_the_answer_and_not_what_anybody_thought_of_it(live, who):
    (talked,) = given(live, 1)
    (one,) = sample.draw(live)
    client = Client()
    client.force_login(who["ben"])
    before = client.get("/admin/release/release/judge/").content.decode()
    record.event(talked.pk, "rating", actor="customer", body={"value": 1, "comment": "Quoxel nonsense"})
    verdicts.judge(one, "misleading", actor=who["cleo"])
    page = client.get("/admin/release/release/judge/").content.decode()
    assert one.turn.question.text in page
    assert "9 euros" in page
    for told in ("Quoxel", "cleo", "level 3", "1 of"):
        assert told not in page
    whole = slice(before.index("<article"), before.index("</article>"))
    assert page[whole] == before[whole]
    assert json.loads(LedgerEntry.objects.filter(kind="read").last().body)["conversation"] == str(talked.pk)


def test_one_word_each_is_kept_in_the_record_and_cannot_be_changed(live, who):
    given(live, 1)
    (one,) = sample.draw(live)
    client = Client()
    client.force_login(who["ben"])
    for word in ("beside", "right"):
        client.post("/admin/release/release/judge/", {"sampled": one.pk, "verdict": word})
    made = Judgement.objects.get()
    assert (made.by, made.verdict) == ("ben", "beside")
    assert json.loads(LedgerEntry.objects.get(kind="judged").body)["verdict"] == "beside"
    assert verdicts.next_for(who["ben"]) is None
    assert verdicts.next_for(who["cleo"]) == one
    assert not [each for each in audit.of(live).findings if each.table in ("release.sampled", "release.judgement")]
    Judgement.objects.update(verdict="right")
    assert [each.table for each in audit.of(live).findings if each.table == "release.judgement"]


def test_who_decided_on_what_was_said_or_has_no_role_does_not_judge_it(live, who):
    (talked,) = given(live, 1)
    (one,) = sample.draw(live)
    record.event(talked.pk, "draft.approved", actor="ben", body={"category": "tickets"})
    assert verdicts.next_for(who["ben"]) is None
    with pytest.raises(Refused, match="somebody else judges"):
        verdicts.judge(one, "right", actor=who["ben"])
    with pytest.raises(NotAllowed):
        verdicts.judge(one, "right", actor=who["eve"])
    assert not Judgement.objects.exists()


def test_an_answer_that_two_judged_counts_as_the_worse_of_their_words(live):
    judged(live, 1, 4)
    first = Sampled.objects.order_by("pk").last()
    Judgement.objects.create(sampled=first, by="cleo", verdict="beside", at=timezone.now())
    found = shares.of(tickets(), timezone.now() - shares.RECENT)
    assert (found.right, found.beside, found.misleading) == (3, 1, 1)
    assert (found.n, found.twice, found.agreed) == (5, 1, 0)


def test_judgements_go_with_the_customers_words(live, who):
    talks = given(live, 2)
    drawn = sample.draw(live)
    for one in drawn:
        verdicts.judge(one, "right", actor=who["ben"])
    chosen = Conversation.objects.filter(pk=talks[0].pk)
    privacy.erase(chosen, live, actor=stage.admin(live), reason="They asked for it.")
    assert [each.turn.conversation_id for each in Sampled.objects.all()] == [talks[1].pk]
    assert Judgement.objects.count() == 1
    assert not [each for each in audit.of(live).findings if each.table in ("release.sampled", "release.judgement")]


# ── Evidence ──────────────────────────────────────────────────────────────────────────────────────────────────


def about_judging(category: Category, target: int) -> list[str]:
    return [each for each in evidence.gather(category, target).lacking if "judged" in each]


def test_where_nobody_has_judged_yet_nothing_more_is_asked_than_before(live):
    given(live, 5)
    sample.draw(live)
    assert about_judging(tickets(), 3) == []
    assert evidence.gather(tickets(), 3).facts["judged"]["n"] == 0


@pytest.mark.parametrize(
    ("misleading", "right", "barred"), [(0, 34, True), (0, 35, False), (1, 49, True), (1, 60, False)]
)
def test_a_category_climbs_only_with_an_upper_bound_under_its_bar(live, misleading, right, barred):
    judged(live, misleading, right)
    said = about_judging(tickets(), 3)
    assert bool(said) is barred, said
    assert about_judging(tickets(), 2) == []


def test_a_category_of_high_risk_has_the_lower_bar(live):
    judged(live, 0, 40)
    Category.objects.update(risk="high")
    (said,) = about_judging(tickets(), 3)
    assert "level 3 needs surely less than 5%" in said


def test_once_a_site_judges_a_category_without_a_judged_answer_waits(live, who):
    judged(live, 0, 1)
    luggage = Category.objects.get(site=live, slug="luggage")
    levels.lower_level(luggage, 2, actor=who["dan"], reason="a test")
    (said,) = about_judging(luggage, 3)
    assert said.startswith("0 of 0 judged answers")


def test_it_falls_by_itself_when_the_lower_bound_passes_the_bar_and_once(live):
    judged(live, 9, 16)
    (move,) = watch.look(live)
    assert (move.category, move.before, move.after) == (tickets(), 3, 2)
    assert move.evidence["judged answers that mislead"]["bad"] == 9
    assert "surely above 10%" in move.reason
    assert watch.look(live) == []


@pytest.mark.parametrize(("misleading", "right"), [(3, 17), (10, 5)])
def test_bad_luck_and_too_few_make_nothing_fall(live, misleading, right):
    judged(live, misleading, right)
    assert watch.look(live) == []


# ── Where it is seen ──────────────────────────────────────────────────────────────────────────────────────────


def test_monitoring_shows_the_judged_share_first_and_says_where_nobody_has_judged(live, who):
    client = Client()
    client.force_login(who["dan"])
    address = f"/admin/release/release/monitoring/{live.slug}/?days=28"
    assert "Nobody has judged" in client.get(address).content.decode()
    judged(live, 2, 30)
    page = client.get(f"{address.replace('28', '90')}").content.decode()
    assert page.index("How good answers are") < page.index("By category")
    assert "94 %" in page


def test_what_waits_for_a_judge_stands_on_the_front_page(live, who):
    given(live, 2)
    sample.draw(live)
    client = Client()
    client.force_login(who["ben"])
    assert "<b>2</b> answers to judge" in client.get("/admin/").content.decode()
