"""Whether a shortened text says nothing that its block does not: words were cut and none added, and no cut may matter.

Law of the room: it shares nothing with what shortens. It knows two texts, and a cut that it does not know to be
harmless is harmful. What may go: a filler, an aside between its own marks, a whole sentence of plain description. What
never goes: a negation, a modal, a condition, an exception, a quantity, a unit, a date, a name, what something costs.
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

_TOKEN = re.compile(r"(?:e\.g|i\.e)\.|[^\W_]+(?:[.,:'’/@&+_-]+[^\W_]+)*|[^\s]")
_ENDS = frozenset(".!?")
_SIDES = frozenset(",;()–—")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


FILLERS = tuple(
    tuple(each.split())
    for each in (
        "please note that", "please note", "note that", "please", "kindly", "simply", "also", "additionally",
        "furthermore", "moreover", "in addition", "of course", "as well", "in fact", "indeed",
    )
)  # fmt: skip
"""Words that may go wherever they stand."""
OPENERS = tuple(
    tuple(each.split())
    for each in ("such as", "for example", "for instance", "e.g.", "which", "who", "because", "so that", "in order to")
)
"""How an aside begins that may go from its mark to the next."""
UNMARKED = frozenset({("because",), ("so", "that"), ("in", "order", "to")})
"""Those of them that need no mark before them, where they run to the end of the sentence."""
LISTS = frozenset({("such", "as"), ("for", "example"), ("for", "instance"), ("e.g.",)})
"""Those that open examples, which may be joined."""
SUBJECTS = _words("the a an this these those our we it they there its their")
"""First words of a sentence that describes. Whoever is told to do something is not described."""
POINTERS = _words(
    "it they this these that those he she such both here there then so thus therefore hence also otherwise however but "
    "and or its their them the same if instead"
)
"""First words that lean on the sentence before: it stays."""
KEPT = _words(
    # negation
    "no not never none nobody nothing nowhere neither nor without cannot unable unlike un non nil hardly barely "
    "scarcely "
    # modals
    "must may might can could shall should will would ought need needs needed require requires required "
    "requirement requirements able allow allows allowed permit permits permitted entitle entitles "
    "entitled let lets expect expected supposed obliged mandatory compulsory optional eligible "
    # conditions
    "if unless when whenever while whilst until till once provided providing assuming whether where wherever "
    "after before during within only even otherwise depending depends depend subject case cases long since "
    "based prior upon condition conditions conditional "
    # exceptions
    "except excepting exception exceptions exclude excludes excluded excluding exclusive apart besides aside "
    "other others but however although though despite yet instead rather save bar including includes include "
    "included unlikely "
    # quantities
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million half third "
    "quarter double twice thrice single both dozen pair first second last next all any each every either some "
    "several many few most more less least fewer much enough up maximum minimum max min limit limits limited "
    "limitation extra additional full fully whole entire entirely total partly partial partially per percent rest "
    "remaining same different separate separately "
    # units and dates
    "day days hour hours minute minutes second seconds week weeks month months year years business working "
    "weekday weekdays weekend weekends kg g mg lb lbs km m cm mm mile miles metre metres meter meters inch inches "
    "foot feet litre litres liter liters ml mb gb kb tb pound pounds euro euros dollar dollars cent cents pence "
    "penny january february march april june july august september october november december monday tuesday "
    "wednesday thursday friday saturday sunday today tomorrow tonight yesterday holiday holidays morning noon "
    "afternoon evening midnight night daily weekly monthly yearly annual annually immediately instantly later "
    "earlier late early latest soon now currently "
    # how often, how surely
    "usually normally generally often sometimes typically mostly mainly about around approximately roughly nearly "
    "almost always rarely seldom occasionally ordinarily perhaps possibly probably likely just "
    # money and ends
    "cost costs costing fee fees charge charges charged price prices pay pays paid payable free refundable "
    "deposit expire expires expired final deadline valid invalid void lose loses lost forbidden prohibited banned "
    "refuse refuses refused reject rejected risk liable fine penalty illegal unsafe danger dangerous warning "
    "important caution "
)
"""Words that stay whatever is cut around them; so do numbers, signs, and whatever has a capital inside a sentence."""


OWED = _words("have has had")
"""Words that say with "to" behind them what somebody must."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """The words of a sentence as they stand, and what marks stand before each of them and after the last."""

    words: tuple[str, ...]
    marks: tuple[str, ...]
    end: str

    @property
    def folded(self) -> tuple[str, ...]:
        """The words in small letters."""
        return tuple(word.casefold().replace("’", "'") for word in self.words)


def objections(block: str, short: str) -> list[str]:
    """What speaks against showing `short` for `block`, in words for the record; an empty list: nothing does."""
    if strange := set(re.sub(r"[\w\s.]", "", short)) - set(block):
        return [f"it has a mark that the block has not: {min(strange)}"]
    whole, cut = list(_sentences(block)), list(_sentences(short))
    if not cut:
        return ["nothing is left of it"]
    kept: list[frozenset[int]] = []
    for sentence in cut:
        found = _matched(whole, len(kept), sentence)
        if found is None:
            return [f"its words do not stand so in one sentence of the block: {' '.join(sentence.words)[:80]}"]
        kept += [frozenset()] * (found[0] - len(kept)) + [found[1]]
    kept += [frozenset()] * (len(whole) - len(kept))
    return list(_cuts(whole, kept))


def digest() -> str:
    """The sha256 of this proof: figures are of exactly one."""
    return hashlib.sha256(Path(__file__).read_bytes()).hexdigest()


# ── Inside ────────────────────────────────────────────────────────────────────────────────────────────────────


def _sentences(text: str) -> Iterator[Sentence]:
    words, marks, before = list[str](), list[str](), ""
    for token in _TOKEN.findall(text):
        if token in _ENDS:
            if words:
                yield Sentence(tuple(words), (*marks, before), token)
            words, marks, before = [], [], ""
        elif token[0].isalnum() or token not in _SIDES:
            words.append(token)
            marks.append(before)
            before = ""
        else:
            before += token
    if words:
        yield Sentence(tuple(words), (*marks, before), "")


def _matched(whole: Sequence[Sentence], first: int, short: Sentence) -> tuple[int, frozenset[int]] | None:
    """The first sentence from a place on that holds these words in their order without harm, and where they stand in
    it; the first that holds them at all where none does without."""
    held = None
    for place in range(first, len(whole)):
        for at in _places(whole[place], short):
            if short.end not in (whole[place].end, "", "."):
                continue
            if not list(_within(whole[place], at)):
                return place, at
            held = held or (place, at)
    return held


def _places(whole: Sentence, short: Sentence) -> Iterator[frozenset[int]]:
    """Where the words of a shortened sentence stand in a whole one: read from its start, and from its end."""
    for order in (1, -1):
        left, found = [*range(len(whole.words))][::order], list[int]()
        for n, word in list(enumerate(short.words))[::order]:
            while left and not _same(whole.words[left[0]], word, first=n == 0):
                left.pop(0)
            if not left:
                break
            found.append(left.pop(0))
        else:
            yield frozenset(found)


def _same(stored: str, shown: str, *, first: bool) -> bool:
    """A first word may have become a capital one, and that is all."""
    return stored == shown or (first and stored[:1].upper() + stored[1:] == shown)


def _cuts(whole: Sequence[Sentence], kept: Sequence[frozenset[int]]) -> Iterator[str]:
    for n, (sentence, places) in enumerate(zip(whole, kept, strict=True)):
        if places:
            yield from _within(sentence, places)
            if n and not kept[n - 1] and sentence.folded[0] in POINTERS:
                yield f"what it leans on is gone: {' '.join(sentence.words)[:80]}"
        else:
            yield from _gone(sentence)


def _gone(sentence: Sentence) -> Iterator[str]:
    """What speaks against leaving a sentence out."""
    if sentence.folded[0] not in SUBJECTS:
        yield f"a sentence is gone that may tell what to do: {' '.join(sentence.words)[:80]}"
    yield from _held(sentence, range(len(sentence.words)))


def _within(sentence: Sentence, kept: frozenset[int]) -> Iterator[str]:
    """What speaks against the cuts inside a sentence."""
    at, end = 0, len(sentence.words)
    while at < end:
        if at in kept:
            at += 1
            continue
        stop = next((n for n in range(at, end) if n in kept), end)
        for start, until in _pieces(sentence, at, stop):
            if not _filler(sentence, start, until):
                if not _aside(sentence, start, until):
                    yield f"a cut is neither a filler nor an aside: {' '.join(sentence.words[start:until])[:80]}"
                size = max((len(o) for o in OPENERS if sentence.folded[start : start + len(o)] == o), default=0)
                yield from _held(sentence, range(start + size, until))
        at = stop


def _pieces(sentence: Sentence, start: int, stop: int) -> Iterator[tuple[int, int]]:
    """A cut as what it is made of: fillers at its front, and what stands between its marks."""
    while start < stop:
        size = next((len(each) for each in FILLERS if sentence.folded[start : start + len(each)] == each), 0)
        mark = next((place for place in range(start + 1, stop) if sentence.marks[place]), stop)
        until = start + size if size and start + size <= stop else mark
        yield start, until
        start = until


def _filler(sentence: Sentence, start: int, stop: int) -> bool:
    return sentence.folded[start:stop] in FILLERS


def _aside(sentence: Sentence, start: int, stop: int) -> bool:
    """Whether a cut is all of an aside: opened by a known word, from its mark to the next of the same kind."""
    opener = next((o for o in OPENERS if sentence.folded[start : start + len(o)] == o), None)
    before, after = sentence.marks[start], sentence.marks[stop]
    if opener is None or stop - start <= len(opener):
        return False
    if opener not in LISTS and "and" in sentence.folded[start:stop]:  # what is joined may be a fact of its own
        return False
    if "(" in before:
        return ")" in after
    if opener in UNMARKED and stop == len(sentence.words):
        return True
    closed = stop == len(sentence.words) or before[-1:] == after[:1]
    return before[-1:] in (",", "–", "—") and closed


def _held(sentence: Sentence, places: Sequence[int]) -> Iterator[str]:
    """Each word among these places that stays whatever is cut around it."""
    for place in places:
        word, folded = sentence.words[place], sentence.folded[place]
        capital = any(letter.isupper() for letter in (word if place else word[1:]))
        parts = re.split(r"[^\w']+", folded)
        owed = folded in OWED and sentence.folded[place + 1 : place + 2] == ("to",)
        sign = not word[0].isalnum() and word not in "\"'“”‘’:"
        if (
            capital
            or sign
            or owed
            or any(part in KEPT or part.endswith("n't") for part in parts)
            or re.search(r"\d", word)
        ):
            yield f"a word is gone that stays: {word[:40]}"
