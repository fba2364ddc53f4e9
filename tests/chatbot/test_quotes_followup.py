"""A follow-up is read with what it leans on; a change of subject is not dragged back; two questions are two."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.decide.gate.followup import adds, contextual, leans, perhaps, questions

BEFORE = ["How long does delivery to Norway take?"]


@pytest.mark.parametrize(
    "question",
    ["And Sweden?", "How much does it cost?", "What about express?", "Is that free?", "why?", "Can they call me?"],
)
def test_a_follow_up_is_read_with_the_question_before(question: str) -> None:
    assert contextual(question, BEFORE) == f"{BEFORE[0]} {question}"


@pytest.mark.parametrize(
    "question",
    [
        "Where can I redeem a gift card?",
        "How long does it take to get a refund on my card?",
        "Is there a fee for returning hiking boots?",
        "Do you have a repair workshop for tents?",
    ],
)
def test_a_new_subject_is_read_alone(question: str) -> None:
    assert contextual(question, BEFORE) == question


def test_a_chain_of_follow_ups_reaches_back_to_its_subject_past_thanks() -> None:
    history = ["Do you ship tents to Norway?", "Thanks!", "And how much is it?"]
    found = contextual("And express?", history)
    assert found == "Do you ship tents to Norway? And how much is it? And express?"


def test_without_history_a_question_is_itself() -> None:
    assert contextual("And Sweden?", []) == "And Sweden?"


def test_two_questions_in_one_message_are_read_one_by_one() -> None:
    assert questions("How long does delivery to Norway take? And where can I redeem a gift card?") == (
        "How long does delivery to Norway take?",
        "where can I redeem a gift card?",
    )


@pytest.mark.parametrize(
    "message",
    [
        "I bought a tent last week. It is an outlet item. Can I return it?",
        "Can I return a tent? How?",
        "Can I return a used tent? If so, how long do I have for that?",
        "Hello",
        "",
    ],
)
def test_a_message_that_asks_one_thing_stays_whole(message: str) -> None:
    assert questions(message) == (message,)


@pytest.mark.parametrize(
    ("message", "parts"),
    [
        (
            "Can you wash my down jacket, and can I pay with PayPal?",
            ("Can you wash my down jacket?", "can I pay with PayPal?"),
        ),
        (
            "I am Ada. Hello. Do you ship to Norway? Can I pay by card?",
            ("I am Ada. Hello. Do you ship to Norway?", "Can I pay by card?"),
        ),
        ("Is it warm and can be washed at home?", ()),
        ("Can my cousin join the club, and would she get points?", ()),
        ("Can I return it? How?", ()),
        ("I bought a tent. Is it any good", ()),
        ("", ()),
    ],
)
def test_questions_that_may_belong_together_are_told_apart_only_to_be_tried(message, parts) -> None:
    assert perhaps(message) == (parts or (message,))


def test_what_is_told_before_a_question_belongs_to_it() -> None:
    message = "My parcel went to Norway. When will the customs bill arrive? Also, do you resole climbing boots?"
    assert questions(message)[0] == "My parcel went to Norway. When will the customs bill arrive?"


@given(st.text(max_size=200), st.lists(st.text(max_size=60), max_size=6))
def test_any_text_is_understood_somehow_and_never_lost(message: str, history: list[str]) -> None:
    assert contextual(message, history).endswith(message)
    assert questions(message)
    assert leans(message) in (True, False)


def test_a_follow_up_must_be_answered_about_what_it_adds_unless_it_points_back() -> None:
    assert adds("And from Ireland?") == {"ireland"}
    assert "joke" in adds("Tell me a joke.")
    assert adds("Why?") == frozenset()
    assert adds("Do they apply to members?") == frozenset()
