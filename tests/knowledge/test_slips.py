"""A word is found from one slip of a finger away, and from no further."""

from hypothesis import given
from hypothesis import strategies as st

from knowledge.text.slips import Neighbours

LETTERS = "abc"
SHORT = st.text(LETTERS, min_size=1, max_size=6)


def one_slip_from(word: str) -> set[str]:
    """Every string that one slip makes of a word, written out."""
    parts = [(word[:i], word[i:]) for i in range(len(word) + 1)]
    swapped = {a + b[1] + b[0] + b[2:] for a, b in parts if len(b) > 1}
    shorter = {a + b[1:] for a, b in parts if b}
    replaced = {a + letter + b[1:] for a, b in parts if b for letter in LETTERS}
    longer = {a + letter + b for a, b in parts for letter in LETTERS}
    return (swapped | shorter | replaced | longer) - {word}


@given(st.sets(SHORT, max_size=60), SHORT)
def test_whatever_one_slip_makes_is_found_and_nothing_else(words, typed):
    found = Neighbours(words).of(typed, LETTERS)
    assert len(found) == len(set(found))
    assert set(found) == words & one_slip_from(typed)


@given(st.sets(SHORT, max_size=60), SHORT, st.text(LETTERS, max_size=2))
def test_only_words_with_a_beginning_that_was_asked_for_are_found(words, typed, beginnings):
    found = Neighbours(words).of(typed, beginnings)
    assert set(found) == {word for word in words & one_slip_from(typed) if word[0] in beginnings}


def test_each_kind_of_slip():
    held = Neighbours(["return"])
    for typed in ("retrun", "retun", "returrn", "retirn", "eturn", "xreturn", "erturn"):
        assert held.of(typed, "r") == ["return"]
    for typed in ("return", "retrnu r", "rteurn s", "nruter", "rretrun"):
        assert held.of(typed, "r") == []
