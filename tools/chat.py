"""A site's language models as people declare them: where each answers, in whose name, what it costs, what it is asked.

Law of the room: a key is named and never written; an address is public unless its network is named; nothing is asked
that nobody switched on. What is declared here goes live with a release, and counts where HANDRAIL_MODEL is set.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, Any, ClassVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, model_validator

from sites.core.parts import Listed, Needed, Part, Several, Text, number, one_of
from sites.outside import addresses
from tools.connection import NEVER, Name, Network, Variable

DECLARED = "declared"
"""What HANDRAIL_MODEL says where only sites' own connections are asked."""


class Mode(StrEnum):
    """How far a use of a model goes: not at all; asked, compared and recorded; or heard."""

    OFF = "off"
    SHADOW = "shadow"
    ON = "on"


USES = ("select", "understand", "condense")
"""What a model can be asked for."""


def _switch(value: Any) -> Any:
    """YAML reads a bare `on` and `off` as yes and no."""
    return {True: Mode.ON.value, False: Mode.OFF.value}.get(value, value) if isinstance(value, bool) else value


def _url(value: str) -> str:
    place = urlsplit(value)
    if value and (place.scheme not in ("https", "http") or not place.hostname or place.query or place.username):
        raise ValueError(f"“{value}” is no base address; write it like https://llm.example.com/v1")
    return value.rstrip("/")


def _model(value: str) -> str:
    if value.count(":") < 1 or value.startswith(":") or value.endswith(":"):
        raise ValueError(f"“{value}” names no model; write its provider first, like openai:gpt-4.1-mini")
    return value


def _amount(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1_000_000:
        raise ValueError(f"{value!r} is no price of a million tokens, like 0.40")
    return float(value)


def _heat(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 2:
        raise ValueError(f"“{{key}}” is {value!r}; use a number from 0 to 2")
    return float(value)


def _prices(value: tuple[float, ...]) -> tuple[float, ...]:
    if len(value) != 2:
        raise ValueError("“{key}” is two prices of a million tokens, read and written, like [0.40, 1.60]")
    return value


Switch = Annotated[Text, BeforeValidator(_switch), one_of(tuple(Mode))]
Unsaid = Annotated[Text, BeforeValidator(_switch), one_of(("", *Mode))]
Price = Annotated[tuple[Annotated[float, BeforeValidator(_amount)], ...], Listed, AfterValidator(_prices)]


class Chat(Part):
    """A connection to one model. `model`: provider and model, `openai:…` for all that speaks its protocol; `url`: its
    base address, empty for the provider's own; `key`: the name of a variable; `host`: who runs it, for people;
    `tokens`: the most it may write; `price`: of a million tokens, read and written; `calls`, `queue`: how many of each
    process ask at once, and wait."""

    shape: ClassVar[str] = "a connection starts with “name: …”"

    name: Name
    model: Annotated[Needed, AfterValidator(_model)]
    url: Annotated[Text, AfterValidator(_url)] = ""
    key: Variable = ""
    host: Text = ""
    private: Annotated[tuple[Network, ...], Listed] = ()
    temperature: Annotated[float, BeforeValidator(_heat)] = 0.0
    tokens: Annotated[int, number(16, 8000)] = 400
    price: Price = (0.0, 0.0)
    calls: Annotated[int, number(1, 256)] = 8
    queue: Annotated[int, number(0, 1024)] = 8

    @model_validator(mode="after")
    def _open_only_inside(self) -> "Chat":
        if self.url.startswith("http:") and not self.private:
            raise Several(
                [("url", "http: may be read by anybody on the way; use https:, or name the “private:” network")]
            )
        if self.model.startswith("openai:") and not self.url:  # else the address would be the environment's
            raise Several([("url", "“{key}” is missing: a release holds the address that it was tried with")])
        return self

    def refusal(self, address: str, port: int) -> str:
        """Why this address is not to be reached; empty where it is public, or in a network that is named."""
        if addresses.within(address, self.private, map(str, NEVER)):
            return ""
        return addresses.refusal(address, port)


class Choice(Part):
    """What a category says of its models; what it leaves open is the site's."""

    connection: Text = ""
    fallback: Text = ""
    select: Unsaid = ""
    understand: Unsaid = ""
    condense: Unsaid = ""


class Declared(Part):
    """What a site says of its models. `connection`: which is asked; `fallback`: which where that gives no answer."""

    connections: Annotated[tuple[Chat, ...], Listed] = ()
    connection: Text = ""
    fallback: Text = ""
    select: Switch = Mode.OFF.value
    understand: Switch = Mode.OFF.value
    condense: Switch = Mode.OFF.value

    @model_validator(mode="after")
    def _named(self) -> "Declared":
        names = [each.name for each in self.connections]
        found = [
            ("connections", f"the connection {each} is declared twice") for each in {*names} if names.count(each) > 1
        ]
        found += strangers(self, names)
        if not self.connection and any(getattr(self, use) != Mode.OFF for use in USES):
            found.append(("connection", "a use is switched on, and “{key}” names none of “connections”"))
        if found:
            raise Several(found)
        return self


def strangers(said: Declared | Choice, names: list[str]) -> list[tuple[str, str]]:
    """Connections that something names and nobody declares, each its key and what is wrong."""
    known = ", ".join(sorted(names)) or "none"
    return [
        (key, f"there is no connection “{named}”; declared: {known}")
        for key in ("connection", "fallback")
        if (named := getattr(said, key)) and named not in names
    ]


@dataclass(frozen=True, slots=True)
class Asked:
    """Which models are asked for one use, the first that answers is heard, and how far that goes."""

    mode: Mode = Mode.OFF
    chats: tuple[Chat, ...] = ()


@dataclass(frozen=True, slots=True)
class Models:
    """A site's models as frozen, and what each category says of its own by slug."""

    said: Declared = field(default_factory=Declared)
    categories: Mapping[str, Choice] = field(default_factory=dict)

    @property
    def asks(self) -> bool:
        """Whether any use is switched on or runs in shadow anywhere."""
        every = (self.said, *self.categories.values())
        return any(getattr(each, use) in (Mode.ON, Mode.SHADOW) for each in every for use in USES)

    def of(self, category: str, use: str) -> Asked:
        """What is asked for a use in a category."""
        own = self.categories.get(category, Choice())
        mode = Mode(getattr(own, use) or getattr(self.said, use))
        names = (own.connection or self.said.connection, own.fallback or self.said.fallback)
        known = {each.name: each for each in self.said.connections}
        chats = tuple(known[name] for name in dict.fromkeys(names) if name in known)
        return Asked(mode, chats) if mode is not Mode.OFF and chats else Asked()


def read(body: Mapping[str, Any]) -> Models:
    """The models of what is kept; none where this build does not read it."""
    try:
        said = Declared.model_validate(body.get("site", {}))
        own = {slug: Choice.model_validate(each) for slug, each in body.get("categories", {}).items()}
    except ValueError:
        return Models()
    return Models(said, own)


def kept(said: Declared, categories: Mapping[str, Choice]) -> dict[str, Any]:
    """A declaration as it is kept: only what is said; of a site that says nothing: empty."""
    own = {slug: _plain(each) for slug, each in categories.items() if _plain(each)}
    return {name: value for name, value in (("site", _plain(said)), ("categories", own)) if value}


def _plain(part: Part) -> dict[str, Any]:
    return part.model_dump(mode="json", exclude_defaults=True)
