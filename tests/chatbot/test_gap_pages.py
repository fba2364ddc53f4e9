"""Owners look at what could not be answered by kind, and make an article, counterexamples or scenarios of it."""

from datetime import timedelta

import pytest
from django.urls import reverse

from conversations import delivery, record
from conversations.models import Citation, Event
from knowledge.insights import gaps
from knowledge.models import Example, Gap, Source, Usage
from release.models import Proposal
from sites.core import ledger
from sites.models import Site
from tests.chatbot.conftest import login

pytestmark = pytest.mark.django_db
_MINUTE = timedelta(minutes=1)
TENTS = ["Do you rent out tents?", "Can I rent a tent for a week?", "Is it possible to hire a tent?"]


@pytest.fixture
def asked(fernway):
    made = [gaps.note(fernway.pk, None, text, "out_of_scope") for text in [*TENTS, "Who won the cup final?"]]
    gaps.prepare(fernway.pk, seconds=60)
    return made


def act(user, shown, **fields):
    return login(user).post(reverse("chatbot:gap_act", args=[shown.pk]), fields, follow=True)


def test_cleo_sees_the_kinds_with_counts_samples_and_trend(people, asked):
    text = login(people["cleo"]).get(reverse("chatbot:gaps"), {"site": "fernway"}).content.decode()
    assert "2 kinds of question" in text
    assert all(question in text for question in TENTS)
    assert "3 this week, 0 last" in text
    assert not any(inline in text for inline in ("<script>", " style=", " onclick="))


def test_markup_in_a_question_is_text(people, fernway):
    gap = gaps.note(fernway.pk, None, "<img src=x onerror=alert(1)>", "out_of_scope")
    gaps.prepare(fernway.pk, seconds=60)
    for address in (reverse("chatbot:gaps") + "?site=fernway", reverse("chatbot:gap_cluster", args=[gap.pk])):
        assert "<img src=x" not in login(people["cleo"]).get(address).content.decode()


def test_an_article_written_from_a_kind_handles_its_questions(people, fernway, asked):
    cleo = login(people["cleo"])
    page = cleo.get(reverse("chatbot:gap_cluster", args=[asked[0].pk]))
    editor = cleo.get(page.context["article"])
    assert all(question in editor.content.decode() for question in TENTS)
    keys = editor.context["form"]["gaps"].value()
    fields = {"site": fernway.pk, "slug": "tent-hire", "audience": "public", "title": "Tents", "text": "We rent tents."}
    saved = cleo.post(reverse("admin:knowledge_source_add"), {**fields, "gaps": keys}, follow=True)
    assert "marked as handled" in saved.content.decode()
    assert set(Gap.objects.filter(handled_as="article").values_list("text", flat=True)) == set(TENTS)
    assert "1 kind of question" in cleo.get(reverse("chatbot:gaps"), {"site": "fernway"}).content.decode()


def test_a_form_that_is_refused_handles_nothing(people, fernway, asked):
    fields = {"site": fernway.pk, "slug": "", "audience": "public", "title": "Tents", "text": "We rent tents."}
    keys = ",".join(str(gap.pk) for gap in asked)
    answer = login(people["cleo"]).post(reverse("admin:knowledge_source_add"), {**fields, "gaps": keys})
    assert "Give it a name that lasts." in answer.content.decode()
    assert TENTS[1] in answer.content.decode(), "the questions are still beside the text"
    assert not Gap.objects.exclude(handled_at=None).exists()


def test_ticked_questions_become_counterexamples(people, fernway, asked):
    keys = [gap.pk for gap in asked[:2]]
    said = act(people["cleo"], asked[0], move="deny", gap=keys, category="returns-refunds").content.decode()
    assert "Added to the counterexamples" in said
    assert set(Example.objects.filter(text__in=TENTS, counter=True).values_list("text", flat=True)) == set(TENTS[:2])
    assert "choose the category" in act(people["cleo"], asked[2], move="deny", gap=[asked[2].pk]).content.decode()


