"""Questions nobody could answer come together by kind, stay until they are handled, and come back when asked again."""

from datetime import timedelta

import numpy as np
import pytest
from django.utils import timezone

from knowledge.insights import clusters, gaps
from knowledge.models import Category, Example, Gap
from sites.access import roles
from sites.core import ledger, outbox
from sites.core.refusal import Refused
from sites.models import OutboxItem, Role, Site

TENTS = ["Do you rent out tents?", "Can I rent a tent for a week?", "Is it possible to hire a tent?"]
KAYAKS = ["Do you sell kayaks?", "I want to buy a kayak, do you have any?"]


@pytest.fixture
def asked(shop):
    """Tents and kayaks, in no order, embedded as the worker does it."""
    made = [gaps.note(shop.pk, None, text, "out_of_scope") for text in (TENTS[0], KAYAKS[0], *TENTS[1:], KAYAKS[1])]
    outbox.run_due(bulk=True)
    return made


def kinds(site):
    return [sorted(gap.text for gap in cluster.gaps) for cluster in gaps.overview(site).clusters]


def test_questions_of_one_kind_are_together_and_the_most_asked_kind_is_first(shop, asked):
    assert kinds(shop) == [sorted(TENTS), sorted(KAYAKS)]
    gaps.note(shop.pk, None, "do you sell  KAYAKS?", "out_of_scope")
    gaps.note(shop.pk, None, KAYAKS[0], "rated_badly")
    gaps.prepare(shop.pk, seconds=60)
    first = gaps.overview(shop).clusters[0]
    assert (first.count, len(first.gaps)) == (4, 2), "the same words in other letters are one question, asked often"


def test_the_label_is_the_most_central_question(shop, asked):
    rows = {gap.text: np.frombuffer(gap.vector, np.float32) for gap in Gap.objects.filter(text__in=TENTS)}
    nearness = {text: sum(float(row @ other) for other in rows.values()) for text, row in rows.items()}
    assert gaps.overview(shop).clusters[0].label == max(nearness, key=nearness.get)


def test_clusters_do_not_depend_on_the_order_questions_come_in():
    rng = np.random.default_rng(7)
    middles = rng.normal(size=(6, 32))
    rows = np.vstack([middles[n % 6] + rng.normal(scale=0.35, size=32) for n in range(60)]).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    before = {frozenset(each) for each in clusters.linked(rows)}
    for seed in range(5):
        order = np.random.default_rng(seed).permutation(len(rows))
        assert {frozenset(order[each].tolist()) for each in clusters.linked(rows[order])} == before


def test_average_linkage_is_what_a_slow_plain_version_finds():
    rng = np.random.default_rng(3)
    rows = rng.normal(size=(40, 6)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    for least in (0.2, 0.5, 0.8):
        groups = [[n] for n in range(len(rows))]
        while len(groups) > 1:
            pairs = [(i, j) for i in range(len(groups)) for j in range(i)]
            score = {(i, j): float((rows[groups[i]] @ rows[groups[j]].T).mean()) for i, j in pairs}
            i, j = max(score, key=score.get)
            if score[i, j] < least:
                break
            groups[j] += groups.pop(i)
        assert {frozenset(each) for each in clusters.linked(rows, least)} == {frozenset(each) for each in groups}


def test_weeks_are_counted_back_from_now(shop, asked):
    now = timezone.now()
    for gap, days in zip(asked, (0, 0, 8, 8, 400), strict=True):
        Gap.objects.filter(pk=gap.pk).update(asked_at=now - timedelta(days=days))
    tents, kayaks = gaps.overview(shop, now=now).clusters
    assert (tents.this_week, tents.last_week, sum(tents.weeks)) == (1, 2, 3)
    assert sum(kayaks.weeks) == 1, "what is older than the weeks shown is counted among the questions only"


def test_a_handled_kind_is_gone_and_a_new_question_of_it_brings_it_back_with_a_count(shop, asked, cleo):
    tents = gaps.overview(shop).clusters[0]
    gaps.close(shop.pk, [gap.pk for gap in tents.gaps], how="article", actor=cleo, reason="article tent-hire")
    assert kinds(shop) == [sorted(KAYAKS)]
    for text in ("How much is it to rent a tent?", "Could I hire a tent from you?"):
        gaps.note(shop.pk, None, text, "not_grounded")
    assert gaps.overview(shop).waiting == 2
    outbox.run_due(bulk=True)
    back = next(each for each in gaps.overview(shop).clusters if "tent" in each.label)
    assert (back.count, back.since, back.before.handled_as, back.before.handled_by) == (2, 2, "article", "cleo")
    assert not list(ledger.verify(shop))


def test_closing_needs_a_content_owner_of_the_site_a_reason_and_something_open(shop, asked, cleo, django_user_model):
    keys = [asked[0].pk]
    with pytest.raises(Refused, match="Give a reason"):
        gaps.close(shop.pk, keys, how="nothing", actor=cleo, reason=" ")
    eve = django_user_model.objects.create_user("eve")
    roles.grant(eve, Site.objects.create(slug="evil", name="Evil"), Role.CONTENT_OWNER)
    with pytest.raises(roles.NotAllowed):
        gaps.close(shop.pk, keys, how="nothing", actor=eve, reason="mine")
    gaps.close(shop.pk, keys, how="nothing", actor=cleo, reason="not ours")
    with pytest.raises(Refused, match="already"):
        gaps.close(shop.pk, keys, how="nothing", actor=cleo, reason="again")


def test_several_counterexamples_are_written_together_or_not_at_all(shop, asked, cleo):
    returns = Category.objects.get(slug="returns")
    kayaks = [asked[1], asked[4]]
    gaps.deny_all(kayaks, returns, actor=cleo)
    assert set(Example.objects.filter(category=returns, counter=True).values_list("text", flat=True)) == set(KAYAKS)
    with pytest.raises(Refused):
        gaps.deny_all([asked[0], asked[1]], returns, actor=cleo)
    assert Gap.objects.get(pk=asked[0].pk).handled_at is None
    assert Example.objects.filter(counter=True).count() == 2


def test_a_question_that_comes_in_while_others_are_embedded_is_not_forgotten(shop, asked):
    gaps.note(shop.pk, None, "Do you repair stoves?", "out_of_scope")
    item = OutboxItem.objects.get(kind=gaps.KIND, state=OutboxItem.State.DUE)
    OutboxItem.objects.filter(pk=item.pk).update(state=OutboxItem.State.LEASED)  # a worker has begun with it
    gaps.note(shop.pk, None, "Do you clean sleeping bags?", "out_of_scope")
    assert OutboxItem.objects.filter(kind=gaps.KIND, state=OutboxItem.State.DUE).count() == 1


def test_questions_of_another_site_and_beyond_the_cap_are_left_out_and_counted(shop, asked, monkeypatch):
    other = Site.objects.create(slug="other", name="Other")
    gaps.note(other.pk, None, TENTS[0], "out_of_scope")
    gaps.prepare(other.pk, seconds=60)
    assert sum(cluster.count for cluster in gaps.overview(shop).clusters) == 5
    monkeypatch.setattr(gaps, "LOOKED_AT", 3)
    found = gaps.overview(shop)
    assert (sum(cluster.count for cluster in found.clusters), found.left, found.open) == (3, 2, 5)
