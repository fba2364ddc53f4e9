"""The one request of a tool: built from bound arguments, sent through the door to the outside, broken off in time.

Law of the room: an argument is a value and never a piece of an address. A secret goes to its connection and nowhere
else; a redirect is not followed. A system that keeps failing is left alone.
"""

import base64
import functools
import hashlib
import hmac
import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from sites.core import foreign
from sites.core.breaker import Breaker
from sites.core.refusal import Refused
from sites.outside import addresses, reach
from tools.connection import Connection, variable
from tools.declaration import Tool
from tools.outbound import LARGEST, Failed, How

PATIENCE, REST = 3, 20.0
"""After so many failures in a row a connection is left alone, for so many seconds."""
EARLY = 30.0
"""Seconds before its end that a token of OAuth2 is fetched anew."""
BUSY = 429


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: where it goes, what it says, and the key that makes a repeat of it harmless."""

    method: str
    url: str
    body: bytes = b""
    key: str = ""


def request(tool: Tool, connection: Connection, bound: Mapping[str, Any], key: str = "") -> Asked:
    """The request of a tool for these arguments. Raises Failed for what cannot stand in an address."""
    said = tool.request
    path = re.sub(r"\{(\w+)\}", lambda mark: _segment(bound[mark[1]]), said.path)
    query = urlencode({name: _filled(text, bound) for name, text in said.query.items()})
    body = json.dumps({name: _whole(text, bound) for name, text in said.body.items()}).encode() if said.body else b""
    return Asked(said.method, f"{connection.base}{path}{'?' if query else ''}{query}", body, key)


def send(site: str, connection: Connection, asked: Asked, seconds: float) -> reach.Reply:
    """What the system answers. Raises Failed, whatever went wrong; the words repeat nothing that was sent or came."""
    if seconds <= 0:
        raise Failed("no time left", How.NO_TIME)
    breaker = breaker_of(site, connection.name)
    if not breaker.admits():
        raise Failed("left alone after repeated failures", How.LEFT_ALONE)
    until = time.monotonic() + seconds
    try:
        reply = _reached(connection, asked, {**_plain(asked), **_proof(site, connection, asked, until)}, until)
    except Failed:
        breaker.fail()
        raise
    if reply.status >= 500 or reply.status == BUSY:
        breaker.fail()
    else:
        breaker.reset()
    if reply.status == 401:
        _tokens.pop((site, connection.name), None)
    return reply


@functools.cache
def breaker_of(site: str, connection: str) -> Breaker:
    """What this process knows of a connection of a site."""
    return Breaker(PATIENCE, REST)


def forget() -> None:
    """Forget failures and tokens (between tests)."""
    breaker_of.cache_clear()
    _tokens.clear()


# ── Inside ────────────────────────────────────────────────────────────────────────────────────────────────────


def _segment(value: Any) -> str:
    """A value as one step of a path, whatever is in it."""
    text = str(value)
    if text in ("", ".", ".."):
        raise Failed("an argument that is no step of a path")
    return quote(text, safe="")


def _filled(text: str, bound: Mapping[str, Any]) -> str:
    return re.sub(r"\{(\w+)\}", lambda mark: str(bound[mark[1]]), text)


def _whole(text: str, bound: Mapping[str, Any]) -> Any:
    """A value of the body: of its own type where an argument is all of it."""
    alone = re.fullmatch(r"\{(\w+)\}", text)
    return bound[alone[1]] if alone else _filled(text, bound)


def _plain(asked: Asked) -> dict[str, str]:
    headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
    headers |= {"Content-Type": "application/json"} if asked.body else {}
    return headers | ({"Idempotency-Key": asked.key} if asked.key else {})


def _reached(connection: Connection, asked: Asked, headers: Mapping[str, str], until: float) -> reach.Reply:
    def refusal(address: str, port: int) -> str:
        return "" if connection.inside(address) else addresses.refusal(address, port)

    seconds = until - time.monotonic()
    try:
        return reach.send(
            asked.method, asked.url, headers=headers, body=asked.body, limit=LARGEST, seconds=seconds, refusal=refusal
        )
    except reach.TooLarge:
        raise Failed("a reply that is too large", How.CONNECTION) from None
    except Refused:
        raise Failed("an address or a reply that is refused", How.CONNECTION) from None
    except reach.Failed:
        late = time.monotonic() >= until - 0.01
        raise Failed("no whole reply in time", How.TIMEOUT if late else How.CONNECTION) from None


def _proof(site: str, connection: Connection, asked: Asked, until: float) -> dict[str, str]:
    """The headers that say who asks."""
    auth = connection.auth
    if auth is None:
        return {}
    secret = variable(auth.secret)
    match auth.kind:
        case "bearer":
            return {"Authorization": f"Bearer {secret}"}
        case "basic":
            return {"Authorization": _basic(auth.user, secret)}
        case "header":
            return {auth.header: secret}
        case "oauth2":
            return {"Authorization": f"Bearer {_token(site, connection, secret, until)}"}
    return {auth.header: _signature(asked, secret)}


def _basic(user: str, secret: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{secret}".encode()).decode()


def _signature(asked: Asked, secret: str) -> str:
    """`t=SECONDS,v1=HEX`: HMAC-SHA256 of time, method, path with query, and body, a line each."""
    place, now = urlsplit(asked.url), str(int(time.time()))
    target = f"{place.path}?{place.query}" if place.query else place.path
    signed = b"\n".join([now.encode(), asked.method.encode(), target.encode(), asked.body])
    return f"t={now},v1={hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()}"


_tokens: dict[tuple[str, str], tuple[str, float]] = {}


def _token(site: str, connection: Connection, secret: str, until: float) -> str:
    """A token of OAuth2 client credentials, fetched when there is none that lasts. Raises Failed."""
    auth, key = connection.auth, (site, connection.name)
    assert auth is not None
    token, ends = _tokens.get(key, ("", 0.0))
    if ends > time.monotonic():
        return token
    form = {"grant_type": "client_credentials"} | ({"scope": auth.scope} if auth.scope else {})
    asked = Asked("POST", variable(auth.token_url[1:]) if auth.token_url.startswith("$") else auth.token_url,
                  urlencode(form).encode())  # fmt: skip
    headers = {
        "Authorization": _basic(auth.client, secret),
        "Content-Type": "application/x-www-form-urlencoded",
        "Accept": "application/json",
    }
    reply = _reached(connection, asked, headers, until)
    try:
        said = foreign.loads(reply.body, most=LARGEST)
        token, lasts = said["access_token"], float(said.get("expires_in", 60))
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Failed("a sign-in at the connection that gave no token", How.MALFORMED) from None
    if reply.status != 200 or not isinstance(token, str) or not re.fullmatch(r"[!-~]{1,4000}", token):
        raise Failed("a sign-in at the connection that was refused", How.REFUSED)
    _tokens[key] = (token, time.monotonic() + max(lasts - EARLY, 0.0))
    return token
