"""A statement becomes the question a customer would ask, in the statement's own words, or none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from release.scenarios.boundaries import dates, numbers
from release.scenarios.phrasing import customers, main_clause, question

NAMES = frozenset({"Bergen", "Monday"})


@pytest.mark.parametrize(
    ("statement", "asked"),
    [
        ("You can return a ticket within 30 days", "Can I return a ticket within 30 days?"),
        ("A bicycle costs 4 euros", "Does a bicycle cost 4 euros?"),
        ("Dogs are not allowed on deck", "Are dogs allowed on deck?"),
        ("We do not deliver on Sundays", "Do you deliver on Sundays?"),
        ("No refunds are given for day tickets", "Are refunds given for day tickets?"),
        ("There is no ferry to Bergen", "Is there ferry to Bergen?"),
        ("Bergen has two piers", "Does Bergen have two piers?"),
        ("Report lost luggage within 2 days", "Can I report lost luggage within 2 days?"),
        ("Never leave a bag on the pier", "Can I leave a bag on the pier?"),
        ("If a ferry is late, we refund your ticket", "Do you refund my ticket if a ferry is late?"),
        ("On Sundays the pier closes at noon", "Does the pier close at noon on Sundays?"),
        ("A ticket that has expired cannot be used", "Can a ticket that has expired be used?"),
        ("Gas canisters must not be posted to us", "Can gas canisters be posted to you?"),
    ],
)
def test_a_statement_is_asked_in_its_own_words(statement, asked):
    assert question(statement, NAMES) == asked


@pytest.mark.parametrize("words", ["Seams and zips", "Two pieces of luggage, free of charge", "However"])
def test_words_without_a_known_order_give_no_question(words):
    assert question(words) is None


def test_what_the_company_says_to_a_customer_is_turned_round():
    assert customers("we send you your ticket, and you are asked for it") == (
        "you send me my ticket, and I am asked for it"
    )


def test_conditions_and_reasons_are_left_off_the_main_clause():
    assert main_clause("Dogs are welcome, except in the bar.") == "Dogs are welcome"
    assert main_clause("Bags can be sent unless they are wet.") == "Bags can be sent"
    assert main_clause("A ticket costs £5 and takes a day, because it is posted.") == "A ticket costs £5"


WORDS = st.sampled_from(
    [
        "If",
        ",",
        "within",
        "30",
        "£5",
        "days",
        "of",
        "until",
        "31",
        "February",
        "you",
        "are",
        "cannot",
        "costs",
        "The",
        "or",
        "more",
        ".",
        "over",
        "we",
    ]
)


@given(st.one_of(st.text(max_size=40), st.lists(WORDS, max_size=12).map(" ".join)))
def test_no_text_is_too_odd_to_be_looked_at(text):
    clause = main_clause(" ".join(text.split()))
    for words in [clause, *(moved.text for moved in [*numbers(clause), *dates(clause)])]:
        assert (question(words, NAMES) or "?").endswith("?")
