"""The words of a Markdown text as a reader sees them, and where its links lead.

Law of the room: markup goes, meaning stays. A link keeps its target, code is kept letter by letter, and what stands in
angle brackets but is no HTML (`<YOUR-NAME>`) is somebody's text. Only http, https, mailto and tel are ever followed.
"""

import html
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from urllib.parse import urljoin, urlsplit

LONGEST = 2_000  # characters of an address
FOLLOWED = {"http", "https", "mailto", "tel"}

# Characters that no text may hold (Unicode noncharacters) mark what is put aside while markup is taken away.
_MARKS_OUT = re.compile("[\ufdd0-\ufddf]")
_ASIDE = re.compile("\ufdd3(\\d+)\ufdd4")
_LINKED = re.compile("\ufdd0(\\d+)\ufdd1(.*?)\ufdd2", re.S)
_APART = re.compile("(\ufdd0\\d+\ufdd1.*?\ufdd2)", re.S)

_FENCED = re.compile(r"^[ \t]*(```+|~~~+)[^\n]*(?:\n(.*?))?(?:\n?^[ \t]*\1[`~]*[ \t]*$|\Z)", re.M | re.S)
_FENCE_LINE = re.compile(r"^[ \t]*(?:```|~~~)[^\n]*$", re.M)
# What may be missing its end is looked for within SPAN, and what has none is passed over: else each sign would look
# through all that follows, and a text twice as long would take four times the work.
SPAN = 2_000
"""Characters that the words of a link may have, and its target."""
_CODE = re.compile(r"(?<![`\\])(?=(`{1,99}+)(?!`))")
_IMAGE = re.compile(
    r"!\[([^\]]*+)(?:\]\([^)]*+(\)?))?"
)  # without its end it is passed over, up to where that is missed
_TITLE = rf"(?:\"[^\"]{{0,{SPAN}}}\"|'[^']{{0,{SPAN}}}'|\([^()]{{0,{SPAN}}}\))"
_TARGET = (
    rf"\(\s*+(?:<([^<>\n]{{0,{SPAN}}})>|((?:[^()\s\\]|\\.|\([^()\s]{{0,{SPAN}}}\)){{0,{SPAN}}}))"
    rf"(?:\s++{_TITLE})?\s*+\)"
)
_LINK = re.compile(
    rf"\[([^\[\]]{{0,{SPAN}}}(?:\[[^\[\]]{{0,{SPAN}}}\][^\[\]]{{0,{SPAN}}}){{0,99}})\](?:{_TARGET}|\([^)]{{0,{SPAN}}}\))"
    rf"|\[([^\]]{{1,{SPAN}}})\]\[[^\]]{{0,{SPAN}}}\]"
)
_BARE = re.compile(
    r"<((?:https?://|mailto:|tel:)[^>\s]{1,2000})>|<([\w.+-]+@[\w-]+(?:\.[\w-]+)+)>|"
    r"(?<![\w@/.=\"'])(https?://[^\s<>|\ufdd0-\ufddf]+)"
)
_ENDS = ".,;:!?*'\"”’]"  # of a sentence, not of the address in it
_SCHEME = re.compile("^(?:mailto|tel):")
_TAG = re.compile(r"<(/?)([a-zA-Z][\w.:-]*)((?:\s[^<>]*)?)/?>|<!--")
_STRONG = re.compile(r"(?=(\*\*|__|~~)\S|(`{1,99}(?=\S)))")
_EMPHASIS = re.compile(r"(?<![\w*_])([*_])(?=\S)([^*_\n]+?)(?<=\S)\1(?![\w*_])")
_MARKS = re.compile(r"^[ \t]*(?:#{1,6}[ \t]+|>[ \t]?|[-*+•◦▪‣·][ \t]+)+", re.M)
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
DELIMITER = re.compile(r"[ \t]*+(?:\|[ \t]*+)?:?-++:?[ \t]*+(?:\|[ \t]*+:?-++:?[ \t]*+)*+\|?$")
_CELL = re.compile(r"(?<!\\)\|")
_ROW = re.compile(r"\s*+\|")
_HTML = re.compile(
    r"a|abbr|acronym|article|aside|audio|b|bdi|bdo|big|blockquote|body|br|button|canvas|caption|center|cite|"
    r"code|col|colgroup|dd|del|details|dfn|div|dl|dt|em|embed|fieldset|figcaption|figure|font|footer|form|h1|"
    r"h2|h3|h4|h5|h6|head|header|hr|html|i|iframe|img|input|ins|kbd|legend|li|main|mark|marquee|math|meta|nav|"
    r"noscript|ol|optgroup|option|p|picture|pre|q|rp|rt|ruby|s|samp|script|section|select|small|span|strike|"
    r"strong|style|sub|summary|sup|svg|table|tbody|td|template|textarea|tfoot|th|thead|tr|tt|u|ul|var|video|"
    r"wbr",
    re.I,
)
"""Elements that are markup wherever they stand. What else is in angle brackets is markup when it is closed or has
attributes with values."""


