"""What a customer needs is read from meaning, wording, context and phrases together, in sentences of our own."""

import numpy as np
import pytest

from chatbot.decide.needs import voices, words
from chatbot.decide.needs.clauses import MOST, clauses
from chatbot.decide.needs.kinds import Need
from chatbot.decide.needs.reader import HEADS, NEEDS, WEIGHTS, Reader
from chatbot.decide.screening.guard import screen
from conversations.outcomes import Reason

LIFE = [
    "I've written the letters and fed the cat, you can close my account now",
    "there is honestly nothing left for me, everybody would manage better without me around",
    "he reads everything I type, can the parcel go somewhere he does not know about",
    "the battery is hissing and there's smoke, my little girl was holding it",
]
PEOPLE = [
    "is there a real human being I could have a word with",
    "ring me back plz",
    "I do not want to talk to a machine",
    "can sumbody just call me",
]
STOLEN = [
    "somebody has been buying things with my account and it wasn't me",
    "my purse was nicked with my bank card in it",
]
ORDINARY = [
    "How long until the money is back on my card?",
    "my old tent finally died after ten years, which one replaces it",
    "can my grandad collect the parcel if he brings the e-mail",
    "where do I change my telephone number",
    "The zip of my jacket is killing me, how do I wax it?",
]


@pytest.mark.parametrize("text", LIFE)
def test_somebody_in_danger_is_heard_without_the_word(text: str) -> None:
    seen = screen(text)
    assert seen.life
    assert Reason.DISTRESS in (seen.reason, seen.offered)


@pytest.mark.parametrize("text", PEOPLE)
def test_a_wish_for_a_person_is_heard_as_people_put_it(text: str) -> None:
    assert screen(text).reason is Reason.ASKED_FOR_HUMAN


@pytest.mark.parametrize("text", STOLEN)
def test_what_was_stolen_reaches_a_person(text: str) -> None:
    seen = screen(text)
    assert (seen.reason, seen.urgent) == (Reason.SECURITY, True)


@pytest.mark.parametrize("text", ORDINARY)
def test_an_everyday_message_is_left_to_the_articles(text: str) -> None:
    seen = screen(text)
    assert (seen.reason, seen.otherwise) == (None, None)


def test_the_account_says_what_each_witness_said() -> None:
    account = screen(PEOPLE[0]).account
    assert max(account["needs"], key=account["needs"].get) == Need.PERSON
    assert {"person", "meaning", "wording", "context", "phrases", "disputed"} <= set(account)


def test_the_weights_were_made_of_the_messages_that_are_shipped() -> None:
    with np.load(WEIGHTS) as arrays:
        assert str(arrays["made_of"]) == voices.digest()


def test_no_message_stands_twice_and_every_need_has_hundreds_of_its_own_and_of_look_alikes() -> None:
    lines = list(voices.lines())
    assert len({line.text.casefold() for line in lines}) == len(lines)
    for need in NEEDS:
        assert sum(line.need is need for line in lines) >= 300, need
        assert sum(line.like is need for line in lines) >= 300, need


def test_a_slip_and_a_spelling_by_ear_share_features_with_the_word() -> None:
    def shared(one: str, other: str) -> float:
        left, right = set(words.read(one).all().tolist()), set(words.read(other).all().tolist())
        return len(left & right) / len(left | right)

    assert shared("humen", "human") > shared("humen", "lumen tent")
    assert shared("sum1", "someone") > 0.05


def test_clauses_cover_a_long_message_and_are_never_too_many() -> None:
    assert clauses("Where is my order?") == ()
    text = (
        "My parcel is late and nobody rings. I am at my wits' end, truly, and the children ask me every day about it."
    )
    spans = clauses(text)
    assert text[spans[0][0] :].startswith("My parcel")
    assert text[: spans[-1][1]].endswith("it.")
    assert len(clauses("one two three. " * 200)) <= MOST


def test_an_unknown_head_in_the_messages_is_named_by_file_and_line(tmp_path) -> None:
    (tmp_path / "ada.txt").write_text("[person]\nring me\n\n[peson]\nring me now\n")
    with pytest.raises(ValueError, match=r"ada\.txt:4: \[peson\] is neither a need nor a courtesy"):
        list(voices.lines(tmp_path))


def test_the_reader_is_the_same_at_every_start() -> None:
    with np.load(WEIGHTS) as arrays:
        one, other = Reader(dict(arrays)), Reader(dict(arrays))
    assert one.table.shape == (words.BUCKETS, HEADS)
    assert np.array_equal(one.person, other.person)
    assert screen(LIFE[0]) == screen(LIFE[0])
