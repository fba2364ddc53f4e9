"""Fixed wording as files, one a locale: English has every line, another as many as somebody has translated.

Law of the room: a file is checked as it is read. A line that nobody says, or that would lose a fact, starts no process.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from string import Template

import yaml

FALLBACK = "en"
ANYWHERE = frozenset({"human"})
"""Names that any line may use. `human`: the label of the button that leads to a person."""
CORE = frozenset({"disclosure"})
"""What no site replaces."""
LANGUAGES = "language."
"""Before the code of a language: how it is called. A file may name languages that English does not, such as its own."""

Catalog = Mapping[str, str]


class BadCatalog(ValueError):
    """A file of wording that cannot be used: which one, and which of its keys."""


def load(folder: Path) -> Mapping[str, Catalog]:
    """Every file of a folder by its locale. Raises BadCatalog."""
    read = {path.stem.lower(): _read(path) for path in sorted(folder.glob("*.yaml"))}
    for tag, lines in read.items():
        if wrong := next(_wrong(lines, read[FALLBACK]), ""):
            raise BadCatalog(f"{folder / tag}.yaml: {wrong}")
    return read


def named(line: str) -> frozenset[str]:
    """The `$names` in a line."""
    return frozenset(Template(line).get_identifiers())


def _read(path: Path) -> Catalog:
    try:
        lines = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise BadCatalog(f"{path}: {error}") from None
    if not isinstance(lines, dict):
        raise BadCatalog(f"{path}: its lines are “key: words”")
    return lines


def _wrong(lines: Catalog, english: Catalog) -> Iterator[str]:
    """What is wrong with a file, the first of it first."""
    for key, line in lines.items():
        if key not in english and not str(key).startswith(LANGUAGES):
            yield f"“{key}” is no line of wording"
        elif not isinstance(line, str) or not line.strip():
            yield f"“{key}” is no text; put it in quotation marks"
        elif missing := named(english.get(key, "")) - named(line) - ANYWHERE:
            yield f"“{key}” lacks ${min(missing)}"
        elif strange := named(line) - named(english.get(key, "")) - ANYWHERE:
            yield f"“{key}” has ${min(strange)}, which nothing fills in"


CATALOGS = load(Path(__file__).parent)
