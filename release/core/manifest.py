"""site.yaml: all that a site's owner decides besides the articles, checked before anything is written."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Annotated, Any, ClassVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, PrivateAttr, create_model, model_validator

from conversations.wording import REPLACEABLE, named
from knowledge.face.text import subject_words
from knowledge.models import Level, Risk
from release.core.bars import LOWEST, MIN_EXAMPLES
from release.core.people import DEPUTY, DUTIES, SIGNERS
from release.models import Rules
from sites.choices import countries, hours, routes, signals, synonyms
from sites.choices.signals import EXAMPLE, KINDS, PHRASE, Signal
from sites.core import parts
from sites.core.parts import As, Item, Listed, Needed, Part, Several, Text, Texts, either, nearest, number, one_of
from sites.core.problems import BadInput, Problem
from sites.core.yamlfile import YamlFile, read
from sites.models import Strictness
from tools import chat

SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
LEVELS = {"internal": Level.INTERNAL, "reviewed": Level.REVIEWED, "self_service": Level.SELF_SERVICE}
STRICTNESS = {each.name.lower(): each for each in Strictness}
MOST = 10_000  # scenarios a bar may ask for: a slip of the finger is no rule


def _unless(wrong: Callable[[str], str]) -> AfterValidator:
    """A text about which this has nothing to say."""

    def check(text: str) -> str:
        if told := wrong(text):
            raise ValueError(told)
        return text

    return AfterValidator(check)


def _slug(value: str) -> str:
    if not SLUG.fullmatch(value) or len(value) > 60:
        raise ValueError(f"“{value}” is no slug: use up to 60 small letters, digits and single hyphens")
    return value


def _version(value: Any) -> int:
    if value != 1:
        raise ValueError(f"“version” is {value!r}; this build reads version: 1")
    return 1


def _some_categories(value: Any) -> Any:
    if not isinstance(value, list) or not value:
        raise ValueError("“categories” must be a list with at least one category")
    return value


def _origin(origin: str) -> str:
    url = urlsplit(origin)
    bare = url.scheme in ("http", "https") and url.netloc and not url.path.strip("/")
    if not bare or url.query or url.fragment or url.username:
        raise ValueError(f"“{origin}” is no origin; write it like https://shop.example.com")
    return origin


def _zone(name: str) -> str:
    hours.zone(name or "UTC")
    return name or "UTC"


def _hours(week: Any) -> Any:
    if not isinstance(week, dict):
        raise ValueError(Part.shape)
    hours.parse(week)
    return week


def _codes(codes: tuple[str, ...]) -> tuple[str, ...]:
    if found := list(countries.problems(codes)):
        raise Several(found)
    return codes


def _wording(value: Any) -> dict[str, str]:
    if not isinstance(value, dict):
        raise ValueError(Part.shape)
    lines = {key: "" if line is None else line for key, line in value.items()}
    if found := [(key, text) for key, line in lines.items() if (text := _wrong_line(key, line))]:
        raise Several(found)
    return {key: line.strip() for key, line in lines.items()}


def _wrong_line(key: str, line: Any) -> str:
    """Why a site may not replace this line by that one, or ""."""
    if key not in REPLACEABLE:
        return f"“{key}” is no line of wording{nearest(key, REPLACEABLE)}"
    if not isinstance(line, str):
        return f"“{key}” must be text; put {line!r} in quotes"
    strange = named(line) - REPLACEABLE[key]
    return f"${min(strange)} is not filled in here; known are {either(REPLACEABLE[key])}" if strange else ""


class _Contact(Part):
    email: Text = ""
    phone: Text = ""
    text: Text = ""


class _Bar(Part):
    """What is written of a bar; what is not is the site's, or the standard."""

    percent: Annotated[int | None, number(LOWEST, 100)] = None
    scenarios: Annotated[int | None, number(1, MOST)] = None


