"""Card numbers never reach the record: what is typed is masked before it is written. Pure and total."""

import re
import unicodedata
from itertools import pairwise

# 13 digits or more (ISO/IEC 7812: 13 to 19), at most three separators between two; possessive, so linear.
_BETWEEN = r"[ \t\u00a0\u00ad\u2000-\u2015\u202f\u2060\u3000\ufeff.,_\-/|*]"
_RUN = re.compile(rf"\d(?:{_BETWEEN}{{0,3}}+\d){{12,}}+")
LENGTHS = (16, 15, 19, 14, 13, 18, 17)  # the commonest first
ISSUERS = "3456"  # first digits of the card networks in use
MASK = "•••• "


def mask(text: str) -> str:
    """The text with every card number replaced by its last four digits ("•••• 1111").

    A card number is 13-19 digits of any script, with spaces, dashes or dots between, that pass the Luhn check
    of ISO/IEC 7812-1. An expiry date, a security code or a second card in the same run hides nothing. Order
    and phone numbers that fail the check stay as typed; one such number in ten passes it by chance and is
    masked: the safe side.
    """
    return _RUN.sub(_mask_run, text)


def _mask_run(match: re.Match[str]) -> str:
    run = match[0]
    places = [i for i, char in enumerate(run) if char.isdigit()]
    digits = "".join(str(unicodedata.digit(run[i], 0)) for i in places)
    groups = _groups(places)
    pieces, written, start = [], 0, 0
    while start + min(LENGTHS) <= len(digits):
        length = _card_length(digits, start, groups)
        if length:
            pieces += [run[written : places[start]], MASK, digits[start + length - 4 : start + length]]
            written = places[start + length - 1] + 1
        start += length or 1
    return "".join([*pieces, run[written:]])


def _groups(places: list[int]) -> list[int]:
    """For each digit the number of the group it stands in: digits typed without anything between."""
    numbers = [0]
    for before, place in pairwise(places):
        numbers.append(numbers[-1] + (place - before > 1))
    return numbers


def _card_length(digits: str, start: int, groups: list[int]) -> int:
    """Length of the card number that starts at a digit, 0 for none.

    A card begins and ends where a group of digits does. Only inside a group longer than any card may it stand
    anywhere, and then with an issuer's first digit, or chance would mask nearly everything.
    """
    begins = start == 0 or groups[start - 1] != groups[start]
    for length in LENGTHS:
        end = start + length
        if end > len(digits) or not _luhn(digits[start:end]):
            continue
        if begins and (end == len(digits) or groups[end] != groups[end - 1]):
            return length
        if digits[start] in ISSUERS and _glued(groups, start, end):
            return length
    return 0


def _glued(groups: list[int], start: int, end: int) -> bool:
    """Whether these digits stand in one group that is longer than any card."""
    longest = max(LENGTHS)
    low, high = max(0, start - longest), min(len(groups), end + longest)
    return groups[start] == groups[end - 1] and groups[low:high].count(groups[start]) > longest


def _luhn(number: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(number)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0
