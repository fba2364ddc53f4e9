"""The last look at a draft before it may be said. It knows nothing of how the draft was made, only the
stored text.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from chatbot.decide.answer.compose import Draft, Quote
from chatbot.decide.answer.conditions import continues, limits_strictly
from knowledge.face.retrieval import Hit

_ITEM = re.compile(r"[ \t]*(?:[-*+•◦▪‣·]|\(?(?:\d{1,3}|[a-z])[.)])[ \t]")
_MARK = re.compile(rf"[ \t]*\||{_ITEM.pattern}")
_DELIMITER = re.compile(r"(?=[^-\n]*-)[ \t|:-]++")


def check(draft: Draft) -> list[str]:
    """What speaks against saying a draft, in words for its record; an empty list: nothing does.

    Every quote must be the stored text itself, in whole sentences, with the condition or exception beside it
    in the same paragraph, the sentence it points back to, the lead-in of its list and the header of its
    table.
    """
    if not draft.quotes:
        return ["there is nothing to say"]
    return [objection for quote in draft.quotes for objection in _against(quote, draft.quotes)]


def verdicts(draft: Draft) -> list[dict[str, Any]]:
    """Each quote of a draft with what speaks against it, for the record: {"text", "title", "objections"}."""
    return [
        {"text": quote.text[:500], "title": quote.hit.title, "objections": list(_against(quote, draft.quotes))}
        for quote in draft.quotes
    ]


def _against(quote: Quote, quotes: Sequence[Quote]) -> Iterable[str]:
    hit = quote.hit
    if not hit.start <= quote.start < quote.end <= hit.start + len(hit.text):
        yield f"a quote of {hit.source} lies outside of its passage"
        return
    if quote.text != hit.text[quote.start - hit.start : quote.end - hit.start]:
        yield f"a quote of {hit.source} is not the stored text"
        return
    starts, ends = {start for start, _ in hit.sentences}, {end for _, end in hit.sentences}
    if quote.start not in starts or quote.end not in ends or _inside_a_word(quote):
        yield f"a quote of {hit.source} cuts a sentence"
        return
    yield from _left_out(quote, quotes)
    yield from _without_lead(quote, quotes)


def _inside_a_word(quote: Quote) -> bool:
    text = quote.hit.text
    edges = (quote.start - quote.hit.start, quote.end - quote.hit.start)
    return any(text[max(0, edge - 1) : edge].isalnum() and text[edge : edge + 1].isalnum() for edge in edges)


def _left_out(quote: Quote, quotes: Sequence[Quote]) -> Iterable[str]:
    """A limit beside the quote, or the sentence it points back to, that nobody quotes."""
    hit = quote.hit
    inside = [span for span in hit.sentences if quote.start <= span[0] and span[1] <= quote.end]
    before = max((span for span in hit.sentences if span[1] <= quote.start), default=None)
    after = min((span for span in hit.sentences if span[0] >= quote.end), default=None)
    follows = after and _one_paragraph(hit, inside[-1], after) and not _quoted(hit, after, quotes)
    if after and follows and limits_strictly(hit.slice(*after)):
        yield f"a quote of {hit.source} leaves out the condition after it"
    if before and _one_paragraph(hit, before, inside[0]) and not _quoted(hit, before, quotes):
        if continues(quote.text):
            yield f"a quote of {hit.source} points back to a sentence that is not shown"
        if limits_strictly(hit.slice(*before)):
            yield f"a quote of {hit.source} leaves out the condition before it"


def _one_paragraph(hit: Hit, one: tuple[int, int], other: tuple[int, int]) -> bool:
    """Whether no blank line, list item or table lies between two neighbouring sentences."""
    between = hit.slice(one[1], other[0])
    if between.strip() or between.count("\n") > 1 or hit.slice(*one).startswith("|"):
        return False
    return not _MARK.match(hit.slice(*other))


def _without_lead(quote: Quote, quotes: Sequence[Quote]) -> Iterable[str]:
    """A list item without the line with a colon that opens its list; a table row without its header."""
    hit, first = quote.hit, quote.hit.text.rfind("\n", 0, quote.start - quote.hit.start) + 1
    line = hit.text[first:].partition("\n")[0]
    header = _header(hit.text, first) if "|" in line else None  # a row need not begin with a bar
    if header is None and not _MARK.match(hit.text[first:]):
        return
    row = header is not None or line.lstrip().startswith("|")
    opening = header if row else _lead_in(hit.text, first)
    if opening and not _quoted(hit, (hit.start + opening[0], hit.start + opening[1]), quotes):
        yield f"a quote of {hit.source} lacks the {'header of its table' if row else 'lead-in of its list'}"


def _header(text: str, first: int) -> tuple[int, int] | None:
    """Where the header of the table row at an offset stands, in the lines right above it."""
    above = text[:first].split("\n")[:-1]
    found = None
    while above and "|" in above[-1]:
        if _DELIMITER.fullmatch(above[-1]) and len(above) > 1:
            found = _place(above[:-1])
        above.pop()
    return found


def _lead_in(text: str, first: int) -> tuple[int, int] | None:
    """Where the words before the colon that opens the list of an item stand, if it has them."""
    above = text[:first].split("\n")[:-1]
    while above and (not above[-1].strip() or _ITEM.match(above[-1]) or above[-1].startswith((" ", "\t"))):
        above.pop()
    if not above or above[-1].startswith("|") or not above[-1].rstrip().endswith(":") or above[-1].startswith("#"):
        return None
    return _place(above)


def _place(lines: Sequence[str]) -> tuple[int, int]:
    """The offsets of the last character of the last line: whoever quotes it quotes the sentence it ends."""
    end = sum(len(line) + 1 for line in lines[:-1]) + len(lines[-1].rstrip())
    return end - 1, end


def _quoted(hit: Hit, span: tuple[int, int], quotes: Sequence[Quote]) -> bool:
    ours = [quote for quote in quotes if quote.hit.revision_id == hit.revision_id]
    return any(quote.start <= span[0] and span[1] <= quote.end for quote in ours)
