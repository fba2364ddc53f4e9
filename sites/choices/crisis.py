"""What somebody in danger is told: the usual numbers by country, a draft made of them, and who confirmed a text when.

A draft is no more than a proposal. It names itself an automated assistant and promises nobody who reads or watches,
neither now nor at night: whether a person is asked is told by the handoff. A confirmation speaks about exactly one
text, by its digest, for one country, and for a time; rows are only ever added.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from sites.core import ledger
from sites.models import CrisisConfirmation, Site

LASTS = timedelta(days=180)
"""How long a confirmation counts: numbers and hours of lines change within a year."""

CATALOGUE = Path(__file__).with_name("crisis_lines.yaml")


@dataclass(frozen=True, slots=True)
class Line:
    """Somebody to talk to; `checked`: when it was last found in public sources, which is no confirmation."""

    name: str
    number: str
    hours: str
    free: bool
    checked: date
    source: str

    @property
    def words(self) -> str:
        """The line as it stands in a draft."""
        return f"{self.name} on {self.number}, {self.hours}{' and free of charge' if self.free else ''}"


@dataclass(frozen=True, slots=True)
class Country:
    """The usual numbers of one country."""

    code: str
    name: str
    emergency: tuple[str, ...]
    lines: tuple[Line, ...]

    @property
    def checked(self) -> date:
        """The oldest day on which one of its lines was checked."""
        return min(line.checked for line in self.lines)


@dataclass(frozen=True, slots=True)
class Draft:
    """A proposed text, the countries whose numbers are in it, and the codes of those that are not known here."""

    text: str
    countries: tuple[Country, ...]
    unknown: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """Who confirmed a text for a country, when, and why that does not count now (empty: it does)."""

    country: str
    name: str
    by: str
    at: datetime | None
    lacks: str


@cache
def catalogue() -> Mapping[str, Country]:
    """Every country whose usual numbers are known here, by code."""
    read: dict[str, dict[str, Any]] = yaml.safe_load(CATALOGUE.read_text(encoding="utf-8"))
    return {
        code: Country(code, each["name"], tuple(each["emergency"]), tuple(Line(**line) for line in each["lines"]))
        for code, each in read.items()
    }


def digest(text: str) -> str:
    """What a confirmation names a text by."""
    return ledger.digest(text)


def propose(countries: Sequence[str]) -> Draft:
    """A draft for customers in these countries (codes), in English; with none known it names no number."""
    known = tuple(catalogue()[code] for code in countries if code in catalogue())
    unknown = tuple(code for code in countries if code not in catalogue())
    danger = _by_place([(_either(country.emergency), country.name) for country in known], len(countries))
    talking = _by_place([(line.words, country.name) for country in known for line in country.lines], len(countries))
    if unknown or not known:
        danger.append("the emergency number where you are")
    text = "I am an automated assistant, and what you write sounds more important than anything else I could look up. "
    text += f"If you or somebody else is in danger now, please call {_either(danger)}."
    if talking:
        text += f" If you would like somebody to talk to, you can call {_either(talking)}."
    return Draft(f"{text} You can also press “Talk to a human” here.", known, unknown)


def standings(site: Site, text: str, now: datetime) -> list[Standing]:
    """How each country the site serves stands with a text: the newest confirmation of it, or what is missing."""
    mine: dict[str, CrisisConfirmation] = {}
    others: dict[str, CrisisConfirmation] = {}
    for each in CrisisConfirmation.objects.filter(site=site).order_by("id"):
        (mine if each.digest == digest(text) else others)[each.country] = each
    return [_standing(code, mine.get(code), others.get(code), now) for code in site.countries]


def _standing(code: str, mine: CrisisConfirmation | None, other: CrisisConfirmation | None, now: datetime) -> Standing:
    found = mine or other
    name = catalogue()[code].name if code in catalogue() else code
    if found is None:
        return Standing(code, name, "", None, "Nobody has confirmed the numbers.")
    lacks = ""
    if mine is None:
        lacks = "The text has changed since; it must be confirmed again."
    elif mine.at < now - LASTS:
        lacks = f"That is more than {LASTS.days} days ago; it must be confirmed again."
    return Standing(code, name, found.by, found.at, lacks)


def _by_place(told: Iterable[tuple[str, str]], served: int) -> list[str]:
    """The same words once, each with the countries they are for, unless that is all that are `served`."""
    places: dict[str, list[str]] = {}
    for words, place in told:
        places.setdefault(words, []).append(place)
    return [words if len(where) == served else f"{words} ({', '.join(where)})" for words, where in places.items()]


def _either(words: Sequence[str]) -> str:
    return " or ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
