"""On the page of what was asked in vain Cleo says which article answers it, and which words mean the same."""

import pytest
from django.urls import reverse

from knowledge.insights import gaps
from knowledge.models import Gap, Source
from release.live import snapshot
from sites.models import Site
from tests.chatbot.conftest import login

pytestmark = pytest.mark.django_db
ASKED = ["Can I fetch my parcel at a petrol station?", "may I fetch the parcel at a petrol station"]


@pytest.fixture
def asked(fernway):
    made = [gaps.note(fernway.pk, None, text, "out_of_scope") for text in ASKED]
    gaps.prepare(fernway.pk, seconds=60)
    return made


def act(user, shown, **fields):
    return login(user).post(reverse("chatbot:gap_act", args=[shown.pk]), fields, follow=True)


def test_one_click_on_a_near_article_makes_the_questions_its_own(people, fernway, asked):
    page = login(people["cleo"]).get(reverse("chatbot:gap_cluster", args=[asked[0].pk]))
    near = [each.source.slug for each in page.context["near"]]
    assert "missed-deliveries" in near
    assert 'value="answer:missed-deliveries"' in page.content.decode()
    said = act(people["cleo"], asked[0], gap=[gap.pk for gap in asked], move="answer:missed-deliveries")
    assert "Now questions that “If you are out when the parcel comes” answers" in said.content.decode()
    newest = Source.objects.get(site=fernway, slug="missed-deliveries").revisions.first()
    assert set(newest.questions[-2:]) == set(ASKED)
    assert set(Gap.objects.filter(site=fernway).values_list("handled_as", flat=True)) == {"question"}
    held = [facts.questions for facts in snapshot.candidate(fernway).revisions.values() if ASKED[0] in facts.questions]
    assert bool(held) == (newest.state == "approved")


def test_another_article_is_named_and_one_that_is_not_there_is_said(people, fernway, asked):
    keys = [gap.pk for gap in asked]
    assert (
        "There is no article “nowhere”"
        in act(people["cleo"], asked[0], gap=keys, move="answer", article="nowhere").content.decode()
    )
    act(people["cleo"], asked[0], gap=keys, move="answer", article="ways-to-pay")
    newest = Source.objects.get(site=fernway, slug="ways-to-pay").revisions.first()
    assert set(newest.questions[-2:]) == set(ASKED)


def test_a_customers_word_is_joined_to_an_articles(people, fernway, asked):
    page = login(people["cleo"]).get(reverse("chatbot:gaps"), {"site": "fernway"})
    assert "parcel" not in [each.word for each in page.context["words"]], "articles say it"
    assert "fetch" in [each.word for each in page.context["words"]]
    address = reverse("chatbot:join_words", args=["fernway"])
    form = {"word": "fetch", "other": "collect", "reason": "They mean collecting."}
    assert "“fetch” counts as “collect”" in login(people["cleo"]).post(address, form, follow=True).content.decode()
    assert ["fetch", "collect"] in Site.objects.get(slug="fernway").synonyms


def test_eve_sees_and_moves_nothing(people, fernway, eve, asked):
    assert login(eve).post(reverse("chatbot:join_words", args=["fernway"]), {}).status_code == 404
    assert (
        login(eve).post(reverse("chatbot:gap_act", args=[asked[0].pk]), {"move": "answer:signing-in"}).status_code
        == 404
    )
    assert not Gap.objects.exclude(handled_at=None).exists()
