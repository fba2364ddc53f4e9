"""Which sentences answer a question, and whether any do. Sentences are chosen and cut out, never written.

Which section they are of, and whether it answers, `choosing` says. The other numbers here were fitted on eight real
sites together (documents, encyclopedia, web pages, FAQs), none for a site.
"""

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate, groupby

import numpy as np
from numpy.typing import NDArray

from chatbot.decide.answer.page import RUNNING, Page, opened
from knowledge.face.retrieval import Hit
from knowledge.face.text import (
    NONE,
    Expansion,
    Kind,
    Synonyms,
    number_of,
    plain,
    shared,
    subject_words,
    words,
)
from knowledge.face.text import sentences as split

Vector = NDArray[np.float32]

LOOKED_AT = 5  # passages a quote may come from
MOST = 3  # sentences that a model may choose; conditions, lead-ins and headers come on top
WORDS, ITEM_WORDS = 140, 110  # of a whole quote, of a list shown whole around one of its items
COVERED, PLACED = 0.5, 0.6  # in choosing, beside the cosine: words of the question, rank of the passage
LEAD, LEAD_LENGTH = 0.45, 300  # what standing first counts where there are no headings; it falls by e in so many signs
NEAR, SHARED, NOTHING = 7.5, 1.9, -4.9  # logistic weights: nearness, share of the question's words, constant
LIKELY = 0.38  # of a sentence that may be quoted because a model likes it
BAR = 0.52  # of a section's chance to answer: grounded from here on
SECTION_WORDS = 90  # of a section that are shown at once
LEAST_STEPS = 2  # items with a number that make a list one of steps


@dataclass(frozen=True, slots=True)
class Quote:
    """One contiguous slice of whole sentences: `text` is the stored text of the revision from `start` to
    `end`. `chosen`: where in that text the sentences begin that were chosen for themselves.
    """

    hit: Hit
    start: int
    end: int
    text: str
    chosen: tuple[int, ...] = ()


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

    def says_any(self, about: frozenset[str], also: Expansion) -> bool:
        """Whether it is read with one of these words, or with what says the same; true when there are none to say."""
        return not about or shared(about, self.page.lines[self.place].said, also) > 0


def quote(
    question: str,
    vector: Vector,
    hits: Sequence[Hit],
    score: float,
    about: frozenset[str] = frozenset(),
    synonyms: Synonyms = NONE,
    room: int | None = None,
) -> Draft:
    """A section in whole sentences, all of it where it is short, else what answers and what stands around that; or why
    there are none.

    `vector`: (dims,) unit row of the question; `hits`: the section's passages, best first; `score`: its chance to
    answer, 0..1; `about`: stemmed words, one of which a sentence must say; `synonyms`: the words that count as the
    same; `room`: words up to which it is shown (None: SECTION_WORDS).
    """
    found = sentences(question, vector, hits, about, synonyms)
    if not found:
        return Draft((), 0.0, False, "no passage was found")
    if score < BAR:
        return Draft((), score, False, f"no section surely answers it ({score:.2f} < {BAR:.2f})")
    room = SECTION_WORDS if room is None else room
    return Draft(_entire(found, room) or assembled(found[:1], room=room), score, True, "")


def fitting(sections: Sequence[Sequence[Hit]]) -> int:
    """How many of some sections, from the first on, are shown whole together; one at least."""
    words = [sum(_readable(Page.of(hit))[1] for hit in hits) for hits in sections]
    return max(1, sum(total <= SECTION_WORDS for total in accumulate(words)))


def _readable(page: Page) -> tuple[set[int], int]:
    """The places that can be shown, and their words."""
    places = {at for at in range(len(page.lines)) if page.readable(at)}
    return places, page.words(places)


def _entire(found: Sequence[Sentence], room: int) -> tuple[Quote, ...]:
    """All that was found of some sections, in its order, where that is few words; nothing where it is more."""
    pages = {each.page.hit.passage_id: each.page for each in found}
    held = {key: _readable(page)[0] for key, page in pages.items()}
    if sum(pages[key].words(places) for key, places in held.items()) > room:
        return ()
    begin = {key: {found[0].place} if pages[key] is found[0].page else set() for key in pages}
    inorder = sorted(pages, key=lambda key: pages[key].hit.start)
    return tuple(quote for key in inorder for quote in slices(pages[key], sorted(held[key]), begin[key]))


def sentences(
    question: str,
    vector: Vector,
    hits: Sequence[Hit],
    about: frozenset[str] = frozenset(),
    synonyms: Synonyms = NONE,
) -> list[Sentence]:
    """Every sentence that may be quoted from the first passages and says one of `about`, the most fitting first."""
    asked = (frozenset(subject_words(question)), frozenset(subject_words(_last(question))))
    also = synonyms.expand(subject_words(question))
    every = [each for hit in hits[:LOOKED_AT] for each in _of(Page.of(hit), asked, vector, also)]
    found = [each for each in every if each.says_any(about, also)]
    return sorted(found, key=lambda each: -each.strength)


def _last(question: str) -> str:
    """The last sentence of a message that says anything: what is asked; the rest is what it is about."""
    spans = [span for span in split(question) if subject_words(question[slice(*span)])]
    return question[slice(*spans[-1])] if spans else question


def _of(page: Page, asked: Sequence[frozenset[str]], vector: Vector, also: Expansion) -> Iterable[Sentence]:
    cosines = (page.hit.vectors @ vector).tolist()
    for place, line in enumerate(page.lines):
        if not page.quotable(place):
            continue
        cosine = max(cosines[near] for near in (place, *page.asked_before(place)))
        covered = sum(shared(some, line.said, also) / len(some) if some else 0.0 for some in asked) / len(asked)
        strength = cosine + COVERED * covered + PLACED * page.hit.score + _lead(page, place)
        yield Sentence(page, place, covered, strength, answerability(cosine, covered))


