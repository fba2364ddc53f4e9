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
_SIGNS = re.compile(r"[.!?…]++|[。！？]++")
_CLOSED = re.compile(r"[\"'”’»)\]*_`]*+(?:\[[^\]\s]{1,14}\]){0,20}+(?=\s|\Z)")  # closing quotes and footnote marks
_CLOSED_ASIAN = re.compile(r"[\"”’」』）)]*+")
_GLUED = re.compile(r"(?<=[a-z][a-z)][.!?])(?=[A-Z][a-z])")
_APART = frozenset("([\"'“‘*_")  # what words are apart by, besides space
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
    reading = _Reading(text, end)
    for first, last in _ends(text, start, end):
        if reading.closes(start, first, last):
            yield from trimmed(text, start, last)
            start = last
    yield from trimmed(text, start, end)


def _ends(text: str, start: int, end: int) -> Iterator[Span]:
    """Where full stops, question and exclamation marks stand that may end a sentence, with what closes behind them."""
    last = start
    for signs in _SIGNS.finditer(text, start, end):
        if signs.start() < last:  # within the footnote mark of the one before
            continue
        closing = _CLOSED_ASIAN if signs.group()[0] in "。！？" else _CLOSED
        if closed := closing.match(text, signs.end(), end):
            last = closed.end()
            yield signs.start(), last


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


class _Reading:
    """One walk through a text up to `end`: what it looked at once it looks at no more, so it is linear in the text."""

    def __init__(self, text: str, end: int) -> None:
        self.text, self.end = text, end
        self.following: re.Match[str] | None = None
        self.searched = False
        self.start, self.counted, self.opened = -1, 0, 0

    def closes(self, start: int, first: int, last: int) -> bool:
        """Whether the signs `text[first:last]` end the sentence that began at `start`; both only ever grow."""
        following = self._word_after(last)
        if following is None:  # nothing but punctuation is left: it belongs to this sentence
            return False
        if self.text[first] in "。！？":
            return True
        if following[0].islower() or self._inside_brackets(start, last):
            return False
        return self.text[first] != "." or _full_stop(self.text, start, first, following)

    def _word_after(self, last: int) -> str | None:
        if not self.searched or (self.following and self.following.start() < last):
            self.following, self.searched = _WORD.search(self.text, last, self.end), True
        return self.following.group() if self.following else None

    def _inside_brackets(self, start: int, last: int) -> bool:
        if start != self.start:
            self.start, self.counted, self.opened = start, start, 0
        self.opened += self.text.count("(", self.counted, last) - self.text.count(")", self.counted, last)
        self.counted = last
        return self.opened > 0 and self.text.find(")", last, min(self.end, last + 300)) >= 0


def _full_stop(text: str, start: int, dot: int, following: str) -> bool:
    first, last = _last_word(text, start, dot)
    if first == last:
        return dot > start
    word = text[first:last].rstrip(".").lower()
    if first == start and word.isdigit():  # the number of a list item
        return False
    if word in _NEVER_LAST or (word in ("no", "nos") and following.isdigit()):
        return False
    abbreviated = word in _MAYBE_LAST or (len(word) == 1 and word.isalpha()) or re.fullmatch(r"(\w\.)+\w", word)
    if not abbreviated:
        return True
    return following.lower() in _STARTERS and not following.isdigit()


def _last_word(text: str, start: int, dot: int) -> Span:
    """The word before a full stop, or before one space in front of it; empty where none is."""
    last = dot - 1 if dot > start and text[dot - 1].isspace() else dot
    first = last
    while first > start and not (text[first - 1].isspace() or text[first - 1] in _APART):
        first -= 1
    return first, last
