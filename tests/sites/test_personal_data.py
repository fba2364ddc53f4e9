"""Personal data is known by its form: what is found, what is let alone, and how much of each kind is missed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sites.masking.kinds import NUMBERS, Kind, without

EVERY = list(Kind)
BRITISH = ["GB", "IE"]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Ring me on 07700 900123, please", "Ring me on [telephone], please"),
        ("my mobile is 07700900123", "my mobile is [telephone]"),
        ("Call +44 (0)20 7946 0018 or 0044 20 7946 0018", "Call [telephone] or [telephone]"),
        ("from Cork: (021) 427 1234", "from Cork: [telephone]"),
        ("Write to ada.fern+shop@mail.example.co.uk!", "Write to [e-mail]!"),
        ("ada at example dot com", "[e-mail]"),
        ("ada [at] example [dot] org", "[e-mail]"),
        ("gb82west12345698765432 is the account", "[bank account] is the account"),
        ("IBAN GB82 WEST 1234 5698 7654 32 by Friday", "IBAN [bank account] by Friday"),
        ("IE29-AIBK-9311-5212-3456-78", "[bank account]"),
        ("My NI number is AB 12 34 56 C", "My NI number is [personal number]"),
        ("NHS 943 476 5919", "NHS [personal number]"),
        ("pps 1234567FA", "pps [personal number]"),
        ("4111 1111 1111 1111 exp 12/27 123", "•••• 1111 exp 12/27 •••"),
    ],
)
def test_a_number_or_an_address_is_replaced_by_what_it_was(typed: str, kept: str) -> None:
    assert without(typed, EVERY, BRITISH) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "order 12345678 of 2026-11-29 for £1,299.00",
        "between 10 am and 5 pm on 01/02/2026",
        "parcel JD0002 3456 7890 1234",
        "FW-2026-00123, size 10.5, 44 EU",
        "I am at home until 4",
        "2 x 650 ml at 80 degrees",
        "version 4.2.1 on an iPhone 15",
        "@fernway on every network",
    ],
)
def test_orders_dates_prices_and_sizes_stay(typed: str) -> None:
    assert without(typed, EVERY, BRITISH) == typed


@pytest.mark.parametrize(
    ("country", "typed"),
    [
        ("US", "123-45-6789"), ("DE", "36 574 261 809"), ("ES", "54362315K"), ("NL", "1112.22.333"),
        ("IT", "RCCMNL83S18D969H"), ("FR", "2 95 10 99 126 111 93"), ("PL", "44051401359"), ("SE", "880320-0016"),
    ],
)  # fmt: skip
def test_a_states_number_is_known_where_the_site_serves_the_country_and_left_alone_elsewhere(
    country: str, typed: str
) -> None:
    assert without(f"it is {typed}.", [Kind.ID], [country]) == "it is [personal number]."
    assert without(f"it is {typed}.", [Kind.ID], []) == f"it is {typed}."


def test_americans_write_telephones_without_a_leading_nought() -> None:
    assert without("(415) 555-2671 or 415.555.2671", [Kind.PHONE], ["US"]) == "[telephone] or [telephone]"
    assert without("order 4155552671", [Kind.PHONE], ["US"]) == "order 4155552671"


def test_only_what_is_asked_for_is_masked() -> None:
    typed = "ada@example.com, 07700 900123, 4111 1111 1111 1111"
    assert without(typed, [], BRITISH) == typed
    assert without(typed, [Kind.MAIL], BRITISH) == "[e-mail], 07700 900123, 4111 1111 1111 1111"


@given(st.text(max_size=300))
def test_any_text_at_all_can_be_looked_through_and_once_is_enough(text: str) -> None:
    once = without(text, EVERY, list(NUMBERS))
    assert without(once, EVERY, list(NUMBERS)) == once
