"""What the docs tell a company to run makes tokens that are taken: Django's in this process, Express' in node."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.contrib.auth.models import AnonymousUser
from django.test import RequestFactory
from django.utils import timezone

from tests.chatbot.forgery import KEY
from tools import identity, jwks

PAGE = (Path(__file__).parents[2] / "docs" / "identity.md").read_text()


def snippet(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", PAGE, re.S)
    assert found
    return found[1]


def test_djangos_is_taken(settings: Any) -> None:
    settings.HANDRAIL_IDENTITY_KEYS = {"shop": {"k1": KEY}}
    settings.HANDRAIL_KEY, settings.HANDRAIL_KID = KEY, "k1"
    ran: dict[str, Any] = {}
    exec(compile(snippet("python"), "identity.md", "exec"), ran)
    request: Any = RequestFactory().get("/handrail-token")
    request.user = SimpleNamespace(
        pk=7, is_authenticated=True, last_login=timezone.now(), get_full_name=lambda: "Ada Byron"
    )
    found = identity.verify(json.loads(ran["token"](request).content)["token"], "shop")
    assert (found.sub, found.name, found.proof) == ("7", "Ada Byron", "HS256, key k1")
    assert found.fresh(1)
    request.user = AnonymousUser()
    assert ran["token"](request).status_code == 302


@pytest.mark.skipif(not shutil.which("node"), reason="node is not here")
def test_expresses_is_taken(settings: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    (tmp_path / "token.js").write_text(snippet("js"))
    asks = """
      const { token } = require("./token.js");
      const json = function (said) { console.log(this.code || 200, said.token || ""); };
      const res = { set() { return this; }, status(n) { this.code = n; return this; }, json };
      const key = require("node:crypto").createPrivateKey(require("node:fs").readFileSync(0, "utf8"));
      token(key, "ed")({ user: { id: 7, signedInAt: Math.floor(Date.now() / 1000) - 30 } }, { ...res });
      token(key, "ed")({}, { ...res });
    """
    said = subprocess.run(["node", "-e", asks], input=pem, cwd=tmp_path, capture_output=True, text=True, check=True)
    first, second = said.stdout.splitlines()
    listed = {**json.loads(jwt.algorithms.OKPAlgorithm.to_jwk(key.public_key())), "kid": "ed"}
    settings.HANDRAIL_IDENTITY_KEYS, settings.HANDRAIL_IDENTITY_JWKS = {}, {"shop": {"url": "", "private": []}}
    monkeypatch.setattr(jwks, "_fetched", lambda place: jwks.read(json.dumps({"keys": [listed]}).encode()))
    jwks.forget()
    found = identity.verify(first.split()[1], "shop")
    assert (found.sub, found.proof, found.fresh(1)) == ("7", "EdDSA, key ed", True)
    assert second.strip() == "401"
    jwks.forget()
