"""HTML and components within Markdown: what is hidden goes, tables become tables, links links, labels headings."""

import re
from collections.abc import Callable

from knowledge.readers.dialects import boxes, diagrams
from knowledge.readers.dialects.boxes import FOLD, TAB, TABS, attributes, kind, title_of
from knowledge.readers.dialects.edits import BREAK
from knowledge.readers.dialects.scan import Scan
from knowledge.readers.notes import BUILDER, COMPONENTS, EXPORTS, IMAGES, STRUCK, UNENDED


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_PAGE = re.compile(r"<!-- page \d{1,5} -->")
_TAG = re.compile(
    r"<(?P<close>/?)(?P<name>[A-Za-z][\w.:-]*|(?=>))"
    r"(?P<rest>(?:[^<>\"'{}]|\"[^\"]{0,2000}\"|'[^']{0,2000}'"
    r"|\{(?:[^{}]|\{(?:[^{}]|\{[^{}]{0,2000}\}){0,2000}\}){0,2000}\}){0,4000}+)>"
)
_LOOSE = re.compile(r"<(?P<close>/?)(?P<name>[A-Za-z][\w.:-]*)(?P<rest>(?:\s[^<>]{0,4000})?)>")  # with a quote in it
_TABLE = re.compile(r"<(/?)table\b[^<>]{0,2000}>", re.I)
_END = re.compile(r"</([A-Za-z][\w.:-]*)\s*>")
_MAIL = re.compile(r"<([\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4})>")
_LINK = re.compile(r"<(?:https?:|mailto:)[^<>\s]{1,2000}>")
_UNSEEN = _set("script style template noscript svg iframe object audio video canvas math")
_STRUCK = _set("s del strike")
_WORDS_ONLY = _set("ins mark")
_HIDDEN = re.compile(r"(?:^|\s)hidden\b|display\s*:\s*none|visibility\s*:\s*hidden", re.I)
_LINE_THROUGH = re.compile(r"text-decoration[\w-]*\s*:[^;\"']{0,60}line-through", re.I)
_FULL = re.compile(r"(?:https?://|mailto:|tel:)[^\s<>()]{1,1000}$", re.I)
_PLACE = re.compile(r"(?:https?://|/(?!/)|\.{1,2}/|#)[^\s<>()]{1,1000}$", re.I)
_LEADS = _set("link navlink nuxtlink routerlink nuxt-link router-link")
"""Components that are links, in the frameworks that help is written with."""
_IMPORT = re.compile(r"import\s++(?:[\w*{}\s,$]{1,500}?\bfrom\s++)?['\"][^'\"\n]{1,500}['\"][ \t]*;?[ \t]*(?:\n|\Z)")
_EXPORT = re.compile(r"export\s+(?:default\b|const\b|let\b|var\b|function\b|async\b|class\b|type\b|interface\b|[{*])")
_TEXT = re.compile(r"\{\s*(?:\"([^\"\n]*)\"|'([^'\n]*)'|`([^`\n$]*)`)\s*\}")
_EXPRESSION = re.compile(r"\{(?:[^{}]|\{(?:[^{}]|\{[^{}]{0,500}\}){0,500}\}){0,1000}\}")
_HEADING = re.compile(r"(#{1,6})[ \t]+([^\n]*)")
_ATTRIBUTES = re.compile(r"\{:[^{}\n]{0,300}\}|\{[ \t]?[#.][\w-][^{}\n]{0,200}\}|\{#\s[^{}\n]{0,1000}#\}")
_IDS = re.compile(r"[ \t]*\{:?[ \t]*[#.][^{}\n]{0,300}\}[ \t]*#*[ \t]*$")
_LONGEST_HEADING = 400  # characters, as `knowledge.text.markdown` has it


def tag(scan: Scan, at: int) -> int | None:
    """A comment, an address, or a tag with what it does to its words."""
    if scan.text.startswith("<!--", at):
        return _comment(scan, at)
    if found := _LINK.match(scan.text, at):
        return found.end()
    if mail := _MAIL.match(scan.text, at):
        scan.change(at, mail.end(), mail.group(1))
        return mail.end()
    found = _TAG.match(scan.text, at) or _LOOSE.match(scan.text, at)
    if found is None or not (found["name"] or scan.mdx):
        return None
    name = found["name"].casefold()
    if not found["close"]:
        if name in _UNSEEN:
            return _unseen(scan, found, hidden=False)
        if _HIDDEN.search(found["rest"]) and found["name"] == name:
            return _unseen(scan, found, hidden=True)
        if (drawn := _diagram(scan, found)) is not None:
            return drawn
        if name in _STRUCK or _LINE_THROUGH.search(found["rest"]):
            return _struck(scan, found)
    handler = _HANDLERS.get(name, _component if found["name"] != name or not name else None)
    return handler(scan, found) if handler else None


