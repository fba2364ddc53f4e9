"""Questions at the edge of a rule, made from the articles' own sentences, with the sentences that must be shown.

The answer that misleads is in scope and true, and leaves the condition out. So from every limit, day, place and
exception that an article states comes a question just where it bites: in the article's words, by a handful of
templates, without chance. Nothing here knows how the bot chooses; what counts as a condition is defined here again.
"""

import calendar
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from knowledge.face.text import Kind, Span, anatomy, plain, subject_words, words
from release.scenarios import boundaries, phrasing
from release.scenarios.judge import failures

ACCEPTED = ["answer", "draft", "clarify", "decline", "handoff"]
ANSWERED = frozenset(ACCEPTED[:2])
ALIKE = 0.6
"""The share of common words from which two sentences that name different places state the same rule for both."""

REPEATED = 0.5
"""The share of common subject words from which two sentences with the same numbers say the same."""

_POINTING = re.compile(
    r"(?:it|its|they|them|this|that|these|those|such|both|he|she|after (?:that|those)|the (?:same|\W?\d\S*|other))\b"
    r"|.*\bhere\b",
    re.I,
)
_PLAINLY = re.compile(
    r"\b(?:unless|except|exclud\w+|(?:is|are) different|(?:do|does) not (?:apply|count)|apply only|only (?:if|when)|"
    r"otherwise)\b",
    re.I,
)
_PERHAPS = re.compile(
    r"\b(?:cannot|(?:is|are) not|(?:do|does) not (?:include|cover|work)|no longer|not (?:available|valid)|"
    r"only (?:for|in|by|with|within|from))\b",
    re.I,
)
_UNLESS = re.compile(r",? unless (?P<case>[^;:]+)")
_EXCEPT = re.compile(r",? except (?:for )?(?P<case>[^,;:]+)")
_DIFFERENT = re.compile(r"(?P<case>.+) (?:is|are) different\b")
_CASE = re.compile(r"^(?:If|When|Once|Where|Until|For|Without|After) [^,]*, ")
_REFUSED = re.compile(r"\b(?:not|cannot|no|never|excluded|only)\b", re.I)
_PLACE = re.compile(
    r"\b(?:to|in|from|outside|except|within|on) (?P<place>(?:the )?(?:[A-Z][a-z'’]+|UK|EU|USA)"
    r"(?:(?: of| and| and the| of the)? (?:[A-Z][a-z'’]+|UK|EU|USA))*)"
    r"(?![a-z]| (?:countries|addresses|stores?|orders|members|labels?|holidays?)\b)"
)
_TIMES = frozenset(
    [*calendar.month_name, *calendar.day_name, *(f"{day}s" for day in calendar.day_name), "Christmas", "Easter", "New"]
)


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence: as stored, as it reads, and the paragraph or item it belongs to."""

    stored: str
    text: str
    kind: Kind
    heading: str
    block: int


@dataclass(frozen=True, slots=True)
class Article:
    """One approved text taken apart into its sentences."""

    source: str
    title: str
    lines: tuple[Line, ...]

    @classmethod
    def of(cls, source: str, title: str, text: str, spans: Sequence[Span]) -> "Article":
        """`spans`: every sentence of `text` in order, as offsets into it."""
        cut = [text[slice(*span)] for span in spans]
        parts = anatomy(text, spans)
        return cls(
            source,
            title,
            tuple(
                Line(each, " ".join(plain(each).split()), part.kind, part.heading, part.block)
                for each, part in zip(cut, parts, strict=True)
            ),
        )


@dataclass(frozen=True, slots=True)
class Edge:
    """One question and what an answer to it must show: of each group of stored sentences at least one."""

    kind: str
    variant: str
    place: int
    question: str
    needed: tuple[tuple[str, ...], ...]


def scenarios(articles: Sequence[Article], ignored: Iterable[str] = ()) -> Iterator[dict[str, Any]]:
    """A scenario for each edge of each article, in order, no question twice. `ignored`: names that are no places."""
    names = _names(articles)
    known = frozenset(word for name in ignored for word in name.split()) | _TIMES
    asked: set[str] = set()
    for article in articles:
        for edge in [*_edges(article, articles, names, known), *_elsewhere(article, articles, names, known)]:
            question = _about(article, edge, names)
            if question.casefold() not in asked:
                asked.add(question.casefold())
                yield _scenario(article, edge, question)


def misleads(scenario: Mapping[str, Any], case: Mapping[str, Any]) -> list[str]:
    """What an answer left out that its scenario needs, in words; a case that is not answered misleads nobody."""
    if not answered(case):
        return []
    return failures({"says": scenario["expect"]["says"]}, case)


def answered(case: Mapping[str, Any]) -> bool:
    """Whether a case shows an answer, at once or after approval."""
    return case["outcome"] in ANSWERED


def _edges(
    article: Article, articles: Sequence[Article], names: frozenset[str], ignored: frozenset[str]
) -> Iterator[Edge]:
    for place, line in enumerate(article.lines):
        if line.kind not in (Kind.TEXT, Kind.ITEM) or line.text.endswith(("?", ":")) or line.text.startswith("Here"):
            continue
        clause = phrasing.main_clause(line.text)
        found = [
            *_asked("exception", _exceptions(line.text, clause, names)),
            *_asked("number", ((m.edge, phrasing.question(m.text, names)) for m in boundaries.numbers(clause))),
            *_asked("date", ((m.edge, phrasing.question(m.text, names)) for m in boundaries.dates(clause))),
            *_asked("place", ((_, phrasing.question(clause, names)) for _ in _named(line.text, ignored))),
        ]
        beside = _exception_beside(article, place)
        limit = ((beside.stored,),) if beside else ()
        needed = (_said(line, articles), *(limit if beside and _PLAINLY.search(beside.text) else ()))
        yield from (Edge(kind, variant, place, asked, needed) for kind, variant, asked in found)
        if beside and (rule := phrasing.question(clause, names)):
            yield Edge("beside", "rule", place, rule, limit)


def _said(line: Line, articles: Iterable[Article]) -> tuple[str, ...]:
    """A sentence, and those of other articles that say the same with the same numbers: either will do."""
    own, numbers = set(subject_words(line.text)), _numbers(line.text)
    same = [
        other.stored
        for article in articles
        for other in article.lines
        if other is not line
        and numbers
        and _numbers(other.text) == numbers
        and len(own & (theirs := set(subject_words(other.text)))) / len(own | theirs) >= REPEATED
    ]
    return (line.stored, *same)


def _numbers(text: str) -> frozenset[str]:
    return frozenset(word for word in words(text) if word[:1].isdigit() or word in boundaries.WRITTEN)


def _asked(kind: str, found: Iterable[tuple[str, str | None]]) -> Iterator[tuple[str, str, str]]:
    return ((kind, variant, question) for variant, question in found if question)


# ── Exceptions ────────────────────────────────────────────────────────────────────────────────────────────────


def _exceptions(text: str, clause: str, names: frozenset[str]) -> Iterator[tuple[str, str | None]]:
    """The rule asked without its condition, and the subject of the exception asked for itself."""
    rule = phrasing.question(clause, names)
    if _PLAINLY.search(text):
        yield "rule", rule
    if rule and (match := _UNLESS.search(text)):
        yield "unless", f"{rule[:-1]} if {phrasing.customers(match['case'].rstrip('.'))}?"
    if rule and (match := _EXCEPT.search(text)):
        yield "except", f"{rule[:-1]}, also {phrasing.customers(match['case'].rstrip('.'))}?"
    if match := _DIFFERENT.match(text):
        yield "different", f"What about {phrasing.customers(phrasing.lowered(match['case'], names))}?"
    elif _REFUSED.search(_CASE.sub("", clause)):
        yield "refused", rule


def _exception_beside(article: Article, place: int) -> Line | None:
    """The sentence right after a rule, in its paragraph, that limits it: plainly, or by a shared subject."""
    rule = article.lines[place]
    after = article.lines[place + 1] if place + 1 < len(article.lines) else None
    if after is None or after.block != rule.block or after.kind is Kind.ROW or _PLAINLY.search(rule.text):
        return None
    if _PLAINLY.search(after.text):
        return after
    shared = set(subject_words(rule.text)) & set(subject_words(after.text))
    return after if shared and _PERHAPS.search(_CASE.sub("", after.text)) and not _REFUSED.search(rule.text) else None


# ── Places ────────────────────────────────────────────────────────────────────────────────────────────────────


def _named(text: str, ignored: frozenset[str]) -> list[str]:
    """["named"] for a sentence that names a place, else nothing."""
    return ["named"] if _places(text, ignored) else []


def _places(text: str, ignored: frozenset[str]) -> list[str]:
    unquoted = re.sub(r"[\"“][^\"”]*[\"”]", " ", text)
    found = [match["place"] for match in _PLACE.finditer(unquoted)]
    return [place for place in found if not ignored.intersection(re.sub(r"['’]s\b", "", place).split())]


def _elsewhere(
    article: Article, articles: Sequence[Article], names: frozenset[str], ignored: frozenset[str]
) -> Iterator[Edge]:
    """A rule for one place asked about another: what must be shown is the rule of that other place."""
    everywhere = [(line, place) for other in articles for line in other.lines for place in _places(line.text, ignored)]
    for at, line in enumerate(article.lines):
        for here in _places(line.text, ignored):
            for other, there in everywhere:
                if (
                    _bare(here) not in other.text
                    and _bare(there) not in line.text
                    and _alike(line.text, here, other.text, there)
                ):
                    moved = phrasing.main_clause(line.text).replace(here, there)
                    if there in moved and (question := phrasing.question(moved, names)):
                        yield Edge("place", "other", at, question, ((other.stored,),))


def _bare(place: str) -> str:
    return place.removeprefix("the ")


def _alike(one: str, here: str, other: str, there: str) -> bool:
    a, b = _frame(one, here), _frame(other, there)
    return bool(a | b) and len(a & b) / len(a | b) >= ALIKE


def _frame(text: str, place: str) -> frozenset[str]:
    """The words of a sentence without its place and its numbers."""
    return frozenset(word for word in words(text.replace(place, " ")) if not word[:1].isdigit())


# ── What is written ───────────────────────────────────────────────────────────────────────────────────────────


def _names(articles: Iterable[Article]) -> frozenset[str]:
    """Words that are written with a capital inside a sentence."""
    found = (re.findall(r"(?<=[a-z,] )[A-Z][\w'’-]*", line.text) for article in articles for line in article.lines)
    return frozenset(word for each in found for word in each)


def _about(article: Article, edge: Edge, names: frozenset[str]) -> str:
    """The question, with what it is about in front where it does not say so by itself: the article's title.

    "The voucher" after "a £10 voucher" needs its heading too. A rule asked about another place stays as it is.
    """
    line = article.lines[edge.place]
    shared = set(subject_words(article.title)) & set(subject_words(edge.question))
    again = _mentioned_again(article, edge.place)
    if edge.variant == "other" or (
        shared and not again and not _POINTING.match(line.text) and edge.variant != "different"
    ):
        return edge.question
    above = f"{article.title}, {phrasing.lowered(line.heading, names)}" if again and line.heading else article.title
    return f"{above}: {phrasing.lowered(edge.question, names)}"


def _mentioned_again(article: Article, place: int) -> bool:
    line, before = article.lines[place], article.lines[place - 1] if place else None
    match = re.match(r"The (\w+)", line.text)
    return bool(match and before and before.block == line.block and set(words(match[1])) <= set(words(before.text)))


def _scenario(article: Article, edge: Edge, question: str) -> dict[str, Any]:
    own = hashlib.sha256(question.casefold().encode()).hexdigest()[:8]  # no question is made twice
    return {
        "id": f"edge-{article.source[:30]}-{edge.place}-{edge.kind}-{edge.variant}-{own}",
        "turns": [question],
        "expect": {
            "outcome": ACCEPTED,
            "cites": [article.source],
            "says": ["|".join(map(shown, group)) for group in edge.needed],
        },
        "quotes": [quote for group in edge.needed for quote in group],
        "tags": ["edge", edge.kind],
    }


def shown(stored: str) -> str:
    """The pattern that finds a stored sentence in what a customer reads."""
    return r"\s+".join(re.escape(word) for word in plain(stored).split())
