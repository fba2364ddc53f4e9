"""The page on the gate's strictness: owners see what it means for their messages, choose, and add what is missing."""

import pytest
from django.test import Client
from django.urls import reverse

from chatbot.decide.gate import calibration, fitted
from knowledge.insights import gaps
from knowledge.models import Category, Example, Gap
from release.live import snapshot
from sites.access.roles import grant
from sites.core import ledger
from sites.models import LedgerEntry, Role, Site, Strictness
from tests.chatbot.conftest import login

pytestmark = pytest.mark.django_db
STRANGER = "Can I get a refund for a parking ticket?"
FAR = "What is the capital of Peru?"


@pytest.fixture
def asked(fernway):
    """Two questions nobody could answer: one that sounds like returns, and one like nothing."""
    return [gaps.note(fernway.pk, None, text, "out_of_scope") for text in (STRANGER, FAR)]


def page(user, query=""):
    answer = login(user).get(reverse("chatbot:strictness") + (query or "?site=fernway"))
    return answer.status_code, answer.content.decode()


def choose(user, word, reason="Too many strangers."):
    fields = {"strictness": word, "reason": reason}
    return login(user).post(reverse("chatbot:choose_strictness", args=["fernway"]), fields, follow=True)


def add(user, gap, category="returns-refunds"):
    return login(user).post(reverse("chatbot:add_counterexample", args=[gap.pk]), {"category": category}, follow=True)


def test_cleo_sees_each_choice_on_her_own_examples_and_the_present_one_marked(fernway, people):
    status, text = page(people["cleo"])
    assert status == 200
    for choice in calibration.of(fernway, Strictness.BALANCED).choices:
        assert f"<b>{choice.answered}</b> of {choice.examples}" in text
        assert f"<b>{choice.let_in}</b> of {choice.counterexamples}" in text
    assert text.count(">chosen<") == 1
    assert 'value="balanced" checked' in text
    assert not any(inline in text for inline in ("<script>", " style=", " onclick="))


def test_a_stricter_choice_answers_no_more_and_lets_no_more_in(fernway):
    choices = calibration.of(fernway, Strictness.BALANCED).choices
    assert [choice.strictness for choice in choices] == list(Strictness)
    for figure in ("answered", "misread", "let_in"):
        counts = [getattr(choice, figure) for choice in choices]
        assert counts == sorted(counts, reverse=True), figure
    for choice in choices:
        assert choice.answered + choice.misread + choice.held_back == choice.examples


def test_the_categories_are_shown_for_the_choice_that_is_looked_at(fernway, people):
    strict = {s.facts.title: s for s in calibration.of(fernway, Strictness.VERY_STRICT).subjects}
    balanced = calibration.of(fernway, Strictness.BALANCED).subjects
    assert sum(s.standing.answered for s in strict.values()) < sum(s.standing.answered for s in balanced)
    text = page(people["dan"], "?site=fernway&at=very_strict")[1]
    assert "By category, very strict" in text
    assert all(title.replace("'", "&#x27;") in text for title in strict)
    assert Site.objects.get(pk=fernway.pk).strictness == Strictness.BALANCED


def test_an_example_taken_for_another_category_is_named_with_it(fernway):
    found = calibration.of(fernway, Strictness.OPEN)
    named = sum(len(subject.misread) for subject in found.subjects)
    assert named == sum(subject.standing.misread for subject in found.subjects)
    assert all(read != subject.facts.title for subject in found.subjects for _, read in subject.misread)


def test_a_category_with_fewer_than_ten_examples_is_not_established(fernway, people):
    category = Category.objects.get(site=fernway, slug="returns-refunds")
    kept = category.examples.filter(counter=False).values_list("pk", flat=True)[:9]
    category.examples.filter(counter=False).exclude(pk__in=list(kept)).delete()
    subjects = {s.facts.slug: s for s in calibration.of(fernway, Strictness.BALANCED).subjects}
    assert [s for s in subjects if not subjects[s].standing.established] == ["returns-refunds"]
    assert subjects["returns-refunds"].standing.examples == 9
    assert page(people["cleo"])[1].count(">not established<") == 1


def test_a_site_without_examples_is_told_to_write_some(people):
    empty = Site.objects.create(slug="empty", name="Empty")
    grant(people["cleo"], empty, Role.CONTENT_OWNER)
    status, text = page(people["cleo"], "?site=empty")
    assert status == 200
    assert "has examples yet" in text


def test_a_question_near_a_category_is_offered_and_one_far_from_all_is_not(fernway, people, asked):
    status, text = page(people["cleo"], "?site=fernway&at=open")
    assert status == 200
    assert STRANGER in text
    assert FAR not in text


def test_the_questions_nearest_to_the_threshold_come_first(fernway, asked):
    for text in (
        "Can you refund my train ticket?",
        "Do you buy back used tents?",
        "Could I swap a tent from elsewhere?",
    ):
        gaps.note(fernway.pk, None, text, "out_of_scope")
    threshold = fitted.gate(snapshot.candidate(fernway)).at(1).threshold
    for subject in calibration.of(fernway, Strictness.OPEN).subjects:
        away = [abs(each.topic.confidence - threshold) for each in subject.doubtful]
        assert away == sorted(away)


