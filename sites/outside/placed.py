"""Whether the widget's line is on somebody's page and may work there: what its server sends, read as a browser would.

Law of the room: it names what stops the widget and what to mend, and changes nothing. What only scripts put into a page
cannot be seen from here, and is said to be unseen and not to be missing.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Literal
from urllib.parse import parse_qs, urljoin, urlsplit

from sites.core.refusal import Refused
from sites.models import Site
from sites.outside import csp, reach

LARGEST, SECONDS, REDIRECTS = 2_000_000, 15.0, 3
FILE = "/w/v1.js"
SECOND = "/w/more.js"
"""What the first fetches when it is wanted."""
TRUSTED = "handrail"
"""The policy of Trusted Types under which the first file names the second (`chatbot/widget/src/load.js`)."""
LOCAL = ("localhost", "127.0.0.1", "::1")
Attributes = list[tuple[str, str | None]]
Send = Callable[..., reach.Reply]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: `fine`, it `stops` the widget, or `unseen`; with what to do, and with the origin
    that would have to be let in."""

    kind: Literal["fine", "stops", "unseen"]
    said: str
    mend: str = ""
    origin: str = ""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A page as its server sends it: where it came from in the end, its text, and the policies in its headers."""

    url: str
    text: str
    policies: Sequence[str]

    @property
    def origin(self) -> str:
        """As a browser names it: without the port that its scheme has anyway."""
        return origin_of(self.url)


class _Page(HTMLParser):
    """The scripts of a page, and the policies it sets itself."""

    def __init__(self) -> None:
        super().__init__()
        self.scripts: list[dict[str, str]] = []
        self.policies: list[str] = []

    def handle_starttag(self, tag: str, attrs: Attributes) -> None:
        """Keep what is asked for."""
        said = {name: value or "" for name, value in reversed(attrs)}
        if tag == "script":
            self.scripts.append(said)
        elif tag == "meta" and said.get("http-equiv", "").lower() == "content-security-policy":
            self.policies.append(said.get("content", ""))


def fetch(url: str, *, send: Send = reach.send) -> Fetched:
    """What the server sends for an address that somebody typed. Raises Refused, also where nothing usable came."""
    typed = url.strip()
    place = typed if "://" in typed else f"https://{typed}"
    try:
        reply = send("GET", place, headers={"Accept": "text/html"}, limit=LARGEST, seconds=SECONDS, redirects=REDIRECTS)
    except reach.Failed as why:
        raise Refused(str(why)) from None
    if reply.status != 200:
        raise Refused(f"{reply.url} answers {reply.status}. Use the address of a page that anybody can open.")
    kind = reply.headers.get("content-type", "text/html").partition(";")[0].strip().lower()
    if kind not in ("text/html", "application/xhtml+xml"):
        raise Refused(f"{reply.url} is {kind[:60]} and no page. Use the address of a page that shows the chat.")
    policies = [each for each in reply.headers.get("content-security-policy", "").split(",") if each.strip()]
    return Fetched(reply.url, reply.body.decode("utf-8", "replace"), policies)


def look(site: Site, page: Fetched, base: str) -> list[Finding]:
    """What a page does to the widget of a site whose server is at `base`, in the order in which a browser meets it."""
    read = _Page()
    read.feed(page.text)
    found = [*_line(site, page, base, read.scripts)]
    policies = [*page.policies, *read.policies]
    nonce = next((each.get("nonce", "") for each in read.scripts if _ours(each)), "")
    return [*found, *_reach(page, base), *_policy(page, base, policies, nonce), *_admitted(site, page, base)]


def origin_of(url: str) -> str:
    """An address's origin, as a browser sends it."""
    place = urlsplit(url)
    port = "" if place.port in (None, csp.DEFAULT_PORTS.get(place.scheme)) else f":{place.port}"
    host = place.hostname or ""
    return f"{place.scheme}://{f'[{host}]' if ':' in host else host}{port}"


# ── What is looked at ─────────────────────────────────────────────────────────────────────────────────────────


def _ours(script: dict[str, str]) -> bool:
    return urlsplit(script.get("src", "")).path.endswith(FILE)


