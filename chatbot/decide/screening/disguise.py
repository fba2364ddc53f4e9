"""Hidden readings: what a message says when it is decoded, reversed or unspaced, and which costume it wears.

Customers do not write like this, so a disguise is a sign of hostility; its reading is screened like the
message itself. Decides nothing, never raises, linear in the text; looks no further than the longest message
the door lets in.
"""

import base64
import binascii
import codecs
import html
import re
import unicodedata
from collections.abc import Iterable, Iterator
from urllib.parse import unquote_to_bytes

from chatbot.decide.phrases.cues import wordlists
from chatbot.decide.phrases.normalise import MIXED_SCRIPT, fold, letters

MAX_READ = 4_000  # characters: the longest message that the socket takes
LEET = str.maketrans("0134578@$!|", "oieastbasil")

_BASE64 = re.compile(r"[A-Za-z0-9+/]{16,}+={0,2}")
_BASE32 = re.compile(r"[A-Z2-7]{24,}+={0,6}")
_HEX = re.compile(r"(?:[0-9a-fA-F]{2}[ :]?+){10,}+")
_BINARY = re.compile(r"(?:[01]{8}\s++){3,}+[01]{8}")
_URL = re.compile(r"%[0-9a-fA-F]{2}")
_ENTITY = re.compile(r"&#x?[0-9a-fA-F]{1,6};")
_ESCAPES = re.compile(r"\\u([0-9a-fA-F]{4})|\\x([0-9a-fA-F]{2})")
_MORSE = re.compile(r"(?:[.\-]{1,6}+[ /]++){8,}+")
_SPACED = re.compile(r"(?<!\w)(?:[a-z][ .\-*,'!?]++){7,}+[a-z]?+(?!\w)")
_GAPS = re.compile(r"[^a-z0-9]+")
_INTERLEAVED = re.compile(r"[A-Za-z][\u00ad\u200b-\u200d\u2060\ufeff](?=[A-Za-z ])")
_FLAG = re.compile("\U0001f3f4[\U000e0020-\U000e007e]++\U000e007f")
_LISTS = wordlists("disguises")
_REVERSED, _NATO = _LISTS["reversed"], _LISTS["nato"]


def costumes(text: str) -> tuple[str, ...]:
    """Names of the costumes worn so heavily that no keyboard does it by accident; empty for plain text."""
    if text.isascii():
        return ()
    text = text[:MAX_READ]
    alphabetic = sum(map(str.isalpha, text)) or 1
    worn = {
        "hidden_text": bool(_smuggled(text)),
        "stacked_marks": sum(unicodedata.category(c) == "Mn" for c in text if c < "\u0370") > alphabetic,
        "costume_letters": sum(map(_is_costume, text)) * 3 > max(alphabetic, 12),
        "lookalikes": len(MIXED_SCRIPT.findall(text.casefold())) >= 3,
        "invisible_characters": len(_INTERLEAVED.findall(text)) >= 6,
        "bidi_override": any(c in text for c in "\u202d\u202e"),
    }
    return tuple(name for name, is_worn in worn.items() if is_worn)


def _is_costume(char: str) -> bool:
    """Circled, full-width, mathematical: another code point that says one plain ASCII letter."""
    if char.isascii():
        return False
    plain = unicodedata.normalize("NFKD", char)
    return plain != char and len(plain) == 1 and plain.isascii() and plain.isalpha()


def _smuggled(text: str) -> str:
    """Text carried by tag characters or variation selectors. Flag emoji use tags too, and are fine."""
    shown = _FLAG.sub("", text)
    tags = "".join(chr(ord(c) - 0xE0000) for c in shown if 0xE0020 <= ord(c) < 0xE007F)
    selectors = [c for c in shown if 0xE0100 <= ord(c) <= 0xE01EF or 0xFE00 <= ord(c) <= 0xFE0E]
    return tags or ("".join(map(_carried, selectors)) if len(selectors) >= 4 else "")


def _carried(selector: str) -> str:
    """The byte a variation selector stands for: 0-15 in the first block, 16-255 in the supplement."""
    point = ord(selector)
    return chr(point - 0xFE00 if point < 0xFE10 else point - 0xE0100 + 16)


