"""Which sentences answer a question, and whether any do. Sentences are chosen and cut out, never written.

Every number here was fitted on eight real sites together (documents, encyclopedia, web pages, FAQs), none
for a site.
"""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from chatbot.conditions import continues, limits, limits_strictly, refuses
from knowledge.hits import Hit
from knowledge.markdown import Kind, plain
from knowledge.passages import Part, anatomy
from knowledge.sentences import sentences as split
from knowledge.words import subject_words, words

Vector = NDArray[np.float32]

LOOKED_AT = 5  # passages a quote may come from
MOST = 3  # sentences chosen for themselves; conditions, lead-ins and headers come on top
WORDS, ITEM_WORDS = 140, 110  # of a whole quote, of a list shown whole around one of its items
COVERED, PLACED = 0.5, 0.6  # in choosing, beside the cosine: words of the question, rank of the passage
MARGIN = 0.2  # a second sentence is shown when it is chosen nearly as strongly; half of it when nothing is missing
NEAR, SHARED, NOTHING = 7.5, 1.9, -4.9  # logistic weights: nearness, share of the question's words, constant
BAR = 0.38  # grounded from here on
COMMON = 2  # subject words that a rule and the refusal after it share when they are about the same thing


@dataclass(frozen=True, slots=True)
class Quote:
    """One contiguous slice of whole sentences: `text` is the stored text of the revision from `start` to
    `end`.
    """

    hit: Hit
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Draft:
    """What would be said. `score` 0..1 says how surely the passages answer; `why` is empty when
    `grounded`.
    """

    quotes: tuple[Quote, ...]
    score: float
    grounded: bool
    why: str


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence of a passage as it reads.

    `said`: the words it is read with: its own, its title's and heading's, those of its lead-in, header or question.
    `asks`: it is a question; `points_back`: it needs the sentence before; `limits`, `strictly`: it is a condition;
    `refuses`: it says what is not so; `subject`: its own subject words.
    """

    text: str
    part: Part
    said: frozenset[str]
    asks: bool
    points_back: bool
    limits: bool
    strictly: bool
    refuses: bool
    subject: frozenset[str]


@dataclass(frozen=True, slots=True)
class Page:
    """A hit taken apart into its sentences."""

    hit: Hit
    lines: tuple[Line, ...]

    @classmethod
    def of(cls, hit: Hit) -> "Page":
        spans = tuple((start - hit.start, end - hit.start) for start, end in hit.sentences)
        return cls(hit, _lines(hit.text, spans, hit.title, hit.heading))

    def joined(self, one: int, other: int) -> bool:
        """Whether two neighbours belong to the same run of text: under the same heading, and no table."""
        first, second = self.lines[one].part, self.lines[other].part
        return first.heading == second.heading and {first.kind, second.kind} <= {Kind.TEXT, Kind.ITEM}

    def refused_after(self, place: int, after: int) -> bool:
        """Whether a later sentence refuses a part of what an earlier one grants."""
        rule, other = self.lines[place], self.lines[after]
        return other.refuses and not rule.refuses and len(rule.subject & other.subject) >= COMMON

    def asked_before(self, place: int) -> tuple[int, ...]:
        """The question that a sentence answers, where the text itself asks it just before."""
        return (place - 1,) if place and self.lines[place - 1].asks and self.joined(place - 1, place) else ()

    def quotable(self, place: int) -> bool:
        """Not a table's header, a bare link or question, or a part of a list that began in another passage."""
        line = self.lines[place]
        if line.part.kind is Kind.HEADER or line.part.orphan or line.asks:
            return False
        return "://" not in line.text or len(words(_LINK.sub("", plain(line.text)))) > 1


_LINK = re.compile(r"\S+://\S+")


@lru_cache(maxsize=4096)  # the text of a passage never changes, and the same ones are found again and again
def _lines(text: str, spans: tuple[tuple[int, int], ...], title: str, heading: str) -> tuple[Line, ...]:
    texts = [text[start:end] for start, end in spans]
    own = [frozenset(words(each)) for each in texts]
    above = frozenset(words(f"{title} {heading}"))
    found: list[Line] = []
    for place, part in enumerate(anatomy(text, spans, heading)):
        asked = place > 0 and found[-1].asks and found[-1].part.heading == part.heading
        said = above.union(
            words(part.heading), own[place], own[place - 1] if asked else (), *(own[n] for n in part.leads)
        )
        sentence = texts[place]
        asks = sentence.rstrip("\"'”’)*_` ").endswith("?")
        found.append(
            Line(
                sentence,
                part,
                said,
                asks,
                continues(plain(sentence)),
                limits(sentence),
                limits_strictly(sentence),
                refuses(sentence),
                frozenset(subject_words(sentence)),
            )
        )
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Sentence:
    """The place-th sentence of a passage, how strongly it is chosen, and how well it answers.

    `covered`: the share of the question's subject words that it is read with.
    """

    page: Page
    place: int
    covered: float
    strength: float
    score: float

    @property
    def text(self) -> str:
        return self.page.lines[self.place].text

    def says_any(self, about: frozenset[str]) -> bool:
        """Whether it is read with one of these words; true when there are none to say."""
        return not about or bool(about & self.page.lines[self.place].said)


