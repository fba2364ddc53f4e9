"""A folder of MkDocs: `mkdocs.yml` says what pages are called, where each is filed, where they are published."""

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from knowledge.readers import bounded_yaml
from knowledge.readers.exports.entries import OUTSIDE, Entry, Export, Files

NAMES = ("mkdocs.yml", "mkdocs.yaml")
PAGES = (".md", ".markdown")


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the menu files a page: below which of its first labels, and what it calls it."""

    section: str = ""
    title: str = ""


def found(files: Files) -> str | None:
    """The configuration that stands highest among the files."""
    held = [path for path, _ in files if posixpath.basename(path) in NAMES]
    return min(held, key=lambda path: path.count("/")) if held else None


def taken(files: Files, config: str) -> Export:
    """The pages of the site. Raises ValueError for a configuration that cannot be read."""
    stated = _stated(dict(files)[config])
    base = posixpath.normpath(posixpath.join(posixpath.dirname(config), str(stated.get("docs_dir") or "docs")))
    places = dict(_menu(stated.get("nav"), ""))
    directories = str(stated.get("use_directory_urls") or "true").casefold() != "false"
    site = str(stated.get("site_url") or "")
    export = Export()
    for path, data in files:
        inside = path.removeprefix(f"{base}/") if base != "." else path
        if (inside == path and base != ".") or not path.endswith(PAGES):
            if path != config and path.endswith((".md", ".mdx", ".html", ".txt")):
                export.lost(OUTSIDE, path)
            continue
        place = places.get(inside) or _Place(_folder(inside))
        export.entries.append(Entry(path, data, ".md", place.title, place.section, _address(site, inside, directories)))
    return export


def _stated(data: bytes) -> dict[str, Any]:
    try:
        stated = bounded_yaml.shape(data.decode(errors="replace"))
    except (bounded_yaml.TooMuch, yaml.YAMLError) as error:
        raise ValueError(f"it cannot be read as YAML ({str(error)[:200]})") from error
    return stated if isinstance(stated, dict) else {}


def _menu(nav: Any, section: str, title: str = "") -> Iterator[tuple[str, _Place]]:
    """Each page that a menu names, with the first label it stands under."""
    if isinstance(nav, str):
        if not nav.startswith(("http://", "https://", "/")):
            yield posixpath.normpath(nav), _Place(section, title)
    elif isinstance(nav, list):
        for each in nav:
            yield from _menu(each, section)
    elif isinstance(nav, dict):
        for label, inside in nav.items():
            below = section or ("" if isinstance(inside, str) else str(label))
            yield from _menu(inside, below, str(label) if isinstance(inside, str) else "")


def _folder(inside: str) -> str:
    first = inside.partition("/")[0] if "/" in inside else ""
    return first.replace("-", " ").replace("_", " ").strip().capitalize()


def _address(site: str, inside: str, directories: bool) -> str:
    """Where a page is published, as MkDocs makes its addresses."""
    if not site.startswith(("http://", "https://")):
        return ""
    stem = inside.rpartition(".")[0]
    if posixpath.basename(stem).casefold() in ("index", "readme"):
        place = posixpath.dirname(stem) + "/" if "/" in stem else ""
    else:
        place = f"{stem}/" if directories else f"{stem}.html"
    return f"{site.rstrip('/')}/{place}"
