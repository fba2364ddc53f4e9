"""Mappings that people write into a file, checked as pydantic models; every mistake is told with its line and the mend.

Law of the room: a key without a value is as good as left out, a key that no field has is a mistake, and nothing is
turned into another type on the way. A message says `{key}` for the key it is about.
"""

import difflib
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    GetCoreSchemaHandler,
    ValidationError,
    model_validator,
)
from pydantic_core import CoreSchema, core_schema

from sites.core.yamlfile import Place, YamlFile

P = TypeVar("P", bound="Part")


class Several(ValueError):
    """More than one mistake in a value: the place below it, a key or the way to it, and what is wrong there."""

    def __init__(self, found: Collection[tuple[str | int | Place, str]]) -> None:
        super().__init__("; ".join(text for _, text in found))
        self.found = found


@dataclass(frozen=True, slots=True)
class _Stray:
    """A value under a key that no field has, with the keys there are."""

    known: tuple[str, ...]


class Part(BaseModel):
    """One mapping of a file."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    shape: ClassVar[str] = "“{key}” must be a mapping of names to values"

    @model_validator(mode="before")
    @classmethod
    def _given(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            raise ValueError(cls.shape)
        known = tuple(cls.model_fields)
        said = {key: each for key, each in value.items() if each is not None or key not in known}
        return {key: each if key in known else _Stray(known) for key, each in said.items()}


def read(part: type[P], file: YamlFile) -> P | None:
    """The file as this part; None when anything is wrong with it, which is noted in the file."""
    try:
        return part.model_validate(keyed(file.value))
    except ValidationError as error:
        for place, text in mistakes(error):
            file.wrong(place, text)
        return None


def keyed(value: Any) -> Any:
    """The value with text for keys: YAML reads 2026-12-25 as a date."""
    if isinstance(value, dict):
        return {str(key): keyed(each) for key, each in value.items()}
    return [keyed(each) for each in value] if isinstance(value, list) else value


def mistakes(error: ValidationError) -> Iterator[tuple[Place, str]]:
    """Everything that is wrong, each with its place."""
    for each in error.errors(include_url=False):
        place = each["loc"]
        cause = each.get("ctx", {}).get("error")
        found = cause.found if isinstance(cause, Several) else [(None, str(cause))]
        for below, text in found:
            way = below if isinstance(below, tuple) else () if below is None else (below,)
            at = (*place, *way)
            key = next((str(word) for word in reversed(at) if isinstance(word, str)), "")
            if each["type"] == "missing":
                text = "“{key}” is missing"
            elif each["type"] == "extra_forbidden":
                text = f"“{{key}}” is not known here{nearest(key, each['input'].known)}"
            yield at, text.replace("{key}", key, 1)


# ── Values ────────────────────────────────────────────────────────────────────────────────────────────────────


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"“{{key}}” must be text; put {value!r} in quotes")
    return value.strip()


def _some(value: str) -> str:
    if not value:
        raise ValueError("“{key}” is empty")
    return value


def _item(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is not text; put it in quotes")
    if not value.strip():
        raise ValueError("an empty line in a list; remove it")
    return value.strip()


def _list(value: Any) -> Any:
    if not isinstance(value, list):
        raise ValueError("“{key}” must be a list")
    return value


Text = Annotated[str, BeforeValidator(_text)]
Needed = Annotated[Text, AfterValidator(_some)]
Item = Annotated[str, BeforeValidator(_item)]
Listed = BeforeValidator(_list)
Texts = Annotated[tuple[Item, ...], Listed]


def one_of(words: Collection[str]) -> AfterValidator:
    """A text that is one of these words."""

    def check(value: str) -> str:
        if value not in words:
            raise ValueError(f"“{{key}}” is “{value}”; use {either(words)}{nearest(value, words)}")
        return value

    return AfterValidator(check)


def number(least: int, most: int) -> BeforeValidator:
    """A whole number between two, both included."""

    def check(value: Any) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise ValueError(f"“{{key}}” is {value!r}; use a whole number from {least} to {most}")
        return value

    return BeforeValidator(check)


@dataclass(frozen=True)
class As:
    """Written as one type, and kept as what `kept` makes of it."""

    written: Any
    kept: Callable[[Any], Any]

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self.kept, handler.generate_schema(self.written))


def said(part: Part) -> Mapping[str, Any]:
    """What is said in a part, by key; what is left open or empty is not in it."""
    return {key: value for key, value in part.model_dump().items() if value not in (None, "")}


def nearest(word: str, words: Collection[str]) -> str:
    """A question for the word that was meant, or nothing."""
    near = difflib.get_close_matches(word, words, 1)
    return f"; did you mean “{near[0]}”?" if near else ""


def either(words: Collection[str]) -> str:
    """The words as a choice."""
    return " or ".join(sorted(words)) or "none"
