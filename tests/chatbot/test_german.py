"""Danger and a wish for a person are heard in German too; what is English goes the way it went."""

from collections import Counter
from pathlib import Path

import pytest

from chatbot.decide.needs import german, voices
from chatbot.decide.needs.kinds import LIFE
from chatbot.decide.phrases.normalise import fold
from chatbot.decide.screening import guard
from chatbot.decide.screening.guard import screen
from chatbot.decide.screening.language import language_of
from conversations.outcomes import Reason

HELD_OUT = german.messages_of(Path(__file__).parent / "german_messages.txt")


def ends(text: str) -> str:
    """Where a message leads: to a person with the words for a crisis, to these words, to a person, or nowhere."""
    seen = screen(text)
    if seen.life:
        return "now" if seen.reason is Reason.DISTRESS else "offered"
    return "person" if seen.reason is Reason.ASKED_FOR_HUMAN else "rest"


def test_the_quality_that_the_documentation_states_is_what_held_out_messages_show() -> None:
    found = Counter((need in LIFE or need, ends(text)) for need, text in HELD_OUT)
    danger, person, ordinary = (
        sum(n for (of, _), n in found.items() if of == each) for each in (True, "person", "ordinary")
    )
    assert (danger, person, ordinary) == (44, 22, 100)
    assert found[True, "now"] + found[True, "offered"] >= 41
    assert found["person", "person"] >= 20
    assert found["ordinary", "now"] + found["ordinary", "offered"] <= 16
    assert found["ordinary", "person"] <= 3


def test_no_held_out_message_is_one_to_learn_from() -> None:
    ours = {fold(text) for _, text in german.messages_of(german.MESSAGES)}
    assert ours.isdisjoint(fold(text) for _, text in HELD_OUT)


@pytest.mark.parametrize(
    "text",
    [
        "Ich möchte nicht mehr leben.",
        "ich moechte mich umbringen",
        "Hilfe, es brennt!",
        "Mein Mann schlägt mich",
        "notarzt",
    ],
)
def test_danger_in_german_reaches_a_person_at_once_with_the_words_for_a_crisis(text: str) -> None:
    seen = screen(text)
    assert (seen.reason, seen.life, seen.urgent, seen.language) == (Reason.DISTRESS, True, True, "de")
    assert seen.account["phrases"]["german"] in LIFE


@pytest.mark.parametrize(
    "text", ["Mitarbeiter bitte", "Kann ich mit jemandem sprechen?", "ich will einen Menschen, keinen Bot"]
)
def test_a_person_is_called_for_in_german(text: str) -> None:
    assert screen(text).reason is Reason.ASKED_FOR_HUMAN


def test_other_german_is_told_that_questions_are_read_in_english() -> None:
    seen = screen("Wie lange dauert der Versand nach Österreich?")
    assert (seen.reason, seen.language, seen.life) == (Reason.LANGUAGE, "de", False)


@pytest.mark.parametrize(
    ("text", "kind"), [("Guten Abend", "greeting"), ("Vielen Dank!", "thanks"), ("Auf Wiedersehen", "goodbye")]
)
def test_german_manners(text: str, kind: str) -> None:
    seen = screen(text)
    assert (seen.reason, seen.kind) == (Reason.COURTESY, kind)


def test_no_english_message_of_ours_is_read_as_german() -> None:
    texts = [line.text for line in voices.lines()]
    assert len(texts) > 20_000
    heard = [text for text in texts if german._may_be(fold(text), None)]
    assert [text for text in heard if german.read(fold(text), language_of(text))] == []


def test_english_is_read_with_the_very_same_numbers_as_without_german(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [line.text for line in voices.lines()][::400]
    with_german = [screen(text) for text in texts]
    monkeypatch.setattr(guard.german, "read", lambda said, tongue: None)
    assert [screen(text) for text in texts] == with_german
