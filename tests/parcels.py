"""A small parcel service with an OpenAPI document of its own, as a company might have it: real, on loopback."""

import json
import re
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

DOCUMENT = Path(__file__).parent / "chatbot" / "parcels.yaml"
PLACE = re.compile(r"/v4/customers/([\w-]+)/parcels/(PD-\d{6})(/slot)?")


class Parcels(ThreadingHTTPServer):
    """Two people's parcels; `moved` is what was asked to be changed."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.held = {
            "PD-120001": {"customerId": "ada", "state": "inTransit", "weight": 1.5, "due": "2031-05-02"},
            "PD-120002": {"customerId": "grace", "state": "delivered", "weight": 0.4, "due": None},
        }
        self.moved: list[dict[str, Any]] = []
        Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v4"


class _Handler(BaseHTTPRequestHandler):
    server: Parcels

    def do_GET(self) -> None:
        self._reply({})

    def do_PUT(self) -> None:
        self._reply(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

    def do_DELETE(self) -> None:
        self._reply({"kept": True})

    def _reply(self, change: dict[str, Any]) -> None:
        place = PLACE.fullmatch(self.path)
        found = self.server.held.get(place[2]) if place else None
        theirs = place is not None and found is not None and found["customerId"] == place[1]
        if theirs and change:
            self.server.moved.append(change)
        said = {"parcelId": place[2], "stops": [], **found} if theirs and place and found else {}
        body = json.dumps(said).encode()
        self.send_response(200 if theirs else 404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        pass
