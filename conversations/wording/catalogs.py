"""Fixed wording as files, one a locale, each with every line; and what is said in a language that has no file.

Law of the room: a file is checked as it is read. One that lacks a line, has one that nobody says, or would lose a fact
starts no process: nobody is spoken to half in one language and half in another.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from string import Template

import yaml

from conversations.wording.mirrored import mirrored

FALLBACK = "en"
ANYWHERE = frozenset({"human"})
"""Names that any line may use. `human`: the label of the button that leads to a person."""
CORE = frozenset({"disclosure"})
"""What no site replaces."""
LANGUAGES = "language."
"""Before the code of a language: how it is called. A file may name languages that English does not, such as its own."""
MIRRORED = "ar-xb"
"""The locale that is read from right to left and says nothing: made of the English lines, to look at a page with."""
UNDERSTOOD = "en"
"""The language in which the assistant reads questions, whichever its site speaks."""

Catalog = Mapping[str, str]


class BadCatalog(ValueError):
    """A file of wording that cannot be used: which one, and which of its keys."""


def load(folder: Path) -> Mapping[str, Catalog]:
    """Every file of a folder by its locale, and the mirrored one. Raises BadCatalog."""
    read = {path.stem.lower(): _read(path) for path in sorted(folder.glob("*.yaml"))}
    for tag, lines in read.items():
        if wrong := next(_wrong(lines, read[FALLBACK]), "") or _lacking(lines, read[FALLBACK]):
            raise BadCatalog(f"{folder / tag}.yaml: {wrong}")
    return read | {MIRRORED: {key: mirrored(key, line) for key, line in read[FALLBACK].items()}}


def load_unserved(folder: Path, english: Catalog) -> Mapping[str, Catalog]:
    """By language, the one sentence for who writes a language that has no file, and how languages are called in it.

    Raises BadCatalog.
    """
    read = {path.stem.lower(): _read(path) for path in sorted(folder.glob("*.yaml"))}
    for tag, lines in read.items():
        told = {key for key in lines if not str(key).startswith(LANGUAGES)}
        wrong = next(_wrong(lines, english), "") or ("" if told == {"language"} else "it has “language” and names only")
        if wrong:
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


def _lacking(lines: Catalog, english: Catalog) -> str:
    """What a file does not say that English says; of how languages are called, the one that is read."""
    needed = [key for key in english if not key.startswith(LANGUAGES) or key == LANGUAGES + UNDERSTOOD]
    missing = [key for key in needed if key not in lines]
    return f"“{missing[0]}” is missing, and {len(missing) - 1} more" if missing else ""


CATALOGS = load(Path(__file__).parent)
UNSERVED = load_unserved(Path(__file__).parent / "unserved", CATALOGS[FALLBACK])
