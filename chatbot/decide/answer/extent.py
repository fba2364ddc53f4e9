"""How much of a section is shown at once, and what is shown on request: the rest of it, from the same revision.

Law of the room: nothing is chosen here that was not found, and nothing of it lost: what is not shown before "Show more"
is behind it. What must not be cut is not: a rule with its limit, a header with the rows that were chosen, a short list
of steps. What is added is verified like what was there; where it does not hold, the draft is told as it was.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import takewhile

from chatbot.decide.answer import compose, variants, verify
from chatbot.decide.answer.compose import Draft, Quote
from chatbot.decide.answer.page import Page, opened
from knowledge.face.retrieval import Section, around
from knowledge.face.text import Kind

SHOWN = 90  # words of an answer that are shown at once
WHOLE_ITEMS, WHOLE_WORDS = 12, 140  # of a list or table that is never cut
MORE = 400  # words shown on request, and the list begun by then to its end; the article is a link away
LISTED = {Kind.ITEM, Kind.ROW}


@dataclass(frozen=True, slots=True)
class Told:
    """What is shown at once, the best first, and the rest of the same sections. `labels`: the headings to name some of
    them by, by revision and start of the section."""

    quotes: tuple[Quote, ...]
    rest: tuple[Quote, ...] = ()
    labels: Mapping[tuple[int, int], str] = field(default_factory=dict)


@dataclass(slots=True)
class Group:
    """The places of one section that a draft quotes, and those of them that were chosen for themselves."""

    section: Section
    page: Page
    places: set[int]
    chosen: set[int]
    label: str = ""

    @property
    def key(self) -> tuple[int, int]:
        """Which section it is: the revision, and where in it."""
        return self.section.hit.revision_id, self.section.hit.start

    def words(self, places: Iterable[int]) -> int:
        """How many words some places have."""
        return sum(len(self.page.lines[place].text.split()) for place in places)


def told(draft: Draft, question: str = "") -> Told:
    """What of a draft is shown at once and what on request, with lists that run over several passages whole.

    Where its article tells the same for several cases, the one that the question names, or each, named.
    """
    groups = _groups(draft)
    if groups is None:
        return Told(draft.quotes)
    groups = _by_case(groups, question)
    quotes: list[Quote] = []
    rest: list[Quote] = []
    room = SHOWN
    for group in groups:
        group.places |= _continued(group, draft.quotes)
        group.places = _tables(group)
        kept = _cut(group, room)
        room -= group.words(kept)
        left = _rest(group, kept)
        quotes += _quotes(group, kept)
        rest += _quotes(group, left) if left else ()
    several = len(groups) > 1 and len({group.section.hit.revision_id for group in groups}) == 1
    labels = {group.key: group.label or group.section.label for group in groups if group.label or several}
    labels = {key: label for key, label in labels.items() if label}
    for each in (Told(tuple(quotes), tuple(rest), labels), Told(tuple(quotes), (), labels)):
        # What is shown at once holds by itself: a condition behind "Show more" is one that nobody reads.
        if not any(verify.check(replace(draft, quotes=some)) for some in (each.quotes, (*each.quotes, *each.rest))):
            return each
    return Told(draft.quotes)


def _groups(draft: Draft) -> list[Group] | None:
    """The quotes by the section they are in; None when one of them is in the database no more."""
    sections = around([quote.hit for quote in draft.quotes])
    groups: dict[tuple[int, int], Group] = {}
    for quote in draft.quotes:
        section = sections.get(quote.hit.passage_id)
        if section is None:
            return None
        hit = section.hit
        group = groups.setdefault((hit.revision_id, hit.start), Group(section, Page.of(hit), set(), set()))
        for place, (start, end) in enumerate(hit.sentences):
            if quote.start <= start and end <= quote.end:
                group.places.add(place)
            if start in quote.chosen:
                group.chosen.add(place)
    return list(groups.values())


def _quotes(group: Group, places: set[int]) -> Iterator[Quote]:
    for quote in compose.slices(group.page, sorted(places), group.chosen):
        yield replace(quote, hit=group.section.at(quote.start))


# ── The same for several cases ────────────────────────────────────────────────────────────────────────────────


def _by_case(groups: Sequence[Group], question: str) -> list[Group]:
    """The groups with those cases of the first one that are asked about, each named, in the order of the article."""
    cases = variants.of(groups[0].section)
    if not cases:
        return list(groups)
    held = {group.key: group for group in groups}
    named = [_named(held, case) for case in variants.asked(question, cases)]
    others = {(case.hit.revision_id, case.hit.start) for case in cases}
    return [*named, *(group for group in groups if group.key not in others)]


def _named(held: Mapping[tuple[int, int], Group], case: Section) -> Group:
    """What is quoted of a case, or its beginning where nothing was."""
    page = Page.of(case.hit)
    group = held.get((case.hit.revision_id, case.hit.start)) or Group(case, page, _opening(page), set())
    group.label = case.label
    return group


def _opening(page: Page) -> set[int]:
    """As much of a section as is shown of one that nobody chose from: its first paragraph, with the list after it."""
    every = range(len(page.lines))
    first = next(iter(_blocks(page, every)))
    run = next((set(run) for run in _runs(page) if min(run) <= max(first) + 1), set[int]())
    return compose.needed(page, first | run)


# ── Lists that run over several passages ──────────────────────────────────────────────────────────────────────


def _continued(group: Group, quotes: Sequence[Quote]) -> set[int]:
    """What goes on in another passage of a list that is quoted as far as its own passage has it."""
    spans, added = group.section.hit.sentences, set[int]()
    own = [(quote.hit.start, quote.hit.start + len(quote.hit.text)) for quote in quotes]
    for run in _runs(group.page):
        held = group.places.intersection(run)
        missing = set(run) - held
        elsewhere = all(not any(start <= spans[at][0] < end for start, end in own) for at in missing)
        if len(held) > 1 and missing and elsewhere:
            added |= missing
    return added and compose.needed(group.page, group.places | added)


def _tables(group: Group) -> set[int]:
    """The places with tables of which more is held than was chosen, as a text is read on: whole where they are short,
    else the chosen rows. Some rows and not others say that the others are not so."""
    places, lines = set(group.places), group.page.lines
    for run in _runs(group.page):
        held = places.intersection(run)
        opens = {n for n in places if lines[n].opens and opened(group.page, n).intersection(run)}
        if lines[run[0]].part.kind is not Kind.ROW or held <= group.chosen or opens:
            continue
        places -= held | {
            lead for row in held for lead in lines[row].part.leads if lines[lead].part.kind is Kind.HEADER
        }
        places |= set(run) if _short(group, run) else held & group.chosen
    return compose.needed(group.page, places) if places else group.places


def _short(group: Group, run: Sequence[int]) -> bool:
    return len(list(_units(group, run))) <= WHOLE_ITEMS and group.words(run) <= WHOLE_WORDS


def _runs(page: Page) -> Iterator[list[int]]:
    """The lists and tables of a page, each as the places of its items or rows."""
    at = 0
    while at < len(page.lines):
        part = page.lines[at].part
        alike = takewhile(
            lambda n: (page.lines[n].part.kind, page.lines[n].part.heading) == (part.kind, part.heading),  # noqa: B023
            range(at, len(page.lines)),
        )
        run = list(alike)
        if part.kind in LISTED:
            yield run
        at = run[-1] + 1


# ── Before "Show more" ────────────────────────────────────────────────────────────────────────────────────────


def _cut(group: Group, room: int) -> set[int]:
    """The places shown at once: all of them, or of a list that is too long as much as there is room for."""
    kept = set(group.places)
    for run in _runs(group.page):
        held = [place for place in run if place in group.places]
        if group.words(kept) <= room or _short(group, held):
            continue
        kept -= set(held) - _window(group, list(_units(group, held)), room - group.words(kept - set(held)))
        kept = compose.needed(group.page, kept)
    return kept


def _units(group: Group, places: Sequence[int]) -> Iterator[set[int]]:
    """Items with what is nested in them, and rows: what a list may be cut between."""
    unit: set[int] = set()
    for place in places:
        part = group.page.lines[place].part
        same = unit and (group.page.lines[max(unit)].part.block == part.block or unit.intersection(part.leads))
        if unit and not same:
            yield unit
            unit = set()
        unit.add(place)
    if unit:
        yield unit


def _window(group: Group, units: Sequence[set[int]], room: int) -> set[int]:
    """The items from the first on for which there is room, or from the first chosen one where that lies beyond them;
    of a table also every row that was chosen. One item at least."""
    chosen = [n for n, unit in enumerate(units) if unit & group.chosen]
    first = _fitting(group, units, room)
    if group.page.lines[min(units[0])].part.kind is Kind.ROW:
        return set().union(*first, *(units[n] for n in chosen))
    if chosen and chosen[0] >= len(first):
        first = _fitting(group, units[chosen[0] :], room)
    return set().union(*first)


def _fitting(group: Group, units: Sequence[set[int]], room: int) -> list[set[int]]:
    taken: list[set[int]] = []
    for unit in units:
        room -= group.words(unit)
        if taken and room < 0:
            break
        taken.append(unit)
    return taken


# ── Behind it ─────────────────────────────────────────────────────────────────────────────────────────────────


def _rest(group: Group, kept: set[int]) -> set[int]:
    """What else stands in the section, by whole paragraphs, items and rows; from what is shown on where it is much."""
    left = [place for place in range(len(group.page.lines)) if place not in kept and _readable(group.page, place)]
    if group.words(left) > MORE:
        left = [place for place in left if place > min(kept)]
    found: set[int] = set()
    for block in _blocks(group.page, left):
        goes_on = group.page.lines[min(block)].part.kind is Kind.ITEM and min(block) - 1 in found | kept
        if group.words(found | block) > MORE and not (goes_on and found):
            break
        found |= block
    return found


def _readable(page: Page, place: int) -> bool:
    """Not a part of a list that began where the section was not read, nor a colon with nothing after it."""
    line = page.lines[place]
    opens_nothing = line.opens and place + 1 == len(page.lines)
    return not (line.part.orphan or opens_nothing)


def _blocks(page: Page, places: Sequence[int]) -> Iterator[set[int]]:
    block: set[int] = set()
    for place in places:
        if block and page.lines[max(block)].part.block != page.lines[place].part.block:
            yield block
            block = set()
        block.add(place)
    if block:
        yield block
