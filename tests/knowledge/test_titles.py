"""A message that says the title of an article names it; one that shares a few of its words does not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.retrieval.titles import Titles

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
    agreement, found = HELD.named(message, 0.8)
    assert agreement == pytest.approx(1.0)
    assert found == revisions


@pytest.mark.parametrize(
    "message", ["my gold ring was stolen at the lounge", "account", "what is the weather", "", "😀"]
)
def test_a_few_shared_words_name_nothing(message):
    assert HELD.named(message, 0.8) == (0.0, frozenset())


@given(st.text(max_size=200))
def test_any_text_is_compared_and_never_beyond_sameness(message):
    agreement, found = HELD.named(message, 0.8)
    assert agreement == 0 or 0.8 <= agreement <= 1 + 1e-9
    assert bool(found) == (agreement > 0)


@given(
    st.lists(
        st.sampled_from(["blue", "light", "account", "fees", "gold", "card", "annual", "fee", "lounge", "rare"]),
        max_size=7,
    )
)
def test_looking_at_the_rarest_words_only_misses_no_title(said):
    message = " ".join(said)
    every = HELD.named(message, 1e-9)  # so low that every title with any word of it is compared
    assert HELD.named(message, 0.8) == (every if every[0] >= 0.8 else (0.0, frozenset()))
