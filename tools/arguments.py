"""The arguments of a tool: where each may come from, in this order: a signed claim alone, or the message, an earlier
call, a question.

Law of the room: what names a person is a claim, and a claim comes from the verified identity and from nowhere else.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from string import Template
from typing import Annotated, Any

from pydantic import BeforeValidator, model_validator

from sites.core.parts import Item, Needed, Part, Several, Text, number, one_of
from tools import patterns
from tools.reply import Pattern

CLAIMS = ("sub", "email")
LONGEST = 200
"""Characters of one argument."""
MOST = 5
"""Values that one message may give an argument: as many calls."""
BUTTONS = 8


class Choice(Part):
    """One button: what it says, and the value it stands for."""

    say: Needed
    value: Item


class Ask(Part):
    """A question to the customer. `button`: what a button for a row of an earlier call says, in the row's slots."""

    question: Needed
    choices: tuple[
        Annotated[Choice, BeforeValidator(lambda v: {"say": v, "value": v} if isinstance(v, str) else v)], ...
    ] = ()
    button: Text = ""

    @model_validator(mode="after")
    def _few(self) -> "Ask":
        if len(self.choices) > BUTTONS:
            raise Several([("choices", f"at most {BUTTONS} buttons; let the customer type what is left")])
        return self


class Argument(Part):
    """One argument. `written`: how what a pattern found is written, with `$found` in it; `call`: TOOL.rows.value."""

    claim: Annotated[Text, one_of(("", *CLAIMS))] = ""
    type: Annotated[Text, one_of(("text", "number", "date"))] = "text"
    pattern: Pattern = ""
    written: Text = "$found"
    most: Annotated[int, number(1, MOST)] = 1
    call: Text = ""
    ask: Ask | None = None

    @model_validator(mode="after")
    def _comes_from_somewhere(self) -> "Argument":
        if self.claim and (self.pattern or self.call or self.ask):
            raise Several([("claim", "what a claim names comes from the signed identity and from nowhere else")])
        if not (self.claim or self.pattern or self.call or self.ask):
            raise Several([("type", "nothing says where it comes from: use claim, pattern, call or ask")])
        if self.ask and not (self.ask.choices or self.pattern or self.call):
            raise Several([("ask", "a question needs choices, or a pattern that finds the answer in what is typed")])
        if self.call and len(self.call.split(".")) != 3:
            raise Several(
                [("call", f"“{self.call}” must name a tool, its rows and the value, like orders.orders.number")]
            )
        return self

    @property
    def of_call(self) -> tuple[str, str, str]:
        """The tool, its rows and the value of each that an earlier call gives."""
        tool, rows, value = self.call.split(".")
        return tool, rows, value

    def typed(self, text: str) -> tuple[Any, ...]:
        """The values that a text gives by the pattern, oldest first; of too many, the last."""
        if not self.pattern:
            return ()
        read = (
            self.value(Template(self.written).safe_substitute(found=each))
            for each in patterns.found(self.pattern, text)
        )
        newest = list(dict.fromkeys(reversed([each for each in read if each is not None])))[: self.most]
        return tuple(reversed(newest))

    def corrected(self, text: str) -> Any:
        """The value that somebody else gives it: one of its choices, what its pattern finds, or one of its type.

        None where it is none of these; nothing else than the identity ever gives a claim.
        """
        if self.claim:
            return None
        if self.ask and self.ask.choices:
            return next((each.value for each in self.ask.choices if text.strip() in (each.value, each.say)), None)
        if self.pattern:
            return (
                self.typed(text)[0] if len(set(patterns.found(self.pattern, text))) == 1 and self.typed(text) else None
            )
        return self.value(text)

    def value(self, text: str) -> Any:
        """A text as a value of this type; None when it is none."""
        text = text.strip()
        if not 0 < len(text) <= LONGEST:
            return None
        try:
            if self.type == "number":
                return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None
            return date.fromisoformat(text).isoformat() if self.type == "date" else text
        except ValueError:
            return None


def given(arguments: Mapping[str, Argument], message: str, whole: str) -> dict[str, tuple[Any, ...]]:
    """The values that a message gives, else those of `whole`: the message with what it leans on."""
    found = {name: each.typed(message) or each.typed(whole) for name, each in arguments.items()}
    return {name: values for name, values in found.items() if values}


def missing(arguments: Mapping[str, Argument], filled: Mapping[str, Sequence[Any]]) -> list[str]:
    """The arguments that have no value yet, in their order; claims are not among them."""
    return [name for name, each in arguments.items() if not each.claim and name not in filled]
