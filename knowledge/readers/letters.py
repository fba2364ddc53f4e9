"""Which letters the bytes of a text file mean. UTF-8 is what it is; anything else is a guess, and its owner is told.

Several readings may be possible. Those in which symbols stand within words, and letters within numbers, are none; of
the others the one that is usual where the site speaks is taken.
"""

import re
from collections.abc import Iterator

from charset_normalizer import from_bytes

from knowledge.readers.unreadable import Unreadable

SHOWN = 8  # characters that a warning names
MOST_ODD = 0.05  # of the characters that are not ASCII; a text has oddities of its own
SAMPLE = 200_000  # characters that are looked at

_USUAL = {
    "cp1250": "pl cs sk hu sl hr bs ro sq",
    "cp1251": "ru uk be bg sr mk kk",
    "cp1253": "el",
    "cp1254": "tr az",
    "cp1255": "he yi",
    "cp1256": "ar fa ur",
    "cp1257": "lt lv et",
    "cp1258": "vi",
    "cp874": "th",
    "cp932": "ja",
    "cp949": "ko",
    "gb18030": "zh",
}
_BY_LANGUAGE = {language: encoding for encoding, languages in _USUAL.items() for language in languages.split()}
_WESTERN = "cp1252"
_ALIKE = ("cp125", "iso8859")  # one byte a letter, and the same ones for English
_OLD = ("mac_roman", "cp850")  # what spreadsheets save for a Mac and for MS-DOS
_UPPER = "".join(chr(code) for code in range(0xC0, 0x250) if chr(code).isupper())
_ODD = re.compile(
    r"(?<=[^\W\d_])(?:[^\x00-\x7f\w’‘·–—…\u00ad‐‑\u3000-\u303f\uff00-\uffef]|[¹²³¼½¾])(?=[^\W\d_])"  # symbols in words
    r"|(?<=\d)(?![ªºµ])[À-ӿ]|(?![ªºµ])[À-ӿ](?=\d)"  # a letter within a number
    rf"|(?<=[a-z])[{_UPPER}]"
    r"|[À-ɏ]{3,}"  # no word has so many accents in a row
    r"|(?=[^\W\d_])(?:(?<=[a-z])[\u0370-\uffdc]|[\u0370-\uffdc](?=[a-z]))"  # two scripts in one word
    r"|[\ue000-\uf8ff\x80-\x9f]"
)
_STATED = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([\w-]{2,30})", re.I)
_BEYOND = re.compile(r"[^\x00-\x7f]")


def decoded(data: bytes, locale: str = "") -> tuple[str, list[str]]:
    """The text of the bytes, with a warning when they are not UTF-8. Raises Unreadable."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        text, warnings = data.decode("utf-16", "replace"), ["converted from UTF-16"]
    else:
        try:
            text, warnings = data.decode("utf-8-sig"), []
        except UnicodeDecodeError:
            if b"\x00" in data:
                raise Unreadable("this is not a text file") from None
            text, warning = _guessed(data, locale)
            warnings = [warning]
    if "\x00" in text or sum(c < " " and c not in "\t\n\r\f" for c in text) > len(text) // 100:
        raise Unreadable("this is not a text file")
    if "�" in text:
        warnings.append("some characters could not be read; check where � stands")
    return text.replace("\r\n", "\n").replace("\r", "\n"), warnings


def usual(locale: str) -> str:
    """The encoding that older programs use for a language."""
    tag = locale.lower().replace("_", "-")
    if tag.startswith("zh") and re.search(r"-(?:tw|hk|mo|hant)", tag):
        return "big5hkscs"
    return _BY_LANGUAGE.get(tag.split("-")[0], _WESTERN)


def _guessed(data: bytes, locale: str) -> tuple[str, str]:
    """The most likely reading of bytes that are not UTF-8, and what to tell of it."""
    readings = list(_readings(data, locale))
    if not readings:
        raise Unreadable("not UTF-8, and no other encoding fits; save it as UTF-8")
    judged = [(_oddness(text), place) for place, (_, text) in enumerate(readings)]
    good = [place for odd, place in judged if odd <= MOST_ODD]
    best = good[0] if good else min(judged)[1]
    encoding, text = readings[best]
    near = [readings[place] for place in good if readings[place][0].startswith(_ALIKE)]
    other = next((reading for reading in near if reading[1] != text), None)
    return text, _warning(encoding, text, other)


def _readings(data: bytes, locale: str) -> Iterator[tuple[str, str]]:
    """(encoding, text) of every encoding that fits: the one a page states, the usual one, what the letters suggest."""
    seen: set[str] = set()
    stated = _STATED.search(data[:4096])
    suggested = [guess.encoding for guess in from_bytes(data) if not guess.encoding.startswith(("utf_16", "utf_32"))]
    for encoding in (*([stated.group(1).decode()] if stated else []), usual(locale), _WESTERN, *suggested, *_OLD):
        if encoding in seen:
            continue
        seen.add(encoding)
        try:
            yield encoding, data.decode(encoding)
        except (UnicodeError, LookupError):
            continue


def _oddness(text: str) -> float:
    """How much of what is not ASCII stands where no such character does."""
    sample = text[:SAMPLE]
    return len(_ODD.findall(sample)) / max(1, len(_BEYOND.findall(sample)))


def _warning(encoding: str, text: str, other: tuple[str, str] | None) -> str:
    """Which reading was taken, with the characters that depend on it and what else they could be."""
    places: dict[str, str] = {}
    for number, line in enumerate(text[:SAMPLE].split("\n"), 1):
        for sign in _BEYOND.findall(line):
            places.setdefault(sign, f"“{sign}” (line {number})")
        if len(places) >= SHOWN:
            break
    told = f"converted from {encoding}: look at {', '.join([*places.values()][:SHOWN])}"
    if other is None or len(other[1]) != len(text):
        return told
    pairs = dict.fromkeys((a, b) for a, b in zip(text[:SAMPLE], other[1][:SAMPLE], strict=True) if a != b)
    differing = ", ".join(f"“{b}” for “{a}”" for a, b in list(pairs)[:SHOWN])
    return f"{told}; {other[0]} would be {differing}" if differing else told
