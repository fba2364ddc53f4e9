"""Where sentences end. In doubt two stay one: a cut sentence can lose its condition, a long one cannot."""

import re
from collections.abc import Iterator

Span = tuple[int, int]

LONG_WORDS = 60  # beyond this, text pasted from the web often lacks the space after its full stops


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_NEVER_LAST = _set(
    "e.g i.e vs cf al ca approx resp incl excl est max min avg mr mrs ms dr prof rev hon gen col lt sgt "
    "capt gov sen rep messrs mt ft st fig figs eq sec sect art arts para ch chap vol vols pp ref refs tel "
    "ext dept univ assn bros jan feb mar apr jun jul aug sept oct nov dec mon tue tues wed thu thur "
    "thurs fri bzw z.b d.h u.a"
)
_MAYBE_LAST = _set("inc ltd co corp plc llc jr sr esq etc p a.m p.m am pm ave blvd rd op ed eds")
_STARTERS = _set(
    "the a an this that these those it its in if you your we our i to for when where while why how what who "
    "which he she they there their on at as but and or so after before please however all any each every "
    "most some no not once until with without from by because since although though unless only customers "
    "orders items contact call"
)
_END = re.compile(
    r"[.!?…]+[\"'”’»)\]*_`]*(?:\[[^\]\s]{1,14}\])*(?=\s|$)"  # Western, with closing quotes and footnote marks
    r"|[。！？]+[\"”’」』）)]*"
)
_GLUED = re.compile(r"(?<=[a-z][a-z)][.!?])(?=[A-Z][a-z])")
_LAST_WORD = re.compile(r"([^\s(\[\"'“‘*_]+)\s?\.$")
_WORD = re.compile(r"[^\W_]+")


def sentences(text: str, start: int = 0, end: int | None = None) -> Iterator[Span]:
    """The sentences of one paragraph `text[start:end]` as offsets into `text`, without space around them."""
    end = len(text) if end is None else end
    for first, last in _split(text, start, end):
        if text.count(" ", first, last) < LONG_WORDS:
            yield first, last
        else:
            yield from _unglue(text, first, last)


def _split(text: str, start: int, end: int) -> Iterator[Span]:
    for match in _END.finditer(text, start, end):
        if match.end() > start and _closes(text, start, match, end):
            yield from trimmed(text, start, match.end())
            start = match.end()
    yield from trimmed(text, start, end)


def _unglue(text: str, start: int, end: int) -> Iterator[Span]:
    for match in _GLUED.finditer(text, start, end):
        yield from trimmed(text, start, match.start())
        start = match.start()
    yield from trimmed(text, start, end)


def trimmed(text: str, start: int, end: int) -> Iterator[Span]:
    """The span without the space at its ends; nothing when there is nothing else."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if start < end:
        yield start, end


def _closes(text: str, start: int, match: re.Match[str], end: int) -> bool:
    """Whether a full stop, question or exclamation mark ends the sentence that began at `start`."""
    following = _WORD.search(text, match.end(), end)
    if following is None:  # nothing but punctuation is left: it belongs to this sentence
        return False
    if match.group()[0] in "。！？":
        return True
    if following.group()[0].islower() or _inside_brackets(text, start, match, end):
        return False
    return not match.group().startswith(".") or _full_stop(text, start, match.start(), following.group())


def _full_stop(text: str, start: int, dot: int, following: str) -> bool:
    found = _LAST_WORD.search(text, start, dot + 1)
    if found is None:
        return dot > start
    word = found.group(1).rstrip(".").lower()
    if found.start(1) == start and word.isdigit():  # the number of a list item
        return False
    if word in _NEVER_LAST or (word in ("no", "nos") and following.isdigit()):
        return False
    abbreviated = word in _MAYBE_LAST or (len(word) == 1 and word.isalpha()) or re.fullmatch(r"(\w\.)+\w", word)
    if not abbreviated:
        return True
    return following.lower() in _STARTERS and not following.isdigit()


def _inside_brackets(text: str, start: int, match: re.Match[str], end: int) -> bool:
    opened = text.count("(", start, match.end()) - text.count(")", start, match.end())
    return opened > 0 and text.find(")", match.end(), min(end, match.end() + 300)) >= 0
