"""The numbers, days and times in a statement, moved to their edge and one step beyond it.

Pure text: "within 30 days of delivery" becomes "30 days after delivery" and "31 days after delivery". What is not
understood is left alone.
"""

import calendar
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from release.scenarios.phrasing import NOUNS, VERBS, base

_WORDS: tuple[str, ...] = tuple(
    re.findall(r"\w+", "zero one two three four five six seven eight nine ten eleven twelve thirteen")
)
WRITTEN = frozenset(_WORDS[1:13])
_AMOUNT = r"(?P<money>[£€$])?(?P<n>\d[\d,]*(?:\.\d+)?|" + "|".join(_WORDS[1:13]) + r")(?P<percent>%)?(?![\w:]|[.,]\d)"
_UNIT = r"(?P<unit> (?:(?:working|calendar|business) )?(?:minute|hour|day|week|month|year)s?)\b"
MONTHS = calendar.month_name[1:]
_WEEKDAY = r"(?:(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day )?"
_DAY = rf"{_WEEKDAY}(?P<day>\d\d?) (?P<month>{'|'.join(MONTHS)})(?: (?P<year>\d{{4}}))?"
_FROM = rf"(?P<first>\d\d?)(?: (?P<opens>{'|'.join(MONTHS)}))?"
_AT_ONCE = frozenset(re.findall(r"\w+", "worth is are was were for of be to at in by with and or as cash than from"))


@dataclass(frozen=True, slots=True)
class Moved:
    """A statement with one limit put at its `edge` ("at") or just past it ("beyond")."""

    text: str
    edge: str


Rewrite = Callable[[re.Match[str], int], str | None]


def numbers(statement: str) -> Iterator[Moved]:
    """The statement with each of its limits in numbers at the edge and one beyond it."""
    taken: list[tuple[int, int]] = []
    for pattern, rewrite in _LIMITS:
        for match in pattern.finditer(statement):
            if not any(start < match.end() and match.start() < end for start, end in taken):
                taken.append(match.span())
                yield from _both(statement, match, rewrite)


def dates(statement: str) -> Iterator[Moved]:
    """The statement with each of its days and times of day at the edge and one step beyond it."""
    taken: list[tuple[int, int]] = []
    for pattern, rewrite in _DATES:
        for match in pattern.finditer(statement):
            if not any(start < match.end() and match.start() < end for start, end in taken):
                taken.append(match.span())
                yield from _both(statement, match, rewrite)


def _both(statement: str, match: re.Match[str], rewrite: Rewrite) -> Iterator[Moved]:
    for edge, step in (("at", 0), ("beyond", 1)):
        if (instead := rewrite(match, step)) is not None:
            yield Moved(statement[: match.start()] + instead + statement[match.end() :], edge)


# ── Numbers ───────────────────────────────────────────────────────────────────────────────────────────────────


def amount(match: re.Match[str], step: int) -> str | None:
    """A number of the match, `step` further, written as it was; None below zero."""
    written = match["n"]
    if written in _WORDS:
        return _WORDS[_WORDS.index(written) + step]
    value = float(written.replace(",", "")) + step
    if value < 0:
        return None
    places = len(written.partition(".")[2])
    return f"{match['money'] or ''}{value:,.{places}f}{match['percent'] or ''}".replace(",", "," * ("," in written))


def _within(match: re.Match[str], step: int) -> str | None:
    """ "within 30 days of": "31 days after"; with no event named, "after 31 days"."""
    found = _with_unit(match, step)
    return f"{found} after" if match["of"] else f"after {found}"


def _with_unit(match: re.Match[str], step: int) -> str:
    number = amount(match, step) or ""
    unit = match["unit"].strip()
    return f"{number} {unit if unit.endswith('s') or number in ('1', 'one') else f'{unit}s'}"


def _for(match: re.Match[str], step: int) -> str | None:
    return f"{match['before']} {_with_unit(match, step)}"


def _at_least(match: re.Match[str], step: int) -> str | None:
    return amount(match, -step)


def _over(match: re.Match[str], step: int) -> str | None:
    return f"{_joined(match)}{amount(match, step)}"


def _under(match: re.Match[str], step: int) -> str | None:
    return f"{_joined(match)}{amount(match, -step)}"


def _joined(match: re.Match[str]) -> str:
    """Between a noun and its measure stands "of"; after a verb, "worth" or "for" nothing does."""
    at_once = match["word"] in _AT_ONCE or base(match["word"].lower()) in VERBS - NOUNS
    return f"{match['word']} " if at_once else f"{match['word']} of "


_LIMITS: tuple[tuple[re.Pattern[str], Rewrite], ...] = tuple(
    (re.compile(pattern), rewrite)
    for pattern, rewrite in (
        (rf"(?<!is )(?<!are )within (?:a total of )?{_AMOUNT}{_UNIT}(?P<of> (?:of|from))?", _within),
        (rf"(?P<word>[\w-]+) between [£€$]?[\d,.]+ and {_AMOUNT}(?! (?:{'|'.join(MONTHS)}))", _over),
        (rf"(?P<word>[\w-]+) (?:up to|at most|no more than|not more than|a maximum of) {_AMOUNT}", _over),
        (rf"(?:at least|a minimum of) {_AMOUNT}", _at_least),
        (rf"(?P<word>[\w-]+) (?:over|more than|above) (?!one\b){_AMOUNT}", _over),
        (rf"(?P<word>[\w-]+) (?:under|less than|below) {_AMOUNT}", _under),
        (rf"{_AMOUNT} or (?:more|over|above)", _at_least),
        (rf"(?P<before>for|of) {_AMOUNT}{_UNIT}", _for),
        (rf"(?P<before>expires?|ends?|after) {_AMOUNT}{_UNIT}", _for),
    )
)

# ── Days and times ────────────────────────────────────────────────────────────────────────────────────────────


def _shifted(match: re.Match[str], days: int) -> str | None:
    """ "on" the day of the match, `days` later, written as an article writes it; None where there is no such day."""
    try:
        then = date(int(match["year"] or 2025), MONTHS.index(match["month"]) + 1, int(match["day"])) + timedelta(days)
    except (ValueError, OverflowError):
        return None
    return f"on {then.day} {MONTHS[then.month - 1]}" + (f" {then.year}" if match["year"] else "")


def _last_day(match: re.Match[str], step: int) -> str | None:
    return _shifted(match, step)


def _day_before(match: re.Match[str], step: int) -> str | None:
    return _shifted(match, step - 1)


def _named_day(match: re.Match[str], step: int) -> str | None:
    return None if step else match[0]


def _hour(match: re.Match[str], step: int) -> str | None:
    hour = int(match["hour"]) + step
    return f"at {hour} {match['half']}" if hour < 12 else None


_DATES: tuple[tuple[re.Pattern[str], Rewrite], ...] = tuple(
    (re.compile(pattern), rewrite)
    for pattern, rewrite in (
        (rf"(?:between|from) {_FROM}(?: \d{{4}})? (?:and|to) {_DAY}", _last_day),
        (rf"(?:until|till|by|up to|no later than) {_DAY}", _last_day),
        (rf"before {_DAY}", _day_before),
        (rf"on {_DAY}", _named_day),
        (r"(?:until|before|by) (?P<hour>\d\d?) (?P<half>[ap]m)", _hour),
        (rf"(?:in|on) (?:{'|'.join(MONTHS)}|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)days)\b", _named_day),
    )
)
