"""A web page as Markdown: what a reader came for, without menus, scripts, forms and hidden parts."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bs4 import BeautifulSoup, Tag
from bs4.element import Comment, NavigableString

from knowledge.readers import page_links
from knowledge.readers.dialects import diagrams
from knowledge.readers.notes import DIAGRAMS, MERGED, STRUCK, Note, short
from knowledge.readers.page_tables import Cell, filled
from knowledge.readers.unreadable import Unreadable
from knowledge.text.markdown import plain


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
_STRUCK = _set("s strike del")
_LINE_THROUGH = re.compile(r"text-decoration[\w-]*\s*:[^;]*line-through", re.I)
_SPECIAL = re.compile(r"([\\`*_\[\]<~&])")
UNFILLED = "data-unfilled"  # a mark of our own on a table
LINKS = 20  # items from which a list of links alone is taken for a menu


@dataclass(frozen=True, slots=True)
class Page:
    """What a page says, as Markdown, the words it hides from its readers, and what its owner should know."""

    title: str
    text: str
    hidden: str
    notes: tuple[Note, ...] = ()


def to_markdown(page: str, base: str = "") -> Page:
    """An HTML page; headings as `#`, lists as `-`, tables as `| rows |`, links with the address they lead to.

    `base`: the address of the page. Raises Unreadable.
    """
    try:
        return _read(page, base)
    except RecursionError:
        raise Unreadable("the page is nested too deeply to be read; copy its text into a file") from None


def _read(page: str, base: str) -> Page:
    soup = BeautifulSoup(page, "lxml")
    named = " ".join(soup.title.get_text(" ").split()) if soup.title else ""
    base = page_links.base_of(soup, base)
    hidden = _clean(soup)
    notes = [*_struck(soup), *_drawn(soup)]
    _literal(soup)
    notes += page_links.written_out(soup, base, _BLOCKS)
    footnotes = page_links.footnotes(soup)
    body = soup.find("main") or _only(soup, "article") or soup.body or soup
    first = body.find("h1") or soup.find("h1")
    title = plain(_inline(first)) if isinstance(first, Tag) else ""
    assert isinstance(body, Tag)
    blocks = [block for block in _blocks(body, 0) if block.strip()]
    text = re.sub(r"\n{3,}", "\n\n", "\n\n".join([*blocks, *footnotes]).replace("\n\n\0", "\n").replace("\0", ""))
    notes += [Note(MERGED)] * bool(body.select_one(f"[{UNFILLED}]"))
    return Page(title or named, text, hidden, tuple(notes))


def _struck(soup: BeautifulSoup) -> Iterator[Note]:
    """Take out what is struck out; what was put in instead is ordinary text."""
    for tag in soup.find_all(_is_struck):
        if not tag.decomposed:
            if words := short(tag.get_text(" ")):
                yield Note(STRUCK, words)
            tag.replace_with(" ")


def _drawn(soup: BeautifulSoup) -> Iterator[Note]:
    """Take out diagrams that are written as code, or were drawn from it."""
    for tag in soup.find_all(class_=True):
        language = "" if tag.decomposed else diagrams.of_classes(tag.get_attribute_list("class"))
        if language and tag.name not in ("html", "body", "main", "article"):
            yield Note(DIAGRAMS, language)
            pre = tag.find_parent("pre") if tag.name == "code" else None
            (pre or tag).decompose()


def _literal(soup: BeautifulSoup) -> None:
    """Words of a page that would be read as Markdown ("2*3*4", "__init__") are escaped, so that they stay."""
    for string in soup.find_all(string=True):
        words = " ".join(string.split())
        if words and type(string) is NavigableString and plain(words) != words and string.find_parent("pre") is None:
            string.replace_with(_SPECIAL.sub(r"\\\1", string))


def _is_struck(tag: Tag) -> bool:
    return tag.name in _STRUCK or bool(_LINE_THROUGH.search(str(tag.get("style", ""))))


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
    elif tag.name == "details":
        yield from ("<details>", *_blocks(tag, depth), "</details>")
    elif tag.name == "summary":
        yield f"<summary>{_inline(tag)}</summary>"
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
    begun = False
    number = _number(tag, "start", 1) - 1
    for item in tag.find_all("li", recursive=False):
        number = _number(item, "value", number + 1)
        mark = f"{number}." if tag.name == "ol" else "-"
        indent = "    " * depth
        inside = [block for block in _blocks(item, depth + 1) if block.strip("\0 \n")]
        for place, block in enumerate(inside):
            nested = block.startswith("\0")
            if place == 0:
                words = "\n".join(line.strip() for line in block.lstrip("\0").split("\n"))
                yield ("\0" if begun or depth else "") + f"{indent}{mark} " + words
                begun = True
            elif nested:
                yield block
            else:
                yield "\n".join(f"{indent}    {line}" for line in block.split("\n"))


def _number(tag: Tag, name: str, otherwise: int) -> int:
    given = str(tag.get(name, "")).strip()
    return int(given) if re.fullmatch(r"[0-9]{1,3}", given) else otherwise


def _table(tag: Tag) -> str:
    rows = [row for row in tag.find_all("tr") if row.find_parent("table") is tag]
    table = filled([[_cell(cell) for cell in row.find_all(["td", "th"], recursive=False)] for row in rows])
    if not table.whole:
        tag[UNFILLED] = "true"
    caption = tag.find("caption", recursive=False)
    lines = [_inline(caption), ""] if isinstance(caption, Tag) else []
    lines += [table.title, ""] if table.title else []
    if table.rows and max(map(len, table.rows)) == 1:  # a table for layout only
        return "\n\n".join([*lines, *(row[0] for row in table.rows)])
    for number, row in enumerate(table.rows):
        lines.append("| " + " | ".join(row) + " |")
        if number == 0:
            lines.append("|" + " --- |" * len(row))
    return "\n".join(lines)


def _cell(tag: Tag) -> Cell:
    in_head = tag.name == "th" or tag.find_parent(["thead", "table"]) is tag.find_parent("thead") is not None
    return Cell(_inline(tag).replace("|", "\\|"), _span(tag, "colspan"), _span(tag, "rowspan"), in_head)


def _span(tag: Tag, name: str) -> int:
    """How many cells it spans; of rows 0 means all that are left."""
    given = str(tag.get(name, "")).strip()
    number = int(given) if re.fullmatch(r"[0-9]{1,5}", given) else 1
    return number or (1 if name == "colspan" else 99_999)


def _inline(tag: Tag, *, keep_space: bool = False) -> str:
    words = re.sub(r"\s+", " ", tag.get_text(" " if tag.find(list(_BLOCKS)) or tag.find("br") else ""))
    return words if keep_space else words.strip()


def _joined(words: list[str]) -> str:
    return "\n".join(" ".join(line.split()) for line in "".join(words).strip().split("\n"))
