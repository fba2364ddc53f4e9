"""What a text would run or load if it were put into a page as HTML, as it stands. Like the judges it knows no bot.

Read by libxml2, whose tokeniser is that of HTML5 (since 2.14); html5lib follows the standard's trees too, but was last
released in 2020 and does not know `template`. What libxml2 does otherwise than a browser is made up for here:
`noscript` where scripts may run, and text inside SVG and MathML. Where the two still differ this says yes
(`tests/journeys/test_markup_judge.py` holds it against a browser).
"""

import re
from collections.abc import Iterator, Mapping

from lxml import etree


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_FOREIGN = _set("svg math")
_HTML_AGAIN = _set("foreignobject desc title mtext mi mo mn ms annotation-xml")
_BREAKS_OUT = _set(
    "b big blockquote br center code dd div dl dt em embed h1 h2 h3 h4 h5 h6 hr i img li listing menu meta nobr ol p "
    "pre ruby s small span strong strike sub sup table tt u ul var"
)
_RAW = _set("style xmp iframe noembed noframes title textarea")
_WHOLE_PAGES = _set("html head body frameset frame")  # put into a page they are dropped
_SCRIPTS = re.compile(
    r"(?:(?:text|application)/(?:x-)?(?:java|ecma|j)script(?:1\.[0-5])?|text/livescript|module|speculationrules|)", re.I
)
_LOADS: Mapping[str, tuple[str, ...]] = {
    "img": ("src", "srcset"), "image": ("src", "srcset", "href", "xlink:href"), "feimage": ("href", "xlink:href"),
    "iframe": ("src", "srcdoc"), "embed": ("src",), "object": ("data",), "video": ("src", "poster"), "audio": ("src",),
    "source": ("src", "srcset"), "track": ("src",), "input": ("src",), "script": ("src", "href", "xlink:href"),
    "link": ("href", "imagesrcset"), "use": ("href", "xlink:href"),
    "table": ("background",), "td": ("background",), "th": ("background",), "tr": ("background",),
    "tbody": ("background",), "thead": ("background",), "tfoot": ("background",),
}  # fmt: skip
_GOES = {"a": ("href", "xlink:href"), "area": ("href",), "form": ("action",), "button": ("formaction",),
         "input": ("formaction",), "iframe": ("src",)}  # fmt: skip
_LINKED = re.compile(r"\b(?:stylesheet|icon|preload|modulepreload|prefetch|manifest|preconnect|dns-prefetch)\b", re.I)
_STYLED = re.compile(r"@import\b|(?:url|image-set)\(\s*[\"']?\s*(?!data:|#|\s*\))", re.I)
_ESCAPED = re.compile(r"\\([0-9a-f]{1,6})\s?", re.I)


def harm(text: str) -> list[str]:
    """Every element, attribute or address in a text that would run or load something in a page, in its order."""
    return list(dict.fromkeys(_harm(text))) if "<" in text else []


def runs(url: str) -> bool:
    """Whether an address is a script."""
    return re.sub(r"[\t\n\r]", "", url).lstrip("".join(map(chr, range(33)))).casefold().startswith("javascript:")


def _harm(text: str) -> Iterator[str]:
    shown = re.sub(r"(</?)noscript(?=[\s/>])", r"\1noembed", text, flags=re.I)
    parser = etree.HTMLParser(encoding="utf-8", huge_tree=True, no_network=True, remove_comments=True, remove_pis=True)
    tree = etree.fromstring(b"<div>" + shown.encode("utf-8", "replace"), parser)
    inert: set[etree._Element] = set()
    strange: dict[etree._Element, etree._Element] = {}  # what is in SVG or MathML, and in which
    left: set[etree._Element] = set()  # those that an element of HTML has ended
    for node in tree.iter(etree.Element) if tree is not None else ():
        tag, above = str(node.tag), node.getparent()
        if above in inert or tag == "template":
            inert.add(node)
            continue
        root = strange.get(above) if above is not None and str(above.tag) not in _HTML_AGAIN else None
        if root is not None and tag in _BREAKS_OUT:
            left.add(root)
        root = None if root in left else root
        if tag in _FOREIGN or root is not None:
            strange[node] = root if root is not None else node
        if root is not None and tag in _RAW:
            yield from _harm(node.text or "")
        elif tag not in _WHOLE_PAGES:
            yield from _of(node, tag)


def _of(node: etree._Element, tag: str) -> Iterator[str]:
    """What one element runs or loads."""
    held = {str(name): str(value) for name, value in node.attrib.items()}
    for name, value in held.items():
        if re.fullmatch("on[a-z]+", name) and value.strip():
            yield f"{tag} {name}={value}"
        elif name == "style" and _styled(value):
            yield f"{tag} style={value}"
    yield from (f"{tag} {name}={held[name]}" for name in _GOES.get(tag, ()) if runs(held.get(name, "")))
    yield from (f"{tag} {name}={held[name]}" for name in _LOADS.get(tag, ()) if _loads(node, tag, name, held))
    inside = node.text or ""
    if tag == "script" and inside.strip() and _SCRIPTS.fullmatch(held.get("type", "").strip()):
        yield f"script {inside.strip()}"
    if tag == "style" and _styled(inside):
        yield f"style {inside.strip()}"
    if tag == "meta" and held.get("http-equiv", "").casefold() == "refresh" and held.get("content"):
        yield f"meta refresh={held['content']}"


def _loads(node: etree._Element, tag: str, name: str, held: Mapping[str, str]) -> bool:
    """Whether an attribute makes a browser fetch something, or show a page of its own."""
    value = held.get(name, "").strip()
    if not value or value.startswith("#") or runs(value):
        return False
    if tag == "link":
        return bool(_LINKED.search(held.get("rel", "")))
    if tag == "input":
        return held.get("type", "").strip().casefold() == "image"
    if tag == "script":
        return bool(_SCRIPTS.fullmatch(held.get("type", "").strip()))
    if tag in ("iframe", "object", "embed"):
        return value.casefold() != "about:blank"
    if tag == "source":
        above = node.getparent()
        return above is not None and str(above.tag) in ("video", "audio", "picture")
    return not value.casefold().startswith("data:")


def _styled(css: str) -> bool:
    """Whether a style fetches something."""
    plain = re.sub(r"/\*.*?\*/", "", css, flags=re.S)
    return bool(_STYLED.search(_ESCAPED.sub(lambda code: chr(min(int(code[1], 16), 0x10FFFF)), plain)))
