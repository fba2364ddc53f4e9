"""The objects, lists and texts that a file of JavaScript states, such as `sidebars.js`; nothing of it is run.

What is no plain value (a call, a name, a spread) is passed over and stands as None.
"""

import re
from collections.abc import Iterator
from typing import Any

DEEPEST = 32
_SIGN = re.compile(
    r"//[^\n]*|/\*.*?\*/|(?P<text>\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\$]|\\.)*`)"
    r"|(?P<mark>[{}\[\](),:])|(?P<word>[\w$.+-]+)|\S",
    re.S,
)
_BEGINS = re.compile(r"(?:module\.exports\s*=|export\s+default|[\w$]\s*(?::[^={}\n]{1,80})?=)\s*(?=[{\[])")


def stated(text: str) -> Iterator[Any]:
    """The values that are exported or given a name, in order; one that holds another is given once."""
    at = 0
    while found := _BEGINS.search(text, at):
        reader = _Reader(text, found.end())
        yield reader.value(0)
        at = max(reader.at, found.end() + 1)


class _Reader:
    def __init__(self, text: str, at: int) -> None:
        self.text, self.at = text, at

    def value(self, depth: int) -> Any:
        """The value that begins here; what follows it up to the next comma or end is no part of it."""
        sign = self._next()
        if sign in ("{", "[", "(") and depth >= DEEPEST:
            return None
        found: Any = None
        if sign == "{":
            found = self._object(depth)
        elif sign == "[":
            found = self._list(depth)
        elif sign == "(":
            self._list(depth, ")")
        elif sign[:1] in ("'", '"', "`"):
            found = re.sub(r"\\(.)", r"\1", sign[1:-1], flags=re.S)
        elif sign in ("}", "]", ")", ",", ""):
            self.at -= len(sign)
            return None
        elif sign in ("true", "false"):
            found = sign == "true"
        return found if self._ends(depth) else None

    def _object(self, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while (sign := self._next()) not in ("}", ""):
            key = sign[1:-1] if sign[:1] in ("'", '"') else sign
            if sign == ",":
                continue
            if self._peek() == ":":
                self._next()
                found[key] = self.value(depth + 1)
            elif self._peek() not in (",", "}"):
                self.value(depth + 1)
        return found

    def _list(self, depth: int, end: str = "]") -> list[Any]:
        found: list[Any] = []
        while (sign := self._peek()) not in (end, ""):
            if sign in (",", ":", "}", ")", "]"):
                self._next()
                continue
            found.append(self.value(depth + 1))
        self._next()
        return found

    def _ends(self, depth: int) -> bool:
        """Whether nothing but an end follows; what else does is passed over."""
        plain = True
        while (sign := self._peek()) not in (",", "}", "]", ")", ""):
            if depth == 0:
                return True
            if sign in ("{", "[", "("):
                self.value(depth + 1) if depth < DEEPEST else self._next()
            else:
                self._next()
            plain = plain and sign in ("as", "const", "satisfies")
        return plain

    def _peek(self) -> str:
        at = self.at
        sign = self._next()
        self.at = at
        return sign

    def _next(self) -> str:
        while found := _SIGN.search(self.text, self.at):
            self.at = found.end()
            if not found.group().startswith(("//", "/*")):
                return found.group()
        self.at = len(self.text)
        return ""