def readings(text: str) -> Iterator[tuple[str, str]]:
    """(disguise, folded reading) for everything the first 4,000 characters say besides what they show."""
    text = text[:MAX_READ]
    for name, said in _decoded(text):
        yield name, fold(said)
    plain = letters(text)
    for run in _SPACED.findall(plain):
        yield "spaced_letters", _closed_up(run)
    yield from _respelled(text, plain.split())


def _respelled(text: str, words: list[str]) -> Iterator[tuple[str, str]]:
    count = len(words)
    if sum(w.strip(".,!?") in _REVERSED for w in words) >= 2 or "\u202e" in text:
        yield "reversed", fold(text[::-1])
    spelled = [w[0] for w in words if w in _NATO]
    if len(spelled) >= 6 and len(spelled) * 2 > count:
        yield "spelled_out", "".join(spelled)
    ay = sum(w.strip(".,!?'").endswith("ay") for w in words)
    if ay >= 3 and ay * 3 > count * 2:
        yield "pig_latin", ""
    if sum(any(c in "01345789$@" for c in w) and any(c.isalpha() for c in w) for w in words) >= 2:
        yield "leet", " ".join(words).translate(LEET)


def _decoded(text: str) -> Iterator[tuple[str, str]]:
    found: Iterable[tuple[str, str]] = (
        ("hidden_text", _smuggled(text)),
        *(("base64", _unwrapped(blob)) for blob in _BASE64.findall(text)),
        *(("base32", _printable(_base32(blob))) for blob in _BASE32.findall(text)),
        *(("hex", _printable(_unhex(blob))) for blob in _HEX.findall(text)),
        *(("binary", _printable(bytes(int(b, 2) for b in run.split()))) for run in _BINARY.findall(text)),
        ("url_encoded", _url(text)),
        ("html_entities", html.unescape(text) if _mostly(_ENTITY, text) else ""),
        ("escapes", _ESCAPES.sub(_unescape, text) if len(_ESCAPES.findall(text)) >= 4 else ""),
        ("morse", "morse" if _MORSE.search(text) else ""),
        ("rot13", codecs.decode(text, "rot13") if "rot13" in text.casefold().replace("-", "") else ""),
    )
    return ((name, said) for name, said in found if said)


def _unwrapped(blob: str, layers: int = 3) -> str:
    """What a base64 blob says, if it says words; unwraps a few layers."""
    said = _printable(_base64(blob)).strip()
    if layers and _BASE64.fullmatch(said):
        return _unwrapped(said, layers - 1)
    return said if " " in said else ""


def _base64(blob: str) -> bytes:
    body = blob.rstrip("=")
    try:
        return base64.b64decode(body + "=" * (-len(body) % 4))
    except (binascii.Error, ValueError):
        return b""


def _base32(blob: str) -> bytes:
    body = blob.rstrip("=")
    try:
        return base64.b32decode(body + "=" * (-len(body) % 8))
    except (binascii.Error, ValueError):
        return b""


def _unhex(blob: str) -> bytes:
    digits = blob.replace(" ", "").replace(":", "")
    return bytes.fromhex(digits[: len(digits) // 2 * 2])


def _url(text: str) -> str:
    if not _mostly(_URL, text):
        return ""
    return unquote_to_bytes(text.encode("utf-8", "replace")).decode("utf-8", "replace")


def _mostly(escape: re.Pattern[str], text: str) -> bool:
    """Whether more than half of a text is escapes: one pasted link or `&amp;` is no disguise."""
    return sum(map(len, escape.findall(text))) * 2 > len(text)


def _unescape(match: re.Match[str]) -> str:
    return chr(int(match[1] or match[2], 16))


def _printable(raw: bytes) -> str:
    """The text these bytes spell, or nothing: order numbers and keys decode to noise."""
    said = raw.decode("utf-8", "replace")
    return said if said.isprintable() and "\ufffd" not in said else ""


def _closed_up(run: str) -> str:
    """'i g n o r e   a l l' → 'ignore all': a wider gap than the usual one ends a word."""
    gaps = _GAPS.findall(run)
    usual = min(map(len, gaps))
    return _GAPS.sub(lambda gap: "" if len(gap[0]) <= usual else " ", run).strip()
