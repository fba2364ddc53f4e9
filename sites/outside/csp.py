"""What a page's content security policy lets the widget do: read as browsers read it, as far as the widget needs.

Law of the room: where browsers differ, the stricter reading counts; it is better to name a source that one of them
would have let through than to be silent about one that another stops.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

DEFAULT_PORTS = {"http": 80, "ws": 80, "https": 443, "wss": 443}
STRONGER = {"http": {"https"}, "ws": {"wss", "http", "https"}, "wss": {"https"}}
"""Which schemes of an address a source with this scheme lets through besides its own."""
SCRIPT = ("script-src-elem", "script-src", "default-src")
CONNECT = ("connect-src", "default-src")
_SOURCE = re.compile(r"(?:([a-z][a-z0-9+.-]*)://)?(\*|[^/:*]+|\*\.[^/:]+)(?::(\d+|\*))?(/.*)?", re.IGNORECASE)
_NAMED = ("'nonce-", "'sha256-", "'sha384-", "'sha512-")


@dataclass(frozen=True, slots=True)
class Stop:
    """A directive that stops something: its name, all it says, and whether it trusts by nonce or hash alone."""

    directive: str
    sources: str
    named_only: bool = False


def directives(policy: str) -> dict[str, list[str]]:
    """A policy by its directives; of one that stands twice the first counts."""
    found: dict[str, list[str]] = {}
    for part in policy.split(";"):
        name, *sources = part.split() or [""]
        if name:
            found.setdefault(name.lower(), sources)
    return found


def stops(policies: Sequence[str], kinds: Sequence[str], url: str, page: str, *, nonce: str = "") -> Stop | None:
    """The first directive among policies that all count which does not let a page do this with an address.

    `kinds` are the directives in question, the most exact one first; `nonce` is that of the element that asks.
    """
    for policy in policies:
        found: Mapping[str, list[str]] = directives(policy)
        name = next((kind for kind in kinds if kind in found), None)
        if name is None:
            continue
        sources = found[name]
        if nonce and f"'nonce-{nonce}'" in sources:
            continue
        strict = kinds is SCRIPT and "'strict-dynamic'" in [each.lower() for each in sources]
        if strict or not any(_lets(source, urlsplit(url), urlsplit(page)) for source in sources):
            named = strict or any(each.lower().startswith(_NAMED) for each in sources)
            return Stop(name, " ".join(sources) or "'none'", named and kinds is SCRIPT)
    return None


def untrusted(policies: Sequence[str], name: str) -> Stop | None:
    """The directive that stops a script from loading another on a page that demands Trusted Types, under a policy of
    this name; None where nothing is demanded, or every directive lets it."""
    found = [directives(policy) for policy in policies]
    if not any("'script'" in each.get("require-trusted-types-for", ()) for each in found):
        return None
    named = (each["trusted-types"] for each in found if "trusted-types" in each)
    sources = next((each for each in named if not {name, "*"} & set(each)), None)
    return None if sources is None else Stop("trusted-types", " ".join(sources))


def _lets(source: str, url: SplitResult, page: SplitResult) -> bool:
    """Whether one source of a directive matches an address."""
    if source == "*":
        return True
    if source.lower() == "'self'":
        same = (url.hostname, _port(url)) == (page.hostname, _port(page))
        return same and (url.scheme == page.scheme or url.scheme in ("https", "wss"))
    if re.fullmatch(r"[a-z][a-z0-9+.-]*:", source, re.IGNORECASE):
        return _scheme(source[:-1].lower(), url.scheme)
    match = None if source.startswith("'") else _SOURCE.fullmatch(source)
    if match is None:
        return False
    scheme, host, port, path = match.groups()
    return (
        _scheme(scheme.lower() if scheme else page.scheme, url.scheme)
        and _host(host.lower(), url.hostname or "")
        and (port == "*" or (int(port) == _port(url) if port else _port(url) == DEFAULT_PORTS[url.scheme]))
        and (not path or (url.path.startswith(path) if path.endswith("/") else url.path == path))
    )


def _scheme(wanted: str, has: str) -> bool:
    return has == wanted or has in STRONGER.get(wanted, set())


def _host(wanted: str, has: str) -> bool:
    return wanted in ("*", has) or (wanted.startswith("*.") and has.endswith(wanted[1:]))


def _port(url: SplitResult) -> int:
    return url.port or DEFAULT_PORTS.get(url.scheme, 0)
