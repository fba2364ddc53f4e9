"""JSON paths as declarations write them: `$.order.items[0].name`, and `[*]` for each of a list."""

import functools
import re
from typing import Any

MISSING = object()
"""What stands where a path leads nowhere."""

_STEP = re.compile(r"\.([A-Za-z_][\w-]*)|\[(\d{1,3}|\*)\]", re.A)
_WHOLE = re.compile(rf"\$(?:{_STEP.pattern})*", re.A)


def wrong(path: str) -> str:
    """Why this is no path; empty when it is one."""
    if _WHOLE.fullmatch(path):
        return ""
    return f"“{path}” is no path; write it like $.order.number, $.items[0].name or $.orders[*].customer"


def each(path: str) -> bool:
    """Whether a path leads to many values."""
    return "[*]" in path


def values(path: str, document: Any) -> list[Any]:
    """What a path leads to; MISSING where it leads nowhere. Only a path with `[*]` leads to none or to many."""
    found = [document]
    for key, place in _steps(path):
        if place == "*":
            found = [item for held in found for item in (held if isinstance(held, list) else [MISSING])]
        else:
            found = [_below(held, key, place) for held in found]
    return found


def value(path: str, document: Any) -> Any:
    """The one value that a path without `[*]` leads to, or MISSING."""
    return values(path, document)[0]


def _below(held: Any, key: str, place: str) -> Any:
    if key:
        return held.get(key, MISSING) if isinstance(held, dict) else MISSING
    return held[int(place)] if isinstance(held, list) and int(place) < len(held) else MISSING


@functools.lru_cache(maxsize=1024)
def _steps(path: str) -> tuple[tuple[str, str], ...]:
    return tuple((step[1] or "", step[2] or "") for step in _STEP.finditer(path))
