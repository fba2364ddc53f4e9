"""“This article answers it”: one click of Cleo's, and tomorrow's customer finds the article."""

import pytest
from django.contrib.auth.models import User

from knowledge.editing import approval, ingest
from knowledge.insights import answering, gaps
from knowledge.models import Gap, Revision, Source
from sites.access.roles import NotAllowed
from sites.core import ledger
from sites.core.refusal import Refused
from sites.models import Membership, Role

from .conftest import look, publishes

ASKED = "may a product come back after a month"


@pytest.fixture
def returns(shop):
    return Source.objects.get(slug="returns")


@pytest.fixture
def gap(shop):
    made = gaps.note(shop.pk, None, ASKED, "not_grounded")
    gaps.prepare(shop.pk, seconds=60)
    return made


@pytest.fixture
def mila(shop):
    user = User.objects.create_user("mila")
    Membership.objects.create(site=shop, user=user, role=Role.CONTENT_OWNER)
    return user


def newest(source):
    return source.revisions.first()


def test_where_nobody_else_approves_one_click_makes_it_part_of_the_candidate(shop, cleo, returns, gap):
    Revision.objects.filter(source=returns).update(author="cleo")
    made = answering.take(shop, [gap], returns, actor=cleo)
    assert (made.state, made.questions, made.text) == ("approved", [ASKED], returns.revisions.last().text)
    assert {hit.source: hit.asked > 0.99 for hit in look(publishes(shop), ASKED)}["returns"] is False, (
        "not yet embedded"
    )
    gap.refresh_from_db()
    assert (gap.handled_as, gap.handled_by, gap.answered_with) == ("question", "cleo", returns)
    assert not list(ledger.verify(shop))


def test_where_somebody_else_approves_it_waits_for_them(shop, cleo, mila, returns, gap):
    made = answering.take(shop, [gap], returns, actor=cleo)
    assert (made.state, made.author) == ("submitted", "cleo")
    approval.approve(made, actor=mila)
    assert newest(returns).state == "approved"


def test_a_draft_stays_a_draft_and_carries_its_own_words(shop, cleo, returns, gap):
    ingest.revise(returns, title="Returns", text="Within 99 days.", actor=cleo)
    made = answering.take(shop, [gap], returns, actor=cleo)
    assert (made.state, made.text, made.number) == ("draft", "Within 99 days.", 3)


def test_a_question_it_answers_already_only_closes_the_gap(shop, cleo, returns, gap):
    ingest.revise(returns, title="R", text="Within 9 days.", questions=[ASKED.upper()], actor=cleo)
    assert answering.take(shop, [gap], returns, actor=cleo).number == 2
    assert newest(returns).number == 2
    assert not Gap.objects.filter(handled_at=None).exists()


def test_the_nearest_articles_are_proposed_and_what_an_agent_answered_with_first(shop, returns, gap):
    shown = answering.nearest(shop, [gap])
    assert shown[0].source == returns
    assert "returns-internal" not in [each.source.slug for each in shown]
    delivery = Source.objects.get(slug="delivery")
    Gap.objects.update(answered_with=delivery)
    first = answering.nearest(shop, list(Gap.objects.all()))[0]
    assert (first.source, first.cited) == (delivery, True)


@pytest.mark.parametrize("why", ["too long", "too many", "other site", "nothing ticked", "withdrawn text"])
def test_what_cannot_be_is_refused_and_the_question_stays_open(shop, cleo, returns, gap, why):
    ticked, source = [gap], returns
    if why == "too long":
        Gap.objects.update(text="x" * 301)
        ticked = list(Gap.objects.all())
    elif why == "too many":
        ingest.revise(returns, title="R", text="T.", questions=[f"why {n}" for n in range(30)], actor=cleo)
    elif why == "other site":
        other = type(shop).objects.create(slug="other", name="Other")
        source = Source.objects.create(site=other, slug="theirs")
    elif why == "nothing ticked":
        ticked = []
    else:
        Revision.objects.filter(source=returns).update(state="rejected")
    with pytest.raises(Refused):
        answering.take(shop, ticked, source, actor=cleo)
    assert Gap.objects.get(pk=gap.pk).handled_at is None


def test_eve_of_another_site_and_an_owner_of_other_categories_may_not(shop, cleo, mila, returns, gap):
    eve = User.objects.create_user("eve")
    Membership.objects.filter(user=mila).update(categories=["delivery"])
    for actor in (eve, mila):
        with pytest.raises(NotAllowed):
            answering.take(shop, [gap], returns, actor=actor)
    assert newest(returns).number == 1


def test_erasing_a_customers_words_names_the_articles_that_have_them(shop, cleo, returns, gap):
    answering.take(shop, [gap], returns, actor=cleo)
    left = gaps.forget(shop.pk, [ASKED])
    assert left == [f"A question of returns, revision 2, has the same words: “{ASKED}”."]
    assert not Gap.objects.exists()
