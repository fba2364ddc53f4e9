"""A company signs with keys of its own: public ones from one address, several at once, and never one a token chose."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from config.environment import Env, key_lists
from tests.chatbot.forgery import claims, part, token
from tools import identity, jwks

ED, NEXT, EVES = (Ed25519PrivateKey.generate() for _ in range(3))
RSA = rsa.generate_private_key(65537, 2048)
SHORT = rsa.generate_private_key(65537, 1024)


def public(key: Any, kid: str, **more: Any) -> dict[str, Any]:
    kind: Any = {"RS": jwt.algorithms.RSAAlgorithm, "Ed": jwt.algorithms.OKPAlgorithm, "EC": jwt.algorithms.ECAlgorithm}
    made = kind[
        "EC" if isinstance(key, ec.EllipticCurvePrivateKey) else "RS" if isinstance(key, rsa.RSAPrivateKey) else "Ed"
    ]
    return {**json.loads(made.to_jwk(key.public_key())), "kid": kid, **more}


class Login(ThreadingHTTPServer):
    """A company's sign-in: the list of its keys, and how often it was asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.keys: list[Any] = [public(ED, "ed"), public(RSA, "rsa")]
        self.asked, self.status = 0, 200
        Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/jwks"


class _Handler(BaseHTTPRequestHandler):
    server: Login

    def do_GET(self) -> None:
        self.server.asked += 1
        body = json.dumps({"keys": self.server.keys}).encode()
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Location", self.server.url)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture
def login(settings: Any) -> Iterator[Login]:
    server = Login()
    settings.HANDRAIL_IDENTITY_KEYS = {}
    settings.HANDRAIL_IDENTITY_JWKS = {"fernway": {"url": server.url, "private": ["127.0.0.1/32"]}}
    jwks.forget()
    yield server
    jwks.forget()
    server.shutdown()
    server.server_close()


def made(key: Any = ED, kid: str | None = "ed", alg: str = "EdDSA", header: Any = None, **changes: Any) -> str:
    said = {**({"kid": kid} if kid else {}), **(header or {})}
    return jwt.encode(claims(**changes), key, alg, headers=said)


