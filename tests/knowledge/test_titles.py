"""A message that says the title of an article names it; one that shares a few of its words does not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.titles import Titles

HELD = Titles(
    [
        (1, "Blue Account: Fees"),
        (2, "Light Blue Account: Fees"),
        (3, "Gold Card: Annual fee"),
        (4, "Gold Card: Lounge access"),
        (5, "Blue account fees"),
    ]
)


@pytest.mark.parametrize(
    ("message", "revisions"),
    [
        ("Blue Account: Fees", {1, 5}),
        ("fees of the LIGHT BLUE account?", {2}),
        ("What is the annual fee of the gold card", {3}),
    ],
)
def test_a_title_in_any_order_and_case_names_its_articles(message, revisions):
    agreement, found = HELD.nearest(message)
    assert agreement == pytest.approx(1.0)
    assert found == revisions


@pytest.mark.parametrize(
    "message", ["my gold ring was stolen at the lounge", "account", "what is the weather", "", "😀"]
)
def test_a_few_shared_words_name_nothing(message):
    assert HELD.nearest(message)[0] < 0.8


@given(st.text(max_size=200))
def test_any_text_is_compared_and_never_beyond_sameness(message):
    agreement, found = HELD.nearest(message)
    assert 0 <= agreement <= 1 + 1e-9
    assert bool(found) == (agreement > 0)