def test_cleo_adds_a_counterexample_and_the_question_is_handled(fernway, people, asked):
    gaps.note(fernway.pk, None, STRANGER, "not_grounded")
    live = snapshot.live(fernway.pk).fingerprint
    assert "Added to the counterexamples" in add(people["cleo"], asked[0]).content.decode()
    added = Example.objects.get(text=STRANGER)
    assert (added.category.slug, added.counter, added.site) == ("returns-refunds", True, fernway)
    assert set(Gap.objects.filter(text=STRANGER).values_list("handled_by", flat=True)) == {"cleo"}
    assert STRANGER not in page(people["cleo"], "?site=fernway&at=open")[1]
    assert snapshot.live(fernway.pk).fingerprint == live
    entry = LedgerEntry.objects.filter(kind="counterexample_written").get()
    assert ledger.digest(STRANGER) in entry.body
    assert "parking" not in entry.body
    assert "handled this question already" in add(people["cleo"], asked[0]).content.decode()
    assert Example.objects.filter(text=STRANGER).count() == 1


def test_dan_and_ben_may_not_add_counterexamples(fernway, people, asked):
    assert "Not about this" not in page(people["dan"], "?site=fernway&at=open")[1]
    for name in ("dan", "ben"):
        assert add(people[name], asked[0]).status_code == 403
    assert not Example.objects.filter(text=STRANGER).exists()


def test_dan_chooses_for_the_candidate_only(fernway, people):
    live = snapshot.live(fernway.pk)
    text = choose(people["dan"], "strict").content.decode()
    assert "is strict now" in text
    assert 'value="strict" checked' in text
    assert snapshot.live(fernway.pk).fingerprint == live.fingerprint
    fresh = Site.objects.get(pk=fernway.pk)
    assert snapshot.candidate(fresh).strictness == 4
    assert LedgerEntry.objects.filter(kind="strictness_chosen").count() == 1


def test_a_choice_needs_a_reason_and_must_be_one(fernway, people):
    assert "Give a reason" in choose(people["cleo"], "strict", " ").content.decode()
    assert "Choose open" in choose(people["cleo"], "cosmic").content.decode()
    assert Site.objects.get(pk=fernway.pk).strictness == Strictness.BALANCED


def test_ben_the_agent_neither_sees_nor_chooses(fernway, people):
    assert page(people["ben"])[0] == 403
    assert choose(people["ben"], "open").status_code == 403
    assert Site.objects.get(pk=fernway.pk).strictness == Strictness.BALANCED
    assert reverse("chatbot:strictness") not in login(people["ben"]).get("/admin/test-question/").content.decode()


def test_alma_the_auditor_sees_and_does_not_choose(fernway, people):
    status, text = page(people["alma"])
    assert status == 200
    assert 'type="radio"' not in text
    assert choose(people["alma"], "open").status_code == 403


def test_people_of_another_site_find_nothing_here(fernway, people, asked, eve):
    assert page(eve)[0] == 404
    assert choose(eve, "open").status_code == 404
    assert add(eve, asked[0]).status_code == 404
    assert "Fernway" not in page(eve, "?site=evil")[1]


def test_a_category_of_another_site_gets_no_counterexample(fernway, people, asked, eve):
    grant(people["cleo"], Site.objects.get(slug="evil"), Role.CONTENT_OWNER)
    Category.objects.create(site=Site.objects.get(slug="evil"), slug="spells", title="Spells")
    assert add(people["cleo"], asked[0], "spells").status_code == 404


def test_a_visitor_is_asked_to_log_in(fernway):
    assert Client().get(reverse("chatbot:strictness")).status_code == 302


def test_owners_find_the_page_from_the_categories_the_front_page_and_the_test_of_a_question(fernway, people):
    client, address = login(people["dan"]), reverse("chatbot:strictness")
    for place in (reverse("admin:knowledge_category_changelist"), reverse("admin:index"), "/admin/test-question/"):
        assert f'href="{address}' in client.get(place).content.decode(), place


def test_the_owners_pages_of_the_bot_are_marked_as_knowledge_at_the_top_and_the_test_of_a_question_is_not(
    people, fernway
):
    client, marked = login(people["cleo"]), 'aria-current="page">Knowledge</a>'
    for place in ("gaps", "starts", "strictness"):
        assert marked in client.get(reverse(f"chatbot:{place}")).content.decode(), place
    tested = client.get(reverse("chatbot:test_question")).content.decode()
    assert marked not in tested
    assert 'aria-current="page">Test a question</a>' in tested


def test_a_category_in_use_carries_no_mark_of_alarm_in_the_list(people, fernway):
    listed = login(people["cleo"]).get(reverse("admin:knowledge_category_changelist")).content.decode()
    assert "icon-no" not in listed
    assert '<td class="field-gone">no</td>' in listed
