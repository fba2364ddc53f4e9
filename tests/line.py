"""A line to a server that a test can cut and mend: every connection through it ends, and none is made meanwhile."""

import socket
import threading
from contextlib import suppress
from urllib.parse import urlsplit, urlunsplit


class Line:
    """Relays TCP from a port of its own to where an address leads."""

    def __init__(self, url: str) -> None:
        self.to, self.open = urlsplit(url), threading.Event()
        self.open.set()
        self.ends: list[socket.socket] = []
        self.listening = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        """The same address, by this line."""
        host = f"127.0.0.1:{self.listening.getsockname()[1]}"
        user, at, _ = self.to.netloc.rpartition("@")
        return urlunsplit(self.to._replace(netloc=f"{user}{at}{host}"))

    def cut(self) -> None:
        self.open.clear()
        for end in self.ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def mend(self) -> None:
        self.open.set()

    def _accept(self) -> None:
        while True:
            near, _ = self.listening.accept()
            if not self.open.is_set():
                near.close()
                continue
            far = socket.create_connection((self.to.hostname, self.to.port or 5432))
            self.ends += [near, far]
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=self._carry, args=(one, other), daemon=True).start()

    def _carry(self, one: socket.socket, other: socket.socket) -> None:
        with suppress(OSError):
            while data := one.recv(65_536):
                other.sendall(data)
        for end in (one, other):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
