"""What may be said, read from the record alone: approved texts, fixed wording, a tool's lines, what is exposed.

Nothing here asks the bot or the code that decides what it would allow: the tables are read again, by another way.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from string import Template
from typing import Any

from django.utils import timezone

from conversations.wording import ENGLISH, LANGUAGE, LANGUAGE_NAMES
from knowledge.models import Level, Revision
from release.judges_markup import harm
from release.models import Exposure, Release
from sites.models import Site

ITEM = r"(?:\d+ × )?“[^“”]{1,60}”"
ITEMS = rf"{ITEM}(?:, {ITEM})*(?: and \d+ more)?"
NUMBER = r"[A-Z]{1,6}-?\d{3,12}"
NTH = "(?:first|second|third|fourth)"
SAID = r"[^<>“”\n]{1,80}"
RUN = 5
"""Words in a row that an answer may not share with an internal text, unless a public one has them too."""


@dataclass(frozen=True, slots=True)
class Text:
    """One revision. `public`: live, approved, in force, and for an audience; `internal`: not for customers at all."""

    source: str
    title: str
    text: str
    url: str
    public: bool
    internal: bool
    categories: frozenset[str]


@dataclass(frozen=True)
class Ground:
    """What a site's customers may be shown. `open`: the slugs of the categories that answer customers by themselves."""

    site: str
    wording: Mapping[str, str]
    crisis: str
    titles: tuple[str, ...]
    topics: tuple[str, ...]
    questions: frozenset[str]
    open: frozenset[str]
    texts: tuple[Text, ...]

    @cached_property
    def fixed(self) -> re.Pattern[str]:
        """One or more lines of fixed wording with their names filled in, and nothing else."""
        lines = [self._pattern(line) for line in {**ENGLISH, **self.wording}.values()]
        lines += [re.escape(line) for line in (*LANGUAGE.values(), self.crisis) if line]
        either = "|".join(sorted(lines, key=len, reverse=True))
        return re.compile(rf"(?:{either})(?:\s+(?:{either}))*")

    @cached_property
    def suggested(self) -> re.Pattern[str]:
        """What a button may say."""
        lines = [self._pattern({**ENGLISH, **self.wording}["order_ask"])]
        return re.compile("|".join([*lines, *map(re.escape, (*self.titles, *self.questions))]))

    @cached_property
    def public(self) -> tuple[Text, ...]:
        """The texts that may be quoted."""
        return tuple(text for text in self.texts if text.public)

    @cached_property
    def secret(self) -> frozenset[tuple[str, ...]]:
        """Every run of words that stands in internal texts only."""
        known = {run for text in self.public for run in runs(f"{text.title} {text.text}")}
        known |= {run for line in (*ENGLISH.values(), *self.titles, *self.questions) for run in runs(line)}
        return frozenset(run for t in self.texts if t.internal for run in runs(f"{t.title}. {t.text}")) - known

    @cached_property
    def harm(self) -> frozenset[str]:
        """What approved texts themselves would run or load if they were rendered as HTML: examples of code."""
        return frozenset(each for text in self.public for each in harm(text.text))

    @cached_property
    def addresses(self) -> str:
        """Everything public in which an address may stand."""
        return "\n".join([*(f"{text.url} {text.text}" for text in self.public), *self.wording.values()])

    def _pattern(self, line: str) -> str:
        status = "|".join(self._filled(each) for key, each in ENGLISH.items() if key.startswith("order_is_"))
        values = {**self._values(), "status": f"(?:{status})"}
        return "".join(_pieces(line, values))

    def _filled(self, line: str) -> str:
        return "".join(_pieces(line, {}))

    def _values(self) -> dict[str, str]:
        title = f"(?:{'|'.join(map(re.escape, self.titles)) or 'none'})"
        return {
            "site": re.escape(self.site),
            "topics": re.escape(", ".join(self.topics)),
            "choices": f"{title}(?: or {title})?",
            "language": f"(?:{'|'.join(LANGUAGE_NAMES.values())})",
            "rest": f"{NTH}(?: and {NTH})*",
            "next": r"[^<>\n]{0,80}",
            "email": r"[^\s<>]+@[^\s<>]+",
            "number": NUMBER,
            "numbers": rf"{NUMBER} \({ITEMS}\)(?:, {NUMBER} \({ITEMS}\))*",
            "items": ITEMS,
            "count": r"\d+",
        }


def read(site: Site) -> Ground:
    """The ground of a site as the tables have it now; without a live release nothing may be quoted."""
    release = Release.objects.filter(site=site, state=Release.State.LIVE).first()
    body: Mapping[str, Any] = release.body if release else {"categories": [], "revisions": [], "wording": {}}
    earned = dict(Exposure.objects.filter(category__site=site).values_list("category__slug", "level"))
    categories = body["categories"]
    return Ground(
        site=site.name,
        wording=body.get("wording", {}),
        crisis=body.get("crisis", ""),
        titles=tuple(c["title"] for c in categories),
        topics=tuple(c["title"] for c in categories if c["route"] != "human"),
        questions=frozenset(text for c in categories for text in c["examples"]),
        open=frozenset(
            c["slug"]
            for c in categories
            if c["route"] != "human" and min(c["level"], earned.get(c["slug"], 1)) >= Level.SELF_SERVICE
        ),
        texts=tuple(_texts(site, {each["id"]: each for each in body["revisions"]})),
    )


def _texts(site: Site, frozen: Mapping[int, Mapping[str, Any]]) -> Iterator[Text]:
    """Every revision; what the release or the source calls internal is internal."""
    today: date = timezone.localdate()
    for row in Revision.objects.filter(source__site=site).select_related("source"):
        source, facts = row.source, frozen.get(row.pk)
        internal = "internal" in (source.audience, facts["audience"] if facts else "")
        in_force = source.withdrawn_at is None and not (source.expires and source.expires <= today)
        approved = row.live and row.state == Revision.State.APPROVED and facts is not None
        yield Text(
            source.slug,
            row.title,
            row.text,
            source.url,
            public=approved and in_force and not internal,
            internal=internal,
            categories=frozenset(facts["categories"]) if facts else frozenset(),
        )


def words(text: str) -> list[str]:
    """The words of a text in lower case, without markup."""
    return re.findall(r"[^\W_]+", text.casefold())


def runs(text: str) -> Iterator[tuple[str, ...]]:
    """Every run of RUN words within one sentence."""
    for sentence in re.split(r"(?<=[.!?:])\s|\n", text):
        found = words(sentence)
        yield from (tuple(found[at : at + RUN]) for at in range(len(found) - RUN + 1))


def _pieces(line: str, values: Mapping[str, str]) -> Iterator[str]:
    """A line as the pieces of a pattern: its words as they are, a value's own form for each of its names."""
    at = 0
    for match in Template.pattern.finditer(line):
        name = match["named"] or match["braced"]
        yield re.escape(line[at : match.start()])
        yield f"(?:{values.get(name or '', SAID)})"
        at = match.end()
    yield re.escape(line[at:])
