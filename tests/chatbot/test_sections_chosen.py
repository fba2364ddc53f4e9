"""One section answers, whatever the gate would have guessed; its sisters and what a follow-up asks are heard."""

from dataclasses import replace

import pytest

from chatbot.decide.answer import choosing, compose
from chatbot.decide.gate import reading
from knowledge.face.embedding import embedder
from release.live import snapshot
from tests.chatbot.test_quotes import hits

pytestmark = pytest.mark.django_db
PUBLIC = frozenset({"public"})
BOOTS = """Boots last for years.

## Cleaning

Brush the mud off.

## Drying

Dry wet boots with newspaper inside.
"""


@pytest.fixture
def live(fernway):
    return snapshot.candidate(fernway)


def read(live, text, *before):
    return reading.read(text, embedder().encode_one(text), before, live, PUBLIC)


def test_passages_under_one_heading_are_one_section_and_shares_add_up():
    found = [replace(hit, strength=float(n)) for n, hit in enumerate(hits(BOOTS, "?", title="Boots"), 1)]
    sections = choosing.sections(sorted(found, key=lambda hit: -hit.strength))
    assert [each.heading for each in sections] == ["Drying", "Cleaning", ""]
    assert sum(each.share for each in sections) == pytest.approx(1)
    assert sections[0].chance > sections[1].chance


def test_nothing_found_is_no_section():
    assert choosing.sections(()) == ()


def test_a_lead_in_over_the_rest_of_a_list_is_no_heading():
    assert choosing.heading("Returns > By post > Bring it to a counter:") == "Returns > By post"


def test_two_sections_shown_together_answer_more_surely_than_either_alone():
    found = [replace(hit, strength=10.0) for hit in hits(BOOTS, "?", title="Boots")]
    near = choosing.together(choosing.sections(found), 0)
    assert len(near) == 2
    assert choosing.chance(near) > max(each.chance for each in near)


def test_only_sections_of_the_same_article_that_come_close_are_shown_together():
    found = [replace(hit, strength=10.0) for hit in hits(BOOTS, "?", title="Boots")]
    other = replace(found[0], revision_id=2, strength=10.0)
    sections = choosing.sections([found[1], found[2], found[0], other])
    assert [each.heading for each in choosing.together(sections, 0)] == ["Cleaning", "Drying"]
    far = choosing.sections([found[1], other, replace(found[2], strength=2.0)])
    assert [each.heading for each in choosing.together(far, 0)] == ["Cleaning"]


def test_the_category_is_that_of_the_section(live):
    asked = read(live, "How do I dry a down jacket after washing it?")
    assert asked.topic.category in asked.found.sections[0].categories
    assert asked.found.category == asked.topic.category


def test_a_follow_up_gets_the_section_whose_heading_says_what_it_asks(live):
    asked = read(live, "and how do i dry it?", "What is the right way to clean a tent?")
    assert "Dry a tent completely" in " ".join(quote.text for quote in asked.found.draft.quotes)


def test_another_subject_is_not_read_with_the_one_before(live):
    asked = read(live, "Something else: what is the warranty on a Fernway tent?", "How much is delivery to Leeds?")
    assert asked.topic.category == "warranty-repairs"


def test_what_is_plainly_of_high_risk_is_answered_from_its_own_articles_or_not(live):
    risky = [each.slug for each in live.categories if each.risk == "high" and each.route == "answer"]
    assert risky
    for slug in risky:
        for example in live.category(slug).examples[:5]:
            asked = read(live, example)
            if asked.topic.accepted and asked.topic.category == slug and asked.found:
                assert all(slug in each.categories for each in asked.found.sections), example


def test_an_article_of_a_category_that_people_answer_is_never_searched(live):
    asked = frozenset(each.slug for each in live.categories if reading._answers(each.slug, live))
    assert {each.slug for each in live.categories if each.route == "human"}.isdisjoint(asked)


def test_an_articles_opening_stands_back_behind_a_section_that_comes_close():
    found = [replace(hit, strength=10.0) for hit in hits(BOOTS, "?", title="Boots")]
    opening = next(hit for hit in found if not hit.heading)
    drying = next(hit for hit in found if hit.heading == "Drying")
    a_little = [replace(opening, strength=10.0 + choosing.OPENING / 2), drying]
    by_far = [replace(opening, strength=10.0 + choosing.OPENING * 2), drying]
    alone = [replace(opening, strength=10.0)]
    assert choosing.sections(a_little)[0].heading == "Drying"
    assert choosing.sections(by_far)[0].heading == ""
    assert choosing.sections(alone)[0].strength == 10.0, "a text without headings opens nothing"


def test_in_a_text_without_headings_the_first_of_two_that_fit_alike_is_told():
    alike = "Turn the key to the left. " + "Nobody knows why it is so. " * 12 + "Turn the key to the right."
    flat = hits(alike, "Which way do I turn the key?")
    told = compose.sentences(
        "Which way do I turn the key?", embedder().encode_one("Which way do I turn the key?"), flat
    )
    assert told[0].text == "Turn the key to the left."
    under = [replace(hit, heading="Keys") for hit in flat]
    first, last = (
        next(each.strength for each in found if side in each.text)
        for found in (compose.sentences("x", embedder().encode_one("x"), under),)
        for side in ("left", "right")
    )
    assert abs(first - last) < compose.LEAD / 2, "under a heading its place says nothing"
