"""deploy/Caddyfile and deploy/nginx.conf as they stand: TLS, sockets, and who asks, before a process without DEBUG."""

import asyncio
import json
import os
import shutil
import ssl
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from websockets.asyncio.client import connect

from tests.journeys.alone import DOOR, with_tables
from tests.server import BASE, Server, free_port

pytestmark = [pytest.mark.alone, pytest.mark.timeout(300)]
ANY = ssl.create_default_context()
ANY.check_hostname, ANY.verify_mode = False, ssl.CERT_NONE
PORT = free_port()
"""Of the door, which both take in turn: it is the one address that Handrail is told."""


@pytest.fixture(scope="module")
def served(homes: Path) -> Iterator[Server]:
    env = {
        "DEBUG": "",
        "SECRET_KEY": "a-key-for-this-test-" * 3,
        "HANDRAIL_BUILD": "",
        "HANDRAIL_BASE_URL": f"https://localhost:{PORT}",
        "ALLOWED_HOSTS": "localhost,127.0.0.1",
        "HANDRAIL_TRUSTED_PROXIES": "127.0.0.1",
    }
    server = Server(with_tables(homes / "behind"), env, module=DOOR).start()
    yield server
    server.stop()


def caddy(served: Server, folder: Path) -> list[str]:
    text = (BASE / "deploy" / "Caddyfile").read_text(encoding="utf-8")
    text = text.replace("help.example.com {", f"localhost:{PORT} {{\n\ttls internal", 1)
    text = text.replace("Host help.example.com", "Host localhost")
    text = text.replace("127.0.0.1:8001", f"127.0.0.1:{served.port}").replace(
        "127.0.0.1:8002", f"127.0.0.1:{free_port()}"
    )
    own = f"{{\n\tadmin off\n\tskip_install_trust\n\tauto_https disable_redirects\n\tstorage file_system {folder}\n}}\n"
    (folder / "Caddyfile").write_text(own + text)
    return ["caddy", "run", "--config", str(folder / "Caddyfile"), "--adapter", "caddyfile"]


def nginx(served: Server, folder: Path) -> list[str]:
    made = ["-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    pair = [str(folder / "privkey.pem"), str(folder / "fullchain.pem")]
    subprocess.run(
        ["openssl", "req", "-x509", *made, "-keyout", pair[0], "-out", pair[1]], check=True, capture_output=True
    )
    text = (BASE / "deploy" / "nginx.conf").read_text(encoding="utf-8")
    text = text.replace("/etc/letsencrypt/live/help.example.com", str(folder)).replace("help.example.com", "localhost")
    text = text.replace("listen 443", f"listen {PORT}").replace("listen 80;", f"listen {free_port()};")
    text = text.replace("127.0.0.1:8001", f"127.0.0.1:{served.port}").replace(
        "127.0.0.1:8002", f"127.0.0.1:{free_port()}"
    )
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = "".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)
    own = f"daemon off; pid {folder}/pid; error_log {folder}/log; events {{}}"
    (folder / "nginx.conf").write_text(f"{own} http {{ access_log off; {temporary} {text} }}")
    return ["nginx", "-c", str(folder / "nginx.conf")]


def call(path: str, **headers: str) -> "urllib.request._UrlopenRet":
    asked = urllib.request.Request(f"https://localhost:{PORT}{path}", headers=headers)
    return urllib.request.urlopen(asked, timeout=5, context=ANY)


async def hello() -> dict:
    async with connect(f"wss://localhost:{PORT}/ws/chat/", origin=f"https://localhost:{PORT}", ssl=ANY) as socket:
        await socket.send(json.dumps({"type": "hello", "site": "fernway"}))
        return json.loads(await asyncio.wait_for(socket.recv(), 20))


@pytest.mark.parametrize("door", [caddy, nginx], ids=["caddy", "nginx"])
def test_pages_and_sockets_come_through_it_and_the_second_process_may_be_away(served, tmp_path, door):
    if shutil.which(door.__name__, path=f"{os.environ['PATH']}:/usr/sbin") is None:
        pytest.skip(f"{door.__name__} is not installed here")
    env = {**os.environ, "HOME": str(tmp_path), "PATH": f"{os.environ['PATH']}:/usr/sbin"}
    with (tmp_path / "out").open("w") as log:
        running = subprocess.Popen(door(served, tmp_path), env=env, stdout=log, stderr=log)
    try:
        for _ in range(100):
            try:
                call("/healthz").close()
                break
            except OSError:
                assert running.poll() is None, (tmp_path / "out").read_text()[-3000:]
                time.sleep(0.1)
        page = call("/admin/login/", **{"X-Forwarded-Proto": "http"})
        assert page.url.startswith("https://")
        assert page.headers["Strict-Transport-Security"].startswith("max-age=31536000")
        assert "Secure" in page.headers["Set-Cookie"]
        for _ in range(4):  # the other process is not there: nobody is sent to it in vain
            assert asyncio.run(hello())["type"] == "welcome"
    finally:
        running.terminate()
        running.wait()
