"""A small sign-in provider on loopback: discovery, published keys, the code flow with PKCE, signed id tokens, userinfo.

It does what the specification asks of it, so that what is tested is our side; `lies` make it break one thing.
"""

import base64
import hashlib
import json
import secrets
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

CLIENT, SECRET, KID = "handrail", "a-secret-of-the-client", "key-1"


def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@dataclass
class Provider:
    """People by name, each with their claims; whoever is asked for a sign-in chooses one of them on a page."""

    people: dict[str, dict[str, Any]]
    key: rsa.RSAPrivateKey = field(default_factory=key)
    lies: dict[str, Any] = field(default_factory=dict)
    codes: dict[str, dict[str, Any]] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)

    def __enter__(self) -> "Provider":
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler(self))
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def configuration(self) -> dict[str, Any]:
        places = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys"}
        return {
            "issuer": self.url,
            "userinfo_endpoint": f"{self.url}/userinfo",
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
            "code_challenge_methods_supported": ["S256"],
            **{name: f"{self.url}/{place}" for name, place in places.items()},
        }

    def keys(self) -> dict[str, Any]:
        public = json.loads(RSAAlgorithm.to_jwk(self.key.public_key()))
        return {"keys": [{**public, "kid": KID, "alg": "RS256", "use": "sig"}]}

    def choose(self, query: dict[str, str], name: str) -> str:
        """Somebody said who they are: where they are sent back to."""
        code = secrets.token_urlsafe(16)
        self.codes[code] = {**query, "name": name}
        return f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}"

    def token(self, form: dict[str, str]) -> dict[str, Any] | None:
        """What a code is exchanged for; None for a wrong code, secret, verifier or address."""
        asked = self.codes.pop(form.get("code", ""), None)
        made = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest()).rstrip(b"=")
        if asked is None or (form.get("client_id"), form.get("client_secret")) != (CLIENT, SECRET):
            return None
        if asked.get("code_challenge") != made.decode() or asked["redirect_uri"] != form.get("redirect_uri"):
            return None
        access, now = secrets.token_urlsafe(16), int(time.time())
        self.tokens[access] = asked["name"]
        claims = {"iss": self.url, "aud": CLIENT, "iat": now, "exp": now + 300, **self.claims(asked["name"])}
        signed = jwt.encode(
            {**claims, **self.lies.get("id_token", {})}, self.lies.get("key", self.key), "RS256", headers={"kid": KID}
        )
        return {"access_token": access, "token_type": "Bearer", "expires_in": 300, "id_token": signed}

    def claims(self, name: str) -> dict[str, Any]:
        return {"sub": f"id-of-{name}", "name": name.title(), **self.people[name]}


def handler(provider: Provider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

        def say(self, what: Any, status: int = 200) -> None:
            body = what.encode() if isinstance(what, str) else json.dumps(what).encode()
            kind = "text/html; charset=utf-8" if isinstance(what, str) else "application/json"
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self) -> None:
            path, query = urlsplit(self.path).path, {k: v[0] for k, v in parse_qs(urlsplit(self.path).query).items()}
            if path == "/.well-known/openid-configuration":
                self.say(provider.configuration())
            elif path == "/keys":
                self.say(provider.keys())
            elif path == "/authorize":
                links = {name: provider.choose(query, name) for name in provider.people}
                said = "".join(
                    f'<p><a href="{url.replace("&", "&amp;")}">{name}</a></p>' for name, url in links.items()
                )
                self.say(f"<!doctype html><title>Example ID</title><h1>Who are you?</h1>{said}")
            elif path == "/userinfo":
                name = provider.tokens[self.headers["Authorization"].removeprefix("Bearer ")]
                self.say({**provider.claims(name), **provider.lies.get("userinfo", {})})
            else:
                self.say({}, 404)

        def do_POST(self) -> None:
            sent = self.rfile.read(int(self.headers["Content-Length"])).decode()
            found = provider.token({k: v[0] for k, v in parse_qs(sent).items()})
            self.say(found or {"error": "invalid_grant"}, 200 if found else 400)

    return Handler
