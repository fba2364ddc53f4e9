"""Parts of a message as people at the company see them: real lists and tables, numbers kept, links to follow.

Law of the room: what is kept is data from a row, so every word is text, and an address that is not http, https, mailto
or tel is no link, whoever stored it.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

_FOLLOWED = re.compile(r"(?:https?://|mailto:|tel:)[^\s<>\"]+\Z", re.I)

Words = tuple[tuple[str, str], ...]
"""A text in runs, each with the address it leads to, or none."""


@dataclass(frozen=True, slots=True)
class Block:
    """One part: a paragraph (`words`), steps or a list (`points`), or a table, with what is shown on request."""

    kind: str
    label: str = ""
    lead: Words = ()
    words: Words = ()
    points: tuple[Words, ...] = ()
    start: int = 1
    head: tuple[Words, ...] = ()
    rows: tuple[tuple[Words, ...], ...] = ()
    cites: tuple[int, ...] = ()
    more: tuple["Block", ...] = ()
    level: int = 0


def blocks(text: str, parts: Sequence[Mapping[str, Any]] | None) -> tuple[Block, ...]:
    """The parts of a message as it is stored; a message without parts is its text."""
    return tuple(map(_block, parts or [{"text": text}]))


def _block(part: Mapping[str, Any]) -> Block:
    links = [(str(link["text"]), str(link["url"])) for link in part.get("links", ())]
    label, more = str(part.get("label", "")), part.get("more")
    behind = tuple(map(_block, more.get("parts") or [more])) if more else ()
    kept = Block(
        "text", label, lead=linked(str(part.get("lead", "")), links), cites=tuple(part.get("cites", ())), more=behind
    )
    if rows := part.get("rows"):
        head, *body = (tuple(linked(str(cell), links) for cell in row) for row in rows)
        return replace(kept, kind="table", head=head, rows=tuple(body))
    if items := part.get("items"):
        points = tuple(linked(str(item), links) for item in items)
        kind = "steps" if part.get("kind") == "steps" else "list"
        return replace(kept, kind=kind, points=points, start=int(part.get("start", 1)))
    text = str(part["text"])
    return replace(kept, words=linked(text.removeprefix(f"{label}\n") if label else text, links))


def linked(text: str, links: list[tuple[str, str]]) -> Words:
    """A text with its links, which are taken from the front of `links` as they are found."""
    runs: list[tuple[str, str]] = []
    while links and links[0][0] in text:
        words, url = links.pop(0)
        before, _, text = text.partition(words)
        runs += [(before, ""), (words, url if _FOLLOWED.match(url) else "")]
    return tuple((words, url) for words, url in (*runs, (text, "")) if words)


def read(blocks: Iterable[Block]) -> str:
    """The same as plain text, for a mail: numbers and marks kept, and the address of a link after its words."""
    return "\n\n".join(_read(block) for block in blocks)


def _read(block: Block) -> str:
    lines = [block.label, _told(block.lead), _told(block.words)]
    steps = block.kind == "steps"
    lines += [
        f"{n}. {_told(each)}" if steps else f"- {_told(each)}" for n, each in enumerate(block.points, block.start)
    ]
    for row in block.rows:
        lines += ["; ".join(f"{_told(name)}: {_told(cell)}" for name, cell in zip(block.head, row, strict=False))]
    return "\n".join([*filter(None, lines), *(f"\n{_read(each)}" for each in block.more)])


def _told(words: Words) -> str:
    return "".join(f"{each} ({url})" if url and url not in (each, f"mailto:{each}") else each for each, url in words)
