"""site.yaml: all that a site's owner decides besides the articles, checked before anything is written."""

import difflib
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from string import Template
from typing import Any
from urllib.parse import urlsplit

from conversations.wording import ENGLISH
from knowledge.models import Level, Risk
from release.bars import LOWEST
from release.evidence import MIN_EXAMPLES
from release.models import Rules
from release.people import DEPUTY, DUTIES, SIGNERS
from release.problems import BadInput, Problem
from release.yamlfile import Place, YamlFile, read
from sites import hours
from sites.models import Strictness

SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
LEVELS = {"internal": Level.INTERNAL, "reviewed": Level.REVIEWED, "self_service": Level.SELF_SERVICE}
STRICTNESS = {each.name.lower(): each for each in Strictness}
MOST = 10_000  # scenarios a bar may ask for: a slip of the finger is no rule
CONTACT = ("email", "phone", "text")


@dataclass(frozen=True, slots=True)
class CategoryPlan:
    """One category as written, on `line`; `exposure` is the level asked for, which grants nothing."""

    slug: str
    title: str
    line: int = 0
    description: str = ""
    owner: str = ""
    risk: str = Risk.LOW.value
    exposure: str = "internal"
    answer: str = "quote"
    route: str = "answer"
    tool: str = ""
    bar: Mapping[str, int] = field(default_factory=dict)
    examples: tuple[str, ...] = ()
    counterexamples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Manifest:
    """A whole site.yaml."""

    site: str
    name: str
    locale: str
    timezone: str = "UTC"
    origins: tuple[str, ...] = ()
    disclosure: str = ""
    contact: Mapping[str, str] = field(default_factory=dict)
    hours: Mapping[str, Any] = field(default_factory=dict)
    wording: Mapping[str, str] = field(default_factory=dict)
    crisis: str = ""
    strictness: str = "balanced"
    bar: Mapping[str, int] = field(default_factory=dict)
    content: str = Rules.Content.PERSON.value
    owners: Mapping[str, str] = field(default_factory=dict)
    categories: tuple[CategoryPlan, ...] = ()
    counterexamples: tuple[str, ...] = ()
    warnings: tuple[Problem, ...] = ()


def load(path: Path, name: str = "site.yaml") -> Manifest:
    """The manifest in a file. Raises BadInput with every problem and its line."""
    file = read(path, name)
    if not isinstance(file.value, dict):
        file.wrong((), "expected keys like “version: 1” and “site: …”")
        raise BadInput(file.problems)
    reader = _Reader(file, (), file.value)
    manifest = _manifest(reader)
    if file.problems:
        raise BadInput(file.problems)
    return replace(manifest, warnings=tuple(_doubts(file, manifest)))


class _Reader:
    """Takes keys out of one mapping with their types checked; what is left at the end is unknown."""

    def __init__(self, file: YamlFile, place: Place, value: Mapping[str, Any]) -> None:
        self.file, self.place, self.value = file, place, value
        self.known: set[str] = set()

    def wrong(self, key: str, text: str) -> None:
        self.file.wrong((*self.place, key), text)

    def text(self, key: str, default: str = "", *, needed: bool = False) -> str:
        self.known.add(key)
        value = self.value.get(key)
        if value is None:
            if needed:
                self.wrong(key, f"“{key}” is missing")
            return default
        if not isinstance(value, str):
            self.wrong(key, f"“{key}” must be text; put {value!r} in quotes")
            return default
        if needed and not value.strip():
            self.wrong(key, f"“{key}” is empty")
        return value.strip()

    def slug(self, key: str) -> str:
        value = self.text(key, needed=True)
        if value and (not SLUG.fullmatch(value) or len(value) > 60):
            self.wrong(key, f"“{value}” is no slug: use up to 60 small letters, digits and single hyphens")
        return value

    def one_of(self, key: str, words: Collection[str], default: str) -> str:
        value = self.text(key, default)
        if value not in words:
            self.wrong(key, f"“{key}” is “{value}”; use {_either(words)}{_nearest(value, words)}")
            return default
        return value

    def number(self, key: str, least: int, most: int) -> int | None:
        self.known.add(key)
        value = self.value.get(key)
        if value is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            self.wrong(key, f"“{key}” is {value!r}; use a whole number from {least} to {most}")
            return None
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        self.known.add(key)
        value = self.value.get(key)
        if value is None:
            return ()
        if not isinstance(value, list):
            self.wrong(key, f"“{key}” must be a list")
            return ()
        for index, item in enumerate(value):
            if not isinstance(item, str):
                self.file.wrong((*self.place, key, index), f"{item!r} is not text; put it in quotes")
            elif not item.strip():
                self.file.wrong((*self.place, key, index), "an empty line in a list; remove it")
        return tuple(item.strip() for item in value if isinstance(item, str))

    def mapping(self, key: str) -> Mapping[str, Any]:
        self.known.add(key)
        value = self.value.get(key)
        if value is None:
            return {}
        if not isinstance(value, dict):
            self.wrong(key, f"“{key}” must be a mapping of names to values")
            return {}
        return value

    def named(self, key: str, words: Collection[str]) -> dict[str, str]:
        """A mapping whose keys are among `words` and whose values are text."""
        inner = _Reader(self.file, (*self.place, key), self.mapping(key))
        found = {word: inner.text(word) for word in words}
        inner.rest()
        return {word: value for word, value in found.items() if value}

    def rest(self) -> None:
        """Note every key that was not asked for."""
        for key in self.value:
            if key not in self.known:
                self.wrong(str(key), f"“{key}” is not known here{_nearest(str(key), self.known)}")


