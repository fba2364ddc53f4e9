"""A declaration filled in from one operation: a start for a person, with what is to be looked at said in words.

Law of the room: nothing here decides. Names, types and patterns are proposed, and the declaration is checked as one
that was typed. What cannot be told from a document (whose a reply is, what may be said) is told to be missing.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tools.openapi import schemas
from tools.openapi.document import Document, Node, Operation, line, part
from tools.openapi.schemas import Leaf, Schemas

Body = dict[str, Any]
PERSONS = frozenset({
    "customer", "customer_id", "customer_number", "user", "user_id", "username", "account", "account_id", "member",
    "member_id", "client_id", "owner", "owner_id", "sub", "email", "email_address", "customer_email", "user_email",
})  # fmt: skip
"""Names under which systems commonly ask who it is about: proposed as a signed claim, for a person to confirm."""
KEPT, ROWED = 12, 6
"""Values of a reply, and of each of its rows, that are proposed; others are named in a note."""
UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
LOOSE = {"number": r"\b(\d{1,15})\b", "date": r"\b(\d{4}-\d{2}-\d{2})\b", "text": r"\b([A-Z]{0,4}-?\d{2,12})\b"}
"""Patterns that are proposed where the document has none."""


@dataclass(slots=True)
class Proposal:
    """A body for the form of a tool, and what a person should look at. `connection`: a body for one, as told there."""

    tool: Body
    connection: Body
    notes: list[str] = field(default_factory=list)


def propose(document: Document, operation: Operation, connection: str = "") -> Proposal:
    """The declaration of a tool for an operation, on a connection of that name. Raises Refused."""
    made = Proposal({}, _connection(document, connection), [])
    looked = Schemas(document.root)
    taken: dict[str, str] = {}
    arguments = dict(_parameters(looked, operation, taken, made.notes))
    body = dict(_sent(looked, operation, arguments, taken, made.notes))
    writes = operation.method != "GET"
    title = line(operation.summary or _words(operation.name) or operation.key)[:60]
    status, reply = _reply(looked, operation, made.notes)
    keep, belongs_to = _kept(looked, reply, arguments, made.notes)
    verified = any("claim" in each for each in arguments.values())
    if not verified:
        made.notes.append(
            "Nothing here names the customer. Give the argument that does a claim (sub or email) and no pattern, "
            "or say “none” where anybody may ask."
        )
    elif not set(belongs_to.values()) & {name for name, each in arguments.items() if "claim" in each}:
        made.notes.append(
            "Say where the reply names whose it is (a reply belongs to): without it the system is believed."
        )
    made.tool = {
        "name": _name(operation.name or f"{operation.method} {operation.path}"),
        "title": title,
        **({"purpose": line(operation.about)} if operation.about else {}),
        "access": "write" if writes else "read",
        **({"change": _sentence(title, arguments, operation)} if writes else {}),
        "identity": "verified",
        "request": {
            "connection": made.connection["name"],
            "method": operation.method,
            "path": re.sub(r"\{([^{}]*)\}", lambda mark: f"{{{taken.get(mark[1], _name(mark[1]))}}}", operation.path),
            "query": {each["name"]: f"{{{taken[each['name']]}}}" for each in operation.parameters
                      if each["in"] == "query" and each["name"] in taken},
            **({"body": body} if body else {}),
        },
        "arguments": arguments,
        "belongs_to": belongs_to,
        "keep": keep,
        "outcomes": [*_refusals(operation, arguments), {"reply": [status], "say": _said(title, keep)}],
    }  # fmt: skip
    return made


# ── Arguments ─────────────────────────────────────────────────────────────────────────────────────────────────


def _parameters(
    looked: Schemas, operation: Operation, taken: dict[str, str], notes: list[str]
) -> Iterator[tuple[str, Body]]:
    """Those of the path and those that must be sent. `taken`: how the document's names are written here."""
    left = []
    for each in operation.parameters:
        name, place = each["name"], each["in"]
        if not name.isprintable() or len(name) > 60:
            continue
        if place in ("header", "cookie"):
            notes.extend([f"It needs {place} “{name}”, which a tool cannot send."] if each.get("required") else [])
        elif place == "path" or each.get("required") or _name(name) in PERSONS:
            taken[name] = _free(_name(name), taken)
            yield taken[name], _argument(taken[name], looked.merged(each.get("schema")), line(each.get("description")))
        elif place == "query":
            left.append(name)
    if left:
        notes.append(f"Left out, for it need not be sent: {', '.join(left[:20])}.")
    for name in re.findall(r"\{([^{}]*)\}", operation.path):
        if name not in taken:
            taken[name] = _free(_name(name), taken)
            yield taken[name], _argument(taken[name], {}, "")