@dataclass(frozen=True, slots=True)
class Link:
    """`text[start:end]` of what is read leads to `target`, as the author wrote it."""

    start: int
    end: int
    target: str


@dataclass(frozen=True, slots=True)
class Said:
    """Words without markup, line by line, and their links in order."""

    text: str
    links: tuple[Link, ...] = ()

    def after(self, count: int) -> "Said":
        """The same without its first characters."""
        moved = (Link(link.start - count, link.end - count, link.target) for link in self.links)
        return Said(self.text[count:], tuple(link for link in moved if link.start >= 0))


def joined(between: str, pieces: Iterable[Said]) -> Said:
    """Several as one."""
    text, links = "", list[Link]()
    for n, piece in enumerate(pieces):
        text += between if n else ""
        links += [Link(link.start + len(text), link.end + len(text), link.target) for link in piece.links]
        text += piece.text
    return Said(text, tuple(links))


def plain(text: str) -> str:
    """The words of a Markdown text as a reader sees them, line by line, the cells of a table row apart by `
    | `.
    """
    return said(text).text


def said(text: str) -> Said:
    """The words of a Markdown text as a reader sees them, with its links."""
    aside: list[str] = []
    targets: list[str] = []
    text = _without_code(_MARKS_OUT.sub("", text), aside)
    text = _ESCAPE.sub(lambda found: _put(found[1], aside), text)
    text = _IMAGE.sub(lambda found: found[1] if found[2] else found[0], text)
    text = _without_tags(_without_links(text, targets, aside))
    text = _EMPHASIS.sub(r"\2", _strong(_strong(text)))
    text = html.unescape(_MARKS.sub("", text))
    lines = (_cells(line) if line.lstrip().startswith("|") else " ".join(line.split()) for line in text.split("\n"))
    text = "\n".join(line for line in lines if line and not (DELIMITER.match(line) and "-" in line))
    return _placed(_ASIDE.sub(lambda found: aside[int(found[1])], text), targets)


def _put(words: str, aside: list[str]) -> str:
    """Words put aside, and the mark of where they were."""
    aside.append(words)
    return f"\ufdd3{len(aside) - 1}\ufdd4"


def _without_code(text: str, aside: list[str]) -> str:
    """The text with its code put aside, fenced code line by line."""

    def fenced(found: re.Match[str]) -> str:
        return "\n".join(_put(line.rstrip(), aside) for line in (found[2] or "").split("\n") if line.strip())

    begins = 0  # where the line begins that was reached

    def inline(start: int, words: str) -> str:
        nonlocal begins
        begins = max(begins, text.rfind("\n", begins, start) + 1)
        return _put(" ".join((words.replace("\\|", "|") if _ROW.match(text, begins) else words).split()), aside)

    if "```" in text or "~~~" in text:
        text = _FENCE_LINE.sub("", _FENCED.sub(fenced, text))
    return _paired(text, _CODE, _closing_code, inline) if "`" in text else text


def _paired(
    text: str,
    opening: re.Pattern[str],
    closing: Callable[[str], re.Pattern[str]],
    put: Callable[[int, str], str],
) -> str:
    """The text with `put(place, words)` for the words between each sign and the next that closes it, and for the signs.

    A sign that nothing closes is looked for no more: whatever comes later is not closed either.
    """
    parts, at, never = list[str](), 0, set[str]()
    for found in opening.finditer(text):
        start = found.start()
        signs = [found[1]] if found[1] else [found[2][:long] for long in range(len(found[2]), 0, -1)]
        for sign in signs if start >= at else ():
            first = start + len(sign)
            if sign in never:
                continue
            if end := closing(sign).search(text, first + 1):
                parts += [text[at:start], put(start, text[first : end.start()])]
                at = end.end()
                break
            never.add(sign)
    return "".join([*parts, text[at:]])


