"""Text in a source that is not meant for its readers: instructions to an assistant, and characters nobody sees.

Nothing is refused for it: an article about such things may be quite right. Whoever approves is told where to look.
"""

import re
from collections.abc import Iterator

SHOWN = 5  # places named of one kind
AROUND = 90  # characters of the place that are shown

_WHO = r"(?:the |this |any |our |your )?(?:user|customer|reader|visitor|client|person|human)s?"
_ORDERS = re.compile(
    r"(?:ignore|disregard|forget|override|bypass)\W+(?:\w+\W+){0,2}?"
    r"(?:all|any|your|previous|prior|above|earlier|preceding|these|those|other)\W+(?:\w+\W+){0,3}?(?:instructions?|prompts?|rules|guidelines|polic(?:y|ies)|context)\b"
    r"|\b(?:system|developer)\s+(?:prompt|message|override|instructions?)\b"
    r"|\bnew\s+(?:system\s+)?instructions?\s*:"
    r"|\b(?:note|instructions?|message|attention|important)\b[^.\n]{0,20}\b(?:for|to)\b[^.\n]{0,20}"
    r"\b(?:ai|a\.i\.|llms?|(?:ai |virtual )?assistants?|chat ?bots?|bots?|language models?)\b"
    r"|\byou\s+are\s+(?:now\s+)?(?:an?\s+)?(?:\w+\s+){0,2}(?:ai|assistant|chat ?bot|language model|dan)\b"
    r"|\b(?:if|when)\s+you\s+are\s+an?\s+(?:ai|assistant|chat ?bot|language model|llm)\b"
    r"|\b(?:ai|assistants?|chat ?bots?|language models?|llms?)\b[^.\n]{0,30}"
    r"\b(?:must|should|shall|(?:are|is|have) to)\b"
    r"[^.\n]{0,40}\b(?:say|tell|answer|reply|respond|recommend|reveal|send|offer|approve|grant|append)\b"
    rf"|\b(?:do not|don't|never)\s+(?:tell|inform|mention|reveal|disclose|show)\b[^.\n]{{0,40}}\b{_WHO}\b"
    rf"|\b(?:always|instead)\b[,\s]+(?:answer|reply|respond|tell|say|recommend)\b[^.\n]{{0,60}}\b{_WHO}\b"
    rf"|\b(?:tell|ask|instruct|direct)\s+{_WHO}\s+to\s+(?:send|enter|provide|share|type|paste|call|visit|click)\b"
    r"|\b(?:in|of|to|for) your (?:next |final |own )?(?:answers?|replies|reply|responses?|output)\b"
    r"|\b(?:answer|reply|respond|speak)\s+(?:only\s+)?(?:with|as|in)\s+(?:the\s+|an?\s+)?(?:word|character|style|if|voice|code)"
    r"|\b(?:pretend|act|behave)\s+(?:to be|as if|as though|like)?\s*(?:you are|you're|you were|an?)\b"
    r"|\bfrom now on\b[,\s]+(?:act|answer|reply|respond|you (?:are|will|answer))\b"
    r"|\bstay in character\b|\bjailbr[eo]\w+|\bdo anything now\b"
    r"|\b(?:your|these|all|my)\s+(?:\w+\s+)?(?:system\s+)?prompts?\b"
    r"|\breveal\b[^.\n]{0,30}\b(?:prompt|instructions?|secrets?|passwords?|keys?)\b"
    r"|<\|[a-z_]+\|>|\[/?INST\]|<<SYS>>|^[ \t]*+#{0,6}[ \t]*+(?:system|assistant)[ \t]*+:\s*+\S",
    re.I | re.M,
)
# Joiners inside emoji and Indic words are as they should be; two and more in a row, and the rest, never are.
_UNSEEN = re.compile(r"[\u200b-\u200f\u2060-\u2064\ufeff]{2,}|[\u202a-\u202e\u2066-\u2069]|[\U000e0000-\U000e007f]+")


def notes(text: str, where: str = "") -> list[str]:
    """Warnings about a text; `where` says of which part of the file it is ("in hidden text")."""
    found = [
        f"{_place(text, match, where)} reads like an instruction to an assistant: “{_around(text, match)}”"
        for match in _first(_ORDERS, text)
    ]
    unseen = [f"{_place(text, match, where)} has characters that nobody sees" for match in _first(_UNSEEN, text)]
    return found + unseen


def _first(pattern: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    """The first matches, one a line."""
    shown, line_end = 0, -1
    for match in pattern.finditer(text):
        if match.start() > line_end:
            line_end = text.find("\n", match.start()) % (len(text) + 1)
            shown += 1
            yield match
        if shown == SHOWN:
            return


def _place(text: str, match: re.Match[str], where: str) -> str:
    return where or f"line {text.count(chr(10), 0, match.start()) + 1}"


def _around(text: str, match: re.Match[str]) -> str:
    start = max(text.rfind("\n", 0, match.start()) + 1, match.start() - 20)
    words = " ".join(text[start : start + AROUND].split("\n")[0].split())
    return words if len(text[start:]) <= AROUND else f"{words}…"
