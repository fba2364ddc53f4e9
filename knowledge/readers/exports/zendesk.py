"""Zendesk Guide: the articles, sections and categories that its API lists, in one file of JSON or in several.

Fields as its reference describes them (developer.zendesk.com, Help Center API: Articles, Sections, Categories).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from knowledge.readers.exports.entries import DRAFTS, EMPTY, LABELS, LANGUAGES, SOME_READERS, Entry, Export, named

Row = dict[str, Any]


def is_article(row: Row) -> bool:
    """Whether a row of JSON is one of its articles; a translation of one is none."""
    return "body" in row and ("section_id" in row or "html_url" in row) and "source_id" not in row


def is_shelf(row: Row) -> bool:
    """Whether a row is a section or a category."""
    return "body" not in row and "name" in row and "id" in row and ("html_url" in row or "category_id" in row)


def taken(path: str, rows: Sequence[Row], shelves: Sequence[Row], export: Export, locale: str) -> None:
    """Put the articles into the export, each once, in the language of the site where there is a choice."""
    sections = named(shelves)
    titles = [str(shelf.get("name") or "") for shelf in sections.values() if "category_id" in shelf]
    chosen: dict[str, Row] = {}
    for row in rows:
        key = str(row.get("id") or row.get("html_url") or len(chosen))
        if key not in chosen:
            chosen[key] = row
            continue
        other, chosen[key] = _better(row, chosen[key], locale)
        export.lost(LANGUAGES, f"{_title(other)} ({other.get('locale')})")
    for key, row in chosen.items():
        if cause := _why_not(row):
            export.lost(cause, _title(row))
            continue
        if row.get("label_names") or row.get("content_tag_ids"):
            export.lost(LABELS, _title(row))
        section = _section(sections, str(row.get("section_id")), titles)
        export.entries.append(_entry(f"{path}: {key}", row, section))


def _entry(path: str, row: Row, section: str) -> Entry:
    url = str(row.get("html_url") or "")
    return Entry(path, str(row["body"]).encode(), ".html", _title(row), section, url)


def _why_not(row: Row) -> str:
    if row.get("draft"):
        return DRAFTS
    if row.get("user_segment_id") is not None or row.get("user_segment_ids"):
        return SOME_READERS
    return "" if str(row.get("body") or "").strip() else EMPTY


def _title(row: Row) -> str:
    return " ".join(str(row.get("title") or row.get("name") or "").split())


def _better(one: Row, other: Row, locale: str) -> tuple[Row, Row]:
    """The worse and the better of two languages of one article: the site's own, else the one it was written in."""

    def rank(row: Row) -> tuple[bool, bool]:
        spoken = str(row.get("locale") or "").replace("_", "-").casefold()
        wanted = locale.replace("_", "-").casefold()
        return spoken.partition("-")[0] == wanted.partition("-")[0], spoken == str(row.get("source_locale")).casefold()

    return (other, one) if rank(one) > rank(other) else (one, other)


def _section(shelves: Mapping[str, Row], key: str, titles: Sequence[str]) -> str:
    """The name of a section, with its category's in front where two sections are called the same."""
    shelf = shelves.get(key)
    if shelf is None:
        return ""
    name = str(shelf.get("name") or "").strip()
    category = shelves.get(str(shelf.get("category_id")), {}).get("name")
    return f"{category}: {name}" if category and titles.count(name) > 1 else name
