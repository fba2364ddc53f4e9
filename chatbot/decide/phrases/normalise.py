"""Folding: one plain form of a message, so that a phrase is written once and found in every costume.

Its law: nothing here decides anything, nothing raises, and every step is linear in the text.
"""

import re
import unicodedata

# Letters of other scripts that pass for Latin ones: a hand-picked part of Unicode's confusables (UTS 39).
LOOKALIKES = str.maketrans(
    "аеорсухіїјѕвкмнтгԁһԛԝӏѵьпαβεικνορτυχωϲϳօѡցոս",
    "aeopcyxiijsbkmhtrdhqwlvbnabeikvoptuxwcjowgnu",
)
_PLAIN = dict(zip("’‘`´“”–—øłı", "''''\"\"--oli", strict=True))
_DROPPED = {"Mn", "Me", "Cf", "Cs", "Cn", "Co"}
_REMEMBERED = 20_000  # words whose plain form is remembered
_SPACES = re.compile(r"\s+")
_NUMBER = re.compile(
    r"(?<![\w£$€.,/:-])(?!(?:19|20)\d\d(?! ?\d))(?:[a-z]{1,4}-?)?"
    r"(?:\d{4,}(?:[ -]\d{2,})*|\d{2,3}(?:[ -]\d{3,})+)(?![\w,./:-]*\d)",
    re.IGNORECASE,
)
_ALIKE = "12345"  # what stands for any of them
MIXED_SCRIPT = re.compile(r"[a-z][\u0370-\u058f]|[\u0370-\u058f][a-z]")


class _Folding(dict[int, str]):
    """Code point → folded text, worked out when first met.

    Character by character, because normalising a whole string sorts runs of combining marks in quadratic
    time.
    """

    def __missing__(self, point: int) -> str:
        char = chr(point)
        folded = _PLAIN.get(char) or "".join(map(_plain, unicodedata.normalize("NFKD", char))).casefold()
        if len(self) < _REMEMBERED:
            self[point] = folded
        return folded


def _plain(char: str) -> str:
    category = unicodedata.category(char)
    if category in _DROPPED:
        return ""
    if category in {"Cc", "So", "Sk"} or category[0] == "Z":
        return " "
    return char


_FOLDING = _Folding()


def letters(text: str) -> str:
    """Lower case, plain letters, spaces as they stand: no accents, marks, emoji, invisible characters."""
    folded = text.translate(_FOLDING)
    if not folded.isascii() and MIXED_SCRIPT.search(folded):
        folded = folded.translate(LOOKALIKES)
    return folded


def fold(text: str) -> str:
    """`letters` with single spaces."""
    return _SPACES.sub(" ", letters(text)).strip()


def numbers_alike(text: str) -> str:
    """The text with each long number (of an order, a telephone, a code) as one and the same.

    To a model that knows words each of them is other pieces, and by chance some look like anything. Years, prices,
    dates and whatever has fewer than four figures stay.
    """
    return _NUMBER.sub(_ALIKE, text)
