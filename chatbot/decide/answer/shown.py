"""What quotes are drawn as: paragraphs, steps, lists and tables, each item and cell the words of the stored text.

Law of the room: nothing is written and nothing reordered. `Part.text` stays the plain reading of what is shown, so that
a reader without shapes (a mail, the record, an older widget) loses nothing.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import dropwhile, groupby

from chatbot.decide.answer.compose import Quote
from chatbot.outcome import Part
from knowledge.face.retrieval import Hit
from knowledge.face.text import Kind, Said, anatomy, followed, joined, number_of, raw_cells, said, unnumbered
from knowledge.face.text import Part as Anatomy


@dataclass(frozen=True, slots=True)
class Line:
    """One quoted sentence: the citation it is in, its place in its passage, what it is, its stored words, the address
    of its article."""

    n: int
    place: int
    part: Anatomy
    text: str
    url: str

    @property
    def run(self) -> tuple[str, int, int]:
        """What neighbours share that are drawn together: a table its header, a list its kind, and sentences of one
        paragraph that follow on each other: those between which one was left out are not told in one breath."""
        kind = Kind.ROW if self.part.kind is Kind.HEADER else self.part.kind
        if kind is Kind.ROW:
            return kind, self.part.leads[0] if self.part.leads else self.place, 0
        return (kind, 0, 0) if kind is Kind.ITEM else (kind, self.part.block, self.n)


def parts(
    quotes: Sequence[Quote], rest: Sequence[Quote] = (), labels: Mapping[tuple[int, int], str] | None = None
) -> tuple[Part, ...]:
    """The parts of an answer in the order of its quotes; each section's in its own order. `cites` count from 1.

    The citations of the `rest`, which the last part of its section has as `more`, follow those of the quotes. `labels`:
    the headings of sections that are named, which stand above their first part.
    """
    found: list[Part] = []
    numbered = list(enumerate(quotes, 1))
    behind = list(enumerate(rest, len(numbered) + 1))
    for section, some in groupby(numbered, lambda each: _section(each[1])):
        mine, more = list(some), [each for each in behind if _section(each[1]) == section]
        hit = mine[0][1].hit
        drawn = _parts(list(_lines(hit, mine)))
        if drawn and more:
            left = _headed(list(_lines(hit, [*mine, *more])), len(quotes))
            drawn[-1] = replace(drawn[-1], more=_as_one(_parts(left)))
        if drawn and (label := (labels or {}).get(section, "")):
            drawn[0] = replace(drawn[0], label=label, text=f"{label}\n{drawn[0].text}")
        found.extend(drawn)
    return tuple(found)


def _section(quote: Quote) -> tuple[int, int]:
    return quote.hit.revision_id, quote.hit.start


def _headed(lines: Sequence[Line], shown: int) -> list[Line]:
    """The lines that are not among the first quotes, and the headers of their rows, which may be."""
    left = [line for line in lines if line.n > shown]
    headers = {lead for line in left if line.part.kind is Kind.ROW for lead in line.part.leads}
    return [line for line in lines if line.n > shown or line.place in headers]


def _parts(lines: Sequence[Line]) -> list[Part]:
    drawn: list[Part] = []
    for (kind, *_), run in groupby(lines, lambda line: line.run):
        for part in _drawn(Kind(kind), list(run)):
            opened = drawn and drawn[-1].kind == "text" and drawn[-1].text.endswith(":")
            drawn.append(_led(drawn.pop(), part) if opened else part)
    return drawn


def _as_one(parts: Sequence[Part]) -> Part:
    """What is shown on request as one part; what is of several shapes has them as `parts`."""
    if len(parts) == 1:
        return parts[0]
    cites = tuple(dict.fromkeys(n for part in parts for n in part.cites))
    return Part("\n\n".join(part.text for part in parts), cites, parts=tuple(parts))


def _led(lead: Part, part: Part) -> Part:
    """What a colon opens, with the words before the colon."""
    cites = tuple(dict.fromkeys((*lead.cites, *part.cites)))
    opening = "" if part.kind == "text" else lead.text
    after = lead.text
    for words, _ in lead.links:
        after = after.partition(words)[2]
    links = (*lead.links, *dropwhile(lambda link: link[0] in after, part.links))
    return replace(part, text=f"{lead.text}\n{part.text}", cites=cites, lead=opening, links=links)


def _lines(hit: Hit, quotes: Sequence[tuple[int, Quote]]) -> Iterator[Line]:
    spans = [(start - hit.start, end - hit.start) for start, end in hit.sentences]
    told = zip(anatomy(hit.text, spans, hit.heading), hit.sentences, strict=True)
    for place, (part, (start, end)) in enumerate(told):
        n = next((n for n, quote in quotes if quote.start <= start and end <= quote.end), 0)
        if n:
            yield Line(n, place, part, hit.slice(start, end), hit.url)


def _drawn(kind: Kind, run: Sequence[Line]) -> Iterator[Part]:
    cites = _cites(run)
    if kind is Kind.ROW:
        yield _table(run, cites)
    elif kind is Kind.ITEM:
        yield from _lists(run)
    else:
        words = joined(" ", (said(line.text) for line in run))
        yield Part(words.text, cites, links=_links([words], run[0].url))


def _table(run: Sequence[Line], cites: tuple[int, ...]) -> Part:
    """A header with its rows. A row alone, whose header lies elsewhere, is a line of text."""
    written = [[said(cell) for cell in raw_cells(line.text)] for line in run]
    rows = tuple(tuple(cell.text for cell in row) for row in written)
    text = "\n".join(" | ".join(row) for row in rows)
    links = _links([cell for row in written for cell in row], run[0].url)
    headed = len(run) > 1 and run[0].part.kind is Kind.HEADER
    return Part(text, cites, kind="table", rows=rows, links=links) if headed else Part(text, cites, links=links)


def _lists(run: Sequence[Line]) -> Iterator[Part]:
    """Lists with and without numbers; an item within an item is a line of it. A step left out between two makes two."""
    places = {line.place for line in run}
    items: list[Item] = []
    for _, some in groupby(run, lambda line: (line.part.block, line.n)):
        lines = tuple(some)
        item = Item.of(lines)
        if items and places.intersection(lines[0].part.leads):
            items[-1] = items[-1].holding(item)
        elif items and not item.follows(items[-1]):
            yield _list(items)
            items = [item]
        else:
            items.append(item)
    if items:
        yield _list(items)


@dataclass(frozen=True, slots=True)
class Item:
    """An item of a list: its number, if it has one, its lines, and its words without and with the number."""

    number: int | None
    lines: tuple[Line, ...]
    words: Said
    text: str

    @classmethod
    def of(cls, lines: tuple[Line, ...]) -> "Item":
        """The item that these sentences are."""
        whole = joined(" ", (said(line.text) for line in lines))
        words = whole.after(len(whole.text) - len(unnumbered(whole.text)))
        return cls(number_of(lines[0].text), lines, words, whole.text)

    def holding(self, inner: "Item") -> "Item":
        """The item with one that is nested in it."""
        words, text = joined("\n", (self.words, inner.words)), f"{self.text}\n{inner.text}"
        return Item(self.number, (*self.lines, *inner.lines), words, text)

    def follows(self, other: "Item") -> bool:
        """Whether it may stand below another in one list: both without numbers, or the next number."""
        return self.number is None if other.number is None else self.number == other.number + 1


def _list(items: Sequence[Item]) -> Part:
    text, words = "\n".join(item.text for item in items), tuple(item.words.text for item in items)
    cites = _cites([line for item in items for line in item.lines])
    links = _links([item.words for item in items], items[0].lines[0].url)
    if items[0].number is not None:
        return Part(text, cites, kind="steps", items=words, start=items[0].number, links=links)
    return Part(text, cites, kind="list" if len(items) > 1 else "text", items=words[1:] and words, links=links)


def _links(pieces: Sequence[Said], base: str) -> tuple[tuple[str, str], ...]:
    """Where the links of what is shown lead, in order: the words of each, and its address.

    A reader finds each by looking for its words after the last one, so that words which stand there before the link
    does ("here" in "where") take the words in front of them along.
    """
    whole = joined("\n", pieces)
    found: list[tuple[str, str]] = []
    after = 0
    for link in whole.links:
        address, first = followed(link.target, base), link.start
        while first > after and whole.text.find(whole.text[first : link.end], after) != first:
            first = max(after, 1 + max(whole.text.rfind(" ", 0, first - 1), whole.text.rfind("\n", 0, first - 1)))
        words = whole.text[first : link.end]
        if address and "\n" not in words and whole.text.find(words, after) == first:
            found.append((words, address))
            after = link.end
    return tuple(found)


def _cites(lines: Sequence[Line]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(line.n for line in lines))
