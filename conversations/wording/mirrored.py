"""The English lines in Arabic letters: a locale that says nothing, to see a layout from right to left.

Law of the room: nothing in it is English, so that a word in Latin letters on the screen is one that no catalog has.
"""

import re

_ARABIC = dict(zip("abcdefghijklmnopqrstuvwxyz", "ابچدهفگحيجكلمنوپقرستثڤشخيز", strict=True))
_LETTERS = str.maketrans(_ARABIC | {letter.upper(): arabic for letter, arabic in _ARABIC.items()})
_NAME = re.compile(r"(\$\w+)")
FORMATS = "date."


def mirrored(key: str, line: str) -> str:
    """A line with its letters exchanged, of its own length; its `$names` and the formats of dates stay."""
    if key.startswith(FORMATS):
        return line
    return "".join(piece if piece.startswith("$") else piece.translate(_LETTERS) for piece in _NAME.split(line))
