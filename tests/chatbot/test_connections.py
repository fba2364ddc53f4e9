"""Connections: who asks is proved in the declared way, and a secret is read by its name at the moment it is used."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.hostile.server import Hostile, hostile
from tools import connection, wire
from tools.connection import Connection
from tools.outbound import Failed
from tools.wire import Asked

SECRET = "only-for-tests"
TOKEN = {"access_token": "a-token", "expires_in": 3_600}
HABITS = {
    "fine": lambda e: e.reply(b"{}"),
    "a token": lambda e: e.reply(json.dumps(TOKEN if "/token" in e.request["head"] else {}).encode()),
    "no token": lambda e: e.reply(b'{"access_token": ["x"]}'),
    "not ours": lambda e: e.reply(b"{}", "401 No"),
}


@pytest.fixture
def system(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hostile]:
    monkeypatch.setenv("TOOL_SECRET", SECRET)
    wire.forget()
    with hostile(HABITS) as server:
        server.habit = "fine"
        monkeypatch.setenv("TOOL_URL", f"{server.url}/v1/")
        # The server reads bodies as JSON; a form is none.
        monkeypatch.setattr("tests.hostile.server.json", SimpleNamespace(loads=_read, dumps=json.dumps))
        yield server
    wire.forget()


def _read(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except ValueError:
        return {"form": raw.decode()}


def connected(**auth: Any) -> Connection:
    said: dict[str, Any] = {"name": "till", "title": "Till", "url": "$TOOL_URL", "private": ["127.0.0.1/32"]}
    return Connection.model_validate(said | ({"auth": auth} if auth else {}))


def sent(system: Hostile, there: Connection, asked: Asked | None = None) -> dict[str, str]:
    """The headers of the last request that a system got."""
    wire.send("fernway", there, asked or Asked("GET", f"{there.base}/x?y=1"), 5)
    lines = system.asked[-1]["head"].split("\r\n")[1:]
    return {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}


def basic(value: str) -> str:
    return base64.b64decode(value.removeprefix("Basic ")).decode()


def test_a_bearer_a_basic_and_a_header_of_its_own(system: Hostile) -> None:
    assert "authorization" not in sent(system, connected())
    assert sent(system, connected(kind="bearer", secret="TOOL_SECRET"))["authorization"] == f"Bearer {SECRET}"
    said = sent(system, connected(kind="basic", user="bot", secret="TOOL_SECRET"))
    assert basic(said["authorization"]) == f"bot:{SECRET}"
    assert sent(system, connected(kind="header", header="X-Api-Key", secret="TOOL_SECRET"))["x-api-key"] == SECRET


def test_a_signature_covers_time_method_path_and_body(system: Hostile) -> None:
    there = connected(kind="hmac", header="X-Signature", secret="TOOL_SECRET")
    said = sent(system, there, Asked("POST", f"{there.base}/x?y=1", b'{"z": 1}'))["x-signature"]
    time, _, mark = said.removeprefix("t=").partition(",v1=")
    signed = b"\n".join([time.encode(), b"POST", b"/v1/x?y=1", b'{"z": 1}'])
    assert mark == hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()


def test_a_token_is_fetched_once_and_anew_when_it_is_refused(system: Hostile) -> None:
    system.habit = "a token"
    there = connected(
        kind="oauth2", token_url=f"{system.url}/token", client="bot", scope="orders:read", secret="TOOL_SECRET"
    )
    assert sent(system, there)["authorization"] == sent(system, there)["authorization"] == "Bearer a-token"
    heads = [each["head"].split(" ")[1] for each in system.asked]
    assert heads == ["/token", "/v1/x?y=1", "/v1/x?y=1"]
    assert system.asked[0]["form"] == "grant_type=client_credentials&scope=orders%3Aread"
    system.habit = "not ours"
    sent(system, there)
    system.habit = "a token"
    sent(system, there)
    assert [each["head"].split(" ")[1] for each in system.asked].count("/token") == 2


def test_a_sign_in_that_gives_no_token_is_a_failure(system: Hostile) -> None:
    system.habit = "no token"
    there = connected(kind="oauth2", token_url=f"{system.url}/token", client="bot", secret="TOOL_SECRET")
    with pytest.raises(Failed, match="was refused"):
        sent(system, there)


def test_a_secret_may_be_in_a_file(system: Hostile, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(f"{SECRET}-filed\n")
    monkeypatch.delenv("TOOL_SECRET")
    monkeypatch.setenv("TOOL_SECRET_FILE", str(tmp_path / "secret"))
    assert sent(system, connected(kind="bearer", secret="TOOL_SECRET"))["authorization"].endswith("-filed")


def test_a_secret_that_is_not_set_is_named_and_nothing_is_sent(
    system: Hostile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TOOL_SECRET")
    with pytest.raises(Failed, match="TOOL_SECRET is not set"):
        sent(system, connected(kind="bearer", secret="TOOL_SECRET"))
    assert system.asked == []


@pytest.mark.parametrize("name", ["SECRET_KEY", "DATABASE_URL", "HANDRAIL_IDENTITY_KEYS", "PATH"])
def test_what_is_ours_is_sent_to_nobody(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "x" * 40)
    with pytest.raises(Failed, match="may not be read by a connection"):
        connection.variable(name)
    with pytest.raises(ValueError, match="is not for connections"):
        connected(kind="bearer", secret=name)


def test_what_fails_says_nothing_of_the_secret(system: Hostile) -> None:
    there = connected(kind="header", header="X-Key", secret="TOOL_SECRET")
    away = there.model_copy(update={"url": "http://127.0.0.1:9"})
    with pytest.raises(Failed) as caught:
        wire.send("fernway", away, Asked("GET", "http://127.0.0.1:9/x"), 1)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    ("address", "inside"),
    [
        ("10.1.2.3", True), ("10.2.0.1", False), ("127.0.0.1", False), ("8.8.8.8", False), ("fd00::1", True),
        ("::ffff:10.1.2.3", True), ("::ffff:169.254.169.254", False), ("64:ff9b::a9fe:a9fe", False), ("::1", False),
    ],
)  # fmt: skip
def test_the_list_opens_what_is_on_it_and_never_where_clouds_keep_their_secrets(address: str, inside: bool) -> None:
    body = {"name": "till", "title": "Till", "url": "https://till.example"}
    listed = ["10.1.0.0/16", "fd00::/8", "::ffff:0:0/96", "64:ff9b::/96"]
    assert Connection.model_validate({**body, "private": listed}).inside(address) is inside


def test_an_open_connection_is_for_private_addresses_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOOL_URL", "http://shop.example.com")
    with pytest.raises(Failed, match="an open connection to a public address"):
        _ = Connection.model_validate({"name": "till", "title": "Till", "url": "$TOOL_URL"}).base
