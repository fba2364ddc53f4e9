"""Each kind of personal data by its form, and a text without some of them. Pure and total."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import cache
from importlib import import_module

import phonenumbers
from django.db.models import TextChoices
from phonenumbers import Leniency, PhoneNumberMatcher
from stdnum import iban

from sites.masking.cards import mask as without_cards

Span = tuple[int, int]
Finder = Callable[[str, Collection[str]], Iterator[Span]]

LONGEST = 20_000  # characters of a text that are looked through for numbers
SHORTEST = 8  # characters of a number that a state gives
AMERICAN = 1  # the prefix of the countries in which a telephone number is dialled without a leading nought


class Kind(TextChoices):
    """What may be masked."""

    CARD = "card", "Payment cards, with their security code"
    IBAN = "iban", "Bank accounts (IBAN)"
    ID = "id", "Numbers a state gives its people"
    MAIL = "mail", "E-mail addresses"
    PHONE = "phone", "Telephone numbers"


SHOWN: Mapping[Kind, str] = {
    Kind.IBAN: "[bank account]",
    Kind.ID: "[personal number]",
    Kind.MAIL: "[e-mail]",
    Kind.PHONE: "[telephone]",
}
"""What stands instead; of a card its last four digits stay."""

NUMBERS: Mapping[str, tuple[str, ...]] = {
    "AU": ("au.tfn",), "BE": ("be.nn",), "BR": ("br.cpf",), "CA": ("ca.sin",), "CH": ("ch.ssn",), "DE": ("de.idnr",),
    "DK": ("dk.cpr",), "ES": ("es.dni", "es.nie"), "FI": ("fi.hetu",), "FR": ("fr.nir",), "GB": ("gb.nhs",),
    "IE": ("ie.pps",), "IN": ("in_.aadhaar",), "IT": ("it.codicefiscale",), "NL": ("nl.bsn",),
    "NO": ("no.fodselsnummer",), "PL": ("pl.pesel",), "PT": ("pt.nif",), "SE": ("se.personnummer",), "US": ("us.ssn",),
}  # fmt: skip
"""The numbers of a country as python-stdnum checks them, by ISO 3166 code."""

_MAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64} ?@ ?[\w-]{1,63}(?: ?\.[\w-]{1,63}){1,4}")
_TOLD = re.compile(
    r"(?<![\w.+-])[\w.+-]{1,64}\s?(?:\(at\)|\[at\]| at )\s?[\w-]{1,63}"
    r"(?:\s?(?:\(dot\)|\[dot\]| dot |\.)\s?(?!dot\b)[a-z]{2,24}){1,3}\b",
    re.IGNORECASE,
)
_IBAN = re.compile(r"(?<!\w)[A-Z]{2}\d{2}(?:[ .-]?[A-Z0-9]){11,30}(?!\w)", re.IGNORECASE)
_NINO = re.compile(r"(?<!\w)[A-CEGHJ-PR-TW-Z]{2}(?:[ -]?\d{2}){3}[ -]?[A-D](?!\w)", re.IGNORECASE)
_GAP = re.compile(r"[ ./-]")
_NUMBER = re.compile(r"(?<![\w.])[A-Z0-9](?:[ ./-]?[A-Z0-9]){7,19}(?!\w)", re.IGNORECASE)


def without(text: str, kinds: Collection[str], countries: Collection[str] = ()) -> str:
    """The text with every number and address of these kinds replaced by what it was.

    `countries`: ISO 3166 codes; telephone numbers without a country's prefix, and numbers of a state, are looked for as
    these write them. Cards go first, so that no other kind takes a part of one.
    """
    if Kind.CARD in kinds:
        text = without_cards(text)
    for kind, find in _FINDERS.items():
        if kind in kinds:
            text = _replaced(text, find(text, countries), SHOWN[kind])
    return text


def _replaced(text: str, spans: Iterator[Span], instead: str) -> str:
    pieces, written = [], 0
    for start, end in sorted(spans, key=lambda span: (span[0], -span[1])):
        if start >= written:
            pieces += [text[written:start], instead]
            written = end
    return "".join([*pieces, text[written:]])


def _mails(text: str, countries: Collection[str]) -> Iterator[Span]:
    for pattern in (_MAIL, _TOLD):
        yield from (found.span() for found in pattern.finditer(text))


def _ibans(text: str, countries: Collection[str]) -> Iterator[Span]:
    """The longest beginning of each candidate that passes the check: words may stand right behind it."""
    for found in _IBAN.finditer(text[:LONGEST]):
        ends = (found.end() - cut for cut in range(len(found[0]) - 14))
        end = next((end for end in ends if text[end - 1].isalnum() and iban.is_valid(text[found.start() : end])), None)
        if end is not None:
            yield found.start(), end


def _telephones(text: str, countries: Collection[str]) -> Iterator[Span]:
    """Numbers with a country's prefix, and those that begin as they are dialled in one of these countries."""
    for country in countries or (None,):
        american = country is not None and phonenumbers.country_code_for_region(country) == AMERICAN
        for found in PhoneNumberMatcher(text[:LONGEST], country, leniency=Leniency.POSSIBLE, max_tries=200):
            typed = found.raw_string.lstrip("( ")
            dialled = typed.startswith(("+", "0")) or (american and not typed.isdigit())
            if dialled and not text[found.start - 1 : found.start].isalnum():
                yield found.start, found.end


def _numbers(text: str, countries: Collection[str]) -> Iterator[Span]:
    checks = [check for country in countries for check in _checks(country)]
    for found in _NUMBER.finditer(text[:LONGEST]) if checks else ():
        starts = [0, *(gap.end() for gap in _GAP.finditer(found[0]))]
        ends = [*(gap.start() for gap in _GAP.finditer(found[0])), len(found[0])]
        parts = ((start, end) for start in starts for end in reversed(ends) if end - start >= SHORTEST)
        good = (part for part in parts if any(check(found[0][slice(*part)]) for check in checks))
        if part := next(good, None):
            yield found.start() + part[0], found.start() + part[1]
    if "GB" in countries:
        yield from (found.span() for found in _NINO.finditer(text))


@cache
def _checks(country: str) -> tuple[Callable[[str], bool], ...]:
    return tuple(import_module(f"stdnum.{name}").is_valid for name in NUMBERS.get(country, ()))


_FINDERS: Mapping[Kind, Finder] = {
    Kind.IBAN: _ibans,
    Kind.MAIL: _mails,
    Kind.ID: _numbers,
    Kind.PHONE: _telephones,
}
"""In the order in which they are looked for."""


def hung_on() -> list[str]:
    """What is masked in webhooks, where nobody chose: what money or an identity hangs on."""
    return [Kind.IBAN.value, Kind.ID.value]


def but_cards() -> list[str]:
    """What is masked in lists, where nobody chose: all that is masked at all."""
    return [kind.value for kind in Kind if kind is not Kind.CARD]