def _comment(scan: Scan, at: int) -> int | None:
    if page := _PAGE.match(scan.text, at):
        return page.end()
    if (end := scan.find("-->", at)) is None:
        return None
    scan.hidden.append(scan.text[at : end.end()])
    return scan.drop(at, end.end())


def _unseen(scan: Scan, found: re.Match[str], *, hidden: bool) -> int | None:
    """What a browser does not show goes with its end tag; without one it stays."""
    if found["rest"].rstrip().endswith("/"):
        return scan.drop(found.start(), found.end())
    end = scan.closing(_END, found["name"], found.end())
    if end is None:
        return None
    if hidden:
        scan.hidden.append(scan.text[found.start() : end.end()])
    return scan.drop(found.start(), end.end())


def _diagram(scan: Scan, found: re.Match[str]) -> int | None:
    """`<pre class="mermaid">` and `<Mermaid>` with all that is in them; None for what is no diagram."""
    name, rest, end = found["name"], found["rest"], found.end()
    component = name[:1].isupper() and diagrams.is_language(kind(name))
    language = name if component else diagrams.of_attributes(rest)
    if not language:
        return None
    if rest.rstrip().endswith("/"):
        return diagrams.drop(scan, found.start(), end, language)
    closing = scan.closing(_END, name, end)
    return diagrams.drop(scan, found.start(), closing.end(), language) if closing else None


def _struck(scan: Scan, found: re.Match[str]) -> int:
    end = scan.closing(_END, found["name"], found.end())
    if end is None:
        return scan.drop(found.start(), found.end(), UNENDED)
    words = re.sub(r"<[^<>]{0,500}>", " ", scan.text[found.end() : end.start()][:1000])
    return scan.drop(found.start(), end.end(), STRUCK, words)


def _only_words(scan: Scan, found: re.Match[str]) -> int | None:
    if not found["close"] and scan.closing(_END, found["name"], found.end()) is None:
        return None  # somebody writes about the tag
    scan.change(found.start(), found.end(), "")
    return found.end()


def _picture(scan: Scan, found: re.Match[str]) -> int:
    return scan.drop(found.start(), found.end(), IMAGES, attributes(found["rest"]).get("alt", ""))


def _line_end(scan: Scan, found: re.Match[str]) -> int:
    start = scan.line_start(found.start())
    one_line = scan.text[start : start + 200].lstrip(" >").startswith(("|", "#"))
    rest = re.compile(r"[ \t]*\n?[ \t]*" if not one_line else r"[ \t]*").match(scan.text, found.end())
    end = rest.end() if rest else found.end()
    scan.change(found.start(), end, " " if one_line else "\n")
    return end


def _link(scan: Scan, found: re.Match[str]) -> int | None:
    """A link of HTML around plain words, as one of Markdown."""
    to = attributes(found["rest"]).get("href", "")
    words = re.compile(r"([^<>\[\]]{1,500})</a\s*>", re.I).match(scan.text, found.end())
    if found["close"] or words is None or not _FULL.match(to) or not words.group(1).strip():
        return None
    scan.change(found.start(), found.end(), "[")
    scan.change(words.end(1), words.end(), f"]({to})")
    return found.end()


def _leads(scan: Scan, found: re.Match[str]) -> int | None:
    """A component that is a link, with its words, whatever is set in them, as a link of Markdown."""
    given = attributes(found["rest"])
    to, end = given.get("to") or given.get("href", ""), scan.closing(_END, found["name"], found.end())
    words = scan.text[found.end() : end.start()] if end else ""
    if end is None or not _PLACE.match(to) or not words.strip() or re.search(r"[\[\]\n]", words):
        return None
    scan.change(found.start(), found.end(), "[")
    scan.change(end.start(), end.end(), f"]({to})")
    return found.end()


def _details(scan: Scan, found: re.Match[str]) -> int:
    """`<details>`: its summary becomes a heading."""
    if found["close"]:
        return boxes.finish(scan, found.start(), found.end(), "<", "details")
    summary = re.compile(r"\s*<summary\b[^<>]{0,500}>(.{0,2000}?)</summary\s*>", re.S | re.I).match(
        scan.text, found.end()
    )
    if summary is None:
        return boxes.begin(scan, found.start(), found.end(), "<", "details", "")
    title = re.sub(r"<[^<>]{0,500}>", "", summary.group(1)).strip()
    title = title.strip("#").strip()
    return boxes.begin(scan, found.start(), summary.end(), "<", "details", scan.within(title, summary.start(1)))


