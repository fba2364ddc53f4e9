"""The one door: what lies in a folder, as articles, whichever program wrote it."""

from collections.abc import Iterator
from typing import Any

from knowledge.readers import faq
from knowledge.readers.exports import docusaurus, intercom, mkdocs, zendesk
from knowledge.readers.exports.entries import Entry, Export, Files
from knowledge.readers.letters import decoded
from knowledge.readers.unreadable import Unreadable
from sites.core import foreign

LARGEST = 20_000_000
"""Bytes of one file of JSON: as much as a document may have."""
_WRAPPED = 4  # levels of lists and objects that rows are looked for in


def arranged(files: Files, locale: str = "") -> Export:
    """The articles of an export, or the files as they are where it is none. Raises ValueError with file and cause."""
    if (config := mkdocs.found(files)) is not None:
        try:
            return mkdocs.taken(files, config)
        except ValueError as error:
            raise ValueError(f"{config}: {error}") from error
    if docusaurus.found(files):
        return docusaurus.taken(files)
    export = Export()
    rest = _listed(files, export, locale)
    export.entries += [Entry(path, data) for path, data in rest]
    return export


def _listed(files: Files, export: Export, locale: str) -> list[tuple[str, bytes]]:
    """Put what lists of articles hold into the export; the files that are none."""
    rest: list[tuple[str, bytes]] = []
    rows: dict[str, list[dict[str, Any]]] = {}
    for path, data in files:
        if path.lower().endswith(".json"):
            rows[path] = list(_rows(_read(path, data), _WRAPPED))
        elif not (path.lower().endswith(".csv") and _table(path, data, export, locale)):
            rest.append((path, data))
    every = [row for held in rows.values() for row in held]
    for path, held in rows.items():
        for program in (zendesk, intercom):
            if articles := [row for row in held if program.is_article(row)]:
                shelves = [row for row in every if program.is_shelf(row)]
                program.taken(path, articles, shelves, export, locale)
                break
    known = any(map(zendesk.is_article, every)) or any(map(intercom.is_article, every))
    return rest if known else rest + [(path, data) for path, data in files if path in rows]


def _read(path: str, data: bytes) -> Any:
    try:
        return foreign.loads(data.removeprefix(b"\xef\xbb\xbf"), most=LARGEST)
    except ValueError as error:
        raise ValueError(f"{path}: it cannot be read as JSON ({str(error)[:200]}); export it once more") from error


def _rows(value: Any, levels: int) -> Iterator[dict[str, Any]]:
    """The objects of a JSON text that may be articles and what they are filed under."""
    if isinstance(value, dict):
        if "body" in value or ("id" in value and "name" in value):
            yield value
            return
        value = list(value.values())
    for each in value if isinstance(value, list) and levels else ():
        if isinstance(each, dict | list):
            yield from _rows(each, levels - 1)


def _table(path: str, data: bytes, export: Export, locale: str) -> bool:
    """Whether a CSV is a list of articles, which are put into the export then."""
    if b"<" not in data or len(data) > LARGEST:
        return False
    try:
        rows = faq.rows_of(decoded(data, locale)[0])
    except Unreadable:
        return False
    if not intercom.is_table(rows):
        return False
    intercom.from_table(path, rows, export)
    return True
