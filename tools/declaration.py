"""A tool as people declare it, in a file or in the admin: what is asked of a connection, for whom, and what is said of
the reply.

Law of the room: whatever a declaration leaves open is the strictest: it writes, for good, for a verified customer. What
is about a person is bound to a signed claim, or it is no declaration.
"""

import re
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import Annotated, Any

from pydantic import BeforeValidator, model_validator

from sites.core.parts import Item, Listed, Needed, Part, Several, Text, Texts, number, one_of
from tools.arguments import Argument
from tools.connection import Connection, Name
from tools.proving import Guest
from tools.reply import Field, Flag, JsonPath
from tools.sentences import Line, Sentence, slots

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
READS = ("GET", "POST")
GOOD = 200
_MARK = re.compile(r"\{([^{}]*)\}")
Mistake = tuple[tuple[str | int, ...], str]
"""A place in a tool, and what is wrong there."""


def _listed(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


class Request(Part):
    """What is asked: `{argument}` in the path, the query and the body stands for its value."""

    connection: Name
    method: Annotated[Text, one_of(METHODS)] = "GET"
    path: Needed
    query: Mapping[str, Item] = {}
    body: Mapping[str, Item] = {}

    @property
    def used(self) -> frozenset[str]:
        """The arguments that it sends."""
        return frozenset(
            name for text in (self.path, *self.query.values(), *self.body.values()) for name in marks(text)
        )


class Limits(Part):
    """How often a minute it may be used, by one person and by the whole site."""

    person: Annotated[int, number(1, 1_000)] = 12
    site: Annotated[int, number(1, 100_000)] = 600


class Outcome(Part):
    """What is said of a reply: the first outcome whose status it has and whose conditions hold."""

    reply: Annotated[tuple[Annotated[int, number(100, 599)], ...], BeforeValidator(_listed)] = (GOOD,)
    when: Annotated[Mapping[str, Any], BeforeValidator(lambda value: Line(say="-", when=value).when)] = {}
    say: Annotated[tuple[Sentence, ...], Listed]


class Tool(Part):
    """One tool. `citation`: what it is cited as, else the connection's title.

    Of one that writes, `change`: what changes, in words; `valid_for`: minutes in which it may be approved;
    `reversible`: the tool that undoes it, `undo_for` so many minutes; `repeats`: the system knows a repeat by its key;
    `reroutes`: it changes where things are sent, so the address that was signed before is told.
    `fresh`: minutes since the customer signed in, at most; 0: any sign-in that is valid. `guest`: how who has no
    account proves that a thing is theirs; without it nobody does.
    """

    name: Name
    title: Needed
    purpose: Text = ""
    owner: Text = ""
    access: Annotated[Text, one_of(("read", "write"))] = "write"
    reversible: Text = ""
    change: Text = ""
    valid_for: Annotated[int, number(1, 10_080)] = 60
    undo_for: Annotated[int, number(1, 10_080)] = 60
    repeats: Flag = False
    reroutes: Flag = False
    fresh: Annotated[int, number(0, 1_440)] = 0
    identity: Annotated[Text, one_of(("verified", "none"))] = "verified"
    limits: Limits = Limits()
    timeout: Annotated[int, number(1, 8)] = 2
    guest: Guest | None = None
    request: Request
    arguments: Mapping[Name, Argument] = {}
    belongs_to: Mapping[JsonPath, Text] = {}
    keep: Mapping[Name, Field] = {}
    outcomes: Annotated[tuple[Outcome, ...], Listed]
    citation: Text = ""
    examples: Texts = ()

    @model_validator(mode="after")
    def _sound(self) -> "Tool":
        if wrong := [*_of_request(self), *_of_binding(self), *_of_guest(self), *_of_keep(self), *_of_outcomes(self)]:
            raise Several(wrong)
        return self

    @property
    def writes(self) -> bool:
        """Whether it changes anything."""
        return self.access == "write"

    @property
    def claims(self) -> Mapping[str, Argument]:
        """The arguments that come from the verified identity."""
        return {name: each for name, each in self.arguments.items() if each.claim}

    def as_json(self) -> dict[str, Any]:
        """As it is kept and frozen: what it says, without what it leaves open."""
        return self.model_dump(mode="json", exclude_defaults=True)


class Declared(Part):
    """One file of `tools/`."""

    connections: tuple[Connection, ...] = ()
    tools: tuple[Tool, ...] = ()


def marks(text: str) -> list[str]:
    """The arguments that stand in a part of a request."""
    return _MARK.findall(text)


def strangers(
    tools: Mapping[str, Tool], connections: Mapping[str, Connection]
) -> Iterator[tuple[str, tuple[str, ...], str]]:
    """What tools name and nobody declares: the tool, the place in it, and what is wrong."""
    for name, tool in tools.items():
        if tool.request.connection not in connections:
            known = ", ".join(sorted(connections)) or "none"
            yield name, ("request", "connection"), f"there is no connection “{tool.request.connection}”; known: {known}"
        if tool.reversible and tool.reversible not in tools:
            yield name, ("reversible",), f"there is no tool “{tool.reversible}” that could undo it"
        elif tool.reversible and not _takes_back(tools[tool.reversible], tool):
            yield name, ("reversible",), f"“{tool.reversible}” must write, and with the arguments of this one only"
        for argument, each in tool.arguments.items():
            if each.call and (text := _no_call(each, tools)):
                yield name, ("arguments", argument, "call"), text


def unbound(tool: Tool) -> str:
    """A warning where nothing shows that a reply is about who asked; empty when something does."""
    if tool.identity == "verified" and not tool.claims.keys() & set(tool.belongs_to.values()):
        return (
            f"“{tool.name}” does not say where its reply names whom it belongs to (belongs_to); it is believed unseen"
        )
    return ""


# ── Inside ────────────────────────────────────────────────────────────────────────────────────────────────────


def _of_request(tool: Tool) -> Iterator[Mistake]:
    for name in sorted(tool.request.used - tool.arguments.keys()):
        yield ("request",), f"“{{{name}}}” is no argument of this tool"
    for name in sorted(tool.arguments.keys() - tool.request.used - set(tool.belongs_to.values())):
        yield ("arguments", name), f"“{name}” is asked for and sent nowhere"
    if not tool.request.path.startswith("/") or "?" in tool.request.path or "#" in tool.request.path:
        yield ("request", "path"), "the path begins with / and has no ? or #; what follows one goes under “query:”"
    if not tool.writes and tool.request.method not in READS:
        yield ("access",), f"{tool.request.method} changes things: say “access: write”"
    if tool.writes and tool.request.method == "GET":
        yield ("request",), "GET changes nothing: say “access: read”"
    if tool.writes and (not tool.change or slots(tool.change) - tool.arguments.keys()):
        yield ("change",), "“change:” says what changes, in words, with nothing but arguments in it"
    if tool.writes and (tool.identity == "none" or any(each.most > 1 for each in tool.arguments.values())):
        yield ("access",), "what writes is for one verified customer and one thing at a time"
    if sum(each.most > 1 for each in tool.arguments.values()) > 1:
        yield ("arguments",), "only one argument may have several values"


def _of_binding(tool: Tool) -> Iterator[Mistake]:
    if tool.claims and tool.identity == "none":
        yield ("identity",), "a claim needs “identity: verified”"
    if tool.identity == "verified" and not tool.claims:
        yield ("arguments",), "nothing binds it to who asks: give an argument a claim, or say “identity: none”"
    if tool.fresh and tool.identity == "none":
        yield ("fresh",), "a fresh sign-in needs “identity: verified”"
    if tool.reroutes and not (tool.writes and tool.fresh):
        yield (
            ("reroutes",),
            "what changes where things are sent writes, and needs “fresh:”, minutes since the sign-in",
        )
    for path, name in tool.belongs_to.items():
        if name not in tool.arguments:
            yield ("belongs_to", path), f"“{name}” is no argument of this tool"


def _of_guest(tool: Tool) -> Iterator[Mistake]:
    if (guest := tool.guest) is None:
        return
    if tool.writes or tool.fresh or tool.identity == "none":
        yield ("guest",), "a guest only reads, and only what needs a sign-in that may be of any age"
    proves = tool.arguments.get(guest.proves)
    if proves is None or not proves.pattern:
        yield ("guest", "proves"), f"“{guest.proves}” must be an argument with a pattern that finds it in what is typed"
    if any(each.claim not in ("", "sub") for each in tool.arguments.values()):
        yield ("guest",), "a guest has no address that could be sent: take “sub” as the claim"
    if tool.claims and not guest.customer:
        yield ("guest",), "“customer:” is needed: where the look-up names whose it is, in place of the claim"
    if any(each.call for name, each in tool.arguments.items() if name != guest.proves):
        yield ("guest",), "an earlier call lists what belongs to a sign-in; ask for the other arguments"
    named = {*slots(guest.thing), *(n for t in (guest.path, *guest.query.values()) for n in marks(t))}
    for name in sorted({*named, *guest.belongs_to.values()} - {guest.proves}):
        yield ("guest",), f"“{name}” is not known before it is proved; only “{guest.proves}” is"
    if guest.proves not in guest.belongs_to.values():
        yield ("guest",), "“belongs_to:” is needed: where the look-up names the thing, so that no other is proved by it"


def _of_keep(tool: Tool) -> Iterator[Mistake]:
    known = tool.arguments.keys() | tool.keep.keys()
    for slot, field in tool.keep.items():
        for n, line in enumerate(field.each):
            yield from ((("keep", slot, "each", n), text) for text in _unknown(line, field.rows.keys(), {}))
        for word, phrase in field.words.items():
            unfilled = sorted(slots(phrase) - known)
            yield from ((("keep", slot, "words", word), f"“${name}” is filled by nothing") for name in unfilled)


def _of_outcomes(tool: Tool) -> Iterator[Mistake]:
    if not tool.outcomes:
        yield ("outcomes",), "a tool needs at least one outcome: what is said of a reply"
    for n, outcome in enumerate(tool.outcomes):
        good = any(status < 300 for status in outcome.reply)
        known = tool.arguments.keys() | (tool.keep.keys() if good else set())
        if all(line.when or line.each for line in outcome.say):
            yield ("outcomes", n), "an outcome needs a sentence that is always said"
        for name in sorted(outcome.when.keys() - known):
            yield ("outcomes", n, "when", name), f"“{name}” is no value to compare"
        for m, line in enumerate(outcome.say):
            yield from ((("outcomes", n, "say", m), text) for text in _unknown(line, known, tool.keep))


def _unknown(line: Line, known: AbstractSet[str], keep: Mapping[str, Field]) -> Iterator[str]:
    if line.each and (line.each not in keep or not keep[line.each].rows):
        yield f"“each: {line.each}” names no rows"
        return
    known = known | (keep[line.each].rows.keys() if line.each else set())
    for name in sorted((slots(line.say) | line.when.keys()) - known):
        yield f"“${name}” is filled by nothing; known are {', '.join(sorted(known)) or 'none'}"


def _takes_back(back: Tool, tool: Tool) -> bool:
    return back.writes and not back.arguments.keys() - tool.arguments.keys()


def _no_call(argument: Argument, tools: Mapping[str, Tool]) -> str:
    name, rows, value = argument.of_call
    called = tools.get(name)
    if called is None:
        return f"there is no tool “{name}”"
    if called.writes or any(not each.claim for each in called.arguments.values()):
        return f"“{name}” cannot be called first: it must read, and need nothing but claims"
    if rows not in called.keep or value not in called.keep[rows].rows:
        return f"“{name}” keeps no “{rows}.{value}”"
    return ""
