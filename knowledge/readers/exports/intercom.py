"""Intercom Articles: the articles and collections that its API lists, in JSON; or a table with bodies of HTML.

Fields as its reference describes them (developers.intercom.com, the article and collection models).
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from knowledge.readers.exports.entries import DRAFTS, EMPTY, LANGUAGES, Entry, Export, named

Row = dict[str, Any]
PUBLIC = frozenset({"published", "public", "live", "active", "yes", "true", ""})
_TITLE = ("title", "article title", "name")
_BODY = ("body", "html", "content", "article body", "body html", "answer html")
_URL = ("url", "link", "article url", "public url")
_STATE = ("state", "status", "published")
_SECTION = ("collection", "section", "collection name", "category", "folder")
_TAG = re.compile(r"<(?:p|h[1-6]|ul|ol|div|table|br|a|b|strong|img)\b", re.I)


def is_article(row: Row) -> bool:
    """Whether a row of JSON is one of its articles."""
    return "body" in row and "title" in row and ("parent_type" in row or "state" in row or row.get("type") == "article")


def is_shelf(row: Row) -> bool:
    """Whether a row is a collection or a section."""
    return (
        "body" not in row
        and "name" in row
        and (row.get("type") in ("collection", "section") or "help_center_id" in row)
    )


def taken(path: str, rows: Sequence[Row], shelves: Sequence[Row], export: Export, locale: str) -> None:
    """Put the articles into the export, in the language of the site where there is a choice."""
    collections = named(shelves)
    for number, row in enumerate(rows, 1):
        said = _spoken(row, locale, export)
        title, body = " ".join(str(said.get("title") or "").split()), str(said.get("body") or "")
        if cause := _why_not(str(said.get("state") or ""), body):
            export.lost(cause, title)
            continue
        section = str(collections.get(_parent(row), {}).get("name") or "").strip()
        html = f"<p>{said['description']}</p>\n{body}" if said.get("description") else body
        place = f"{path}: {row.get('id') or number}"
        export.entries.append(Entry(place, html.encode(), ".html", title, section, str(said.get("url") or "")))


def is_table(rows: Sequence[Sequence[str]]) -> bool:
    """Whether a table is a list of articles: a title, and a body that is HTML in most rows."""
    columns = _columns(rows)
    bodies = [row[columns["body"]] for row in rows[1:] if "body" in columns and len(row) > columns["body"]]
    return "title" in columns and 2 * sum(bool(_TAG.search(body)) for body in bodies) > len(bodies) > 0


def from_table(path: str, rows: Sequence[Sequence[str]], export: Export) -> None:
    """The articles of such a table."""
    columns = _columns(rows)
    for number, row in enumerate(rows[1:], 2):
        cells = {name: row[at].strip() if at < len(row) else "" for name, at in columns.items()}
        if cause := _why_not(cells.get("state", ""), cells["body"]):
            export.lost(cause, cells["title"])
            continue
        section, url = cells.get("section", ""), cells.get("url", "")
        place = f"{path}: row {number}"
        export.entries.append(Entry(place, cells["body"].encode(), ".html", cells["title"], section, url))


def _columns(rows: Sequence[Sequence[str]]) -> dict[str, int]:
    heads = [" ".join(head.replace("_", " ").casefold().split()) for head in (rows[0] if rows else ())]
    wanted = {"title": _TITLE, "body": _BODY, "url": _URL, "state": _STATE, "section": _SECTION}
    found = {name: next((heads.index(each) for each in names if each in heads), -1) for name, names in wanted.items()}
    return {name: at for name, at in found.items() if at >= 0}


def _spoken(row: Row, locale: str, export: Export) -> Row:
    """The article in the site's language, else in its own; what else there is was left out."""
    own = str(row.get("default_locale") or "").casefold()
    others = row.get("translated_content")
    found = (
        {str(key).casefold(): each for key, each in others.items() if isinstance(each, dict)}
        if isinstance(others, dict)
        else {}
    )
    wanted = locale.partition("-")[0].partition("_")[0].casefold()
    best = (
        row if not own or own.startswith(wanted) else next((e for k, e in found.items() if k.startswith(wanted)), row)
    )
    if left := sorted(key for key, each in found.items() if each is not best and key != own and each.get("body")):
        export.lost(LANGUAGES, f"{row.get('title')} ({', '.join(left)})")
    return best


def _parent(row: Mapping[str, Any]) -> str:
    parents = row.get("parent_ids")
    return str(row.get("parent_id") or (parents[0] if isinstance(parents, list) and parents else ""))


def _why_not(state: str, body: str) -> str:
    if state.casefold() not in PUBLIC:
        return DRAFTS
    return "" if body.strip() else EMPTY
