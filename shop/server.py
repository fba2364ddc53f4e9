"""The shop's orders over HTTP: JSON, one key, and 404 for whatever is not this customer's.

GET /healthz                          {"ok": true}, without a key
GET /orders?customer=SUB              {"orders": [order, ...]}, newest first
GET /orders/NUMBER?customer=SUB       order, or 404
GET /orders/NUMBER/contact            {"number", "customer", "email"}: where to write about it, or 404
GET /points?customer=SUB              {"customer", "points", "ending": {"points", "day"} or null}, or 404
POST /orders/NUMBER/cancel?customer=SUB    order, 409 when it is packed, or 404
POST /orders/NUMBER/restore?customer=SUB   order, 409 when it was not cancelled here, or 404

A POST needs an `Idempotency-Key`: the same one again changes nothing and gets the same answer. All but the first need
`Authorization: Bearer KEY`. Whoever holds the key is trusted to say who the customer is.
"""

import hmac
import json
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from shop import orders

Answer = tuple[HTTPStatus, dict[str, Any]]
NOT_FOUND: Answer = (HTTPStatus.NOT_FOUND, {"error": "There is no such order."})
LONGEST = 100
"""Characters of a customer or order number; longer ones cannot be in the database."""


class Server(ThreadingHTTPServer):
    """Answers from the database at `path` to whoever shows `key`."""

    daemon_threads = True

    def __init__(self, address: tuple[str, int], path: Path, key: str) -> None:
        super().__init__(address, Handler)
        self.path, self.key = path, key


class Handler(BaseHTTPRequestHandler):
    """One connection, kept open between requests."""

    protocol_version = "HTTP/1.1"
    server_version, sys_version = "shop", ""
    wbufsize = -1  # headers and body in one packet: two would wait 40 ms for each other's acknowledgement
    timeout = 30
    server: Server

    def do_GET(self) -> None:
        """Answer a read; any verb but POST is the base class's 501."""
        self.send(*self.answer())

    def do_POST(self) -> None:
        """Answer a change; its body says nothing."""
        self.rfile.read(min(int(self.headers.get("Content-Length") or 0), 10_000))
        self.send(*self.answer(changes=True))

    def send(self, status: HTTPStatus, body: dict[str, Any]) -> None:
        """One JSON reply."""
        payload = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(payload)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(payload)

    def answer(self, changes: bool = False) -> Answer:
        """Status and body for the request's path."""
        url = urlsplit(self.path)
        if url.path == "/healthz":
            return HTTPStatus.OK, {"ok": True}
        if not self.knows_key():
            return HTTPStatus.UNAUTHORIZED, {"error": "The key is missing or wrong."}
        parts = url.path.strip("/").split("/")
        if not changes and len(parts) == 3:
            return self.contact(parts)
        customers = parse_qs(url.query).get("customer", [])
        if len(customers) != 1 or len(customers[0]) > LONGEST:
            return HTTPStatus.BAD_REQUEST, {"error": "Name one customer: ?customer=SUB"}
        return self.change(parts, customers[0]) if changes else self.read(parts, customers[0])

    def change(self, parts: list[str], customer: str) -> Answer:
        """What becomes of a change."""
        key = self.headers.get("Idempotency-Key", "")
        if not 8 <= len(key) <= LONGEST:
            return HTTPStatus.BAD_REQUEST, {"error": "Send an Idempotency-Key of 8 to 100 characters."}
        match parts:
            case ["orders", number, ("cancel" | "restore") as verb] if len(number) <= LONGEST:
                status, order = orders.change(self.server.path, unquote(number).upper(), customer, verb, key)
                return HTTPStatus(status), order or NOT_FOUND[1]
        return NOT_FOUND

    def contact(self, parts: list[str]) -> Answer:
        """Whose an order is, and where the shop writes to them."""
        match parts:
            case ["orders", number, "contact"] if len(number) <= LONGEST:
                found = orders.contact(self.server.path, unquote(number).upper())
                return (HTTPStatus.OK, found) if found else NOT_FOUND
        return NOT_FOUND

    def knows_key(self) -> bool:
        """Whether the request shows the key, compared in constant time."""
        shown = self.headers.get("Authorization", "").encode("utf-8", "replace")
        return hmac.compare_digest(shown, f"Bearer {self.server.key}".encode())

    def read(self, parts: list[str], customer: str) -> Answer:
        """What this customer may see under a path."""
        match parts:
            case ["orders"]:
                return HTTPStatus.OK, {"orders": orders.of(self.server.path, customer)}
            case ["orders", number] if len(number) <= LONGEST:
                order = orders.one(self.server.path, unquote(number).upper(), customer)
                return (HTTPStatus.OK, order) if order else NOT_FOUND
            case ["points"]:
                points = orders.points(self.server.path, customer)
                return (HTTPStatus.OK, points) if points else NOT_FOUND
        return NOT_FOUND

    def log_message(self, format: str, *args: object) -> None:
        """Write no log: its lines would hold who looked at which order."""