def _sent(
    looked: Schemas, operation: Operation, arguments: dict[str, Body], taken: dict[str, str], notes: list[str]
) -> Iterator[tuple[str, str]]:
    """The body: each value that it must have, as an argument of its own."""
    schema = looked.of_content(operation.body)
    if operation.body and schemas.kind(schema) != "object":
        notes.append("Its body is no JSON object of plain values, which is all that a tool can send.")
    for name, each, needed in looked.members(schema):
        if not needed and _name(name) not in PERSONS:
            continue
        if schemas.kind(each) in ("object", "array", ""):
            notes.append(f"Its body needs “{name}”, which is no plain value: a tool cannot send it.")
            continue
        known = taken.get(name) or _free(_name(name), taken)
        if name not in taken:
            taken[name] = known
            arguments[known] = _argument(known, each, line(each.get("description")))
        yield name, f"{{{known}}}"


def _argument(name: str, schema: Node, about: str) -> Body:
    """Where an argument may come from: a claim where its name says so, else the message, else a question."""
    if name in PERSONS:
        return {"claim": "email" if "email" in name else "sub"}
    if choices := schemas.words(schema):
        buttons = [{"say": _words(each).capitalize() or each, "value": each} for each in choices[:8]]
        return {"ask": {"question": _question(name, about), "choices": buttons}}
    kind = schemas.kind(schema)
    kind = kind if kind in ("number", "date") else "text"
    exact = UUID if schema.get("format") == "uuid" else schemas.pattern(schema)
    pattern = rf"\b({exact})\b" if exact and "(" not in exact else LOOSE[kind]
    asked = {"pattern": pattern, "ask": {"question": _question(name, about)}}
    return {**({"type": kind} if kind != "text" else {}), **asked}


# ── The reply ─────────────────────────────────────────────────────────────────────────────────────────────────


def _reply(looked: Schemas, operation: Operation, notes: list[str]) -> tuple[int, Node]:
    """The status of the reply that means well, and the schema of what it holds."""
    good = [status for status in operation.replies if re.fullmatch(r"2\d\d", status)]
    status = next((each for each in good if looked.of_content(operation.replies[each])), good[0] if good else "200")
    schema = looked.of_content(operation.replies.get(status) or operation.replies.get("2XX"))
    if not schema:
        notes.append("The document does not say what the reply holds as JSON: say what is read of it.")
    return int(status), schema


def _kept(
    looked: Schemas, schema: Node, arguments: Mapping[str, Body], notes: list[str]
) -> tuple[Body, dict[str, str]]:
    """What is read of a reply, and which of its values must be an argument."""
    keep: Body = {}
    belongs_to: dict[str, str] = {}
    left: list[str] = []
    for leaf in looked.leaves(schema):
        for inner, path in [(each, f"{leaf.path}[*]{each.path[1:]}") for each in leaf.rows] or [(leaf, leaf.path)]:
            if (name := _bound(inner, arguments)) is not None:
                belongs_to[path] = name
        if not leaf.rows and leaf.path in belongs_to:
            continue
        if len(keep) == KEPT:
            left.append(leaf.path)
            continue
        slot = _slot(leaf.way or ("rows",), {*keep, *arguments})
        keep[slot] = _rows(leaf) if leaf.rows else _field(leaf)
    if left:
        notes.append(f"Not read, for only {KEPT} values are proposed: {', '.join(left[:20])}.")
    return keep, belongs_to


def _bound(leaf: Leaf, arguments: Mapping[str, Body]) -> str | None:
    """The argument of the same name and type as a value of a reply."""
    name = _name(leaf.way[-1])
    known = arguments.get(name)
    wanted = {"number": "number", "text": "text", "choice": "text"}.get(schemas.kind(leaf.schema))
    return name if known is not None and known.get("type", "text") == wanted else None


def _field(leaf: Leaf) -> Body:
    kind = schemas.kind(leaf.schema)
    said: Body = {"path": leaf.path, **({"type": kind} if kind != "text" else {})}
    if kind == "choice":
        said["words"] = {each: _escaped(_words(each) or each) for each in schemas.words(leaf.schema)}
    if kind == "text" and (pattern := schemas.pattern(leaf.schema)):
        said["pattern"] = pattern
    return {**said, **schemas.bounds(leaf.schema), **({"optional": True} if leaf.optional else {})}


