"""Somebody's page with the widget on it, to look at before the line is put there.

Law of the room: of a page's markup only what is drawn is written anew; no script, frame, form's address or handler
comes through, and POLICY lets nothing run but our own file, whatever came through.
"""

from html import escape
from html.parser import HTMLParser

from sites.outside.placed import Attributes, Fetched

POLICY = (
    "default-src 'none'; script-src {host}/w/v1.js {host}/w/more.js; connect-src 'self' {socket}; "
    "img-src http: https: data:; style-src http: https: 'unsafe-inline'; "
    "font-src http: https: data:; media-src http: https:; "
    "base-uri http: https:; form-action 'none'; frame-ancestors 'self'"
)
"""What the answer that carries it must say, with this server's address for pages and for sockets."""
LEFT_OUT = frozenset(
    (
        "script",
        "noscript",
        "template",
        "iframe",
        "frame",
        "frameset",
        "object",
        "embed",
        "applet",
        "portal",
        "xmp",
        "plaintext",
        "noembed",
        "noframes",
        "fencedframe",
    )
)
"""Elements that go with all they hold."""
EMPTY = frozenset(("frame", "embed"))
DROPPED = frozenset(("base", "meta"))
NOT_KEPT = frozenset(("srcdoc", "action", "formaction", "nonce", "autofocus", "ping", "target", "http-equiv", "is"))
LINKS = frozenset(("stylesheet", "icon"))


def drawn(page: Fetched, site: str, host: str) -> str:
    """The page as HTML, its own addresses kept, and the widget of a site from this server's address in it."""
    writer = _Writer()
    writer.feed(page.text)
    writer.close()
    line = f'<script src="{escape(host)}/w/v1.js" data-site="{escape(site)}" async></script>'
    return f'<!doctype html><meta charset="utf-8">{line}<base href="{escape(page.url)}">{"".join(writer.parts)}'


def bare(page: Fetched) -> bool:
    """Whether next to nothing is left of it: a page that is drawn by its own scripts."""
    writer = _Writer()
    writer.feed(page.text)
    return writer.letters < 40


class _Writer(HTMLParser):
    """Writes what is drawn, and only that."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.letters = 0
        self._within: list[str] = []  # elements that are being left out
        self._styles = False

    def handle_starttag(self, tag: str, attrs: Attributes) -> None:
        """An element, with what may stand on it."""
        if not tag.replace("-", "").isalnum():
            return
        if tag in LEFT_OUT:
            if tag not in EMPTY:
                self._within.append(tag)
        elif not self._within and tag not in DROPPED and not (tag == "link" and not _wanted(attrs)):
            kept = "".join(f' {name}="{escape(value or "")}"' for name, value in attrs if _may(name, value or ""))
            self.parts.append(f"<{tag}{kept}>")
            self._styles = tag == "style"

    def handle_startendtag(self, tag: str, attrs: Attributes) -> None:
        """`<tag/>`: an end where one is meant, as in drawings."""
        if tag not in LEFT_OUT:
            self.handle_starttag(tag, attrs)
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        """The end of an element."""
        if self._within:
            if tag == self._within[-1]:
                self._within.pop()
        elif tag not in DROPPED | LEFT_OUT | {"link"} and tag.replace("-", "").isalnum():
            self.parts.append(f"</{tag}>")
            self._styles = False

    def handle_data(self, data: str) -> None:
        """Text; that of a style as it is."""
        if not self._within:
            self.parts.append(data.replace("<", "") if self._styles else escape(data, quote=False))
            self.letters += 0 if self._styles else len(data.strip())


def _may(name: str, value: str) -> bool:
    """Whether an attribute may stay: nothing that acts, and no address that is a script."""
    plain = "".join(value.split()).lower()
    fine = all(letter.isalnum() or letter in "-_:" for letter in name) and not name.startswith("on")
    return fine and name not in NOT_KEPT and not plain.startswith(("javascript:", "vbscript:", "data:text/html"))


def _wanted(attrs: Attributes) -> bool:
    return not LINKS.isdisjoint((dict(attrs).get("rel") or "").lower().split())
