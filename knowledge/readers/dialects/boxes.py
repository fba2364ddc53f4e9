"""Parts of a page that have a label: tabs, what can be opened, steps and notes, in every way they are written.

A label that tells variants apart becomes a heading, so that whatever stands below it carries it; the heading before is
said again where the part ends. The title of a note goes in front of its words.
"""

import re
from collections.abc import Mapping

from knowledge.readers.dialects import diagrams
from knowledge.readers.dialects.edits import AGAIN, BREAK, GAP
from knowledge.readers.dialects.scan import Open, Scan
from knowledge.readers.notes import BUILDER, IMAGES


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


TABS = _set("tabs tabgroup tabset tabpane tabbed codetabs codegroup tablist")
TAB = _set("tab tabitem tabpanel tabcontent")
FOLD = _set(
    "details accordion accordionitem expand expandable expander collapse collapsible toggle step faqitem spoiler "
    "dropdown disclosure"
)
_NAMES = ("title", "label", "summary", "header", "heading", "question", "name", "tab")
_KINDS = _set(
    "note notes tip tips info information warning warn caution danger important hint attention error success question "
    "example quote abstract alert callout admonition todo"
)
_ATTRIBUTE = re.compile(
    r"([A-Za-z][\w.:-]*)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|\{\s*(?:\"([^\"]*)\"|'([^']*)'|`([^`]*)`)\s*\}|([^\s\"'>{}]+))"
)
_QUOTED = re.compile(r"\"([^\"]*)\"|'([^']*)'|`([^`]*)`")
_LABELLED = re.compile(r"label\s*:\s*[\"'`]([^\"'`]*)[\"'`]\s*,\s*value\s*:\s*[\"'`]([^\"'`]*)[\"'`]")
_ITEMS = re.compile(r"items\s*=\s*(?:\{\s*\[([^\]]*)\]\s*\}|[\"']([^\"']*)[\"'])")
_WORDS_FOLLOW = re.compile(r"[ \t]*\n?[ \t>]*(?![-*+][ \t]|\d{1,3}[.)][ \t])(?=[\w(\"“*_`\[])")
_DIRECTIVE = re.compile(r":{3,}[ \t]*(?:\{?([A-Za-z][\w-]*)\}?)?(?:\[([^\]\n]*)\])?[ \t]*([^\n]*)$", re.M)
_ADMONITION = re.compile(r"(?:!!!|\?\?\?\+?)[ \t]+([A-Za-z][\w-]*)[^\"\n]*(?:\"([^\"\n]*)\")?[ \t]*$", re.M)
_MKDOCS_TAB = re.compile(r"===[!+]?[ \t]+\"([^\"\n]+)\"[ \t]*$", re.M)
_ALERT = re.compile(r">[ \t>]*\[!([A-Za-z]+)\][+-]?[ \t]*([^\n]*)")
_SHORTCODE = re.compile(
    r"\{\{[<%]\s*(?P<close>/?)\s*(?P<name>[\w./-]+)(?P<rest>(?:[^{}]|\{(?!\{)|\}(?!\})){0,2000}?)"
    r"(?P<single>/?)\s*[%>]\}\}"
)
_LIQUID = re.compile(r"\{%-?\s*(?P<name>[\w./-]+)(?P<rest>[^{}\n]{0,1000}?)\s*-?%\}")
_SHORTCODE_END = re.compile(r"\{\{[<%]\s*/\s*([\w./-]+)")
_LIQUID_END = re.compile(r"\{%-?\s*end([\w./-]+)")
_VALUE = re.compile(r"\{\{[^{}]{0,500}\}\}|\{\{[<%][^{}]{0,500}[>%]\}\}")
_TRANSLATED = _set("trans translate")
_SILENT = _set("blocktranslate blocktrans plural block load extends raw capture comment hint content tabs")
_PICTURES = _set("figure image img gallery video youtube vimeo icon")


def attributes(written: str) -> dict[str, str]:
    """The attributes of a tag that are plain words."""
    found = _ATTRIBUTE.finditer(written[:4000])
    return {m.group(1).casefold(): next((v for v in m.groups()[1:] if v is not None), "") for m in found}