def _rows(leaf: Leaf) -> Body:
    rows: Body = {}
    for inner in leaf.rows[:ROWED]:
        rows[_slot(inner.way, set(rows))] = _field(inner)
    each = ", ".join(f"${name}" for name in list(rows)[:3])
    return {"path": leaf.path, "rows": rows, "each": [{"say": each}], **({"optional": True} if leaf.optional else {})}


# ── Words ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _said(title: str, keep: Body) -> list[Body]:
    """One plain sentence to edit, and one for each value that may be missing."""
    always = [f"{_words(name)} ${name}" for name, each in keep.items() if not each.get("optional")]
    first = f"{_escaped(title)}: {', '.join(always)}." if always else f"{_escaped(title)}: done."
    more = [name for name, each in keep.items() if each.get("optional")]
    return [{"say": first}, *({"say": f"{_words(n).capitalize()}: ${n}.", "when": {n: "some"}} for n in more)]


def _refusals(operation: Operation, arguments: Mapping[str, Body]) -> Iterator[Body]:
    asked = " ".join(f"${name}" for name, each in arguments.items() if "claim" not in each)
    if "404" in operation.replies:
        yield {"reply": [404], "say": [{"say": f"I found nothing for {asked}." if asked else "I found nothing."}]}
    if "409" in operation.replies and operation.method != "GET":
        yield {"reply": [409], "say": [{"say": "This is not possible any more."}]}


def _sentence(title: str, arguments: Mapping[str, Body], operation: Operation) -> str:
    named = [f"{_words(name)} ${name}" for name, each in arguments.items() if "claim" not in each]
    return f"{_escaped(title)}: {', '.join(named)}" if named else _escaped(title or operation.key)


def _question(name: str, about: str) -> str:
    return _escaped(f"Which {_words(name)}?{f' ({about[:120]})' if about else ''}")


def _escaped(text: str) -> str:
    return text.replace("$", "$$")


def _words(name: str) -> str:
    """`orderId` and `order_id` as “order id”."""
    apart = re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", name)
    return " ".join(re.split(r"[^A-Za-z0-9]+", apart)).strip().lower()


def _name(text: str) -> str:
    """A text as a name: small letters, digits and underscores, a letter first."""
    name = _words(text).replace(" ", "_")[:50].strip("_")
    return name if name[:1].isalpha() else f"x_{name}".rstrip("_")


def _free(name: str, taken: Mapping[str, str]) -> str:
    return next(each for n in range(len(taken) + 1) if (each := f"{name}_{n + 1}" if n else name) not in taken.values())


def _slot(way: tuple[str, ...], taken: set[str]) -> str:
    """The shortest end of the way to a value that is free."""
    ends = [_name(" ".join(way[n:])) for n in range(len(way) - 1, -1, -1)]
    return next(
        (each for each in ends if each not in taken),
        next(each for n in range(2, len(taken) + 3) if (each := f"{ends[-1][:50]}_{n}") not in taken),
    )


# ── The connection ────────────────────────────────────────────────────────────────────────────────────────────


def _connection(document: Document, name: str) -> Body:
    name = name or _name(document.title or "system")
    secret = f"TOOL_{name.upper()}_KEY"
    auth = next(filter(None, (_auth(each, secret) for each in document.schemes.values())), None)
    made = {"name": name, "title": document.title or name, "url": document.url or f"$TOOL_{name.upper()}_URL"}
    return {**made, **({"auth": auth} if auth else {})}


def _auth(scheme: Node, secret: str) -> Body | None:
    """How one signs in, where a connection can."""
    match scheme.get("type"), str(scheme.get("scheme", "")).lower(), scheme.get("in"):
        case "http", "bearer", _:
            return {"kind": "bearer", "secret": secret}
        case "http", "basic", _:
            return {"kind": "basic", "user": "FILL IN", "secret": secret}
        case "apiKey", _, "header" if line(scheme.get("name")):
            return {"kind": "header", "header": line(scheme["name"]), "secret": secret}
        case "oauth2", _, _:
            flow = part(part(scheme, "flows"), "clientCredentials")
            url = line(flow.get("tokenUrl"))
            return {"kind": "oauth2", "token_url": url, "client": "FILL IN", "secret": secret} if url else None
    return None