class _Signal(Part):
    shape: ClassVar[str] = "a signal starts with “need: …”"

    need: Annotated[Needed, _unless(signals.wrong_need)]
    phrases: Annotated[tuple[Annotated[Item, _unless(partial(signals.wrong_text, PHRASE))], ...], Listed] = ()
    examples: Annotated[tuple[Annotated[Item, _unless(partial(signals.wrong_text, EXAMPLE))], ...], Listed] = ()

    @model_validator(mode="after")
    def _says_something(self) -> "_Signal":
        if not self.phrases and not self.examples:
            raise Several([("need", "a signal needs “phrases” or “examples”")])
        return self

    def texts(self) -> Iterator[signals.Text]:
        """Each text with its need and its kind."""
        for sign in (PHRASE, EXAMPLE):
            yield from ((self.need, sign, " ".join(text.split())) for text in getattr(self, KINDS[sign]))


def _groups(value: Any) -> tuple[tuple[str, ...], ...]:
    """The groups of words that count as the same."""
    if not isinstance(value, list):
        raise ValueError("“{key}” must be a list")
    strange = [n for n, item in enumerate(value) if not isinstance(item, list) or {*map(type, item)} - {str}]
    if strange:
        raise Several([(n, "a group is a list of words like [delivery, shipping]") for n in strange])
    found = synonyms.tidy(value)
    if wrong := [(group, text) for group, _, text in synonyms.problems(found)]:
        raise Several(wrong)
    return tuple(map(tuple, found))


def _signals(written: tuple[_Signal, ...]) -> tuple[Signal, ...]:
    """The site's own signals, a need once however often it is written."""
    texts = [text for each in written for text in each.texts()]
    if wrong := signals.too_many(len(texts)):
        raise ValueError(wrong)
    return signals.of(signals.rows(texts))


_FIRST = (Annotated[Text, one_of(tuple(routes.First))], routes.First.ARTICLE.value)
_OWNED: dict[str, Any] = dict.fromkeys((*DUTIES, *SIGNERS, DEPUTY), (Text, ""))
_ROUTED: dict[str, Any] = {each.value: _FIRST for each in routes.Route}
_Owners = create_model("_Owners", __base__=Part, **_OWNED)
_Routes = create_model("_Routes", __base__=Part, **_ROUTED)

Slug = Annotated[Needed, AfterValidator(_slug)]
Bar = Annotated[Mapping[str, int], As(_Bar, parts.said)]
Contact = Annotated[Mapping[str, str], As(_Contact, parts.said)]
Owners = Annotated[Mapping[str, str], As(_Owners, parts.said)]
Routes = Annotated[Mapping[str, str], As(_Routes, lambda part: routes.chosen(part.model_dump()))]
Signals = Annotated[tuple[Signal, ...], As(Annotated[tuple[_Signal, ...], Listed], _signals)]
Origins = Annotated[tuple[Annotated[Item, AfterValidator(_origin)], ...], Listed]


class CategoryPlan(Part):
    """One category as written, on `line`; `exposure` is the level asked for, which grants nothing."""

    shape: ClassVar[str] = "a category starts with “slug: …”"

    slug: Slug
    title: Needed
    description: Text = ""
    owner: Text = ""
    risk: Annotated[Text, one_of(Risk.values)] = Risk.LOW.value
    exposure: Annotated[Text, one_of(LEVELS)] = "internal"
    answer: Annotated[Text, one_of(("quote", "paraphrase"))] = "quote"
    route: Annotated[Text, one_of(("answer", "human"))] = "answer"
    tool: Text = ""
    tools: Texts = ()
    bar: Bar = {}
    models: chat.Choice = chat.Choice()
    examples: Texts = ()
    counterexamples: Texts = ()
    _line: int = PrivateAttr(0)

    @model_validator(mode="after")
    def _tools_once(self) -> "CategoryPlan":
        if self.tool and self.tools:
            raise Several([("tool", "“{key}” and “tools” stand here both; put all names under “tools:”")])
        return self

    @property
    def named_tools(self) -> tuple[str, ...]:
        """The names of its tools."""
        return (self.tool,) if self.tool else self.tools

    @property
    def line(self) -> int:
        """Where it starts in its file, from 1."""
        return self._line


