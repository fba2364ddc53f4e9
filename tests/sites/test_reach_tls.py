"""The connection goes to the checked address, and the certificate must still be the name's."""

import http.server
import ssl
import threading

import pytest
import trustme

from sites.outside import reach


class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"welcome")

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.fixture
def port(authority, tmp_path, monkeypatch):
    """A server with a certificate of shop.example, from an authority that is trusted here."""
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("shop.example").configure_cert(context)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


def get(name, port):
    address = f"https://{name}:{port}/"
    return reach.send(
        "GET", address, limit=100, seconds=10, resolver=lambda *_: ["127.0.0.1"], refusal=lambda *_: ""
    )  # fmt: skip


def test_a_certificate_of_the_name_is_accepted_at_the_pinned_address(port):
    assert get("shop.example", port).body == b"welcome"


def test_a_certificate_of_another_name_is_refused(port):
    with pytest.raises(reach.Failed, match=r"not valid for 'evil\.example'"):
        get("evil.example", port)


def test_a_certificate_of_an_unknown_authority_is_refused(port, monkeypatch):
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(reach.Failed, match="certificate verify failed"):
        get("shop.example", port)
