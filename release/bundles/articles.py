"""knowledge/**: the articles of a bundle with the policies that front matter and defaults.yaml give them."""

import contextlib
import fnmatch
import itertools
import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path, PurePath, PurePosixPath
from typing import Any

from django.utils import timezone

from knowledge.face.documents import FORMATS, MAX_BYTES, Document, DocumentError, Reader, cause
from knowledge.face.text import asked
from sites.core import foreign, yamlfile
from sites.core.problems import BadInput, Problem, gathered
from sites.core.yamlfile import YamlFile

FRONT = (
    "title", "categories", "audience", "url", "review_by", "expires", "owner", "description", "summary", "questions",
)  # fmt: skip
LONGEST_SLUG = 160
LONGEST_AUDIENCE = 60


@dataclass(frozen=True, slots=True)
class Article:
    """One article: what it says, who may see it, and where it came from (`file`, relative to the bundle)."""

    slug: str
    file: str
    document: Document
    categories: tuple[str, ...]
    audience: str
    url: str = ""
    owner: str = ""
    review_by: date | None = None
    expires: date | None = None
    questions: tuple[str, ...] = ()
    warnings: tuple[Problem, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class _Rule:
    """One entry of defaults.yaml; None: it leaves that to others."""

    match: re.Pattern[str]
    categories: tuple[str, ...] | None
    audience: str | None

    def covers(self, path: PurePath) -> bool:
        return bool(self.match.match(path.as_posix()) or self.match.match(path.name))


def load(folder: Path, known: Collection[str], locale: str = "") -> tuple[list[Article], list[Problem]]:
    """Every article below `folder` (a bundle's knowledge/) in the order of paths, and the warnings.

    `known` are the category slugs of the site, `locale` is its language. Warnings of one cause come once. Raises
    BadInput with every problem.
    """
    rules, problems = _rules(folder, known)
    articles: list[Article] = []
    warnings: list[Problem] = []
    files = _distinct(folder, warnings, problems)
    named = slugs([place for place, path in files.items() if path.suffix.lower() in FORMATS])
    with Reader() as reader:
        for place, path in files.items():
            name = f"knowledge/{place}"
            if path.suffix.lower() not in FORMATS:
                warnings.append(Problem(name, 0, f"left out: {path.suffix or 'no ending'} is no kind of article"))
                continue
            try:
                articles.append(_article(reader, path, place, named[place], locale, rules, known))
                warnings += articles[-1].warnings
            except DocumentError as error:
                problems.append(Problem(name, error.line or 0, error.why))
            except BadInput as error:
                problems += error.problems
    if problems:
        raise BadInput(problems)
    return articles, gathered(warnings, cause)


def slugs(places: Sequence[str]) -> dict[str, str]:
    """A slug for each file, by its place in the folder: its name, with as much of its folders as tells it apart."""
    parts = {place: (*PurePosixPath(place).parts[:-1], PurePosixPath(place).stem) for place in places}
    taken = dict.fromkeys(places, 1)
    while True:
        found = {place: "-".join(parts[place][-taken[place] :]) for place in places}
        times = Counter(found.values())
        more = [place for place in places if times[found[place]] > 1 and taken[place] < len(parts[place])]
        if not more:
            return _numbered(found)
        for place in more:
            taken[place] += 1


def _numbered(found: Mapping[str, str]) -> dict[str, str]:
    """The same slugs, with a number behind those that still are one: index.md beside index.txt."""
    given: dict[str, str] = {}
    used = set(found.values())
    seen: set[str] = set()
    for place, slug in found.items():
        own, number = slug, 1
        while own in seen or (number > 1 and own in used):
            number += 1
            own = f"{slug}-{number}"
        seen.add(own)
        given[place] = own
    return given


def _distinct(folder: Path, warnings: list[Problem], problems: list[Problem]) -> dict[str, Path]:
    """The files by their place in the folder, in composed letters: some computers write é as two."""
    found: dict[str, Path] = {}
    for path in _files(folder):
        place = unicodedata.normalize("NFC", foreign.text(path.relative_to(folder).as_posix()))
        other = found.setdefault(place, path)
        if other == path:
            continue
        if other.stat().st_size == path.stat().st_size <= MAX_BYTES and other.read_bytes() == path.read_bytes():
            text = "is there twice, its name written in two ways; one is left out"
            warnings.append(Problem(f"knowledge/{place}", 0, text))
        else:
            text = "two files have this name, written in two ways, and say different things; delete one of them"
            problems.append(Problem(f"knowledge/{place}", 0, text))
    return found


def _files(folder: Path) -> Iterator[Path]:
    root = folder.resolve()
    for path in sorted(folder.rglob("*")):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        inside = path.resolve().is_relative_to(root)
        if path.is_file() and not hidden and inside and path != folder / "defaults.yaml":
            yield path


def _article(
    reader: Reader, path: Path, place: str, slug: str, locale: str, rules: Sequence[_Rule], known: Collection[str]
) -> Article:
    """One file as an article. Raises DocumentError, BadInput."""
    name = f"knowledge/{place}"
    if (size := path.stat().st_size) > MAX_BYTES:  # before it is read into memory
        raise DocumentError(name, f"{size:,} bytes are more than the limit of {MAX_BYTES:,}")
    data = path.read_bytes()
    document = reader.read(PurePath(place).name, data, locale=locale)
    front = _Front(name, data, document.front)
    covering = [rule for rule in rules if rule.covers(PurePath(place))]
    categories = front.categories(known) or next((r.categories for r in covering if r.categories), ())
    audience = front.text("audience") or next((r.audience for r in covering if r.audience), "")
    front.note(document.warnings, categories=categories, audience=audience)
    article = Article(
        slug=slug,
        file=name,
        document=document,
        categories=categories,
        audience=audience or "public",
        url=front.url(),
        owner=front.text("owner"),
        review_by=front.day("review_by"),
        expires=front.day("expires"),
        questions=front.questions(),
        warnings=tuple(front.warnings),
    )
    front.check(article)
    return article


class _Front:
    """The front matter of one article, read with its types checked."""

    def __init__(self, name: str, data: bytes, values: Mapping[str, Any]) -> None:
        self.name, self.data, self.values = name, data, values
        self.problems: list[Problem] = []
        self.warnings: list[Problem] = []

    def line(self, key: str) -> int:
        """The line a key stands on, from 1; 0 when it is not in the front matter."""
        found = re.search(rb"^%s[ \t]*:" % re.escape(key.encode()), self.data, re.M) if key in self.values else None
        return self.data.count(b"\n", 0, found.start()) + 1 if found else 0

    def wrong(self, key: str, text: str) -> None:
        self.problems.append(Problem(self.name, self.line(key), text))

    def text(self, key: str) -> str:
        value = self.values.get(key)
        if value is None or isinstance(value, str):
            return (value or "").strip()
        self.wrong(key, f"“{key}” must be text; put {value!r} in quotes")
        return ""

    def categories(self, known: Collection[str]) -> tuple[str, ...]:
        value = self.values.get("categories")
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            self.wrong("categories", "“categories” must be a list like [returns, delivery]")
            return ()
        for slug in value:
            if slug not in known:
                self.wrong("categories", f"there is no category “{slug}”; site.yaml has {_listed(known)}")
        return tuple(dict.fromkeys(value))

    def url(self) -> str:
        url = self.text("url")
        if url and not re.fullmatch(r"https?://\S{1,490}", url):
            self.wrong("url", f"“{url}” is no http or https address")
        return url

    def day(self, key: str) -> date | None:
        value = self.values.get(key)
        if isinstance(value, str):
            with contextlib.suppress(ValueError):
                value = date.fromisoformat(value)
        if isinstance(value, datetime):
            return value.date()
        if value is not None and not isinstance(value, date):
            self.wrong(key, f"“{key}” must be a date like 2027-03-31")
            return None
        return value

    def questions(self) -> tuple[str, ...]:
        try:
            return asked.read(self.values.get("questions"))
        except asked.QuestionsError as error:
            self.problems.append(Problem(self.name, self._line_of("questions", error.index), str(error)))
            return ()

    def _line_of(self, key: str, index: int | None) -> int:
        """The line of an item of a list with a line for each; else the line of its key."""
        first = self.line(key)
        below = self.data.split(b"\n")[first:]
        items = [n for n, line in enumerate(itertools.takewhile(_in_list, below)) if line.lstrip().startswith(b"- ")]
        return first + 1 + items[index] if first and index is not None and index < len(items) else first

    def note(self, warnings: Sequence[str], *, categories: Collection[str], audience: str) -> None:
        self.warnings += [Problem(self.name, 0, text) for text in warnings]
        self.warnings += [
            Problem(self.name, self.line(key), f"“{key}” is not known here and is ignored")
            for key in map(str, self.values)
            if key not in FRONT
        ]
        if not categories:
            self.warnings.append(Problem(self.name, 0, "in no category, so it will never be quoted"))
        if (expires := self.day("expires")) and expires <= timezone.now().date():
            self.warnings.append(Problem(self.name, self.line("expires"), "expired already"))
        if not audience:
            self.warnings.append(Problem(self.name, 0, "names no audience and is taken to be public"))

    def check(self, article: Article) -> None:
        """Raise BadInput with what is wrong with the article, if anything is."""
        if len(article.slug) > LONGEST_SLUG:
            self.wrong("", f"the file's name is longer than {LONGEST_SLUG} characters; give it a shorter one")
        if len(article.audience) > LONGEST_AUDIENCE:
            self.wrong("audience", f"the audience's name is longer than {LONGEST_AUDIENCE} characters")
        if article.expires and article.expires <= date.today():
            self.warnings.append(Problem(self.name, self.line("expires"), "expired already"))
        if self.problems:
            raise BadInput(self.problems)


def _in_list(line: bytes) -> bool:
    """Whether a line below a key still belongs to its value."""
    return line[:1] in (b"", b" ", b"\t", b"-", b"#", b"\r") and not line.startswith(b"---")


def _rules(folder: Path, known: Collection[str]) -> tuple[list[_Rule], list[Problem]]:
    """The entries of defaults.yaml; the first one that covers a file and gives a value wins."""
    if not (folder / "defaults.yaml").exists():
        return [], []
    try:
        file = yamlfile.read(folder / "defaults.yaml", "knowledge/defaults.yaml")
    except BadInput as error:
        return [], list(error.problems)
    if not isinstance(file.value or [], list):
        file.wrong((), "expected a list of entries like “- match: '*.md'”")
        return [], file.problems
    return [_rule(file, index, known) for index in range(len(file.value or []))], file.problems


def _rule(file: YamlFile, index: int, known: Collection[str]) -> _Rule:
    entry = file.value[index]
    if not isinstance(entry, dict) or not isinstance(entry.get("match"), str):
        file.wrong((index,), "an entry needs “match: '*.md'”, a pattern of file names")
        entry = {}
    for key in set(entry) - {"match", "categories", "audience"}:
        file.wrong((index, str(key)), f"“{key}” is not known here; use match, categories or audience")
    categories = entry.get("categories")
    if categories is not None and not (isinstance(categories, list) and all(isinstance(c, str) for c in categories)):
        file.wrong((index, "categories"), "“categories” must be a list of slugs")
        categories = None
    for slug in categories or []:
        if slug not in known:
            file.wrong((index, "categories"), f"there is no category “{slug}”; site.yaml has {_listed(known)}")
    audience = entry.get("audience")
    if audience is not None and not isinstance(audience, str):
        file.wrong((index, "audience"), "“audience” must be one name")
        audience = None
    match = re.compile(fnmatch.translate(unicodedata.normalize("NFC", entry.get("match", ""))))
    return _Rule(match, tuple(categories) if categories else None, audience)


def _listed(words: Collection[str]) -> str:
    return ", ".join(sorted(words))
