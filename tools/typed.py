"""How parts of a declaration are typed into a form: a line each, no JSON and no YAML by hand.

    packed = waiting for $carrier                          a value and its words, or a name and what stands for it
    [due is past; status is packed, shipped] It was due.   a sentence, said where the conditions in front hold
    [each orders] $number: $status                         a sentence for every row of a list

Law of the room: what is read from typed lines and written as lines again is the same.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from tools.sentences import WORDS

_FRONT = re.compile(r"\[([^\]]*)\]\s*(.*)", re.S)
_WHOLE = re.compile(r"-?\d{1,15}")


def lines(text: str) -> list[str]:
    """The lines of a text that say something."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def pairs(text: str) -> dict[str, str]:
    """Lines of “name = value”. Raises ValueError for a line that is none."""
    found = {}
    for line in lines(text):
        name, sign, value = (part.strip() for part in line.partition("="))
        if not (name and sign and value):
            raise ValueError(f"“{line}” has no “=” between two things; write it like: name = value")
        found[name] = value
    return found


def of_pairs(said: Mapping[str, Any]) -> str:
    """The same as lines."""
    return "\n".join(f"{name} = {value}" for name, value in said.items())


def choices(text: str) -> list[dict[str, str]]:
    """Buttons: “what it says = its value”, or one word for both."""
    halves = [[part.strip() for part in line.partition("=")] for line in lines(text)]
    return [{"say": say, "value": value or say} for say, _, value in halves]


def of_choices(said: Iterable[Mapping[str, str]]) -> str:
    """The same as lines."""
    return "\n".join(c["say"] if c["say"] == c["value"] else f"{c['say']} = {c['value']}" for c in said)


def sentences(text: str) -> list[dict[str, Any]]:
    """Sentences with the conditions in front of them. Raises ValueError."""
    return [_sentence(line) for line in lines(text)]


def of_sentences(said: Iterable[Mapping[str, Any]]) -> str:
    """The same as lines."""
    return "\n".join(_line(each) for each in said)


def conditions(text: str) -> dict[str, Any]:
    """“due is past; status is packed, shipped” as conditions. Raises ValueError."""
    found: dict[str, Any] = {}
    for part in filter(None, (each.strip() for each in text.split(";"))):
        slot, sign, wanted = part.partition(" is ")
        if not sign or not wanted.strip():
            raise ValueError(f"“{part}” is no condition; write it like: due is past; status is packed, shipped")
        values = [_value(each.strip()) for each in wanted.split(",")]
        found[slot.strip()] = values[0] if len(values) == 1 and values[0] in WORDS else values
    return found


def of_conditions(when: Mapping[str, Any]) -> str:
    """The same as a line."""
    return "; ".join(f"{slot} is {_told(wanted)}" for slot, wanted in when.items())


def _sentence(line: str) -> dict[str, Any]:
    front = _FRONT.fullmatch(line)
    if front is None:
        return {"say": line}
    parts = [part.strip() for part in front[1].split(";")]
    each = next((part.removeprefix("each ").strip() for part in parts if part.startswith("each ")), "")
    when = conditions(";".join(part for part in parts if not part.startswith("each ")))
    return {"say": front[2], **({"when": when} if when else {}), **({"each": each} if each else {})}


def _line(said: Mapping[str, Any]) -> str:
    when = of_conditions(said.get("when", {}))
    front = "; ".join(filter(None, [f"each {said['each']}" if said.get("each") else "", when]))
    return f"[{front}] {said['say']}" if front else str(said["say"])


def _value(text: str) -> str | int | bool:
    if text in ("true", "false"):
        return text == "true"
    return int(text) if _WHOLE.fullmatch(text) else text


def _told(wanted: Any) -> str:
    listed = wanted if isinstance(wanted, list) else [wanted]
    return ", ".join(str(each).lower() if isinstance(each, bool) else str(each) for each in listed)
