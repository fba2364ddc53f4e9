"""A web page as Markdown: what a reader came for, without menus, scripts, forms and hidden parts."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bs4 import BeautifulSoup, Tag
from bs4.element import Comment, NavigableString

from knowledge.unreadable import Unreadable


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_DROPPED = _set(
    "script style noscript template svg math canvas iframe object embed audio video nav footer aside form "
    "button input select textarea dialog title map"
)
_DROPPED_ROLES = _set("navigation banner contentinfo search menu dialog complementary")
_BLOCKS = _set(
    "address article blockquote body center dd details div dl dt fieldset figcaption figure h1 h2 h3 h4 h5 "
    "h6 header hgroup hr html li main ol p pre section summary table tbody td tfoot th thead tr ul"
)
_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|opacity\s*:\s*0*\.?0+\s*(?:;|$|!)|font-size\s*:\s*0*\.?0+\s*(?:[a-z%;]|$)"
    r"|(?:left|top|text-indent)\s*:\s*-\d{3,}",
    re.I,
)
_MENU = re.compile(
    r"(?:^|[\s_-])(?:nav|navbar|navigation|menu|breadcrumbs?|sidebar|toc|pagination|pager|languages?|tags)(?:$|[\s_-])",
    re.I,
)
LINKS = 20  # items from which a list of links alone is taken for a menu


@dataclass(frozen=True, slots=True)
class Page:
    """What a page says, as Markdown, and the words it hides from its readers."""

    title: str
    text: str
    hidden: str


def to_markdown(page: str) -> Page:
    """An HTML page; headings as `#`, lists as `-`, tables as `| rows |`, links as words. Raises Unreadable."""
    try:
        return _read(page)
    except RecursionError:
        raise Unreadable("the page is nested too deeply to be read; copy its text into a file") from None


def _read(page: str) -> Page:
    soup = BeautifulSoup(page, "lxml")
    named = " ".join(soup.title.get_text(" ").split()) if soup.title else ""
    hidden = _clean(soup)
    body = soup.find("main") or _only(soup, "article") or soup.body or soup
    first = body.find("h1") or soup.find("h1")
    title = _inline(first) if isinstance(first, Tag) else ""
    assert isinstance(body, Tag)
    blocks = [block for block in _blocks(body, 0) if block.strip()]
    text = re.sub(r"\n{3,}", "\n\n", "\n\n".join(blocks).replace("\n\n\0", "\n").replace("\0", ""))
    return Page(title or named, text, hidden)


def _only(soup: BeautifulSoup, name: str) -> Tag | None:
    found = soup.find_all(name)
    return found[0] if len(found) == 1 and isinstance(found[0], Tag) else None


def _clean(soup: BeautifulSoup) -> str:
    """Take out what is not for readers; returns the words among it that were hidden from them on purpose."""
    hidden = [str(comment.extract()) for comment in soup.find_all(string=lambda string: isinstance(string, Comment))]
    for tag in soup.find_all(_unseen):
        if not tag.decomposed:
            hidden += [tag.get_text(" ")] if tag.name not in _DROPPED else []
            tag.decompose()
    return "\n".join(" ".join(words.split()) for words in hidden)


def _unseen(tag: Tag) -> bool:
    if tag.name in _DROPPED:
        return True
    if tag.name == "header":  # of the page; the header of an article holds its title
        return tag.find_parent(["article", "main", "section"]) is None and tag.find("h1") is None
    if _menu(tag):
        return True
    hidden = tag.has_attr("hidden") or tag.get("aria-hidden") == "true" or _HIDDEN.search(str(tag.get("style", "")))
    return bool(hidden) or tag.get("role") in _DROPPED_ROLES


def _menu(tag: Tag) -> bool:
    """Whether a part is nothing but links, and so many or so named that it leads around the site."""
    if tag.name not in ("ul", "ol", "div", "section", "p"):
        return False
    named = _MENU.search(" ".join([*tag.get_attribute_list("class"), str(tag.get("id") or "")]))
    many = tag.name in ("ul", "ol") and len(tag.find_all("li")) >= LINKS
    if not named and not many:
        return False
    linked = sum(len(link.get_text("", strip=True)) for link in tag.find_all("a"))
    return linked > 0.9 * len(tag.get_text("", strip=True)) > 0


def _blocks(tag: Tag, depth: int) -> Iterator[str]:
    """The blocks below a tag, in order. A block that begins with NUL follows the one before without a blank
    line.
    """
    words: list[str] = []
    for child in tag.children:
        if isinstance(child, Tag) and (child.name in _BLOCKS or child.find(list(_BLOCKS)) is not None):
            yield _joined(words)
            words = []
            yield from _block(child, depth)
        elif isinstance(child, Tag):
            words.append("\n" if child.name == "br" else _inline(child, keep_space=True))
        elif isinstance(child, NavigableString):
            words.append(re.sub(r"\s+", " ", child))
    yield _joined(words)


def _block(tag: Tag, depth: int) -> Iterator[str]:
    if re.fullmatch("h[1-6]", tag.name):
        yield f"{'#' * int(tag.name[1])} {_inline(tag)}" if _inline(tag) else ""
    elif tag.name == "summary":
        yield f"#### {_inline(tag)}"
    elif tag.name == "dt":
        yield f"**{_inline(tag)}**" if _inline(tag) else ""
    elif tag.name in ("ul", "ol"):
        yield from _list(tag, depth)
    elif tag.name == "table":
        yield _table(tag)
    elif tag.name == "pre":
        yield f"```\n{tag.get_text().strip(chr(10))}\n```"
    else:
        yield from _blocks(tag, depth)


def _list(tag: Tag, depth: int) -> Iterator[str]:
    for number, item in enumerate(tag.find_all("li", recursive=False), 1):
        mark = f"{number}." if tag.name == "ol" else "-"
        indent = "    " * depth
        inside = [block for block in _blocks(item, depth + 1) if block.strip("\0 \n")]
        for place, block in enumerate(inside):
            nested = block.startswith("\0")
            if place == 0:
                words = "\n".join(line.strip() for line in block.lstrip("\0").split("\n"))
                yield ("\0" if number > 1 or depth else "") + f"{indent}{mark} " + words
            elif nested:
                yield block
            else:
                yield "\n".join(f"{indent}    {line}" for line in block.split("\n"))


def _table(tag: Tag) -> str:
    rows = [row for row in tag.find_all("tr") if row.find_parent("table") is tag]
    cells = [[_cell(cell) for cell in row.find_all(["td", "th"], recursive=False)] for row in rows]
    cells = [row for row in cells if any(row)]
    caption = tag.find("caption", recursive=False)
    lines = [_inline(caption), ""] if isinstance(caption, Tag) else []
    if cells and max(map(len, cells)) == 1:  # a table for layout only
        return "\n\n".join([*lines, *(row[0] for row in cells)])
    for number, row in enumerate(cells):
        lines.append("| " + " | ".join(row) + " |")
        if number == 0:
            lines.append("|" + " --- |" * len(row))
    return "\n".join(lines)


def _cell(tag: Tag) -> str:
    return _inline(tag).replace("|", "\\|")


def _inline(tag: Tag, *, keep_space: bool = False) -> str:
    words = re.sub(r"\s+", " ", tag.get_text(" " if tag.find(list(_BLOCKS)) or tag.find("br") else ""))
    return words if keep_space else words.strip()


def _joined(words: list[str]) -> str:
    return "\n".join(" ".join(line.split()) for line in "".join(words).strip().split("\n"))
