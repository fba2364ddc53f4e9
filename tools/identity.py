"""Who the customer is: only signed claims are trusted, and only while they last.

A JWT with `sub`, `aud` (the site's slug, alone), `iat`, `exp` at most an hour later. HS256: the key is the one that
`kid` names in the site's own ring; EdDSA and RS256: the one on the site's own list (`tools/jwks.py`), so no site signs
for another. A token's header decides nothing else: a secret verifies HS256 alone, a public key its own algorithm alone.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import jwt
from django.conf import settings
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from sites.core import foreign
from tools import jwks

LONGEST = 3600
"""Seconds a sign-in may last."""
LEEWAY = 5
"""Seconds the clocks of the site and of this server may differ."""
SHARED = "HS256"
"""The algorithm of the secrets that a site shares with us."""
LARGEST = 8_192
"""Characters of a token; a longer one is not looked at."""


Seconds = Annotated[float, Field(ge=0, le=1e12)]


class BadIdentity(Exception):
    """The token cannot be trusted; the text says why without repeating any of it."""


@dataclass(frozen=True, slots=True)
class Identity:
    """A verified customer of one site; `expires` in seconds since 1970."""

    sub: str
    expires: int
    name: str = ""
    email: str = ""
    audiences: frozenset[str] = frozenset()
    auth_time: int = 0  # when the customer typed a password or the like, in seconds since 1970; 0: not told
    proof: str = ""  # with what it was signed: algorithm and name of the key

    def fresh(self, minutes: int) -> bool:
        """Whether the customer signed in within so many minutes, as far as is told."""
        return self.auth_time > 0 and time.time() - self.auth_time <= minutes * 60

    @property
    def expired(self) -> bool:
        """Whether the sign-in is over: an expired identity counts as none."""
        return self.expires <= time.time()

    def claims(self) -> dict[str, Any]:
        """The claims as they are stored with the conversation."""
        return {
            "sub": self.sub,
            "exp": self.expires,
            "name": self.name,
            "email": self.email,
            "audiences": sorted(self.audiences),
            **({"auth_time": self.auth_time} if self.auth_time else {}),
            **({"proof": self.proof} if self.proof else {}),
        }


class _Claims(BaseModel):
    """The claims' exact types: PyJWT checks signature, audience and time, but is lenient about these."""

    model_config = ConfigDict(strict=True, allow_inf_nan=False)

    sub: Annotated[str, StringConstraints(pattern=r"^[!-~](?:[ -~]{0,253}[!-~])?$")]
    iat: Seconds
    exp: Seconds


def verify(token: str, site: str) -> Identity:
    """The identity a token proves on this site. Raises BadIdentity."""
    if len(token) > LARGEST:
        raise BadIdentity("The sign-in is too long.")
    try:
        key, algorithm, proof = _key(token, site)
        signed = jwt.decode(token, key, [algorithm], audience=site, leeway=LEEWAY, options={"strict_aud": True})
        claims = foreign.clean(signed)
        exact = _Claims.model_validate(claims)
    except jwt.ExpiredSignatureError:
        raise BadIdentity("The sign-in has expired. Sign in again.") from None
    except (jwt.PyJWTError, ValueError):
        raise BadIdentity("The sign-in could not be verified.") from None
    if exact.exp - exact.iat > LONGEST:
        raise BadIdentity("The sign-in lasts longer than an hour; shorter ones only are accepted.")
    return Identity(
        sub=exact.sub,
        expires=int(exact.exp),
        name=_line(claims.get("name")),
        email=_line(claims.get("email")),
        audiences=_audiences(claims.get("audiences")),
        auth_time=_past(claims.get("auth_time")),
        proof=proof,
    )


def remembered(claims: Mapping[str, Any]) -> Identity | None:
    """The identity a conversation was verified with, while it has not expired."""
    if not claims:
        return None
    identity = Identity(
        sub=claims["sub"],
        expires=claims["exp"],
        name=claims.get("name", ""),
        email=claims.get("email", ""),
        audiences=frozenset(claims.get("audiences", ())),
        auth_time=claims.get("auth_time", 0),
        proof=claims.get("proof", ""),
    )
    return None if identity.expired else identity


def sign(site: str, sub: str, *, seconds: int = LONGEST, **claims: Any) -> str:
    """A token signed with the site's first key: for demo, tests and `token`. Raises BadIdentity."""
    ring = settings.HANDRAIL_IDENTITY_KEYS.get(site)
    if not ring:
        raise BadIdentity(f"No identity key is set up for {site}: name one in HANDRAIL_IDENTITY_KEYS.")
    kid, key = next(iter(ring.items()))
    now = int(time.time())
    body = {"sub": sub, "aud": site, "iat": now, "exp": now + seconds, **claims}
    return jwt.encode(body, key, "HS256", headers={"kid": kid})


def _key(token: str, site: str) -> tuple[Any, str, str]:
    """The key a token names, the one algorithm it is for, and both in words. Raises BadIdentity.

    It may name none while the site has one secret only.
    """
    ring: Mapping[str, str] = settings.HANDRAIL_IDENTITY_KEYS.get(site, {})
    header = jwt.get_unverified_header(token)
    kid = header.get("kid")
    if header.get("alg") == SHARED:
        if kid is None and len(ring) == 1:
            kid = next(iter(ring))
        if isinstance(kid, str) and kid in ring:
            return ring[kid], SHARED, f"{SHARED}, key {kid[:60]}"
    elif isinstance(kid, str) and (found := jwks.key(site, kid)) is not None:
        return found.public, found.algorithm, f"{found.algorithm}, key {kid[:60]}"
    raise BadIdentity("No identity key of this name is set up for this site.")


def _past(value: Any) -> int:
    """Seconds since 1970 that are not to come; 0 for anything else."""
    return int(value) if type(value) in (int, float) and 0 < value <= time.time() + LEEWAY else 0


def _audiences(value: Any) -> frozenset[str]:
    names = value[:20] if isinstance(value, list) else []
    return frozenset(n for n in names if isinstance(n, str) and 0 < len(n) <= 60 and n != "internal")


def _line(value: Any) -> str:
    return " ".join(value.split())[:200] if isinstance(value, str) else ""
