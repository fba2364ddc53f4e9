"""Text that only leads to where something is told: "To learn how to do it, see:" and a link. It answers nothing."""

import re
from functools import lru_cache

_LINK = re.compile(r"!?\[[^\[\]]{0,500}\]\([^()\s]{0,2000}\)|<?https?://[^\s<>]{1,2000}>?")
_LEADS = re.compile(
    r"\b(?:see|read|visit|check|refer|follow|learn|find out|look at|more|details|further|related|resources|how-?to"
    r"|guides?|articles?|pages?|help)\b",
    re.I,
)
_ENDS = re.compile(r"[.!?]\s")
_MARKS = " \t>*_-+#|`.0123456789"


@lru_cache(4096)
def only_points(text: str) -> bool:
    """Whether a passage (Markdown) has links, and beside them and headings only sentences that lead on to them."""
    if not _LINK.search(text):
        return False
    lines = (line for line in _LINK.sub("", text).splitlines() if not line.lstrip().startswith("#"))
    said = (line.strip(_MARKS) for line in lines)
    return all(_leads_on(line) for line in said if re.search(r"\w", line))


def _leads_on(line: str) -> bool:
    """Whether a line says that the rest is told elsewhere: one sentence that ends in a colon, with a word for it."""
    return line.endswith(":") and bool(_LEADS.search(line)) and not _ENDS.search(line)