def _manifest(r: _Reader) -> Manifest:
    r.known.add("version")
    if r.value.get("version") != 1:
        r.wrong("version", f"“version” is {r.value.get('version')!r}; this build reads version: 1")
    manifest = Manifest(
        site=r.slug("site"),
        name=r.text("name", needed=True),
        locale=r.text("locale", needed=True),
        timezone=r.text("timezone", "UTC") or "UTC",
        origins=r.texts("origins"),
        disclosure=r.text("disclosure"),
        contact=r.named("contact", CONTACT),
        hours=_plain(r.mapping("hours")),
        wording=_wording(r),
        crisis=r.text("crisis"),
        strictness=r.one_of("strictness", STRICTNESS, "balanced"),
        bar=_bar(r),
        content=r.one_of("content", Rules.Content.values, Rules.Content.PERSON.value),
        owners=r.named("owners", (*DUTIES, *SIGNERS, DEPUTY)),
        categories=tuple(_categories(r)),
        counterexamples=r.texts("counterexamples"),
    )
    r.rest()
    _check_origins(r, manifest)
    _check(r, "timezone", lambda: hours.zone(manifest.timezone))
    _check(r, "hours", lambda: hours.parse(manifest.hours))
    return manifest


def _categories(r: _Reader) -> Iterator[CategoryPlan]:
    r.known.add("categories")
    value = r.value.get("categories")
    if not isinstance(value, list) or not value:
        r.wrong("categories", "“categories” must be a list with at least one category")
        return
    seen: dict[str, int] = {}
    for index, item in enumerate(value):
        place = ("categories", index)
        if not isinstance(item, dict):
            r.file.wrong(place, "a category starts with “slug: …”")
            continue
        category = _category(_Reader(r.file, place, item))
        if category.slug in seen:
            first = r.file.lines[("categories", seen[category.slug], "slug")]
            r.file.wrong((*place, "slug"), f"the slug “{category.slug}” is used at line {first} already")
        seen.setdefault(category.slug, index)
        yield category


def _category(r: _Reader) -> CategoryPlan:
    category = CategoryPlan(
        slug=r.slug("slug"),
        title=r.text("title", needed=True),
        line=r.file.lines[r.place],
        description=r.text("description"),
        owner=r.text("owner"),
        risk=r.one_of("risk", Risk.values, Risk.LOW.value),
        exposure=r.one_of("exposure", LEVELS, "internal"),
        answer=r.one_of("answer", ("quote", "paraphrase"), "quote"),
        route=r.one_of("route", ("answer", "human"), "answer"),
        tool=r.text("tool"),
        bar=_bar(r),
        examples=r.texts("examples"),
        counterexamples=r.texts("counterexamples"),
    )
    r.rest()
    return category


def _bar(r: _Reader) -> dict[str, int]:
    """What is written of a bar; what is not is the site's, or the standard."""
    inner = _Reader(r.file, (*r.place, "bar"), r.mapping("bar"))
    found = {"percent": inner.number("percent", LOWEST, 100), "scenarios": inner.number("scenarios", 1, MOST)}
    inner.rest()
    return {key: value for key, value in found.items() if value is not None}


def _wording(r: _Reader) -> dict[str, str]:
    inner = _Reader(r.file, (*r.place, "wording"), r.mapping("wording"))
    found = {str(key): inner.text(str(key)) for key in inner.value}
    for key, line in found.items():
        if key not in ENGLISH:
            inner.wrong(key, f"“{key}” is no line of wording{_nearest(key, ENGLISH)}")
        elif strange := _names(line) - _names(ENGLISH[key]):
            inner.wrong(key, f"${min(strange)} is not filled in here; known are {_either(_names(ENGLISH[key]))}")
    return found


def _doubts(file: YamlFile, manifest: Manifest) -> Iterator[Problem]:
    """Warnings: too few examples, the same one in two categories, one that is a counterexample as well."""
    where = Counter(text.casefold() for c in manifest.categories for text in {*c.examples})
    never = {text.casefold() for text in manifest.counterexamples}
    for index, category in enumerate(manifest.categories):
        line = file.lines[("categories", index)]
        if len(category.examples) < MIN_EXAMPLES:
            text = f"“{category.slug}” has {len(category.examples)} examples; level 3 needs {MIN_EXAMPLES}"
            yield Problem(file.name, line, text)
        against = never | {text.casefold() for text in category.counterexamples}
        for text in category.examples:
            if where[text.casefold()] > 1:
                yield Problem(file.name, line, f"“{text}” is an example of several categories")
            if text.casefold() in against:
                yield Problem(file.name, line, f"“{text}” is an example and a counterexample")


def _check_origins(r: _Reader, manifest: Manifest) -> None:
    for index, origin in enumerate(manifest.origins):
        parts = urlsplit(origin)
        bare = parts.scheme in ("http", "https") and parts.netloc and not parts.path.strip("/")
        if not bare or parts.query or parts.fragment or parts.username:
            r.file.wrong(("origins", index), f"“{origin}” is no origin; write it like https://shop.example.com")


def _check(r: _Reader, key: str, parse: Callable[[], object]) -> None:
    try:
        parse()
    except hours.HoursError as error:
        r.wrong(key, str(error))


def _plain(value: Any) -> Any:
    """The value with text for keys: YAML reads 2026-12-25 as a date."""
    return {str(k): _plain(v) for k, v in value.items()} if isinstance(value, dict) else value


def _names(line: str) -> set[str]:
    return set(Template(line).get_identifiers())


def _nearest(word: str, words: Collection[str]) -> str:
    near = difflib.get_close_matches(word, words, 1)
    return f"; did you mean “{near[0]}”?" if near else ""


def _either(words: Collection[str]) -> str:
    return " or ".join(sorted(words)) or "none"
