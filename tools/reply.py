"""What of a system's reply is read: the declared paths, each of its declared type, and nothing else.

Law of the room: a reply is foreign. It is bounded in size and depth before it is read, belongs to whom it was asked for
or is refused whole, and one value that is not as declared refuses all of it.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, model_validator

from sites.core import foreign
from sites.core.parts import Needed, Part, Several, Text, Texts, number, one_of
from tools import paths, patterns
from tools.outbound import LARGEST, Failed
from tools.sentences import Sentence, Values, cleaned

TYPES = ("text", "number", "decimal", "date", "flag", "choice")
LONGEST = 1_000
"""Characters of a text, where a declaration does not say fewer."""
ROWS = 500
MOST = 10**12


def _none_of(why: Any) -> AfterValidator:
    def check(value: str) -> str:
        if wrong := value and why(value):
            raise ValueError(wrong)
        return value

    return AfterValidator(check)


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"“{{key}}” is {value!r}; use true or false")
    return value


Flag = Annotated[bool, BeforeValidator(_flag)]
JsonPath = Annotated[Text, _none_of(paths.wrong)]
Pattern = Annotated[Text, _none_of(patterns.wrong)]
Count = Annotated[int | None, number(0, MOST)]


class Field(Part):
    """One value of a reply. `most`, `least`: characters of a text, a number itself, rows of a list.

    `words`: how each choice is said. `rows`: what is read of each row of a list, which `each` says and of which `show`
    are named in a sentence.
    """

    path: Annotated[Needed, _none_of(paths.wrong)]
    type: Annotated[Text, one_of(TYPES)] = "text"
    optional: Flag = False
    most: Count = None
    least: Count = None
    pattern: Pattern = ""
    words: Mapping[str, Text] = {}
    of: Texts = ()
    rows: Mapping[str, "Field"] = {}
    each: tuple[Sentence, ...] = ()
    show: Annotated[int, number(1, 50)] = 3

    @model_validator(mode="after")
    def _whole(self) -> "Field":
        wrong = []
        if paths.each(self.path):
            wrong.append(("path", "“{key}” leads to one value here; read a list with “rows:”"))
        if self.type == "choice" and not self.choices:
            wrong.append(("type", "a choice needs “words:” or “of:”, the values it may have"))
        if self.rows and not self.each:
            wrong.append(("rows", "rows need “each:”, how one of them is said"))
        if any(field.rows for field in self.rows.values()):
            wrong.append(("rows", "rows hold no rows of their own"))
        if wrong:
            raise Several(wrong)
        return self

    @property
    def choices(self) -> tuple[str, ...]:
        """The values a choice may have."""
        return (*self.words, *self.of)


def read(body: bytes, fields: Mapping[str, Field], belongs_to: Mapping[str, str], bound: Values) -> dict[str, Any]:
    """The declared values of a reply. `belongs_to`: path → the argument it must be equal to; `bound`: the arguments.

    Raises Failed for a reply that is somebody else's or not as declared, and repeats nothing of it.
    """
    try:
        document = foreign.loads(body, most=LARGEST)
    except ValueError:
        raise Failed("a reply that breaks the contract") from None
    for path, argument in belongs_to.items():
        if any(held != bound[argument] or isinstance(held, bool) for held in paths.values(path, document)):
            raise Failed("a reply that belongs to somebody else")
    return _all(fields, document)


def as_json(values: Values) -> dict[str, Any]:
    """The values as the record keeps them."""
    return {slot: _plain(value) for slot, value in values.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [as_json(each) for each in value]
    return str(value) if isinstance(value, date | Decimal) else value


def _all(fields: Mapping[str, Field], document: Any) -> dict[str, Any]:
    return {slot: _one(slot, field, paths.value(field.path, document)) for slot, field in fields.items()}


def _one(slot: str, field: Field, held: Any) -> Any:
    if held is paths.MISSING or held is None or _blank(field, held):
        if field.optional:
            return None
        raise Failed(f"a reply without “{slot}”")
    try:
        return _rows(field, held) if field.rows else _READ[field.type](field, held)
    except (ValueError, ArithmeticError):
        raise Failed(f"a reply whose “{slot}” is not as declared") from None


def _blank(field: Field, held: Any) -> bool:
    """A text of which nothing would be seen is none, unless a declaration counts its characters itself."""
    return field.type == "text" and field.least is None and isinstance(held, str) and not cleaned(held)


def _rows(field: Field, held: Any) -> list[dict[str, Any]]:
    most = ROWS if field.most is None else field.most
    if not isinstance(held, list) or not (field.least or 0) <= len(held) <= most:
        raise ValueError
    return [_all(field.rows, each) for each in held]


def _text(field: Field, held: Any) -> str:
    most = LONGEST if field.most is None else field.most
    if not isinstance(held, str) or not (field.least or 0) <= len(held) <= most:
        raise ValueError
    if field.pattern and not patterns.fits(field.pattern, held):
        raise ValueError
    return held


def _number(field: Field, held: Any) -> int:
    if not isinstance(held, int) or isinstance(held, bool):
        raise ValueError
    return int(_within(field, held))


def _decimal(field: Field, held: Any) -> Decimal:
    if isinstance(held, bool) or not isinstance(held, int | float | str) or len(str(held)) > 20:
        raise ValueError
    found = Decimal(str(held))
    if not found.is_finite():
        raise ValueError
    return Decimal(_within(field, found))


def _within(field: Field, held: Any) -> Any:
    least, most = field.least or 0, MOST if field.most is None else field.most
    if not least <= held <= most:
        raise ValueError
    return held


def _date(field: Field, held: Any) -> date:
    if not isinstance(held, str) or len(held) < 10 or held[10:11] not in ("", "T"):
        raise ValueError
    return date.fromisoformat(held[:10])


def _is_flag(field: Field, held: Any) -> bool:
    if not isinstance(held, bool):
        raise ValueError
    return held


def _choice(field: Field, held: Any) -> str:
    if not isinstance(held, str) or held not in field.choices:
        raise ValueError
    return held


_READ = {
    "text": _text, "number": _number, "decimal": _decimal, "date": _date, "flag": _is_flag, "choice": _choice,
}  # fmt: skip
