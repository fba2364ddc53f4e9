"""Where the links of a web page lead, and its footnotes, as Markdown writes them."""

import hashlib
import re
from collections.abc import Iterable, Iterator
from urllib.parse import urljoin, urlsplit

from bs4 import BeautifulSoup, Tag

from knowledge.readers.notes import TARGETS, Note

LONGEST = 1000  # characters of an address
_LEADS = ("http", "https", "mailto", "tel")
_NOTE = re.compile(r"^(?:user-content-)?(?:fn|footnote|endnote|note)", re.I)
_CITED = "cite_note"  # of an encyclopedia: sources, and no part of what is said
_REFERENCE = ("doc-noteref",)
_FOOTNOTE = ("doc-footnote", "doc-endnote")


def base_of(soup: BeautifulSoup, address: str) -> str:
    """The address that the links of a page are relative to, as far as it is known."""
    stated = soup.find("base", href=True)
    canonical = soup.find("link", rel="canonical", href=True)
    for tag in (stated, canonical):
        if isinstance(tag, Tag) and re.match("https?://", str(tag["href"])):
            return str(tag["href"])
    return address


def written_out(soup: BeautifulSoup, base: str, blocks: Iterable[str]) -> Iterator[Note]:
    """Give the words of every link the address it leads to; notes for those whose address is not known.

    A link around whole `blocks` keeps them, and loses its address.
    """
    blocks = list(blocks)
    for tag in soup.find_all("a", href=True):
        if tag.decomposed:
            continue
        words, href = " ".join(tag.get_text(" ").split()), str(tag["href"]).strip()
        if not words or href.startswith("#") or tag.find_parent("pre"):
            if not re.search(r"\w", words) and not tag.find("img"):  # the sign of a heading's own address
                tag.decompose()
            continue
        to = _address(href, base)
        if to and to != words and not tag.find(blocks):
            tag.string = _link(words, to)
        elif to != words and not re.match(r"[a-z][a-z0-9+.-]*:", href, re.I):
            yield Note(TARGETS, href[:60])


def _address(href: str, base: str) -> str:
    """The whole address, or nothing where it is none that a customer can open."""
    try:
        to = urljoin(base, href) if base else href
        known = urlsplit(to).scheme.lower() in _LEADS
    except ValueError:
        return ""
    quoted = re.sub(r"[\s()<>\[\]]", lambda sign: f"%{ord(sign.group()):02X}", to)
    return quoted if known and len(quoted) <= LONGEST else ""


def _link(words: str, to: str) -> str:
    """A link of Markdown; the end of a sentence stays outside, where it is seen."""
    bare = words.rstrip(".!?:;,")
    if not bare or re.search(r"[\[\]<>`]", words):
        return f"{words} <{to}>" if to.startswith(("http", "mailto")) else words
    return f"[{bare}]({to}){words[len(bare) :]}"


def footnotes(soup: BeautifulSoup) -> list[str]:
    """Write the footnotes of a page as Markdown does: a mark where each belongs; their texts are returned."""
    by_id = {str(tag["id"]): tag for tag in soup.find_all(id=True)}
    found: dict[str, str] = {}
    used: dict[str, Tag] = {}
    for tag in soup.find_all("a", href=re.compile("^#.")):
        if tag.decomposed:
            continue
        name = str(tag["href"])[1:]
        note = by_id.get(name)
        if note is None or note.decomposed or not _refers(tag) or not _is_note(note, name) or tag in note.descendants:
            continue
        found.setdefault(name, _words(note))
        used[name] = note
        mark = tag.find_parent("sup") or tag
        mark.replace_with(f"[^{_label(found[name])}]" if found[name] else "")
    for note in used.values():
        if not note.decomposed:
            note.decompose()
    return [f"[^{_label(words)}]: {words}" for words in dict.fromkeys(found.values()) if words]


def _refers(tag: Tag) -> bool:
    return tag.get("role") in _REFERENCE or tag.find_parent("sup") is not None or tag.find("sup") is not None


def _is_note(tag: Tag, name: str) -> bool:
    if tag.name not in ("li", "p", "div", "aside", "dd", "span", "td") or name.startswith(_CITED):
        return False
    return tag.get("role") in _FOOTNOTE or bool(_NOTE.match(name))


def _words(note: Tag) -> str:
    """The words of a footnote without the way back."""
    for back in note.find_all("a", href=re.compile("^#")):
        back.decompose()
    return " ".join(note.get_text(" ").split())


def _label(words: str) -> str:
    """A name for a footnote that no other text has, on whatever page it stands."""
    return hashlib.sha256(words.encode("utf-8", "replace")).hexdigest()[:12]
