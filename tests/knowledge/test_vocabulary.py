"""A slip of the finger is mended to a word the site uses; everything else stays as Ada typed it."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.retrieval.vocabulary import Vocabulary

HELD = Vocabulary(
    [
        "You can return outlet items within 14 days. Wash a down jacket at 30 °C.",
        "Mind the voucherz: it is never refunds.",
        "Fernway Circle members can return items within 60 days. The delivery charge is not refunded.",
    ]
)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("can i reutrn outlet itmes", "can i return outlet items"),
        ("how do I wahs my JAKCET?", "how do I wash my jacket?"),
        ("retrun", "return"),
        ("retun", "return"),
        ("returrn", "return"),
        ("erturn", "return"),
        ("fernwya circel", "fernway circle"),
        ("what is the dleivery echarge", "what is the delivery charge"),
    ],
)
def test_one_slip_a_word_is_mended(typed, meant):
    assert HELD.mend(typed) == meant


@pytest.mark.parametrize(
    "typed",
    [
        "How do I return a pocket watch?",  # English, though no article says it
        "my wish is a racket",
        "will you mend it, and is a voucher a refund",  # the embedder knows none of these words, but a help centre does
        "jacktezz",  # further away than one slip
        "write to retrun@example.com or see www.retrun.example/itmes",
        "voucher RETRUN14",
        "¿dónde está mi pedido?",
        "",
    ],
)
def test_what_is_no_slip_stays_as_it_is(typed):
    assert HELD.mend(typed) == typed


@given(st.text(max_size=300))
def test_only_letters_of_unknown_words_are_ever_touched(text):
    mended = HELD.mend(text)
    assert HELD.mend(mended) == mended
    assert re.sub(r"[A-Za-z]+", "", mended) == re.sub(r"[A-Za-z]+", "", text)


def test_a_slip_in_what_customers_said_is_no_word():
    held = Vocabulary(["A parcel is delivered within 3 days."], ["my parcle is laet", "where is my courier"])
    assert held.mend("parcle") == "parcel"
    assert held.mend("where is my parcle") == "where is my parcel"
    assert held.mend("my courire") == "my courier"  # English, so it may be what somebody meant
