"""Which language a message is in, and only when that is sure: a wrong guess turns a customer away.

Scripts decide alone. For Latin letters a few everyday words of the language must stand in the message *and*,
from three words on, py3langid must agree; English words count against. Names, product codes, typos and
shouting have neither.
"""

import re
import unicodedata
from functools import cache
from typing import Any

from chatbot.decide.phrases.cues import wordlists

MAX_READ = 600  # enough to tell a language; keeps the time flat

_SCRIPTS = wordlists("scripts")  # script, as Unicode names its letters → its languages
_COMMONEST = {_SCRIPTS[script]: code for script, code in (("cyrillic", "ru"), ("arabic", "ar"), ("devanagari", "hi"))}
_WORDS = wordlists("languages")
_ENGLISH = _WORDS["en"]


def language_of(text: str) -> str | None:
    """ISO 639-1 code of the language a message is surely in; None for English and when unsure."""
    text = text[:MAX_READ]
    return _by_script(text) or _by_words(text)


def _by_script(text: str) -> str | None:
    scripts: dict[str, int] = {}
    alphabetic = sum(map(str.isalpha, text))
    for char in text:
        if not char.isascii() and (script := _script(char)):
            scripts[script] = scripts.get(script, 0) + 1
    if sum(scripts.values()) * 2 < max(alphabetic, 1):
        return None
    languages = _SCRIPTS["hiragana" if "hiragana" in scripts else max(scripts, key=lambda script: scripts[script])]
    guess, _ = _guess(text)
    return guess if guess in languages else _COMMONEST.get(languages, next(iter(languages)))


@cache
def _script(char: str) -> str | None:
    name = unicodedata.name(char, "").casefold()
    return next((script for script in _SCRIPTS if name.startswith(script)), None)


@cache
def _everyday() -> dict[str, tuple[str, ...]]:
    """Everyday word → the languages it is at home in."""
    homes: dict[str, list[str]] = {}
    for code, words in _WORDS.items():
        for word in words - _ENGLISH:
            homes.setdefault(word, []).append(code)
    return {word: tuple(codes) for word, codes in homes.items()}


def _by_words(text: str) -> str | None:
    words = re.findall(r"[^\W\d_]+(?:['’\-][^\W\d_]+)*", text.casefold().replace("’", "'"))
    if not words:
        return None
    votes: dict[str, float] = {}
    for word in words:
        for code in _everyday().get(word, ()):
            votes[code] = votes.get(code, 0) + 1
    english = sum(word in _ENGLISH for word in words)
    if english and max(votes.values(), default=0) <= english * 2:
        return None  # whatever would be guessed, which costs more than all the rest here
    guess, confidence = _guess(text) if len(words) >= 3 else (None, 0.0)
    best = max(votes, key=lambda code: votes[code], default=None)
    if guess not in (None, "en") and confidence > 0.9:
        own = votes.get(guess or "", 0)
        if own >= 2 and own > english * 2:
            return guess
        if english == 0 and len(words) >= 4 and confidence > 0.99 and (own or not text.isascii()):
            return guess
    if best and english == 0 and votes[best] >= 2 and guess != "en":
        return best if guess == best or votes[best] * 2 > len(words) else None
    return None


def _guess(text: str) -> tuple[str | None, float]:
    code, confidence = _identifier().classify(text)
    return code, float(confidence)


@cache
def _identifier() -> Any:
    from py3langid.langid import (  # a slow import: only when a message asks for it
        MODEL_FILE,
        LanguageIdentifier,
    )

    load: Any = LanguageIdentifier.from_model_file
    return load(MODEL_FILE, norm_probs=True)