def later(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    real = time.monotonic()
    monkeypatch.setattr(jwks.time, "monotonic", lambda: real + seconds)


def refused(signed: str, site: str = "fernway") -> bool:
    with pytest.raises(identity.BadIdentity):
        identity.verify(signed, site)
    return True


def test_both_kinds_are_taken_and_the_list_is_fetched_once(login: Login) -> None:
    ada = identity.verify(made(auth_time=int(time.time()) - 60), "fernway")
    assert (ada.sub, ada.proof) == ("ada", "EdDSA, key ed")
    assert identity.verify(made(RSA, "rsa", "RS256"), "fernway").proof == "RS256, key rsa"
    assert ada.fresh(2)
    assert not ada.fresh(1 // 2)
    assert not identity.verify(made(), "fernway").fresh(1_000)
    assert login.asked == 1


def test_two_keys_are_valid_at_once_and_one_that_is_taken_off_the_list_ends(
    login: Login, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The drill of `docs/identity.md`: publish, sign with the new one, take the old one off."""
    identity.verify(made(), "fernway")
    login.keys.append(public(NEXT, "next"))
    assert refused(made(NEXT, "next")), "within the minute nobody looks again"
    later(monkeypatch, jwks.AGAIN + 1)
    assert identity.verify(made(NEXT, "next"), "fernway").sub == "ada"
    assert identity.verify(made(), "fernway").sub == "ada"
    login.keys.pop(0)
    later(monkeypatch, jwks.AGAIN + jwks.KEPT + 2)
    assert identity.verify(made(NEXT, "next"), "fernway").sub == "ada"
    assert refused(made())


def test_two_secrets_are_valid_at_once_too(settings: Any) -> None:
    old, new = "an old secret of more than thirty-two", "a new secret of more than thirty-two"
    settings.HANDRAIL_IDENTITY_KEYS = {"fernway": {"new": new, "old": old}}
    by_name = {name: token({"alg": "HS256", "kid": name}, claims(), key) for name, key in (("old", old), ("new", new))}
    assert {identity.verify(each, "fernway").proof for each in by_name.values()} == {
        "HS256, key old",
        "HS256, key new",
    }
    settings.HANDRAIL_IDENTITY_KEYS = {"fernway": {"new": new}}
    assert refused(by_name["old"])


def test_unknown_names_make_us_look_again_once_a_minute_however_many_come(
    login: Login, monkeypatch: pytest.MonkeyPatch
) -> None:
    identity.verify(made(), "fernway")
    for n in range(50):
        assert refused(made(EVES, f"eve-{n}"))
    assert login.asked == 1
    later(monkeypatch, jwks.AGAIN + 1)
    for n in range(50):
        assert refused(made(EVES, f"eve-{n}"))
    assert login.asked == 2


def test_a_list_that_is_away_leaves_the_last_one_in_force_for_a_day(
    login: Login, monkeypatch: pytest.MonkeyPatch
) -> None:
    identity.verify(made(), "fernway")
    login.status = 503
    later(monkeypatch, jwks.OLDEST - 60)
    assert identity.verify(made(), "fernway").sub == "ada"
    later(monkeypatch, jwks.OLDEST + 60)
    assert refused(made())


@pytest.mark.parametrize("status", [302, 404, 500])
def test_only_the_list_at_that_very_address_counts(login: Login, status: int) -> None:
    login.status = status
    assert refused(made())
    assert login.asked == 1


def _as_secret(key: bytes, header: dict[str, Any]) -> str:
    signed = f"{part(header)}.{part(claims())}"
    return f"{signed}.{part(hmac.new(key, signed.encode(), hashlib.sha256).digest())}"


def _pem(key: Any) -> bytes:
    return bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))


RAW = ED.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
CONFUSED = {
    "HS256 with the public RSA key as the secret": lambda: _as_secret(_pem(RSA), {"alg": "HS256", "kid": "rsa"}),
    "HS256 with the public Ed25519 key as the secret": lambda: _as_secret(RAW, {"alg": "HS256", "kid": "ed"}),
    "HS256 with its letters as the secret": lambda: _as_secret(
        base64.urlsafe_b64encode(RAW), {"alg": "HS256", "kid": "ed"}
    ),
    "HS256 without a name": lambda: _as_secret(RAW, {"alg": "HS256"}),
    "RS256 by the name of the other kind": lambda: made(RSA, "ed", "RS256"),
    "EdDSA by the name of the other kind": lambda: made(ED, "rsa"),
    "RS512": lambda: made(RSA, "rsa", "RS512"),
    "PS256": lambda: made(RSA, "rsa", "PS256"),
    "none": lambda: f"{part({'alg': 'none', 'kid': 'ed'})}.{part(claims())}.",
    "no name": lambda: made(kid=None),
    "a name that is a list": lambda: f"{part({'alg': 'EdDSA', 'kid': ['ed']})}.{part(claims())}.AA",
    "Eve's key by the right name": lambda: made(EVES),
    "Eve's key in the header": lambda: made(EVES, header={"jwk": public(EVES, "ed")}),
    "Eve's address in the header": lambda: made(EVES, header={"jku": "http://127.0.0.1:9/jwks"}),
    "Eve's certificates in the header": lambda: made(EVES, header={"x5u": "http://127.0.0.1:9/x", "x5c": ["AA=="]}),
    "for another site": lambda: made(aud="otherway"),
}


@pytest.mark.parametrize("how", CONFUSED)
def test_a_token_decides_neither_its_key_nor_its_algorithm(login: Login, how: str) -> None:
    assert refused(CONFUSED[how]())
    assert login.asked <= 1


def test_no_site_signs_for_another(login: Login, settings: Any) -> None:
    assert refused(made(aud="otherway"), "otherway")
    settings.HANDRAIL_IDENTITY_JWKS = {**settings.HANDRAIL_IDENTITY_JWKS, "otherway": {"url": login.url, "private": []}}
    assert refused(made(aud="otherway"), "otherway"), "an address inside is asked only where that is allowed"


def test_what_is_no_public_key_to_verify_with_is_left_out() -> None:
    curve = ec.generate_private_key(ec.SECP256R1())
    private = json.loads(jwt.algorithms.OKPAlgorithm.to_jwk(ED))
    listed = [
        public(SHORT, "short"), public(curve, "curve"), public(ED, "enc", use="enc"), public(RSA, "other", alg="RS512"),
        {**private, "kid": "private"}, {"kty": "oct", "k": "AAAA", "kid": "secret"}, {"kty": "RSA", "kid": "half"},
        {"kty": ["RSA"], "kid": "x"}, None, "x", public(ED, ""), public(ED, "good"), public(EVES, "good"),
    ]  # fmt: skip
    found = jwks.read(json.dumps({"keys": listed}).encode())
    assert list(found) == ["good"]
    assert found["good"].public.public_bytes(Encoding.Raw, PublicFormat.Raw) == RAW
    for body in (b"[]", b"{}", b'{"keys": 1}', b"x", b'{"keys": []}' + b" " * jwks.LARGEST):
        with pytest.raises(ValueError, match=r".+"):
            jwks.read(body)


@pytest.mark.parametrize("wrong", ["x", "[]", '{"a": "http://a.example/k"}', '{"a": {"private": []}}', '{"a": 1}'])
def test_a_setting_that_is_none_stops_the_start(monkeypatch: pytest.MonkeyPatch, wrong: str) -> None:
    monkeypatch.setenv("HANDRAIL_IDENTITY_JWKS", wrong)
    with pytest.raises(Exception, match="HANDRAIL_IDENTITY_JWKS must be JSON"):
        key_lists(Env())
