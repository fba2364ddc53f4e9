"""Sentences of a declaration, filled with what was read: fixed words around typed values.

Law of the room: what another system wrote is data. It fills a slot as a short run of plain characters, is never read as
a sentence of its own, and what a slot holds is not looked at for slots again.
"""

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from string import Template
from typing import Annotated, Any

from django.utils import timezone
from pydantic import AfterValidator, BeforeValidator

from conversations.wording import Spoken
from sites.core.parts import Needed, Part, Several

Values = Mapping[str, Any]
"""By slot: text, a number, a date, a bool, None, or a list of such mappings."""
LONGEST = 60
"""Characters of another system's text in a sentence."""
WORDS = frozenset({"some", "none", "one", "several", "past", "coming"})
NOTHING = "—"

_QUOTES = str.maketrans(dict.fromkeys('"“”„‟«»〝〞＂', "'"))


def _conditions(value: Any) -> Any:
    if not isinstance(value, dict):
        raise ValueError(Part.shape)
    wrong = [(slot, _why_not(wanted)) for slot, wanted in value.items() if _why_not(wanted)]
    if wrong:
        raise Several(wrong)
    return {str(s): w if isinstance(w, list) or w in WORDS else [w] for s, w in value.items()}


def _why_not(wanted: Any) -> str:
    listed = wanted if isinstance(wanted, list) else [wanted]
    if listed and all(isinstance(each, str | int | bool) for each in listed):
        return ""
    return f"“{{key}}” is compared with values or with one of {', '.join(sorted(WORDS))}"


def _filled(line: str) -> str:
    if not Template(line).is_valid():
        raise ValueError("“{key}” has a “$” that begins no name; write “$$” for the sign itself")
    return line


class Line(Part):
    """One sentence, said where `when` holds. `each`: said once for every row of that slot, in the row's own slots."""

    say: Annotated[Needed, AfterValidator(_filled)]
    when: Annotated[Mapping[str, Any], BeforeValidator(_conditions)] = {}
    each: str = ""


Sentence = Annotated[Line, BeforeValidator(lambda value: {"say": value} if isinstance(value, str) else value)]


def slots(line: str) -> frozenset[str]:
    """The `$names` in a sentence."""
    return frozenset(Template(line).get_identifiers())


def holds(when: Mapping[str, Any], values: Values) -> bool:
    """Whether every condition holds for the values."""
    return all(_holds(wanted, values.get(slot)) for slot, wanted in when.items())


def _holds(wanted: Any, value: Any) -> bool:
    count = len(value) if isinstance(value, list) else int(value not in (None, ""))
    match wanted:
        case list():
            return any(type(each) is type(value) and each == value for each in wanted)
        case "some":
            return count > 0
        case "none":
            return count == 0
        case "one":
            return count == 1
        case "several":
            return count > 1
    late = isinstance(value, date) and value < timezone.localdate()
    return isinstance(value, date) and late == (wanted == "past")


def said(lines: Sequence[Line], values: Values, fields: Mapping[str, Any], spoken: Spoken) -> Iterator[str]:
    """The sentences whose conditions hold, filled. `fields`: what is declared of each value, by slot."""
    for line in lines:
        if not holds(line.when, values):
            continue
        if not line.each:
            yield fill(line.say, values, fields, spoken)
            continue
        field = fields[line.each]
        for row in values[line.each][: field.show]:
            yield fill(line.say, {**values, **row}, {**fields, **field.rows}, spoken)


def fill(line: str, values: Values, fields: Mapping[str, Any], spoken: Spoken, deep: bool = True) -> str:
    """One sentence with its slots filled."""
    filled = {slot: _shown(values.get(slot), slot, values, fields, spoken, deep) for slot in slots(line)}
    return Template(line).safe_substitute(filled)


def row(field: Any, values: Values, spoken: Spoken) -> str:
    """One row in the words of its template: the first whose conditions hold."""
    return next(said(field.each, values, field.rows, spoken), NOTHING)


def _shown(value: Any, slot: str, values: Values, fields: Mapping[str, Any], spoken: Spoken, deep: bool) -> str:
    field = fields.get(slot)
    if isinstance(value, list):
        return _listed(value, field, spoken)
    if value is None:
        return spoken.say("tool.no_day") if getattr(field, "type", "") == "date" else NOTHING
    if isinstance(value, date):
        return day(value, spoken)
    if field is not None and deep and (phrase := field.words.get(str(value))):
        return fill(phrase, values, fields, spoken, deep=False)
    return f"{value:,.2f}" if isinstance(value, Decimal) else cleaned(str(value))


def _listed(rows: Sequence[Values], field: Any, spoken: Spoken) -> str:
    shown = ", ".join(row(field, each, spoken) for each in rows[: field.show])
    more = len(rows) - field.show
    return spoken.say("tool.more", items=shown, count=str(more)) if more > 0 else shown


def cleaned(name: str) -> str:
    """A text from elsewhere as a short run of plain characters that cannot end its own quotation marks."""
    visible = "".join(" " if unicodedata.category(c)[0] in "CZ" else c for c in name)
    plain = " ".join(visible.translate(_QUOTES).split())
    return plain if len(plain) <= LONGEST else f"{plain[: LONGEST - 1].rstrip()}…"


def day(value: date, spoken: Spoken) -> str:
    """A date as people write it."""
    return spoken.when("long", value)
