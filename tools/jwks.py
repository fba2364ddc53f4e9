"""The public keys with which a company's sign-in signs: fetched from the one address the settings name, and kept.

Law of the room: a token names a key and never an address. What a key is for is told by the key, never by the token; an
unknown name makes us look again at most once a minute, and a list that cannot be fetched leaves the last one in force.
"""

import logging
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import jwt
from django.conf import settings

from sites.core import foreign
from sites.core.refusal import Refused
from sites.outside import addresses, reach

ALGORITHMS = {"RSA": "RS256", "OKP": "EdDSA"}
"""By the type of a key, the one algorithm it is used with."""
KEPT, AGAIN, OLDEST = 600.0, 60.0, 86_400.0
"""Seconds: a list is used unlooked at; between two looks; a list is used at all that cannot be renewed."""
LARGEST, SECONDS, MOST, BITS = 65_536, 3.0, 20, 2_048
"""Bytes of a list, seconds to fetch it, keys that are read of it, bits that an RSA key has at least."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Key:
    """A public key and the algorithm it verifies."""

    public: Any
    algorithm: str


@dataclass(slots=True)
class _Held:
    """What this process has of one site. Times are of time.monotonic."""

    keys: Mapping[str, Key] = field(default_factory=dict)
    fetched: float = float("-inf")
    tried: float = float("-inf")
    lock: threading.Lock = field(default_factory=threading.Lock)


_held: dict[str, _Held] = {}


def key(site: str, kid: str) -> Key | None:
    """The key of that name on a site's list; None where the list, looked at anew if need be, has none."""
    if site not in settings.HANDRAIL_IDENTITY_JWKS:
        return None
    held = _held.setdefault(site, _Held())
    now = time.monotonic()
    if now - held.fetched > KEPT or kid not in held.keys:
        _renew(site, held)
    return held.keys.get(kid) if time.monotonic() - held.fetched < OLDEST else None


def forget() -> None:
    """Forget every list (between tests)."""
    _held.clear()


def read(body: bytes) -> dict[str, Key]:
    """The keys of a list by their names; what is no public key to verify with is left out. Raises ValueError."""
    said = foreign.loads(body, most=LARGEST)
    listed = said.get("keys") if isinstance(said, dict) else None
    if not isinstance(listed, list):
        raise ValueError("no list of keys")
    found: dict[str, Key] = {}
    for each in listed[:MOST]:
        if (name := _name(each)) and name not in found and (made := _key(each)):
            found[name] = made
    return found


# ── Inside ────────────────────────────────────────────────────────────────────────────────────────────────────


def _renew(site: str, held: _Held) -> None:
    """Fetch the list, unless somebody does or did within the minute."""
    with held.lock:
        now = time.monotonic()
        if now - held.tried < AGAIN:
            return
        held.tried = now
        try:
            held.keys, held.fetched = _fetched(settings.HANDRAIL_IDENTITY_JWKS[site]), time.monotonic()
        except (Refused, reach.Failed, ValueError) as error:
            log.warning("The sign-in keys of %s could not be fetched: %s", site, str(error)[:300])


def _fetched(place: Mapping[str, Any]) -> dict[str, Key]:
    def refusal(address: str, port: int) -> str:
        return "" if addresses.within(address, place["private"], ()) else addresses.refusal(address, port)

    reply = reach.send("GET", place["url"], headers={"Accept": "application/json"}, limit=LARGEST, seconds=SECONDS,
                       refusal=refusal)  # fmt: skip
    if reply.status != 200:
        raise ValueError(f"status {reply.status}")
    return read(reply.body)


def _name(each: Any) -> str:
    kid = each.get("kid") if isinstance(each, dict) else None
    return kid if isinstance(kid, str) and 0 < len(kid) <= 200 else ""


def _key(each: Mapping[str, Any]) -> Key | None:
    kind = each.get("kty")
    algorithm = ALGORITHMS.get(kind) if isinstance(kind, str) else None
    if algorithm is None or each.get("alg", algorithm) != algorithm or each.get("use", "sig") != "sig" or "d" in each:
        return None
    if kind == "OKP" and each.get("crv") != "Ed25519":
        return None
    try:
        public = jwt.PyJWK.from_dict(dict(each), algorithm).key
    except (jwt.PyJWTError, ValueError, TypeError):
        return None
    return None if getattr(public, "key_size", BITS) < BITS else Key(public, algorithm)