def _lead(page: Page, place: int) -> float:
    """What a sentence gains by standing first where no heading orders a text: its writer says first what counts most.

    That the first lines are the best short telling of a text is the lead baseline of summaries (Brandow, Mitze and Rau
    1995).
    """
    return 0.0 if page.hit.heading else LEAD * math.exp(-page.hit.sentences[place][0] / LEAD_LENGTH)


def answerability(nearness: float, covered: float) -> float:
    """How likely a passage answers, 0..1.

    `nearness`: the cosine of the question with a sentence; `covered`: the share of the question's subject words said
    there. Logistic regression over seven sites with answerable and
    unanswerable questions, each site counting the same; weighing words by rarity did not help.
    """
    return 1 / (1 + math.exp(-(NEAR * nearness + SHARED * covered + NOTHING)))


def assembled(chosen: Sequence[Sentence], most: int = WORDS, room: int = 0) -> tuple[Quote, ...]:
    """The quotes for chosen sentences, best passage first: with lead-ins, headers, conditions and exceptions.

    A later choice is left out when the whole would grow past `most` words. What stands around the best one is shown
    with it as far as there is `room`, in words: a text is read on, not in pieces.
    """
    held: dict[int, tuple[Page, set[int]]] = {}
    length = 0
    begin: set[tuple[int, int]] = set()
    for each in chosen:
        page, places = held.get(each.page.hit.passage_id, (each.page, set()))
        wanted = whole(page, each.place)
        added = page.words(wanted - places)
        if length and length + added > most:
            continue
        length += added
        held[page.hit.passage_id] = page, places | wanted
        begin.add((page.hit.passage_id, each.place))
    if room > length:
        page, places = held[chosen[0].page.hit.passage_id]
        held[page.hit.passage_id] = page, _read_on(page, chosen[0].place, places, room - length)
    return tuple(
        quote
        for key, (page, places) in held.items()
        for quote in slices(page, sorted(places), frozenset(place for passage, place in begin if passage == key))
    )


def _read_on(page: Page, place: int, places: set[int], room: int) -> set[int]:
    """Some places with the paragraphs, items and rows after the one of a place, then with those before it."""
    held = set(places)
    around = sorted(page.around(place))
    after = [at for at in around if at > place]
    before = [at for at in reversed(around) if at < place]
    for way in (after, before):
        for _, some in groupby(way, lambda at: page.lines[at].part.block):
            shown = {at for at in some if page.readable(at)}
            wanted = needed(page, held.union(shown, *(opened(page, at) for at in shown)))
            if page.words(wanted - held) > room:
                break
            room -= page.words(wanted - held)
            held = wanted
    return held


def whole(page: Page, place: int) -> set[int]:
    """The places of a sentence and of everything it must not be shown without."""
    held = {place, *_thought(page, place), *_list_around(page, place), *_milder_limits(page, place)}
    return needed(page, held | opened(page, place))


def needed(page: Page, places: Collection[int]) -> set[int]:
    """Some sentences with those they cannot be read without: lead-ins, headers, questions, plain limits beside them."""
    held = set(places)
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
    """The whole list of a chosen item or lead-in when it is short; a lead-in always with all of it, and steps too:
    whoever is told one step is told them all, in order."""
    part = page.lines[place].part
    if part.kind is Kind.ITEM and (steps := _steps(page, place)):
        return steps
    lead = part.leads[-1] if part.kind is Kind.ITEM and part.leads else place
    items = {n for n, line in enumerate(page.lines) if line.part.kind is Kind.ITEM and lead in line.part.leads}
    if items and sum(len(page.lines[n].text.split()) for n in {lead, *items}) <= ITEM_WORDS:
        return {lead, *items}
    return items if lead == place and plain(page.lines[place].text).endswith(":") else set()


def _thought(page: Page, place: int) -> set[int]:
    """The paragraphs and items under the heading of a sentence, where they are few words: a thought is not told in
    pieces. Of a single paragraph the fewest sentences are enough."""
    around = page.around(place)
    parts = [page.lines[at].part for at in around]
    several = len({part.block for part in parts}) > 1 and {part.kind for part in parts} <= {*RUNNING, Kind.CODE}
    if not several or sum(len(page.lines[at].text.split()) for at in around) > SECTION_WORDS:
        return set()
    return {at for at in around if page.quotable(at) or page.lines[at].asks}


def _steps(page: Page, place: int) -> set[int]:
    """The items of the numbered list that an item is in, as far as its passage has them; none without numbers."""
    around = page.around(place, Kind.ITEM)
    numbered = sum(number_of(page.lines[at].text) is not None for at in around)
    return around | set(page.lines[place].part.leads) if numbered >= LEAST_STEPS else set()


def slices(page: Page, places: Sequence[int], chosen: Collection[int] = ()) -> Iterable[Quote]:
    """Neighbouring sentences as one slice; a heading or a sentence left out between them makes two."""
    hit, first = page.hit, places[0]
    for place, following in zip(places, [*places[1:], -1], strict=True):
        if following == place + 1 and page.lines[following].part.heading == page.lines[place].part.heading:
            continue
        start, end = hit.sentences[first][0], hit.sentences[place][1]
        begin = tuple(hit.sentences[each][0] for each in sorted(chosen) if first <= each <= place)
        yield Quote(hit, start, end, hit.slice(start, end), begin)
        first = following
