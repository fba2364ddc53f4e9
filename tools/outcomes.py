"""What a reply comes to: the first outcome that a tool declares for it, in its sentences."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from conversations.wording import Spoken
from sites.outside.reach import Reply
from tools import reply, sentences
from tools.declaration import Tool
from tools.outbound import Failed
from tools.sentences import Values


@dataclass(frozen=True, slots=True)
class Said:
    """The sentences for a reply, and the values that were read of it."""

    lines: Sequence[str]
    values: Values


def of(tool: Tool, came: Reply, bound: Mapping[str, Any], spoken: Spoken) -> Said:
    """What is said of a reply. Raises Failed for one that is not as declared, or for which nothing is declared."""
    declared = [each for each in tool.outcomes if came.status in each.reply]
    if not declared:
        raise Failed(f"status {came.status}")
    good = came.status < 300
    values = reply.read(came.body, tool.keep, tool.belongs_to, bound) if good else {"reply": came.status}
    slots = {**bound, **values}
    for outcome in declared:
        if sentences.holds(outcome.when, slots):
            return Said(list(sentences.said(outcome.say, slots, tool.keep, spoken)), values)
    raise Failed("a reply that no outcome is declared for")
