"""Any text gets a screening: the guard never raises, never hangs, and gives the same answer twice."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatbot.decide.phrases.cues import phrases
from chatbot.decide.screening.guard import MAX_READ, screen
from chatbot.outcome import Exchange
from conversations.outcomes import Outcome

FILES = ["crisis", "person", "distress", "security", "complaint", "privacy", "frustration", "soft", "hostile"]
PIECES = [
    *(
        "a",
        " ",
        "a ",
        "i didn't ",
        "my ",
        "the very ",
        "aA1.",
        "\u0301",
        "\u200d",
        "[",
        "%41",
        "&#65;",
        "\\u0041",
        "QUJD",
    ),
    *(
        "01000001 ",
        ".- ",
        "ay ",
        "\U000e0041",
        "a.b",
        "ok ",
        "hi",
        "k",
        "talk to the ",
        "\ud800",
        "0x",
        "never ",
        'a="b";',
    ),
]


@given(st.text())
@settings(max_examples=300, deadline=None)
def test_any_text_is_screened_and_twice_the_same(text: str) -> None:
    assert screen(text) == screen(text)


@given(st.lists(st.sampled_from(PIECES), max_size=60).map("".join))
@settings(max_examples=300, deadline=None)
def test_any_mixture_of_awkward_pieces_is_screened(text: str) -> None:
    screen(text, [Exchange(text, Outcome.ANSWER, feedback=-1)])


@pytest.mark.parametrize("piece", PIECES)
def test_a_hundred_thousand_characters_of_anything_are_screened(piece: str) -> None:
    screen(piece * (100_000 // len(piece)))


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize(
    "piece", ["a ", "my ", "i ", "you ", "the ", "not ", "very ", "talk to a ", "i did not make the "]
)
def test_no_pattern_backtracks_itself_to_a_standstill(file: str, piece: str) -> None:
    text = piece * (MAX_READ // len(piece)) + "!"
    for cue in phrases(file).cues:
        cue.pattern.search(text)


def test_only_the_beginning_and_the_end_of_an_overlong_text_are_read() -> None:
    assert screen("x " * 50_000 + " i want to talk to a human").reason == "asked_for_human"
