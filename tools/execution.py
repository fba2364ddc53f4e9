"""Running a change that a person has approved: one request, with the key of its approval, and what became of it.

Law of the room: whoever keeps the approval calls this, outside of any transaction, and writes down how it ended. What
was sent and not answered for may have happened: it is `unknown`, never failed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from conversations.wording import Spoken
from sites.core.refusal import Refused
from tools import outcomes, rows, sentences, wire
from tools.outbound import Failed, How

UNSENT = frozenset({How.LEFT_ALONE, How.NO_TIME})


class Ended(StrEnum):
    """How it ended: the system did it, the system would not, it was not even asked, or nobody can say."""

    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Ran:
    """How a change ended, what is said of it, and why where nothing is."""

    ended: Ended
    lines: tuple[str, ...] = ()
    why: str = ""


def corrected(
    declared: Mapping[str, Any], arguments: Mapping[str, Any], given: Mapping[str, str], spoken: Spoken
) -> tuple[dict[str, Any], str]:
    """The arguments of a change with others in their place, and what changes then, in words. Raises Refused."""
    tool = next(iter(rows.read_tools([declared.get("tool") or {}]).values()), None)
    if tool is None:
        raise Refused("Its declaration is not one that this build reads.")
    made = dict(arguments)
    for name, text in given.items():
        argument = tool.arguments.get(name)
        if argument is None or argument.claim:
            raise Refused(f"“{name}” is nothing that can be corrected.")
        if text.strip() == str(arguments.get(name)):
            continue
        made[name] = argument.corrected(text)
        if made[name] is None:
            raise Refused(f"“{text.strip()[:60]}” is no {name} as it is declared. Nothing was changed.")
    return made, sentences.fill(tool.change, made, {}, spoken)


def run(site: str, spoken: Spoken, declared: Mapping[str, Any], arguments: Mapping[str, Any], key: str) -> Ran:
    """Ask the system to do it. `declared`: the bodies of the tool and its connection, as the release had them."""
    tool = next(iter(rows.read_tools([declared.get("tool") or {}]).values()), None)
    connection = next(iter(rows.read_connections([declared.get("connection") or {}]).values()), None)
    if tool is None or connection is None:
        return Ran(Ended.FAILED, why="its declaration is not one that this build reads")
    try:
        asked = wire.request(tool, connection, arguments, key)
    except Failed as failed:
        return Ran(Ended.FAILED, why=str(failed))
    try:
        came = wire.send(site, connection, asked, tool.timeout)
    except Failed as failed:
        return Ran(Ended.FAILED if failed.how in UNSENT else Ended.UNKNOWN, why=str(failed))
    try:
        said = outcomes.of(tool, came, arguments, spoken)
    except Failed as failed:
        return Ran(Ended.FAILED if 400 <= came.status < 500 else Ended.UNKNOWN, why=str(failed))
    return Ran(Ended.DONE if came.status < 300 else Ended.REFUSED, tuple(said.lines))
