"""Card numbers never reach the record: what is typed is masked before it is written. Pure and total."""

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from itertools import accumulate, pairwise

# 13 digits or more (ISO/IEC 7812: 13 to 19), at most three separators between two; possessive, so linear.
_BETWEEN = r"[ \t\u00a0\u00ad\u2000-\u2015\u202f\u2060\u3000\ufeff.,_\-/|*]"
_RUN = re.compile(rf"\d(?:{_BETWEEN}{{0,3}}+\d){{12,}}+")
LENGTHS = (16, 15, 19, 14, 13, 18, 17)  # the commonest first
ISSUERS = "3456"  # first digits of the card networks in use
MASK = "•••• "
CODE = "•••"

# A security code: three or four digits behind a masked card, an expiry date between at most, or digits that are named.
_GAP = r"[\s.,;:_\-/|*]"
_DATE = rf"(?:\d{{1,2}}{_GAP}{{1,3}}+(?:\d{{4}}|\d\d)(?!\d){_GAP}{{1,3}}+|\d{{4}}(?!\d){_GAP}{{1,3}}+(?=\d))"
_UNTIL = rf"(?:(?:exp[a-z]{{0,6}}+{_GAP}{{1,3}}+)?{_DATE})?"
_BEHIND = re.compile(rf"({MASK}\d{{4}}{_GAP}{{0,3}}+{_UNTIL})\d{{3,4}}(?!\d)", re.IGNORECASE)
_CALLED = r"(?:cvv2?|cvc2?|cv2|csc|cvn|cid|security (?:code|number)|card code|verification (?:code|number|value))"
_LABELLED = re.compile(rf"(\b{_CALLED}\b[^\d\n•]{{0,20}}+)\d{{3,4}}(?!\d)", re.IGNORECASE)


def mask(text: str) -> str:
    """The text with every card number replaced by its last four digits ("•••• 1111").

    A card number is 13-19 digits of any script, with spaces, dashes or dots between, that pass the Luhn check
    of ISO/IEC 7812-1. An expiry date, a security code or a second card in the same run hides nothing. Order
    and phone numbers that fail the check stay as typed; one such number in ten passes it by chance and is
    masked: the safe side. Of a masked card the security code goes too: what stands right behind it, an expiry date
    between at most, and what is called so anywhere in the text.
    """
    masked = _RUN.sub(_mask_run, text)
    if MASK not in masked:
        return masked
    return _LABELLED.sub(rf"\g<1>{CODE}", _BEHIND.sub(rf"\g<1>{CODE}", masked))


def _mask_run(match: re.Match[str]) -> str:
    run = _Run(match[0])
    pieces, written, start = [], 0, 0
    while start + min(LENGTHS) <= len(run.digits):
        length = run.card(start)
        if length:
            pieces += [run.typed[written : run.places[start]], MASK, run.digits[start + length - 4 : start + length]]
            written = run.places[start + length - 1] + 1
        start += length or 1
    return "".join([*pieces, run.typed[written:]])


class _Run:
    """Digits with little between them: each digit's place and group, and the sums of ISO/IEC 7812-1 up to each.

    Sums are kept so that a check costs two look-ups, not one for each digit.
    """

    def __init__(self, typed: str) -> None:
        self.typed = typed
        self.places = [i for i, char in enumerate(typed) if char.isdigit()]
        values = [unicodedata.digit(typed[place]) for place in self.places]
        self.digits = "".join(map(str, values))
        apart = (place - before > 1 for before, place in pairwise(self.places))
        self.groups = [0, *accumulate(apart)]  # digits typed without anything between have one number
        self.sizes = Counter(self.groups)
        self.sums = [_sums(values, doubled) for doubled in (0, 1)]

    def card(self, start: int) -> int:
        """Length of the card number that starts at a digit, 0 for none.

        A card begins and ends where a group of digits does. Only inside a group longer than any card may it stand
        anywhere, and then with an issuer's first digit, or chance would mask nearly everything.
        """
        begins = start == 0 or self.groups[start - 1] != self.groups[start]
        for length in LENGTHS:
            end = start + length
            if end > len(self.digits) or not self._luhn(start, end):
                continue
            if begins and (end == len(self.digits) or self.groups[end] != self.groups[end - 1]):
                return length
            if self.digits[start] in ISSUERS and self._glued(start, end):
                return length
        return 0

    def _glued(self, start: int, end: int) -> bool:
        """Whether these digits stand in one group that is longer than any card."""
        group = self.groups[start]
        return group == self.groups[end - 1] and self.sizes[group] > max(LENGTHS)

    def _luhn(self, start: int, end: int) -> bool:
        """Whether `digits[start:end]` pass the check: every second one from the right counts twice."""
        sums = self.sums[end % 2]
        return (sums[end] - sums[start]) % 10 == 0


def _sums(values: Sequence[int], doubled: int) -> list[int]:
    """For each place the sum before it, digits at places of one parity doubled, with nine taken from what is above."""
    twice = (value * 2 - 9 * (value > 4) if place % 2 == doubled else value for place, value in enumerate(values))
    return [0, *accumulate(twice)]
