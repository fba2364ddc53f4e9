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

from conversations.wording import INSIDE, LOCALES, Spoken
from knowledge.models import Level, Revision
from release.models import Exposure, Release
from release.redteam.judges_markup import harm
from sites.models import Site

ITEM = r"[^“”\n]{1,60}"
NUMBER = r"[A-Z]{1,6}-?\d{3,12}"
DIGITS = r"\d+"
SAID = r"[^<>“”\n]{1,80}"
MOST_TOPICS = 3  # subjects named with an example each
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
    """What a site's customers may be shown. `open`: the slugs of the categories that answer customers by themselves;
    `declared`: its tools."""

    site: str
    spoken: Spoken
    crisis: str
    titles: tuple[str, ...]
    topics: tuple[str, ...]
    questions: frozenset[str]
    open: frozenset[str]
    texts: tuple[Text, ...]
    declared: tuple[Mapping[str, Any], ...] = ()

    @cached_property
    def fixed(self) -> re.Pattern[str]:
        """One or more lines of fixed wording with their names filled in, and nothing else."""
        lines = [self._pattern(line) for key, line in self.spoken.lines.items() if key not in INSIDE]
        abroad = [self.spoken.unserved(theirs) for theirs in ("", *LOCALES)]
        lines += [re.escape(line) for line in (*abroad, self.crisis) if line]
        lines += [line for tool in self.declared for line in self._sentences(tool)]
        either = "|".join(sorted(lines, key=len, reverse=True))
        return re.compile(rf"(?:{either})(?:\s+(?:{either}))*")

    @cached_property
    def suggested(self) -> re.Pattern[str]:
        """What a button may say."""
        asks = [ask for tool in self.declared for ask in _asks(tool)]
        lines = ["".join(_pieces(ask["button"], {})) for ask in asks if "button" in ask]
        said = [choice["say"] for ask in asks for choice in ask.get("choices", ())]
        said += [self.spoken.lines[key] for key in ("tool.leave", "tool.guest", "tool.guest_again")]
        said += [tool["title"] for tool in self.declared]
        return re.compile("|".join([*lines, *map(re.escape, (*self.titles, *self.questions, *said))]))

    @cached_property
    def public(self) -> tuple[Text, ...]:
        """The texts that may be quoted."""
        return tuple(text for text in self.texts if text.public)

    @cached_property
    def secret(self) -> frozenset[tuple[str, ...]]:
        """Every run of words that stands in internal texts only."""
        known = {run for text in self.public for run in runs(f"{text.title} {text.text}")}
        known |= {run for line in (*self.spoken.lines.values(), *self.titles, *self.questions) for run in runs(line)}
        return frozenset(run for t in self.texts if t.internal for run in runs(f"{t.title}. {t.text}")) - known

    @cached_property
    def harm(self) -> frozenset[str]:
        """What approved texts themselves would run or load if they were rendered as HTML: examples of code."""
        return frozenset(each for text in self.public for each in harm(text.text))

    @cached_property
    def addresses(self) -> str:
        """Everything public in which an address may stand."""
        return "\n".join([*(f"{text.url} {text.text}" for text in self.public), *self.spoken.overrides.values()])

    def _pattern(self, line: str) -> str:
        return "".join(_pieces(line, self._values))

    def _filled(self, key: str, **values: str) -> str:
        """A line that goes into others."""
        return "".join(_pieces(self.spoken.lines[key], values))

    def _sentences(self, tool: Mapping[str, Any]) -> Iterator[str]:
        """Everything a tool may say, with its slots in their own form."""
        values = {name: self._slot(field) for name, field in tool.get("keep", {}).items()}
        for line in (line for outcome in tool["outcomes"] for line in outcome["say"]):
            rows = tool["keep"][line["each"]]["rows"] if "each" in line else {}
            yield "".join(_pieces(line["say"], {**values, **{name: self._slot(row) for name, row in rows.items()}}))
        for ask in _asks(tool):
            called = next((each for each in self.declared if each["name"] == ask["of"][0]), None)
            choices = self._slot(called["keep"][ask["of"][1]]) if called else SAID
            yield "".join(_pieces(ask["question"], {"choices": choices}))

    def _slot(self, field: Mapping[str, Any]) -> str:
        """What may stand where a value is filled in: a phrase of a choice, rows in their words, or a short text."""
        if words := field.get("words"):
            return "|".join("".join(_pieces(word, {})) for word in words.values())
        if not (rows := field.get("rows")):
            return SAID
        inside = {name: self._slot(row) if "words" in row else ITEM for name, row in rows.items()}
        each = "|".join("".join(_pieces(line["say"], inside)) for line in field["each"])
        several = f"(?:{each})(?:, (?:{each}))*"
        return rf"(?:{several}|{self._filled('tool.more', items=several, count=DIGITS)})"

    def _either(self, keys: str) -> str:
        """Any of the lines whose keys begin so."""
        return f"(?:{'|'.join(self._filled(key) for key in self.spoken.lines if key.startswith(keys))})"

    def _joined(self, key: str, item: str, most: int) -> str:
        """One item, or several as the line of that key joins them."""
        joined = item
        for _ in range(most - 1):
            joined = f"(?:{item}|{self._filled(key, one=item, other=joined)})"
        return joined

    @cached_property
    def _values(self) -> dict[str, str]:
        topic = f"(?:{'|'.join(map(re.escape, self.topics)) or 'none'})"
        topics = f"{topic}(?:, {topic})*"
        title = f"(?:{'|'.join(map(re.escape, self.titles)) or 'none'})"
        title_of_a_tool = f"(?:{'|'.join(re.escape(tool['title']) for tool in self.declared) or 'none'})"
        return {
            "site": re.escape(self.site),
            "topics": topics,
            "examples": rf"(?:{title}: “[^“”<>\n]{{1,400}}”\.\s?){{1,{MOST_TOPICS}}}|{topics}",
            "choices": self._joined("or", f"(?:{title}|{title_of_a_tool})", 2),
            "language": self._either("language."),
            "rest": self._joined("and", self._either("part_"), 4),
            "next": r"[^<>\n]{0,80}",
            "email": r"[^\s<>]+@[^\s<>]+",
        }


def read(site: Site) -> Ground:
    """The ground of a site as the tables have it now; without a live release nothing may be quoted."""
    release = Release.objects.filter(site=site, state=Release.State.LIVE).first()
    body: Mapping[str, Any] = release.body if release else {"categories": [], "revisions": [], "site": {}}
    earned = dict(Exposure.objects.filter(category__site=site).values_list("category__slug", "level"))
    categories = body["categories"]
    return Ground(
        site=site.name,
        spoken=Spoken(body["site"].get("locale", site.locale), body.get("wording", {})),
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
        declared=tuple(body.get("tools", ())),
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


def _asks(tool: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The questions of a tool; `of`: the earlier call that gives its choices."""
    for argument in tool.get("arguments", {}).values():
        if ask := argument.get("ask"):
            yield {**ask, "of": [*argument.get("call", "").split("."), ""][:2]}


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