def quote(question: str, vector: Vector, hits: Sequence[Hit], about: frozenset[str] = frozenset()) -> Draft:
    """The fewest whole sentences that answer a question, or a draft that says why there are none.

    `vector`: (dims,) unit row of the question; `hits`: best first; `about`: stemmed words, one of which a
    sentence must say.
    """
    found = sentences(question, vector, hits, about)
    if not found:
        return Draft((), 0.0, False, "no passage was found")
    best = found[0]
    if best.score < BAR:
        return Draft((), best.score, False, f"the passages do not answer it ({best.score:.2f} < {BAR:.2f})")
    margin = MARGIN / 2 if best.covered >= 1 else MARGIN
    chosen = [each for each in found[:MOST] if each.strength > best.strength - margin]
    return Draft(assembled(chosen), best.score, True, "")


def sentences(
    question: str, vector: Vector, hits: Sequence[Hit], about: frozenset[str] = frozenset()
) -> list[Sentence]:
    """Every sentence that may be quoted from the first passages and says one of `about`, the most fitting first."""
    asked = (frozenset(subject_words(question)), frozenset(subject_words(_last(question))))
    found = [each for hit in hits[:LOOKED_AT] for each in _of(Page.of(hit), asked, vector) if each.says_any(about)]
    return sorted(found, key=lambda each: -each.strength)


def _last(question: str) -> str:
    """The last sentence of a message that says anything: what is asked; the rest is what it is about."""
    spans = [span for span in split(question) if subject_words(question[slice(*span)])]
    return question[slice(*spans[-1])] if spans else question


def _of(page: Page, asked: Sequence[frozenset[str]], vector: Vector) -> Iterable[Sentence]:
    cosines = (page.hit.vectors @ vector).tolist()
    for place, line in enumerate(page.lines):
        if not page.quotable(place):
            continue
        cosine = max(cosines[near] for near in (place, *page.asked_before(place)))
        covered = sum(len(some & line.said) / len(some) if some else 0.0 for some in asked) / len(asked)
        strength = cosine + COVERED * covered + PLACED * page.hit.score
        yield Sentence(page, place, covered, strength, answerability(max(cosine, page.hit.dense), covered))


def answerability(nearness: float, covered: float) -> float:
    """How likely a passage answers, 0..1.

    `nearness`: the best cosine of the question with the passage or its best sentence; `covered`: the share
    of the question's subject words said there. Logistic regression over seven sites with answerable and
    unanswerable questions, each site counting the same; weighing words by rarity did not help.
    """
    return 1 / (1 + math.exp(-(NEAR * nearness + SHARED * covered + NOTHING)))


def assembled(chosen: Sequence[Sentence]) -> tuple[Quote, ...]:
    """The quotes for chosen sentences, best passage first: with lead-ins, headers, conditions and exceptions.

    A later choice is left out when the whole would grow past 140 words.
    """
    held: dict[int, tuple[Page, set[int]]] = {}
    length = 0
    for each in chosen:
        page, places = held.get(each.page.hit.passage_id, (each.page, set()))
        wanted = whole(page, each.place)
        added = sum(len(page.lines[place].text.split()) for place in wanted - places)
        if length and length + added > WORDS:
            continue
        length += added
        held[page.hit.passage_id] = page, places | wanted
    return tuple(quote for page, places in held.values() for quote in _slices(page, sorted(places)))


def whole(page: Page, place: int) -> set[int]:
    """The places of a sentence and of everything it must not be shown without."""
    held = {place, *_list_around(page, place), *_milder_limits(page, place)}
    while True:
        grown = held.union(*(page.lines[each].part.leads + page.asked_before(each) for each in held))
        for each in tuple(grown):
            grown |= _beside(page, each)
        if grown == held:
            return held
        held = grown


def _milder_limits(page: Page, place: int) -> set[int]:
    """Conditions that follow at once, two at most, refusals of the same thing; and what a bare "Yes." goes on with."""
    added: set[int] = set()
    bare = len(words(page.lines[place].text)) < 3
    for after in range(place + 1, min(place + 3, len(page.lines))):
        limited = page.lines[after].limits or page.refused_after(place, after)
        if not page.joined(after - 1, after) or not (bare or limited):
            break
        added.add(after)
        bare = False
    return added


def _beside(page: Page, place: int) -> set[int]:
    """The neighbours that plainly limit a sentence, and the one before where it points back to it."""
    before, after = place - 1, place + 1
    added: set[int] = set()
    if place and page.joined(before, place) and (page.lines[place].points_back or page.lines[before].strictly):
        added.add(before)
    if after < len(page.lines) and page.joined(place, after) and page.lines[after].strictly:
        added.add(after)
    return added


def _list_around(page: Page, place: int) -> set[int]:
    """The whole list of a chosen item or lead-in when it is short; a lead-in always with all of it."""
    part = page.lines[place].part
    lead = part.leads[-1] if part.kind is Kind.ITEM and part.leads else place
    items = {n for n, line in enumerate(page.lines) if line.part.kind is Kind.ITEM and lead in line.part.leads}
    if items and sum(len(page.lines[n].text.split()) for n in {lead, *items}) <= ITEM_WORDS:
        return {lead, *items}
    return items if lead == place and plain(page.lines[place].text).endswith(":") else set()


def _slices(page: Page, places: Sequence[int]) -> Iterable[Quote]:
    """Neighbouring sentences as one slice; a heading or a sentence left out between them makes two."""
    hit, first = page.hit, places[0]
    for place, following in zip(places, [*places[1:], -1], strict=True):
        if following == place + 1 and page.lines[following].part.heading == page.lines[place].part.heading:
            continue
        start, end = hit.sentences[first][0], hit.sentences[place][1]
        yield Quote(hit, start, end, hit.slice(start, end))
        first = following
