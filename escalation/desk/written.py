"""What an agent writes, as parts: lists are lists, and web addresses can be followed, for the customer and at the desk.

Law of the room: no markup is read. A line that begins as a list's does is a point of it, and an address is a link to
itself and to nothing else: what is shown is where it leads.
"""

import re
from collections.abc import Sequence
from itertools import groupby
from typing import Any

_BULLET = re.compile(r"\s*[-*•]\s+(?=\S)")
_NUMBER = re.compile(r"\s*(\d{1,3})[.)]\s+(?=\S)")
_ADDRESS = re.compile(r"https?://[^\s<>\"“”]+", re.I)
_TAIL = ".,;:!?'’»"


def parts(text: str, cites: Sequence[int] = ()) -> list[dict[str, Any]]:
    """The parts of a text; [] where it is plain. The last part carries the citations."""
    made = [_part(kind, lines) for kind, lines in _runs(text)]
    if not any("items" in part or "links" in part for part in made):
        return []
    return [{**part, "cites": list(cites) if n == len(made) else []} for n, part in enumerate(made, 1)]


def links(text: str) -> list[dict[str, str]]:
    """The web addresses in a text, in their order."""
    found = (_trimmed(match.group()) for match in _ADDRESS.finditer(text))
    return [{"text": address, "url": address} for address in found]


def _runs(text: str) -> list[tuple[str, list[str]]]:
    """Lines that belong together, each run with its kind; a list of one line is none."""
    lines = text.strip().split("\n")
    runs: list[tuple[str, list[str]]] = []
    for kind, group in groupby(lines, _kind):
        same = list(group)
        kind = kind if kind == "text" or len(same) > 1 else "text"
        if kind == "text" and runs and runs[-1][0] == "text":
            runs[-1][1].extend(same)
        else:
            runs.append((kind, same))
    return [(kind, same) for kind, same in runs if "".join(same).strip()]


def _kind(line: str) -> str:
    return "list" if _BULLET.match(line) else "steps" if _NUMBER.match(line) else "text"


def _part(kind: str, lines: list[str]) -> dict[str, Any]:
    said = "\n".join(lines).strip("\n")
    found = links(said)
    part: dict[str, Any] = {"text": said} | ({"links": found} if found else {})
    if kind == "text":
        return part
    begins = _BULLET if kind == "list" else _NUMBER
    part |= {"kind": kind, "items": [begins.sub("", line, count=1).strip() for line in lines]}
    number = _NUMBER.match(lines[0])
    return part | ({"start": int(number[1])} if number else {})


def _trimmed(address: str) -> str:
    """An address without the marks that end its sentence; a closing bracket stays where one was opened."""
    while address and (address[-1] in _TAIL or (address[-1] == ")" and address.count("(") < address.count(")"))):
        address = address[:-1]
    return address
