"""JSON schemas of a document as types of a declaration: what can be told of a value, and which values a reply holds."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeGuard

from sites.core.refusal import Refused
from tools import patterns
from tools.openapi.document import Node, line, listed, part, resolved
from tools.reply import LONGEST, MOST

DEEPEST = 4
"""Levels of objects that values are looked for in."""
LOOKS = 5_000
"""Schemas that are looked at for one operation."""
CHOICES = 30
_JSON = re.compile(r"application/([\w.+-]*\+)?json(;.*)?", re.I)
_KEY = re.compile(r"[A-Za-z_][\w-]*", re.A)


@dataclass(frozen=True, slots=True)
class Leaf:
    """A value of a reply: its JSON path, the words on the way to it, its schema, whether it may be missing.

    `rows`: of a list of objects, the values of each.
    """

    path: str
    way: tuple[str, ...]
    schema: Node
    optional: bool
    rows: tuple["Leaf", ...] = ()


class Schemas:
    """The schemas of a document, looked into so often and no more: what refers to itself has no end."""

    def __init__(self, root: Node) -> None:
        self.root, self.left = root, LOOKS

    def of_content(self, holder: Node | None) -> Node:
        """The schema of what a request or a reply holds as JSON; an empty one where there is none."""
        content = part(holder, "content")
        kept = next((each for each in content if _JSON.fullmatch(each)), None)
        return self.merged(part(content.get(kept), "schema")) if kept else {}

    def merged(self, schema: Any, depth: int = 0) -> Node:
        """A schema with its reference followed, `allOf` put together, and the one choice that is not null."""
        self.left -= 1
        if self.left < 0:
            raise Refused("The schemas of this operation hold too much of each other; write out what it needs.")
        said = dict(resolved(self.root, schema))
        if depth > DEEPEST:
            return said
        for each in listed(said, "allOf"):
            more = self.merged(each, depth + 1)
            properties = {**part(more, "properties"), **part(said, "properties")}
            required = [*listed(said, "required"), *listed(more, "required")]
            said = {**more, **said, "properties": properties, "required": required}
        for key in ("oneOf", "anyOf"):
            others = [each for each in listed(said, key) if not (isinstance(each, dict) and each.get("type") == "null")]
            if len(others) == 1:
                less = {"nullable": True} if len(others) < len(listed(said, key)) else {}
                said = {**self.merged(others[0], depth + 1), **less}
        return said

    def members(self, schema: Node) -> Iterator[tuple[str, Node, bool]]:
        """The properties of an object: name, schema, whether it must be there. A name no path can have is left out."""
        needed = {each for each in listed(schema, "required") if isinstance(each, str)}
        for name, each in part(schema, "properties").items():
            if _KEY.fullmatch(name):
                yield name, self.merged(each), name in needed

    def leaves(self, schema: Node) -> Iterator[Leaf]:
        """The values of a reply, in the document's order: plain ones, and lists of objects with plain ones."""
        yield from self._below(schema, Leaf("$", (), schema, False), DEEPEST)

    def _below(self, schema: Node, at: Leaf, levels: int, rows: bool = True) -> Iterator[Leaf]:
        """`at`: where the schema stands."""
        optional = at.optional or nullable(schema)
        match kind(schema):
            case "object" if levels:
                for name, each, needed in self.members(schema):
                    place = Leaf(f"{at.path}.{name}", (*at.way, name), each, optional or not needed)
                    yield from self._below(each, place, levels - 1, rows)
            case "array" if rows and levels:
                each = self.merged(schema.get("items"))
                inner = tuple(self._below(each, Leaf("$", (), each, False), 2, rows=False))
                if inner and kind(each) == "object":
                    yield Leaf(at.path, at.way, schema, optional, inner)
            case "text" | "choice" | "date" | "number" | "decimal" | "flag" if at.way:
                yield Leaf(at.path, at.way, schema, optional)


def kind(schema: Node) -> str:
    """`object`, `array`, or the type of a declaration's value; empty where a schema says none that is read."""
    said = schema.get("type")
    names = [each for each in (said if isinstance(said, list) else [said]) if each != "null"]
    name = names[0] if len(names) == 1 else None
    if name is None and part(schema, "properties"):
        return "object"
    if name == "string":
        return "choice" if words(schema) else "date" if schema.get("format") in ("date", "date-time") else "text"
    known = {"integer": "number", "number": "decimal", "boolean": "flag", "object": "object", "array": "array"}
    return known.get(name, "") if isinstance(name, str) else ""


def nullable(schema: Node) -> bool:
    """Whether null may stand for a value."""
    said = schema.get("type")
    return schema.get("nullable") is True or (isinstance(said, list) and "null" in said)


def words(schema: Node) -> tuple[str, ...]:
    """The texts a value may have, where a schema lists them."""
    said = [each for each in listed(schema, "enum") if each is not None]
    fits = all(isinstance(each, str) and line(each) == each and 0 < len(each) <= 60 for each in said)
    return tuple(dict.fromkeys(said)) if fits and len(said) <= CHOICES else ()


def pattern(schema: Node) -> str:
    """What all of a text must be, where a schema says so and it may be used; anchors are left out, as it is whole."""
    said = schema.get("pattern")
    if not isinstance(said, str) or not (said.startswith("^") and said.endswith("$") and not said.endswith("\\$")):
        return ""
    inner = said[1:-1]
    return "" if not inner or patterns.wrong(inner) else inner


def bounds(schema: Node) -> Mapping[str, int]:
    """`least` and `most` of a value, where a schema says them and they are stricter than what always holds."""
    keys = {"text": ("minLength", "maxLength"), "number": ("minimum", "maximum")}.get(kind(schema))
    if keys is None:
        return {}
    least, most = (schema.get(key) for key in keys)
    limit = LONGEST if kind(schema) == "text" else MOST
    found = {"least": least} if _whole(least, limit) and least else {}
    return {**found, **({"most": most} if _whole(most, limit) else {})}


def _whole(value: Any, limit: int) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= limit
