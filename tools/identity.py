"""Who the customer is: only signed claims are trusted, and only while they last.

HS256 JWT with `sub`, `aud` (the site's slug, alone), `iat`, `exp` at most an hour later. The key is the one
that `kid` names in the site's own ring, so no site signs for another; a token's header decides nothing else.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import jwt
from django.conf import settings
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from sites.core import foreign

LONGEST = 3600
"""Seconds a sign-in may last."""
LEEWAY = 5
"""Seconds the clocks of the site and of this server may differ."""
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
        key = _key(token, settings.HANDRAIL_IDENTITY_KEYS.get(site, {}))
        signed = jwt.decode(token, key, ["HS256"], audience=site, leeway=LEEWAY, options={"strict_aud": True})
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


def _key(token: str, ring: Mapping[str, str]) -> str:
    """The key a token names; it may name none while the site has one key only. Raises BadIdentity."""
    kid = jwt.get_unverified_header(token).get("kid")
    if kid is None and len(ring) == 1:
        return next(iter(ring.values()))
    if not isinstance(kid, str) or kid not in ring:
        raise BadIdentity("No identity key of this name is set up for this site.")
    return ring[kid]


def _audiences(value: Any) -> frozenset[str]:
    names = value[:20] if isinstance(value, list) else []
    return frozenset(n for n in names if isinstance(n, str) and 0 < len(n) <= 60 and n != "internal")


def _line(value: Any) -> str:
    return " ".join(value.split())[:200] if isinstance(value, str) else ""