def _table(scan: Scan, found: re.Match[str]) -> int | None:
    """A table of HTML, up to the end of the outermost."""
    if found["close"] or (end := _table_ends(scan).get(found.start())) is None:
        return None
    from knowledge.readers import webpage  # only where there is a table

    page = webpage.to_markdown(scan.text[found.start() : end])
    line = scan.line(found.start())
    scan.notes += [type(note)(note.cause, note.words, line) for note in page.notes]
    scan.hidden.append(page.hidden)
    scan.change(found.start(), end, BREAK + scan.within(page.text, found.start()) + BREAK)
    return end


def _table_ends(scan: Scan) -> dict[int, int]:
    """Where each table begins and ends; those without an end are none."""
    if scan.tables is None:
        scan.tables, begun = {}, list[int]()
        for edge in _TABLE.finditer(scan.text):
            if not edge.group(1):
                begun.append(edge.start())
            elif begun:
                scan.tables[begun.pop()] = edge.end()
    return scan.tables


def _component(scan: Scan, found: re.Match[str]) -> int | None:
    """A component of MDX: its words stay, its label becomes one of them. One that never ends is a word in brackets."""
    name, rest, start, end = found["name"], found["rest"], found.start(), found.end()
    if found["close"]:
        return boxes.finish(scan, start, end, "<", name)
    given = attributes(rest)
    if not name:
        return scan.drop(start, end)
    if name.casefold() in _LEADS and (linked := _leads(scan, found)) is not None:
        return linked
    if not rest.rstrip().endswith("/"):
        ends = scan.closing(_END, name, end)
        return boxes.begin(scan, start, end, "<", name, title_of(given), rest) if ends else None
    if not _SHOWS.isdisjoint(given) or kind(name) in ("img", "image", "figure"):
        return scan.drop(start, end, IMAGES, given.get("alt", ""))
    return scan.drop(start, end, COMPONENTS)


_HANDLERS: dict[str, Callable[[Scan, re.Match[str]], int | None]] = {
    **dict.fromkeys(_WORDS_ONLY | _STRUCK | {"picture", "source", "center", "font"}, _only_words),
    **dict.fromkeys(TABS | TAB | (FOLD - {"details"}), _component),
    "img": _picture,
    "br": _line_end,
    "a": _link,
    "details": _details,
    "table": _table,
}


# ── What only MDX has, and headings ───────────────────────────────────────────────────────────────────────────


_SHOWS = frozenset(("alt", "img", "image", "src", "screenshot"))
"""What a component without words is given where it shows a picture."""


def module(scan: Scan, at: int) -> int | None:
    """`import … from "…"` and `export …`, which no reader sees."""
    if at and scan.text[at - 1] != "\n":
        return None
    if found := _IMPORT.match(scan.text, at):
        end = found.end() - found.group().endswith("\n")
        return scan.drop(at, end)
    if not _EXPORT.match(scan.text, at):
        return None
    end = scan.paragraph(at)
    depth = 0
    for sign in re.compile(r"[{(\[]|[})\]]|\n[ \t]*(?=\n|\Z)").finditer(
        scan.text, at, min(len(scan.text), at + 20_000)
    ):
        depth += 1 if sign.group() in "{([" else -1 if sign.group() in "})]" else 0
        if depth <= 0 and sign.group().startswith("\n"):
            end = sign.start()
            break
    return scan.drop(at, end, EXPORTS)


def expression(scan: Scan, at: int) -> int | None:
    """`{…}` in MDX: words in quotes are words, anything else is only known to a program."""
    if not scan.mdx:
        return None
    if words := _TEXT.match(scan.text, at):
        scan.change(at, words.end(), next((group for group in words.groups() if group is not None), ""))
        return words.end()
    found = _EXPRESSION.match(scan.text, at)
    return scan.drop(at, found.end(), "" if scan.in_tag(at) else BUILDER) if found else None


def heading(scan: Scan, at: int) -> int | None:
    """A heading without its id, one level deeper for every label it stands under."""
    found = _HEADING.match(scan.text, at)
    if found is None or len(found.group()) > _LONGEST_HEADING:
        return None
    ids = _IDS.search(found.group())
    level = min(6, len(found.group(1)) + sum(part.labelled for part in scan.opened))
    if level > len(found.group(1)):
        scan.change(at, at, "#" * (level - len(found.group(1))))
    words = found.group(2)[: len(found.group(2)) - len(ids.group())] if ids else found.group(2)
    words = re.sub(r"<[^<>]{0,500}>", "", words)  # it may stand above other words again, and its components do not
    scan.heading = (level, words.strip().rstrip("#").strip())
    return found.start(2)


def attribute_list(scan: Scan, at: int) -> int | None:
    """`{#id}` and `{: .note}` behind words or below them, and `{# comments #}` of templates."""
    found = _ATTRIBUTES.match(scan.text, at)
    return scan.drop(at, found.end()) if found else None