def kind(name: str) -> str:
    """A name however it is written: Tabs.Tab, tab-item and TabItem."""
    return re.sub(r"[-_]", "", name.casefold().rsplit(".", 1)[-1].rsplit("/", 1)[-1])


def title_of(given: Mapping[str, str]) -> str:
    """The title among the attributes of a part; empty when it has none."""
    return next((given[name].strip() for name in _NAMES if given.get(name, "").strip()), "")


# ── Begin and end ─────────────────────────────────────────────────────────────────────────────────────────────


def begin(scan: Scan, start: int, end: int, family: str, name: str, title: str, rest: str = "") -> int:
    """A part begins with `text[start:end]`."""
    what = kind(name)
    if what in TAB:
        title = _label(scan, title, rest)
    heads = bool(title) and (what in TAB or what in FOLD)
    part = Open(family, name.casefold(), scan.heading, heads)
    if what in TABS:
        if items := _ITEMS.search(rest[:4000]):
            quoted = [next(filter(None, m.groups()), "") for m in _QUOTED.finditer(items.group(1) or "")]
            part.labels.extend(quoted or [word.strip() for word in (items.group(2) or "").split(",")])
        part.named.update({value: label for label, value in _LABELLED.findall(rest[:4000])})
    scan.opened.append(part)
    if heads:
        level = (scan.heading[0] if scan.heading else 0) + 1
        scan.head(start, end, level, title)
        scan.heading = (level, title)
    elif title and title.casefold() not in _KINDS and scan.begins_line(start):
        lead(scan, start, end, title)
    else:
        scan.drop(start, end)
    return end


def lead(scan: Scan, start: int, end: int, title: str) -> None:
    """A title in front of the words it belongs to."""
    title = " ".join(title.split())
    title = title if title.endswith((".", "!", "?", ":")) else f"{title}:"
    if follows := _WORDS_FOLLOW.match(scan.text, end):
        scan.change(start, follows.end(), f"{title} ")
    else:
        scan.change(start, end, f"{title}{BREAK}")


def finish(scan: Scan, start: int, end: int, family: str, name: str = "") -> int:
    """The last part of this family and name ends with `text[start:end]`."""
    depth = len(scan.opened) - 1
    while depth >= 0 and not (scan.opened[depth].family == family and name.casefold() in ("", scan.opened[depth].name)):
        depth -= 1
    if depth < 0:
        return scan.drop(start, end)
    ended, scan.opened = scan.opened[depth:], scan.opened[:depth]
    if any(part.labelled for part in ended) and ended[0].under:
        level, words = ended[0].under
        scan.change(start, end, f"{BREAK}{AGAIN}{'#' * level} {words}{BREAK}")
    else:
        scan.change(start, end, BREAK if any(part.labelled for part in ended) else GAP)
    scan.heading = ended[0].under
    return end


def _label(scan: Scan, title: str, rest: str) -> str:
    """The label of a tab: its own, or the next one that stands with all of them."""
    tabs = next((part for part in reversed(scan.opened) if kind(part.name) in TABS), None)
    value = attributes(rest).get("value", "")
    if title:
        return title
    if tabs and value in tabs.named:
        return tabs.named[value]
    return tabs.labels.pop(0) if tabs and tabs.labels else value


# ── The ways they are written ─────────────────────────────────────────────────────────────────────────────────


def directive(scan: Scan, at: int) -> int | None:
    """`:::note Title`, and the `:::` that ends it."""
    found = _DIRECTIVE.match(scan.text, at)
    if found is None:
        return None
    name, title, rest = found.groups()
    if not name:
        return None if rest.strip() else finish(scan, at, found.end(), ":")
    if (drawn := diagrams.directive(scan, at, found.end(), name)) is not None:
        return drawn
    words = re.sub(r"\{[^{}]*\}", "", rest).strip()
    return begin(scan, at, found.end(), ":", name, title or title_of(attributes(rest)) or words, rest)


