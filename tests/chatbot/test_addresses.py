"""One reading of where a request comes from, by HTTP and by socket: of headers only what a named proxy says."""

import os
import subprocess
import sys
from typing import Any

import pytest
from asgiref.testing import ApplicationCommunicator
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from chatbot.web import door
from config import asgi
from tests.server import BASE

PROXY, ADA, EVE = "10.0.0.1", "203.0.113.7", "198.51.100.66"


async def read(kind: str, peer: str, proxies: list[str], *headers: tuple[str, str]) -> tuple[str, str]:
    """The address and the scheme that the application gets, of such a peer with such headers."""
    seen: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope)

    reading = type(asgi.application)(app, trusted_hosts=proxies)
    sent = [(name.lower().encode(), value.encode()) for name, value in headers]
    scope = {
        "type": kind,
        "path": "/",
        "headers": sent,
        "client": (peer, 4000),
        "scheme": {"http": "http"}.get(kind, "ws"),
    }
    await ApplicationCommunicator(reading, scope).wait(5)
    return door.address(seen[0]["client"][0]), seen[0]["scheme"]


@pytest.mark.parametrize("kind", ["http", "websocket"])
@pytest.mark.parametrize("peer", ["127.0.0.1", "::1", ADA])
async def test_without_a_named_proxy_no_header_is_believed(kind: str, peer: str) -> None:
    headers = [
        ("X-Forwarded-For", EVE),
        ("X-Real-IP", EVE),
        ("Forwarded", f"for={EVE}"),
        ("X-Forwarded-Proto", "https"),
    ]
    assert await read(kind, peer, [], *headers) == (peer, "http" if kind == "http" else "ws")


@pytest.mark.parametrize("kind", ["http", "websocket"])
async def test_a_named_proxy_is_believed_and_what_came_to_it_is_not(kind: str) -> None:
    headers = [("X-Forwarded-For", f"{EVE}, {ADA}"), ("X-Forwarded-Proto", "https")]
    assert await read(kind, PROXY, [PROXY], *headers) == (ADA, "https" if kind == "http" else "wss")
    assert (await read(kind, PROXY, ["10.0.0.0/24"], *headers))[0] == ADA
    assert (await read(kind, "10.0.1.1", ["10.0.0.0/24"], *headers))[0] == "10.0.1.1"
    two = [("X-Forwarded-For", EVE), ("X-Forwarded-For", ADA)]
    assert (await read(kind, PROXY, [PROXY], *two))[0] == ADA


def test_the_application_reads_with_the_proxies_of_the_settings(settings: Any) -> None:
    assert isinstance(asgi.application, ProxyHeadersMiddleware)
    assert settings.HANDRAIL_TRUSTED_PROXIES == []
    assert "127.0.0.1" not in asgi.application.trusted_hosts


@pytest.mark.parametrize("file", ["docker/entrypoint"])
def test_wherever_the_server_is_started_its_own_reading_is_off(file: str) -> None:
    assert "--no-proxy-headers" in (BASE / file).read_text()
    assert "proxy_headers=False" in (BASE / "config" / "run.py").read_text()


def test_a_household_with_ipv6_is_one_address() -> None:
    assert door.address("2001:db8:1:2:3:4:5:6") == door.address("2001:db8:1:2::1") == "2001:db8:1:2::"
    assert door.address("2001:db8:1:3::1") != door.address("2001:db8:1:2::1")
    assert door.address("::ffff:203.0.113.7") == door.address(ADA) == ADA
    assert door.address("fe80::1%eth0") == "fe80::"
    assert door.address("no address") == "no address"


def started(**env: str) -> subprocess.CompletedProcess[str]:
    """What the settings make of an environment outside the demo."""
    code = (
        "from django.conf import settings as s; "
        "print(s.SECURE_SSL_REDIRECT, s.SECURE_HSTS_SECONDS, s.HANDRAIL_TRUSTED_PROXIES)"
    )
    whole = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings", "SECRET_KEY": "kept", "DEBUG": "0", **env}
    return subprocess.run(
        [sys.executable, "-c", code], cwd=BASE, env=whole, capture_output=True, text=True, timeout=120
    )


def test_a_name_that_is_no_address_stops_the_start() -> None:
    assert "HANDRAIL_TRUSTED_PROXIES takes addresses and networks" in started(HANDRAIL_TRUSTED_PROXIES="proxy").stderr


def test_outside_the_demo_https_is_asked_for_where_the_address_has_it() -> None:
    secure = {"HANDRAIL_BASE_URL": "https://help.example"}
    assert started(**secure).stdout.split()[:2] == ["True", "31536000"]
    assert started(**secure, DEBUG="1").stdout.split()[:2] == ["False", "0"]
    off = {"HANDRAIL_HTTPS_REDIRECT": "0", "HANDRAIL_HSTS_SECONDS": "0"}
    assert started(**secure, **off).stdout.split()[:2] == ["False", "0"]


def test_a_page_leads_to_https_and_what_is_asked_on_this_machine_does_not(client: Any, settings: Any, db: None) -> None:
    settings.SECURE_SSL_REDIRECT, settings.SECURE_HSTS_SECONDS = True, 60
    from django.test import Client

    asked = Client()
    assert asked.get("/admin/login/")["Location"] == "https://testserver/admin/login/"
    assert asked.get("/healthz").status_code == 200
    assert asked.get("/admin/login/", secure=True)["Strict-Transport-Security"].startswith("max-age=60")
