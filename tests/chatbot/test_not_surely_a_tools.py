"""What is near a subject that a tool or a person answers, but not surely of it, is looked for in articles too."""

import pytest

from tests.doctrine.ada import Ada

pytestmark = pytest.mark.django_db


def test_an_article_that_answers_wins_over_a_subject_that_is_only_near(fernway) -> None:
    ada = Ada(fernway)
    assert ada.ask("can my mate collect it for me").outcome == "answer"
    assert ada.last["citations"][0]["title"] == "Click and collect"


def test_sections_that_may_answer_are_offered_before_names(fernway) -> None:
    ada = Ada(fernway)
    assert ada.ask("Two missed cards on the mat, who's got my parcel").reason == "unsure"
    assert "If you are out when the parcel comes" in [each["title"] for each in ada.last["offers"]]


def test_where_no_section_is_likely_it_is_asked_by_name(fernway) -> None:
    ada = Ada(fernway)
    assert ada.ask("i need to know where my tent is").reason == "ambiguous"
    assert "Where your order is" in ada.last["suggestions"]


def test_what_is_surely_the_tools_goes_to_the_tool(fernway) -> None:
    assert Ada(fernway).ask("Where is my order FW-10023?").reason == "needs_identity"
