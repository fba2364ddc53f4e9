"""A page on this machine that nobody should fetch: it notes who does, and answers nothing of use."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Listener:
    """Listens on loopback while it is open."""

    def __init__(self) -> None:
        self.fetched: list[str] = []
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self.fetched))
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)

    def __enter__(self) -> "Listener":
        self.thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.server.shutdown()
        self.server.server_close()

    @property
    def url(self) -> str:
        """The address that is planted in attacks; it must be the same in every run of a seed but for the port."""
        return f"http://127.0.0.1:{self.server.server_port}/status/"

    def seen(self) -> tuple[str, ...]:
        """The paths that were fetched since the last `clear`."""
        return tuple(self.fetched)

    def clear(self) -> None:
        """Forget what was fetched."""
        self.fetched.clear()


def _handler(fetched: list[str]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            fetched.append(self.path)
            self.send_response(404)
            self.end_headers()

        do_POST = do_HEAD = do_GET

        def log_message(self, format: str, *args: object) -> None:
            """Write no log."""

    return Handler
