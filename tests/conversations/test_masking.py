"""Card numbers are masked before they are written, however they are typed, and nothing else is touched."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sites.masking.cards import mask

CARDS = [
    "4111111111111111",
    "5555555555554444",
    "378282246310005",
    "30569309025904",
    "6011111111111117",
    "4222222222222",
]
DIGITS = {
    "ascii": "0123456789",
    "arabic": "٠١٢٣٤٥٦٧٨٩",
    "fullwidth": "０１２３４５６７８９",
    "devanagari": "०१२३४५६७८९",
}


def in_script(number: str, script: str) -> str:
    return number.translate(dict(zip(map(ord, DIGITS["ascii"]), DIGITS[script], strict=True)))


@pytest.mark.parametrize("card", CARDS)
@pytest.mark.parametrize("between", ["", " ", "-", " - ", "\u00a0", "."])
def test_a_card_number_keeps_only_its_last_four_digits(card: str, between: str) -> None:
    typed = between.join(card)
    assert mask(f"Ada pays with {typed}, please") == f"Ada pays with •••• {card[-4:]}, please"


@pytest.mark.parametrize("script", DIGITS)
def test_digits_of_any_script_are_digits(script: str) -> None:
    assert mask(in_script("4111 1111 1111 1111", script)) == "•••• 1111"


def test_an_expiry_date_and_a_security_code_do_not_hide_the_card() -> None:
    assert mask("4111 1111 1111 1111 123") == "•••• 1111 •••"
    assert mask("12/27 4111111111111111") == "12/27 •••• 1111"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("4111111111111111 123", "•••• 1111 •••"),
        ("378282246310005, 1234", "•••• 0005, •••"),
        ("4111111111111111 12/27 123", "•••• 1111 12/27 •••"),
        ("4111111111111111 exp 12/2027\n123", "•••• 1111 exp 12/2027\n•••"),
        ("4111111111111111 0927 123", "•••• 1111 0927 •••"),
        ("4111111111111111, exp: 12/27, CVV: 123", "•••• 1111, exp: 12/27, CVV: •••"),
        ("My security code is 123 and the card 4111111111111111", "My security code is ••• and the card •••• 1111"),
        ("cvc 1234 card 378282246310005", "cvc ••• card •••• 0005"),
        ("٤١١١١١١١١١١١١١١١ ١٢٣", "•••• 1111 •••"),
        ("4111111111111111 5555555555554444 123", "•••• 1111 •••• 4444 •••"),
    ],
)
def test_the_security_code_beside_a_card_goes_with_it(typed: str, kept: str) -> None:
    masked = mask(typed).translate(str.maketrans(DIGITS["arabic"], DIGITS["ascii"]))
    assert masked == kept


@pytest.mark.parametrize(
    "text",
    [
        "•••• 1111 order 4711",
        "•••• 1111 and I paid 120 euros",
        "•••• 1111 until 12/27",
        "cvv 123",
        "my card ends in 1111 and the order is 123",
    ],
)
def test_other_figures_near_a_card_stay(text: str) -> None:
    assert mask(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "4111111111111111 " * 5_000,
        "cvv " * 20_000 + "4111111111111111",
        "•••• 1111 " + "1 " * 40_000,
        "•••• 1111 exp" * 8_000,
    ],
)
def test_a_long_text_full_of_cards_and_codes_is_read_in_one_pass(text: str) -> None:
    assert "•" in mask(text)


def test_two_cards_in_a_row_are_both_masked() -> None:
    assert mask("4111111111111111 5555555555554444") == "•••• 1111 •••• 4444"
    assert mask("41111111111111115555555555554444") == "•••• 1111•••• 4444"


@pytest.mark.parametrize(
    "text", ["order 00123842", "+44 20 7946 0958", "tracking 1Z999AA10123456784", "4111 1111 1111 1112", ""]
)
def test_what_is_no_card_number_stays_as_typed(text: str) -> None:
    assert mask(text) == text


@given(st.text())
def test_any_text_can_be_masked_and_text_without_thirteen_digits_is_untouched(text: str) -> None:
    masked = mask(text)
    if sum(c.isdigit() for c in text) < 13:
        assert masked == text


@given(
    st.text(alphabet="abc .-0123456789", max_size=30),
    st.sampled_from(CARDS),
    st.text(alphabet=" abc", max_size=10),
)
def test_a_card_never_survives_between_words(before: str, card: str, after: str) -> None:
    assert card not in mask(f"{before} x {card} {after}")


@given(st.integers(min_value=0, max_value=2**32))
def test_every_card_with_a_valid_check_digit_is_masked(seed: int) -> None:
    body = [random.Random(seed).randrange(10) for _ in range(15)]
    doubled = sum(sum(divmod(2 * d, 10)) for d in body[::2]) + sum(body[1::2])
    card = "".join(map(str, [*body, -doubled % 10]))
    assert mask(card) == f"•••• {card[-4:]}"


def test_a_hundred_thousand_digits_are_read_in_one_pass() -> None:
    assert "•" in mask("4" * 100_000 + " 4111111111111111")
