"""The messages that the reader of needs is fitted on: written for it, by several authors, in many voices.

One file an author; `[need]` heads messages that have it, `[!need]` ordinary ones that only sound like it, `[ordinary]`
and the courtesies are what they say. No customer's words and no site's are among them.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from chatbot.decide.gate import background
from chatbot.decide.needs.kinds import Courtesy, Need

FOLDER = Path(__file__).parent / "voices"
ORDINARY = "ordinary"
_HEAD = re.compile(r"\[(!?)([a-z_]+)\]")


@dataclass(frozen=True, slots=True)
class Line:
    """One message: who wrote it, and what it is. `need` is None for what only looks like it (`like`) or is ordinary."""

    author: str
    text: str
    need: Need | None = None
    like: Need | None = None
    courtesy: Courtesy | None = None


def lines(folder: Path = FOLDER) -> Iterator[Line]:
    """Every message of every author, each text once. Raises ValueError naming the file and line of an unknown head."""
    seen: set[str] = set()
    for path in sorted(folder.glob("*.txt")):
        section: dict[str, Need | Courtesy] | None = None
        for number, raw in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            text = raw.strip()
            if not text or text.startswith("#"):
                continue
            if head := _HEAD.fullmatch(text):
                section = _section(head[1] == "!", head[2], f"{path.name}:{number}")
            elif section is None:
                raise ValueError(f"{path.name}:{number}: a message before the first [head]")
            elif text.casefold() not in seen:
                seen.add(text.casefold())
                yield Line(path.stem, text, **section)  # type: ignore[arg-type]


def everything() -> Iterator[Line]:
    """The messages of all authors, and what the topic gate takes for strangers' messages, which need nobody."""
    yield from lines()
    for text in background.MESSAGES:
        yield Line("background", text)


def digest() -> str:
    """What the weights must have been made of: a digest of every message and what it is."""
    told = "\n".join(repr(line) for line in everything())
    return hashlib.sha256(told.encode()).hexdigest()


def _section(like: bool, name: str, place: str) -> dict[str, Need | Courtesy]:
    if name == ORDINARY:
        return {}
    if name in set(Courtesy):
        return {"courtesy": Courtesy(name)}
    if name in set(Need):
        return {"like" if like else "need": Need(name)}
    raise ValueError(f"{place}: [{name}] is neither a need nor a courtesy")