class Manifest(Part):
    """A whole site.yaml."""

    shape: ClassVar[str] = "expected keys like “version: 1” and “site: …”"

    version: Annotated[Any, BeforeValidator(_version)] = Field(None, validate_default=True)
    site: Slug
    name: Needed
    locale: Needed
    timezone: Annotated[Text, AfterValidator(_zone)] = "UTC"
    origins: Origins = ()
    disclosure: Text = ""
    contact: Contact = {}
    hours: Annotated[Mapping[str, Any], BeforeValidator(_hours)] = {}
    wording: Annotated[Mapping[str, str], BeforeValidator(_wording)] = {}
    crisis: Text = ""
    countries: Annotated[Texts, AfterValidator(_codes)] = ()
    strictness: Annotated[Text, one_of(STRICTNESS)] = "balanced"
    routes: Routes = {}
    signals: Signals = ()
    synonyms: Annotated[tuple[tuple[str, ...], ...], BeforeValidator(_groups)] = ()
    bar: Bar = {}
    models: chat.Declared = chat.Declared()
    content: Annotated[Text, one_of(Rules.Content.values)] = Rules.Content.PERSON.value
    owners: Owners = {}
    categories: Annotated[tuple[CategoryPlan, ...], BeforeValidator(_some_categories)] = Field(
        (), validate_default=True
    )
    counterexamples: Texts = ()
    _warnings: tuple[Problem, ...] = PrivateAttr(())

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """What is no mistake, and worth knowing."""
        return self._warnings


def load(path: Path, name: str = "site.yaml") -> Manifest:
    """The manifest in a file. Raises BadInput with every problem and its line."""
    file = read(path, name)
    manifest = parts.read(Manifest, file)
    _once(file)
    _strange_models(file, manifest)
    if manifest is None or file.problems:
        raise BadInput(file.problems)
    for index, category in enumerate(manifest.categories):
        category._line = file.lines["categories", index]
    manifest._warnings = tuple(_doubts(file, manifest))
    return manifest


def _once(file: YamlFile) -> None:
    """Note each slug that an earlier category has, also where other things are wrong."""
    categories = file.value.get("categories") if isinstance(file.value, dict) else None
    seen: dict[str, int] = {}
    for index, category in enumerate(categories if isinstance(categories, list) else ()):
        slug = category.get("slug") if isinstance(category, dict) else None
        if isinstance(slug, str) and seen.setdefault(slug.strip(), index) != index:
            place, first = ("categories", index, "slug"), file.lines["categories", seen[slug.strip()], "slug"]
            file.wrong(place, f"the slug “{slug.strip()}” is used at line {first} already")


def _strange_models(file: YamlFile, manifest: Manifest | None) -> None:
    """Note each connection to a model that a category names and the site does not declare."""
    names = [each.name for each in manifest.models.connections] if manifest else []
    for index, category in enumerate(manifest.categories if manifest else ()):
        for key, text in chat.strangers(category.models, names):
            file.wrong(("categories", index, "models", key), text.replace("{key}", key))


def _doubts(file: YamlFile, manifest: Manifest) -> Iterator[Problem]:
    """Warnings: no words in a crisis, too few examples, the same in two categories, or a counterexample as well."""
    if not manifest.crisis:
        yield Problem(file.name, 1, "“crisis” says nothing to somebody in danger; no release goes live without")
    for index, group in enumerate(manifest.synonyms):
        for member in (each for each in group if not subject_words(each)):
            text = f"“{member}” has no word that a search looks for; it is left out of its group"
            yield Problem(file.name, file.lines[("synonyms", index)], text)
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