def test_ticked_questions_are_proposed_as_scenarios_and_a_second_person_adds_them(people, fernway, asked):
    keys = [gap.pk for gap in asked[:2]]
    said = act(people["cleo"], asked[0], move="propose", gap=keys, reason="We must not promise tents.").content.decode()
    assert "Proposed as scenarios" in said
    made = Proposal.objects.filter(kind=Proposal.Kind.SCENARIO, site=fernway)
    assert {proposal.body["turns"][0] for proposal in made} == set(TENTS[:2])
    assert all(proposal.body["expect"] == {"outcome": ["decline", "clarify", "handoff"]} for proposal in made)
    assert Gap.objects.filter(handled_as="scenario").count() == 2
    assert not list(ledger.verify(fernway))


def test_what_the_site_was_taught_cannot_become_its_test(people, fernway, asked):
    example = Example.objects.filter(site=fernway, counter=False).first().text
    gap = gaps.note(fernway.pk, None, f"Hello there. {example.upper()}", "not_grounded")
    gaps.prepare(fernway.pk, seconds=60)
    said = act(people["cleo"], gap, move="propose", gap=[gap.pk, asked[0].pk], reason="watch").content.decode()
    assert "shares a sentence with an example" in said
    assert not Proposal.objects.filter(kind=Proposal.Kind.SCENARIO).exists()
    assert not Gap.objects.exclude(handled_at=None).exists()


@pytest.mark.parametrize("move", ["deny", "propose", "close"])
def test_dan_looks_and_does_not_act_and_eve_and_ben_see_nothing(people, fernway, asked, eve, move):
    fields = {"move": move, "gap": [asked[0].pk], "category": "returns-refunds", "reason": "because"}
    assert login(people["dan"]).get(reverse("chatbot:gap_cluster", args=[asked[0].pk])).status_code == 200
    assert "is not a content owner" in act(people["dan"], asked[0], **fields).content.decode()
    for user in (people["ben"], eve):
        assert act(user, asked[0], **fields).status_code in (403, 404)
    own = gaps.note(Site.objects.get(slug="evil").pk, None, "Mine?", "out_of_scope")
    act(eve, own, **{**fields, "category": ""})  # her own page, with a question of another site in the form
    assert not Gap.objects.filter(site=fernway).exclude(handled_at=None).exists()
    assert TENTS[0] not in login(eve).get(reverse("chatbot:gaps"), {"site": "fernway"}).content.decode()


# ── Badly rated answers ───────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def answered(fernway):
    """Ada asked about returns and was shown one article."""
    ada, _ = record.open_conversation(fernway)
    asked = record.ask(ada.pk, "1", "How long do I have to send something back?", lease=_MINUTE)
    shown = delivery.append(ada.pk, author="bot", text="30 days.", outcome="answer", reply_to="1")
    source = Source.objects.filter(site=fernway, revisions__live=True).first()
    Citation.objects.create(message=shown, n=1, source=source, title="t", quote="q", updated=shown.at)
    record.finish(asked.turn, "settled", outcome="answer", reason="answered", answer_id=shown.pk)
    return ada, shown, source


def thumbs(source):
    return [(row.liked, row.disliked) for row in Usage.objects.filter(source=source)]


def test_a_thumb_down_makes_the_question_a_gap_and_counts_against_the_source(answered):
    ada, shown, source = answered
    record.thumb(ada.pk, shown.seq, -1, "", "")
    assert [(gap.text, gap.reason) for gap in Gap.objects.all()] == [
        ("How long do I have to send something back?", "rated_badly")
    ]
    assert thumbs(source) == [(0, 1)]
    record.thumb(ada.pk, shown.seq, -1, "wrong", "still")
    assert thumbs(source) == [(0, 1)], "a comment that follows is not a second thumb"
    record.thumb(ada.pk, shown.seq, 1, "", "")
    assert thumbs(source) == [(1, 0)]
    assert Event.objects.filter(kind="feedback").count() == 3


def test_one_or_two_stars_for_the_assistant_alone_make_gaps_of_what_it_answered_once(answered):
    ada, _, _ = answered
    record.rate(ada.pk, 3, "")
    assert not Gap.objects.exists()
    record.rate(ada.pk, 2, "")
    record.rate(ada.pk, 1, "")
    assert Gap.objects.count() == 1