def _line(site: Site, page: Fetched, base: str, scripts: Sequence[dict[str, str]]) -> Iterator[Finding]:
    """The line itself: there, from this server, for this site, and not held back."""
    script = next(filter(_ours, scripts), None)
    if script is None:
        if FILE in page.text:
            yield Finding("unseen", "A script of the page puts the line there; what it says cannot be seen from here.")
        else:
            yield Finding(
                "unseen",
                "The line is not in what the page's server sends.",
                "If a tag manager or a script puts it there, open the page once: this page says when it was seen. "
                "Otherwise put the line in, and empty the page's cache.",
            )
        return
    address = urljoin(page.url, script["src"])
    slug = script.get("data-site") or next(iter(parse_qs(urlsplit(address).query).get("site", [])), "")
    if origin_of(address) != base:
        yield Finding("stops", f"The line asks {origin_of(address)}, and this server is {base}.", "Copy the line anew.")
    if not slug:
        told = f"Some editors drop data-site: write the address as {base}{FILE}?site={site.slug}"
        yield Finding("stops", "The line names no site.", f"{told}.")
    elif slug != site.slug:
        yield Finding("stops", f"The line names the site “{slug}”.", f'This one is data-site="{site.slug}".')
    kind = script.get("type", "").strip().lower()
    if kind not in ("", "module", "text/javascript", "application/javascript"):
        told = "A consent tool holds it back until visitors agree: count it among what the page cannot do without"
        yield Finding(
            "stops", f'The line has type="{kind[:40]}", so browsers do not run it.', f"{told}, or leave type out."
        )
    elif slug == site.slug and origin_of(address) == base:
        yield Finding("fine", "The line is there, with this site's name.")


def _reach(page: Fetched, base: str) -> Iterator[Finding]:
    """Whether a browser on this page goes to this server at all."""
    here = urlsplit(base)
    if here.hostname in LOCAL and urlsplit(page.url).hostname not in LOCAL:
        told = "Give the server a name of its own and set HANDRAIL_BASE_URL to it."
        yield Finding("stops", f"{base} is reached from this machine alone, so customers get nothing.", told)
    elif page.url.startswith("https:") and here.scheme == "http":
        told = "Serve this server over https: and set HANDRAIL_BASE_URL to that address."
        yield Finding(
            "stops", f"Mixed content: the page is https: and {base} is not, so browsers do not load it.", told
        )


def _policy(page: Fetched, base: str, policies: Sequence[str], nonce: str) -> Iterator[Finding]:
    """What the page's own policy says to the script and to its connection."""
    socket = base.replace("http", "ws", 1)
    asked = (csp.stops(policies, csp.SCRIPT, base + each, page.url, nonce=nonce) for each in (FILE, SECOND))
    script = next(filter(None, asked), None)
    if script:
        told = 'Give the line the nonce that the page\'s other scripts have: nonce="…".' if script.named_only else ""
        yield _stopped("loading the script", script, told or f"Add {base} to script-src.")
    connect = csp.stops(policies, csp.CONNECT, f"{base}/", page.url)
    if wire := csp.stops(policies, csp.CONNECT, f"{socket}/ws/chat/", page.url) or connect:
        yield _stopped("the connection", wire, f"Add {base} and {socket} to connect-src.")
    if trust := None if script else csp.untrusted(policies, TRUSTED):
        yield _stopped("loading the script's second file", trust, f"Add {TRUSTED} to trusted-types.")
    if policies and not (script or wire or trust):
        yield Finding("fine", "The page's content security policy lets it load and speak.")


def _stopped(what: str, stop: csp.Stop, mend: str) -> Finding:
    return Finding("stops", f"The page's policy stops {what}: {stop.directive} {stop.sources[:300]}", mend)


def _admitted(site: Site, page: Fetched, base: str) -> Iterator[Finding]:
    """Whether the site lets a page of this origin open its chat."""
    let_in = {each.rstrip("/") for each in site.origins}
    if page.origin in let_in or page.origin == base:
        yield Finding("fine", f"{page.origin} may open the chat.")
        return
    there = ", ".join(sorted(let_in)) or "no page"
    said = f"{page.origin} is not among the pages where it may appear ({there})."
    yield Finding("stops", said, "If it is yours, let it in.", page.origin)