def mkdocs(scan: Scan, at: int) -> int | None:
    """`!!! note "Title"` and `=== "Tab"`, whose words are indented below."""
    tab = _MKDOCS_TAB.match(scan.text, at)
    found = tab or _ADMONITION.match(scan.text, at)
    start = scan.line_start(at)
    if found is None or scan.text[start:at].strip(" "):
        return None
    inside = " " * (at - start + 4)
    body = re.compile(rf"(?:\n(?:[ \t]*(?=\n)|{inside}[^\n]*))*").match(scan.text, found.end())
    end = found.end() + len(body.group().rstrip()) if body else found.end()
    name = "tab" if tab else "details" if found.group().startswith("?") else found.group(1)
    title = (found.group(1) if tab else found.group(2)) or (found.group(1) if name == "details" else "")
    begin(scan, at, found.end(), "!", name, title)
    for line in re.finditer(rf"^{inside}", scan.text[found.end() : end], re.M):
        scan.change(found.end() + line.end() - 4, found.end() + line.end(), "")
    scan.timers.append((end, lambda: finish(scan, end, end, "!", name)))
    return found.end()


def alert(scan: Scan, at: int) -> int | None:
    """`> [!WARNING] Title`"""
    found = _ALERT.match(scan.text, at)
    if found is None:
        return None
    title = found.group(2).strip()
    if title and title.casefold() not in _KINDS:
        scan.change(at, found.end(), f"> {title if title.endswith(('.', '!', '?', ':')) else title + ':'}")
    else:
        scan.drop(at, found.end())
    return found.end()


def braces(scan: Scan, at: int) -> int | None:
    """Shortcodes, tags of templates and values that are filled in, and comments of MDX."""
    text = scan.text
    if text.startswith("{/*", at):
        end = scan.find(r"\*/\}", at)
        return scan.drop(at, end.end()) if end else None
    if text.startswith("{{", at):
        if found := _SHORTCODE.match(text, at):
            return _shortcode(scan, found)
        value = _VALUE.match(text, at)
        return scan.drop(at, value.end(), "" if scan.in_tag(at) else BUILDER) if value else None
    if text.startswith("{%", at):
        liquid = _LIQUID.match(text, at)
        return _liquid(scan, liquid) if liquid else None
    return None


def _shortcode(scan: Scan, found: re.Match[str]) -> int:
    name, rest, start, end = found["name"], found["rest"], found.start(), found.end()
    if found["close"]:
        return finish(scan, start, end, "{{", name)
    if not found["single"] and (closing := scan.closing(_SHORTCODE_END, name, end)):
        if diagrams.is_language(name):
            return diagrams.drop(scan, start, _until(scan, "}}", closing), name)
        return begin(scan, start, end, "{{", name, _positional(rest, name), rest)
    return scan.drop(start, end, IMAGES if kind(name) in _PICTURES else BUILDER)


def _liquid(scan: Scan, found: re.Match[str]) -> int:
    name, rest, start, end = found["name"].casefold(), found["rest"], found.start(), found.end()
    if name in _TRANSLATED and (quoted := _QUOTED.search(rest)):
        scan.change(start, end, next(filter(None, quoted.groups()), ""))
        return end
    if name.startswith("end"):
        return finish(scan, start, end, "{%", name.removeprefix("end"))
    if closing := scan.closing(_LIQUID_END, name, end):
        if diagrams.is_language(name):
            return diagrams.drop(scan, start, _until(scan, "%}", closing), name)
        title = title_of(attributes(rest)) if name not in _SILENT or name == "hint" else ""
        if name not in _SILENT and kind(name) not in TAB | TABS | FOLD:
            scan.note(BUILDER, start, found.group())
        return begin(scan, start, end, "{%", name, title, rest)
    return scan.drop(start, end, "" if name in _SILENT else BUILDER)


def _until(scan: Scan, signs: str, closing: re.Match[str]) -> int:
    """Where the tag ends that these signs end and that begins so."""
    end = scan.text.find(signs, closing.end())
    return end + len(signs) if end >= 0 else closing.end()


def _positional(rest: str, name: str) -> str:
    """The title of a shortcode: named, or its first words in quotes, or bare."""
    if title := title_of(attributes(rest)):
        return title
    quoted = _QUOTED.match(rest.strip())
    if quoted:
        return next(filter(None, quoted.groups()), "")
    return rest.strip() if kind(name) in TAB and "=" not in rest else ""
