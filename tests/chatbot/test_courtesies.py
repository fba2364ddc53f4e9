"""Ada is polite: what she says besides her question does not change what it is about."""

import pytest

from chatbot.decide.gate.followup import without_courtesies
from chatbot.decide.screening.guard import screen

QUESTION = "Which store has a car park of its own?"


@pytest.mark.parametrize(
    "message",
    [
        f"Hello, I hope you are well. {QUESTION} Thank you very much.",
        f"Hi there, sorry to bother you. {QUESTION} Thanks in advance!",
        f"Good morning. {QUESTION} Many thanks and kind regards.",
        f"Dear team, {QUESTION}",
    ],
)
def test_sentences_that_are_only_polite_are_left_out(message):
    assert without_courtesies(message).endswith(QUESTION)
    assert "thank" not in without_courtesies(message).lower()


@pytest.mark.parametrize(
    "message",
    [
        "Thank you very much!",
        "Hello",
        "",
        QUESTION,
        "I bought it in a store. How many days?",
        "My parcel is late. I would appreciate a refund.",
        "I hope to return the tent. It leaks.",
    ],
)
def test_what_says_anything_else_stays_word_for_word(message):
    assert without_courtesies(message) == message


@pytest.mark.parametrize(
    ("signs", "kind"), [("👍", "ok"), ("👍🏽", "ok"), ("❤️", "ok"), ("🙏🙏", "ok"), ("???", "not_understood")]
)
def test_signs_alone_are_a_nod_or_not_understood(signs: str, kind: str) -> None:
    assert screen(signs).kind == kind
