"""Good manners: whole messages that only need a fixed, truthful reply. Closed vocabularies, so anything more
goes on.

A message is courtesy when *every* word of it belongs to the small talk below and one of them is a key of the
kind.
"""

import re
import unicodedata

from chatbot.decide.phrases.cues import wordlists

MAX_SIGNS = 40
MAX_WORDS = 14

_LISTS = wordlists("smalltalk")
KEYS = {kind: _LISTS[kind] for kind in ("goodbye", "thanks", "greeting", "ok")}
_SMALL_TALK = _LISTS["filler"].union(*KEYS.values())
_WHOLE = {phrase.replace("_", " "): kind for kind in [*KEYS, "are_you_a_robot"] for phrase in _LISTS[f"whole_{kind}"]}
_BEINGS, _ADDRESSED = _LISTS["beings"], _LISTS["addressed"]
_ASKS_FOR = re.compile(
    r"\b(?:can|could|may|shall) i\b|\blet me (?:talk|speak|chat)"
    r"|\b(?:need|want|prefer|get|give me|(?:would|'d) like)(?! to know)\b"
    r"|\b(?:human|person|agent) please\b"
)
_OF_US = _BEINGS | _ADDRESSED | _LISTS["grammar"]


NODS = ("THUMBS UP", "OK HAND", "CLAPPING", "HEART", "FOLDED HANDS", "SMIL", "GRIN", "PARTY", "CHECK MARK", "RAISING")
"""Parts of the Unicode names of signs by which people say yes, good or thank you."""


def kind_of(folded: str, text: str = "") -> str | None:
    """The kind of courtesy a folded message is, all of it, or None. Linear; looks at short messages only.

    `text`: the message as it was written, where signs alone may say something.
    """
    if text.strip() and not any(map(str.isalnum, text)):
        names = [unicodedata.name(sign, "") for sign in text[:MAX_SIGNS]]
        return "ok" if any(nod in name for name in names for nod in NODS) else "not_understood"
    words = re.findall(r"[a-z][a-z.']*[a-z]|[a-z]", folded[:400])
    if len(words) > MAX_WORDS + 2 or any(c.isdigit() for c in folded):
        return None
    if not words:
        return "ok" if folded and not folded.strip(" ?.!,") else None
    if _asks_what_we_are(words, folded):
        return "are_you_a_robot"
    if whole := _WHOLE.get(" ".join(words)):
        return whole
    if len(words) <= MAX_WORDS and _SMALL_TALK.issuperset(words):
        return next((kind for kind, keys in KEYS.items() if not keys.isdisjoint(words)), None)
    return None


def _asks_what_we_are(words: list[str], folded: str) -> bool:
    """Asked whether a machine or a person is speaking; asking *for* a person is something else."""
    said = set(words)
    if _ASKS_FOR.search(folded):
        return False
    asked_of_us = not _ADDRESSED.isdisjoint(said) or words[0] in {"are", "r"}
    return asked_of_us and not _BEINGS.isdisjoint(said) and _OF_US.issuperset(said)
