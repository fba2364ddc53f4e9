"""The words of a text for exact matching: folded, lightly stemmed, without the words that carry no
subject.
"""

import re
import unicodedata
from functools import lru_cache

_WORD = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+(?:['’][^\W\d_]+)*|[^\W_]+")


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


EMPTY = _set(
    "a an and are as at be been being but by can could d did do does doing for from had has have having he "
    "her here hers him his how i if in into is it its itself just ll m me might my of on or our ours re s "
    "shall she should so some such t than that the their theirs them then there these they this those to "
    "too us ve was we were what when where which while who whom whose why will with would you your yours am "
    "also about any may must not no im ive ill dont doesnt didnt isnt arent cant couldnt wont wouldnt whats "
    "hows id youre thats theres"
)


def words(text: str) -> list[str]:
    """Every word of a text, folded and stemmed, in order. Numbers lose their thousands marks."""
    return [stem(found) for found in _WORD.findall(fold(text))]


def subject_words(text: str) -> list[str]:
    """The words that say what a text is about, in order, each once."""
    return list(dict.fromkeys(stem(word) for word in _WORD.findall(fold(text)) if word not in EMPTY))


def fold(text: str) -> str:
    """Lower case without accents and apostrophes."""
    if text.isascii():  # nearly always, and ten times as fast
        return text.lower().replace("'", "")
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c)).replace("’", "'").replace("'", "")


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """A light stem: plural, -ing, -ed, -ly and a final -e are dropped where enough of the word is left."""
    if word[:1].isdigit():
        return word.replace(",", "") if re.fullmatch(r"\d{1,3}(,\d{3})+(\.\d+)?", word) else word
    if len(word) > 4 and word.endswith("ies"):
        word = word[:-3] + "y"
    elif len(word) > 4 and word.endswith(("sses", "shes", "ches", "xes", "zes")):
        word = word[:-2]
    elif len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    for ending in ("ing", "ed", "ly"):
        rest = word.removesuffix(ending)
        if rest != word and len(rest) >= 3 and re.search("[aeiouy]", rest):
            word = rest[:-1] if len(rest) > 3 and rest[-1] == rest[-2] and rest[-1] not in "lsz" else rest
            break
    if len(word) > 4 and word.endswith("e"):
        word = word[:-1]
    return word[:-1] + "i" if len(word) > 3 and word.endswith("y") else word
