"""A text that only leads elsewhere is told from one that says something, whatever marks it is written with."""

import pytest

from knowledge.text.pointers import only_points

POINTING = [
    "To learn how to change it, see:\n\n- [Changing your plan](/plans/change)",
    "> **How-to:** For more about invoices, see:\n> - [Invoices](https://help.example/invoices)",
    "## How to set it\n\nRead on here:\n[**Setting it**](../set-it)\n[Once more](#again)",
    "https://help.example/invoices",
]
SAYING = [
    "To learn how to change it, see below:",
    "Open [Settings](/settings) and choose a plan.",
    "Your plan can be changed once a month. More:\n\n- [Changing your plan](/plans/change)",
    "These phones can pay without a card:\n\n- [Alder 4](/alder-4)\n- [Birch](/birch)",
    "1. Open [Settings](/settings)\n2. Choose a plan",
    "",
]


@pytest.mark.parametrize("text", POINTING)
def test_a_line_that_leads_to_a_link_says_nothing_itself(text):
    assert only_points(text)


@pytest.mark.parametrize("text", SAYING)
def test_a_text_with_anything_of_its_own_to_say_is_one(text):
    assert not only_points(text)
