"""How Eve makes tokens: everything short of having the site's key."""

import base64
import hashlib
import hmac
import json
import random
import time
from collections.abc import Callable
from typing import Any

import jwt

KEY = "ada-and-fernway-share-this-secret-of-theirs"
OTHER = "another-site-has-a-key-of-its-own-to-sign-with"
RINGS = {"fernway": {"k1": KEY}, "otherway": {"k1": OTHER, "k2": OTHER + "2"}}
Claims = dict[str, Any]


def claims(**changes: Any) -> Claims:
    """Ada's claims on Fernway; a change to None takes one out."""
    now = int(time.time())
    whole = {"sub": "ada", "aud": "fernway", "iat": now, "exp": now + 600, **changes}
    return {k: v for k, v in whole.items() if v is not None}


def part(value: Any) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def token(header: Any, body: Any, key: str = KEY, digest: Any = hashlib.sha256) -> str:
    """A token put together by hand, so that any header and body can be signed."""
    signed = f"{part(header)}.{part(body)}"
    return f"{signed}.{part(hmac.new(key.encode(), signed.encode(), digest).digest())}"


def signed(header: Claims | None = None, key: str = KEY, **changes: Any) -> str:
    return token({"alg": "HS256", "typ": "JWT", "kid": "k1", **(header or {})}, claims(**changes), key)


def _cut(dice: random.Random) -> str:
    whole = signed()
    return whole[: dice.randrange(len(whole))]


def _edited(dice: random.Random) -> str:
    """Eve's own valid token with Ada's name written into the body."""
    head, _, mac = signed(sub="eve").split(".")
    return f"{head}.{part(claims(sub='ada'))}.{mac}"


def _flipped(dice: random.Random) -> str:
    whole = signed(sub="eve")
    place = dice.randrange(whole.rindex(".") - 1)
    return whole[:place] + chr(ord(whole[place]) ^ 1) + whole[place + 1 :]


def _unsigned(alg: str) -> str:
    return f"{part({'alg': alg, 'typ': 'JWT', 'kid': 'k1'})}.{part(claims())}."


FORGERIES: dict[str, Callable[[random.Random], str]] = {
    "signed with a guessed key": lambda d: signed(key=f"secret-{d.random()}" * 3),
    "signed with an empty key": lambda d: signed(key=""),
    "signed with the key's name": lambda d: signed(key="k1"),
    "signed with another site's key": lambda d: signed(key=OTHER),
    "another site's token": lambda d: signed(key=OTHER, aud="otherway"),
    "another site's second key by its name": lambda d: signed({"kid": "k2"}, key=OTHER + "2"),
    "alg none": lambda d: _unsigned("none"),
    "alg None": lambda d: _unsigned(d.choice(["None", "NONE", "nOnE", ""])),
    "alg none with a signature": lambda d: signed({"alg": "none"}),
    "alg HS512": lambda d: token({"alg": "HS512", "kid": "k1"}, claims(), digest=hashlib.sha512),
    "alg RS256 with the key as public key": lambda d: signed({"alg": "RS256"}),
    "no alg": lambda d: token({"kid": "k1"}, claims()),
    "alg a list": lambda d: signed({"alg": ["HS256"]}),
    "an unknown kid": lambda d: signed({"kid": f"k{d.randrange(2, 9)}"}),
    "kid a path": lambda d: signed({"kid": "../../dev/null"}, key=""),
    "kid a query": lambda d: signed({"kid": "k1' OR '1'='1"}),
    "kid a number": lambda d: signed({"kid": 1}),
    "kid a list": lambda d: signed({"kid": ["k1"]}),
    "kid an object": lambda d: signed({"kid": {"k1": 1}}),
    "its own key in the header": lambda d: signed({"jwk": {"kty": "oct", "k": part(b"eve")}}, key="eve"),
    "a key to fetch": lambda d: signed({"jku": "http://127.0.0.1:9/keys"}, key="eve"),
    "an unknown critical header": lambda d: signed({"crit": ["exp"], "exp": 1}),
    "a detached body": lambda d: signed({"b64": False, "crit": ["b64"]}),
    "expired": lambda d: signed(iat=int(time.time()) - 700, exp=int(time.time()) - 30),
    "long expired": lambda d: signed(iat=0, exp=600),
    "not yet valid": lambda d: signed(nbf=int(time.time()) + 300),
    "issued in the future": lambda d: signed(iat=int(time.time()) + 300, exp=int(time.time()) + 900),
    "valid for a year": lambda d: signed(exp=int(time.time()) + 31_536_000),
    "no exp": lambda d: signed(exp=None),
    "no iat": lambda d: signed(iat=None),
    "no sub": lambda d: signed(sub=None),
    "no aud": lambda d: signed(aud=None),
    "aud of another site": lambda d: signed(aud="otherway"),
    "aud a list with this site": lambda d: signed(aud=["otherway", "fernway"]),
    "aud in other letters": lambda d: signed(aud="Fernway"),
    "exp a text": lambda d: signed(exp=str(int(time.time()) + 600), iat=str(int(time.time()))),
    "exp true": lambda d: signed(exp=True),
    "exp null": lambda d: token({"alg": "HS256", "kid": "k1"}, {**claims(), "exp": None}),
    "exp endless": lambda d: token({"alg": "HS256", "kid": "k1"}, {**claims(), "exp": float("inf")}),
    "exp beyond counting": lambda d: signed(exp=10**400, iat=1.5),
    "exp not a number": lambda d: token({"alg": "HS256", "kid": "k1"}, {**claims(), "exp": float("nan")}),
    "sub empty": lambda d: signed(sub=""),
    "sub a blank": lambda d: signed(sub=" "),
    "sub a number": lambda d: signed(sub=7),
    "sub a list": lambda d: signed(sub=["ada"]),
    "sub with a line break": lambda d: signed(sub="ada\nben"),
    "sub with a control character": lambda d: signed(sub="ada\x00"),
    "sub in look-alike letters": lambda d: signed(sub="\u0430d\u0430"),
    "sub of endless length": lambda d: signed(sub="a" * 256),
    "a body that is a list": lambda d: token({"alg": "HS256", "kid": "k1"}, ["ada"]),
    "a header that is a list": lambda d: token(["HS256"], claims()),
    "a deeply nested header": lambda d: token(b'{"kid":' + b"[" * 1_400 + b"]" * 1_400 + b"}", claims()),
    "a deeply nested body": lambda d: token({"alg": "HS256", "kid": "k1"}, b"[" * 1_400 + b"]" * 1_400),
    "of endless length": lambda d: signed(name="A" * 100_000),
    "with Ada's name written in": _edited,
    "with one letter changed": _flipped,
    "cut off": _cut,
    "four parts": lambda d: signed() + ".x",
    "not a token": lambda d: d.choice(["", ".", "..", "...", "ada", "null", "\x00", "é.é.é", "\ud800"]),
    "random letters": lambda d: "".join(chr(d.randrange(33, 0x2FF)) for _ in range(d.randrange(400))),
}


def real(sub: str, **changes: Any) -> str:
    """What the site itself signs for a customer."""
    return jwt.encode(claims(sub=sub, **changes), KEY, "HS256", headers={"kid": "k1"})
