"""An OpenAPI document (3.0 or 3.1, YAML or JSON) as its operations.

Law of the room: a document is foreign. It is bounded before it is read, leads nowhere but into itself, and whatever of
it is not as the specification says is left out rather than guessed at.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from sites.core import foreign
from sites.core.refusal import Refused
from tools.declaration import METHODS

LARGEST = 1_000_000
"""Characters of a document."""
VALUES = 200_000
"""Values in it, what aliases of YAML stand for counted each time."""
OPERATIONS = 2_000
HOPS = 16
"""References followed in a row."""
LONGEST = 300
"""Characters of a text that is shown or taken over."""

Node = Mapping[str, Any]
_LOADER: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_VERSION = re.compile(r"3\.[01](\.\d{1,3})?")


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that can be asked: `key` is “GET /orders/{id}”; `parameters`, `body` and `replies` are resolved."""

    method: str
    path: str
    name: str
    summary: str
    about: str
    parameters: tuple[Node, ...]
    body: Node | None
    replies: Mapping[str, Node]

    @property
    def key(self) -> str:
        """What it is picked by."""
        return f"{self.method} {self.path}"


@dataclass(frozen=True, slots=True)
class Document:
    """A document: its title, where it says the system is, how it says one signs in, and its operations by key."""

    title: str
    url: str
    schemes: Mapping[str, Node]
    operations: Mapping[str, Operation] = field(default_factory=dict)
    root: Node = field(default_factory=dict)

    def operation(self, key: str) -> Operation:
        """The operation of a key, or of an operationId. Raises Refused."""
        found = self.operations.get(key) or next((o for o in self.operations.values() if o.name == key), None)
        if found is None:
            raise Refused(f"The document has no operation “{line(key)}”. It has: {', '.join(self.operations)[:600]}.")
        return found


def read(text: str) -> Document:
    """A text as a document. Raises Refused, naming the cause."""
    root = _parsed(text)
    version = str(root.get("openapi", ""))
    if not _VERSION.fullmatch(version):
        said = f"“{line(version)}”" if version else "Swagger 2" if "swagger" in root else "nothing"
        raise Refused(f"An OpenAPI document says “openapi: 3.0.x” or “3.1.x”; this says {said}. Convert it first.")
    components = part(part(root, "components"), "securitySchemes")
    schemes = {str(name): resolved(root, each) for name, each in list(components.items())[:20]}
    found = dict(_operations(root))
    if not found:
        raise Refused("The document has no operation under “paths:” that could be used.")
    return Document(line(part(root, "info").get("title")), _server(root), schemes, found, root)


def resolved(root: Node, node: Any) -> Node:
    """A node with its `$ref` followed, inside the document only. Raises Refused for one that leads elsewhere."""
    for _ in range(HOPS):
        if not isinstance(node, dict):
            return {}
        if "$ref" not in node:
            return node
        node = _target(root, str(node["$ref"]))
    raise Refused("References in the document lead in a circle.")


def part(node: Any, key: str) -> Node:
    """The mapping under a key; an empty one where there is none."""
    held = node.get(key) if isinstance(node, dict) else None
    return held if isinstance(held, dict) else {}


def listed(node: Any, key: str) -> list[Any]:
    """The list under a key; an empty one where there is none."""
    held = node.get(key) if isinstance(node, dict) else None
    return held if isinstance(held, list) else []


def line(value: Any) -> str:
    """A text of the document as one short line; nothing where it is no text."""
    if not isinstance(value, str):
        return ""
    plain = " ".join("".join(c if c.isprintable() else " " for c in value).split())
    return plain if len(plain) <= LONGEST else f"{plain[: LONGEST - 1]}…"


# ── Inside ────────────────────────────────────────────────────────────────────────────────────────────────────


def _parsed(text: str) -> Node:
    if len(text) > LARGEST:
        raise Refused(f"The document is longer than {LARGEST:,} characters. Cut it to the operations you need.")
    try:
        value = foreign.loads(text) if text.lstrip().startswith("{") else _of_yaml(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f" in line {mark.line + 1}" if mark else ""
        raise Refused(f"The document is not YAML{where}: {line(error.problem or error.context)}.") from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise Refused(f"The document cannot be read: {line(str(error))}.") from None
    if not isinstance(value, dict):
        raise Refused("An OpenAPI document is a mapping with “openapi:”, “info:” and “paths:”.")
    return value


def _of_yaml(text: str) -> Any:
    """A YAML text as JSON would have it: texts for keys, no value inside itself, a bounded number of values."""
    left = [VALUES]
    return foreign.clean(_plain(_LOADER(text).get_single_data(), left, foreign.DEEPEST))


def _plain(value: Any, left: list[int], levels: int) -> Any:
    left[0] -= 1
    if left[0] < 0 or not levels:
        raise ValueError("too many values, or nested too deeply (aliases of aliases?)")
    if isinstance(value, dict):
        return {str(key): _plain(each, left, levels - 1) for key, each in value.items()}
    if isinstance(value, list):
        return [_plain(each, left, levels - 1) for each in value]
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def _target(root: Node, reference: str) -> Any:
    if not reference.startswith("#/"):
        raise Refused(f"“{line(reference)}” leads out of the document; put what it names into the document.")
    found: Any = root
    for step in reference[2:].split("/"):
        step = step.replace("~1", "/").replace("~0", "~")
        if isinstance(found, dict) and step in found:
            found = found[step]
        else:
            raise Refused(f"“{line(reference)}” names nothing in the document.")
    return found


def _server(root: Node) -> str:
    first: Any = next(iter(listed(root, "servers")), {})
    url = line(first.get("url")) if isinstance(first, dict) else ""
    return url.rstrip("/") if url.startswith(("https://", "http://")) and "{" not in url else ""


def _operations(root: Node) -> Iterator[tuple[str, Operation]]:
    seen = 0
    for path, held in part(root, "paths").items():
        item = resolved(root, held)
        for method in METHODS:
            said = item.get(method.lower())
            if not isinstance(said, dict) or not path.startswith("/") or any(c in path for c in " ?#"):
                continue
            seen += 1
            if seen > OPERATIONS:
                raise Refused(f"The document has more than {OPERATIONS:,} operations. Cut it to those you need.")
            operation = _operation(root, method, path, item, said)
            yield operation.key, operation


def _operation(root: Node, method: str, path: str, item: Node, said: Node) -> Operation:
    given = [resolved(root, each) for each in (*listed(item, "parameters"), *listed(said, "parameters"))]
    named = [each for each in given if isinstance(each.get("in"), str) and isinstance(each.get("name"), str)]
    own = {(each["in"], each["name"]): each for each in named}  # an operation's own win over its path's
    body = resolved(root, said["requestBody"]) if "requestBody" in said else None
    replies = {str(status): resolved(root, each) for status, each in part(said, "responses").items()}
    return Operation(
        method, path, line(said.get("operationId")), line(said.get("summary")), line(said.get("description")),
        tuple(own.values()), body, replies,
    )  # fmt: skip
