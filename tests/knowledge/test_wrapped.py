"""A sentence with empty lines inside is one sentence again; what was meant as paragraphs stays."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.readers.dialects.wrapped import joined
from knowledge.readers.documents import read

WRAPPED = """Immediate family

members may request the removal of a

loved one's account. This will

completely remove the account from

the site so that no one can view it.

We will not restore the account."""


def test_lines_of_a_mail_are_its_sentences_again():
    text, breaks = joined(WRAPPED)
    assert breaks == 3
    assert (
        "request the removal of a\nloved one's account. This will\ncompletely remove the account from\nthe site" in text
    )
    assert text.endswith("view it.\n\nWe will not restore the account.")


def test_the_owner_is_told():
    document = read("a.md", WRAPPED.encode())
    assert "completely remove the account from\nthe site" in document.text
    assert any("empty lines inside" in warning for warning in document.warnings)


@pytest.mark.parametrize(
    "text",
    [
        "milk\n\neggs\n\nbread and butter",
        "Bring these three things\n\na towel for the sauna\n",
        "# How to\n\nopen a tin of paint\n\nwith a spoon",
        "| a | b |\n|---|---|\n| it is | so |\n\nand so on and\n\non",
        "- one of them is\n\n- two of them are",
        "    code is kept as\n\n    it is written and\n\n    more of it",
        "The first ends here.\n\nthe second is small.\n\nthe third too.",
    ],
)
def test_lists_headings_code_and_one_break_alone_stay(text):
    assert joined(text) == (text, 0)


@given(
    st.lists(
        st.sampled_from(["Where we are now", "and so it goes on", "It ends.", "- an item", "# Head", "x"]), max_size=12
    )
)
def test_joined_once_is_joined_for_good_and_no_word_is_lost(paragraphs):
    text = "\n\n".join(paragraphs)
    once, _ = joined(text)
    assert once.split() == text.split()
    assert joined(once)[0] == once or joined(once)[1] == 0
