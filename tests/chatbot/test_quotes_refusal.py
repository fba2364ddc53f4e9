"""A rule is shown with the refusal right after it that says where the rule ends."""

import pytest

from chatbot.decide.answer import compose
from chatbot.decide.answer.conditions import limits, limits_strictly, refuses
from tests.chatbot.test_quotes import MODEL, hits


@pytest.fixture(autouse=True)
def long(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every section counts as too long to be shown whole."""
    monkeypatch.setattr(compose, "SECTION_WORDS", 0)


def said(text: str, question: str) -> str:
    found = hits(text, question, title="Parcels")
    draft = compose.quote(question, MODEL.encode([question])[0], found, 1.0)
    return " ".join(quote.text for quote in draft.quotes)


def test_a_refusal_about_the_same_thing_comes_with_the_rule():
    text = (
        "You can choose a safe place until the evening before. "
        "A parcel worth more than 250 euros is not left in a safe place. The carrier rings twice."
    )
    shown = said(text, "Until when can I choose a safe place?")
    assert "worth more than 250 euros is not left" in shown
    assert "rings twice" not in shown


def test_a_refusal_about_something_else_stays_out():
    text = "You can choose a safe place until the evening before. Our drivers do not take cash."
    assert "cash" not in said(text, "Until when can I choose a safe place?")


def test_a_refusal_is_not_followed_by_another_one():
    text = "Wet parcels cannot be sent by ferry. Heavy parcels cannot be sent by ferry."
    assert "Heavy" not in said(text, "Can wet parcels be sent by ferry?")


@pytest.mark.parametrize(
    ("sentence", "is_one"),
    [
        ("It is not left there.", True),
        ("Parcels can't be moved.", True),
        ("You can no longer cancel it.", True),
        ("If it is not accepted, you get it back.", False),
        ("You can move it.", False),
    ],
)
def test_a_not_in_the_case_a_sentence_is_said_for_refuses_nothing(sentence, is_one):
    assert refuses(sentence) is is_one


@pytest.mark.parametrize("apostrophe", ["'", "’"])
def test_a_shortened_not_is_read_like_a_written_one(apostrophe):
    assert all(limits(f"The offer {verb}n{apostrophe}t include tents.") for verb in ("does", "did", "wo", "ca"))
    assert limits_strictly(f"The offer doesn{apostrophe}t apply to tents.")
    assert refuses(f"Tents can{apostrophe}t be sent.")
