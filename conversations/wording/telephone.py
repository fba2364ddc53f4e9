"""Telephone numbers in a fixed line, for a phone to dial."""

import re

_NUMBER = re.compile(r"(?<![\w+])(?:\+|\()?\d[\d ()-]*\d(?!\w)")
FEWEST_DIGITS = 3
"""The shortest telephone numbers, those of emergency services, have three digits."""


def calls(text: str) -> list[str]:
    """The telephone numbers in a fixed line, each once and exactly as it stands there."""
    found = (match[0] for match in _NUMBER.finditer(text))
    return list(dict.fromkeys(number for number in found if sum(map(str.isdigit, number)) >= FEWEST_DIGITS))