@cache
def _closing_code(sign: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!`){sign}(?!`)")


@cache
def _closing_strong(sign: str) -> re.Pattern[str]:
    return re.compile(rf"(?<=\S){re.escape(sign)}")


def _strong(text: str) -> str:
    return _paired(text, _STRONG, _closing_strong, lambda _, words: words)


def _without_links(text: str, targets: list[str], aside: list[str]) -> str:
    """The text with each link's words between marks; their targets are put aside, and addresses that are read."""

    def put(words: str, target: str) -> str:
        targets.append(_ASIDE.sub(lambda found: aside[int(found[1])], target))
        return f"\ufdd0{len(targets) - 1}\ufdd1{words}\ufdd2"

    def read(address: str, target: str) -> str:
        return put(_put(address, aside), target)

    def link(found: re.Match[str]) -> str:
        words, target = found[1] or found[4] or "", found[2] or found[3] or ""
        return put(words, target) if target and words.strip() else words

    def bare(found: re.Match[str]) -> str:
        if found[3]:
            address = found[3].rstrip(_ENDS if "(" in found[3] else f"{_ENDS})")
            return read(address, address) + found[3][len(address) :]
        return read(found[2], f"mailto:{found[2]}") if found[2] else read(_SCHEME.sub("", found[1]), found[1])

    if "](" in text or "][" in text:
        text = _LINK.sub(link, text)
    if "://" not in text and "@" not in text and "<tel:" not in text:
        return text
    return "".join(piece if n % 2 else _BARE.sub(bare, piece) for n, piece in enumerate(_APART.split(text)))


def _without_tags(text: str) -> str:
    """The text without its markup and comments; a comment without an end is somebody's text."""
    parts, at, last = [], 0, text.rfind("-->")
    for found in _TAG.finditer(text):
        if found.start() < at or (found[2] is None and found.end() > last):
            continue
        if found[2] is not None and not _markup(found):
            continue
        parts.append(text[at : found.start()])
        at = found.end() if found[2] is not None else text.index("-->", found.end()) + 3
    return "".join([*parts, text[at:]])


def _markup(found: re.Match[str]) -> bool:
    name = found[2]
    return bool(_HTML.fullmatch(name) or found[1] or "=" in found[3] or "." in name)


def _placed(text: str, targets: list[str]) -> Said:
    """The text without its marks, and the links at the places where these were."""
    if not targets:
        return Said(text)
    parts, links, at, length = list[str](), list[Link](), 0, 0
    for found in _LINKED.finditer(text):
        words = _MARKS_OUT.sub("", re.sub("\ufdd0\\d+\ufdd1", "", found[2]))
        parts += [text[at : found.start()], words]
        length += len(parts[-2])
        links.append(Link(length, length + len(words), html.unescape(targets[int(found[1])])))
        length, at = length + len(words), found.end()
    return Said(_MARKS_OUT.sub("", "".join([*parts, text[at:]])), tuple(links))


def raw_cells(row: str) -> list[str]:
    """The cells of one table row as they are written."""
    return [cell.replace("\\|", "|") for cell in _CELL.split(row.strip().strip("|"))]


def cells(row: str) -> list[str]:
    """The cells of one table row, without markup."""
    return [plain(cell) for cell in raw_cells(row)]


def _cells(row: str) -> str:
    return " | ".join(" ".join(cell.split()) for cell in _CELL.split(row.strip().strip("|")))


def followed(target: str, base: str) -> str | None:
    """The address a link of an article leads to; None for one that is not followed.

    `base`: the address of the article, against which what is relative to it is read.
    """
    target = target.strip()
    if not target or len(target) > LONGEST or any(char <= " " or char in '<>"\\`' for char in target):
        return None
    try:
        address = urljoin(base, target) if base else target
        parts = urlsplit(address)
    except ValueError:
        return None
    if parts.scheme not in FOLLOWED or not (parts.netloc or (parts.scheme in ("mailto", "tel") and parts.path)):
        return None
    return address
