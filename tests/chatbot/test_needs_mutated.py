"""A need that is written with slips, with accents or in two messages is still heard: handed over, or a person offered.

On the messages the reader was fitted on, so the shares themselves say nothing; what a change of the letters costs does.
"""

import random

import pytest

from chatbot.decide.needs import voices
from chatbot.decide.screening.guard import screen
from chatbot.outcome import Exchange
from conversations.outcomes import Outcome, Reason
from tests.conftest import count

LOST = 0.03
"""Of the needs, at the most, by any of the changes."""
NEIGHBOURS = {
    "a": "sq",
    "e": "wr",
    "i": "uo",
    "l": "k",
    "n": "bm",
    "o": "ip",
    "r": "et",
    "s": "ad",
    "t": "ry",
    "h": "gj",
}
BETWEEN = 40  # letters from one slip to the next
dice = random.Random(5)


@pytest.fixture(scope="module")
def needs() -> list[str]:
    texts = sorted(line.text for line in voices.lines() if line.need is not None)
    return random.Random(5).sample(texts, count(2000, 400))


def heard(text: str, *before: str) -> bool:
    earlier = tuple(Exchange(each, Outcome.DECLINE, Reason.OUT_OF_SCOPE) for each in before)
    seen = screen(text, earlier)
    handed = (seen.reason or seen.otherwise) and seen.reason not in {Reason.COURTESY, Reason.INJECTION, Reason.LANGUAGE}
    return bool(handed or seen.offered)


def slipped(text: str) -> str:
    letters = list(text)
    for _ in range(max(1, len(text) // BETWEEN)):
        at = dice.randrange(len(letters))
        if (letter := letters[at]).isalpha():
            letters[at] = dice.choice(["", letter * 2, dice.choice(NEIGHBOURS.get(letter.lower(), letter))])
    return "".join(letters)


def accented(text: str) -> str:
    return "".join(each + "\u0301" if each.isalpha() and dice.random() < 0.1 else each for each in text)


def in_two(text: str) -> bool:
    words = text.split()
    first, second = " ".join(words[: len(words) // 2]), " ".join(words[len(words) // 2 :])
    return bool(first and heard(first)) or heard(second, first)


def share(found: list[bool]) -> float:
    return sum(found) / len(found)


def test_a_change_of_its_letters_hides_hardly_a_need(needs: list[str]) -> None:
    plain = share([heard(text) for text in needs])
    assert share([heard(slipped(text)) for text in needs]) >= plain - LOST
    assert share([heard(accented(text)) for text in needs]) >= plain - LOST


def test_a_need_that_comes_in_two_messages_is_hardly_missed(needs: list[str]) -> None:
    plain = share([heard(text) for text in needs])
    assert share([in_two(text) for text in needs]) >= plain - LOST
