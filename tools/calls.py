"""A call of a tool as it is kept in the record, whether it was made or refused."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Called:
    """`arguments` and `result` are JSON; `state`: ok, failed or refused; `ms`: how long it took, in milliseconds."""

    tool: str
    arguments: dict[str, Any]
    result: dict[str, Any] | None
    state: str
    ms: float
