"""The only door to Chroma: the store that Handrail comes with.

An embedded store is for exactly one process, which holds a lock on it for as long as it lives (a second
process would miss rows, return deleted ones and lose writes). With CHROMA_URL every process is a client of
that server.
"""

import fcntl
import logging
import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import numpy as np
from django.conf import settings

from knowledge.embedding.embedders import Matrix
from knowledge.index.store import PREFIX, Absent, Store, Taken, Unavailable
from sites.core.breaker import Breaker

if TYPE_CHECKING:  # importing chromadb takes 0.6 to 2 seconds: only when it is first needed
    import httpx
    from chromadb.api import ClientAPI
    from chromadb.api.collection_configuration import CreateCollectionConfiguration
    from chromadb.api.models.Collection import Collection

log = logging.getLogger(__name__)

PATIENCE = 3.0  # seconds a server may take for one request; the client library would wait for ever
REST = 5.0  # seconds to leave an index alone that did not answer; the exact search stands in
SPACE: "CreateCollectionConfiguration" = {"hnsw": {"space": "cosine", "ef_search": 200}}  # recall at 100,000


class Chroma(Store):
    """A Store: what this process holds of the index is the lock, the client and the handles of its collections."""

    def __init__(self) -> None:
        self._guard = threading.RLock()
        self._lock: int | None = None
        self._owner: int | None = None
        self._opened: ClientAPI | None = None
        self._handles: dict[str, Collection] = {}
        self._breaker = Breaker(patience=1, rest=REST)

    def own(self) -> None:
        """Take the embedded index for this process until it ends or calls `disown`; nothing to do with a server.

        Raises Taken when another process holds it: two processes in one HANDRAIL_HOME need CHROMA_URL.
        """
        if settings.CHROMA_URL or self.owned():
            return
        lock = os.open(settings.HANDRAIL_HOME / "chroma.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            raise Taken(
                f"Another process owns the search index in {settings.HANDRAIL_HOME}. Stop it, choose another "
                "HANDRAIL_HOME, or run a Chroma server and name it in CHROMA_URL."
            ) from None
        self._lock, self._owner = lock, os.getpid()

    def owned(self) -> bool:
        """Whether this very process holds the embedded index (a forked child does not, whatever it inherited)."""
        return self._lock is not None and self._owner == os.getpid()

    def disown(self) -> None:
        """Close the index and let the lock go."""
        with self._guard:
            if self._opened is not None:
                self._opened.close()  # type: ignore[attr-defined]  # on the class, not on its interface
            if self._lock is not None:
                os.close(self._lock)
            self._opened = self._lock = self._owner = None
            self._handles.clear()
            self._breaker.reset()

    def reachable(self) -> bool:
        """Whether this process may and can use the index now, as far as is known without asking it."""
        return bool(settings.CHROMA_URL or self.owned()) and not self._breaker.open

    def ready(self) -> bool:
        """Whether the index gives a sign of life when asked now; without it the exact search answers."""
        try:
            with self._asking() as client:
                return client.heartbeat() > 0
        except Unavailable:
            return False

    def query(self, collection: str, vector: Matrix, count: int) -> list[str]:
        """The ids of the `count` rows nearest to a vector (dims,), nearest first. Raises Unavailable, Absent."""
        with self._asking() as client:
            handle = self._handle(client, collection)
            found = handle.query(query_embeddings=vector.reshape(1, -1), n_results=count, include=[])
        return list(found["ids"][0])

    def ids(self, collection: str) -> set[str]:
        """Every id of a collection; none when it does not exist. Raises Unavailable."""
        try:
            with self._asking() as client:
                return set(self._handle(client, collection).get(include=[])["ids"])
        except Absent:
            return set()

    def vectors(self, collection: str, wanted: Sequence[str]) -> dict[str, Matrix]:
        """id → (dims,) row as the index holds it. Raises Unavailable, Absent."""
        with self._asking() as client:
            found = self._handle(client, collection).get(ids=list(wanted), include=["embeddings"])
        return dict(zip(found["ids"], np.asarray(found["embeddings"], np.float32), strict=True))

    def put(self, collection: str, wanted: Sequence[str], rows: Matrix) -> None:
        """Write rows (n, dims) under n ids, making the collection if need be. Raises Unavailable."""
        with self._asking() as client:
            if collection not in self._handles:
                self._handles[collection] = client.get_or_create_collection(
                    collection, embedding_function=None, configuration=SPACE
                )
            self._handles[collection].upsert(ids=list(wanted), embeddings=rows)

    def remove(self, collection: str, unwanted: Sequence[str]) -> None:
        """Delete rows; ids that are not there are no error. Raises Unavailable, Absent."""
        with self._asking() as client:
            self._handle(client, collection).delete(ids=list(unwanted))

    def drop(self, collection: str) -> None:
        """Delete a whole collection, if it exists. Raises Unavailable."""
        try:
            with self._asking() as client:
                self._handles.pop(collection, None)
                client.delete_collection(collection)
        except Absent:
            pass

    def collections(self) -> set[str]:
        """The names of all collections that follow our naming. Raises Unavailable."""
        with self._asking() as client:
            return {each.name for each in client.list_collections() if each.name.startswith(PREFIX)}

    @contextmanager
    def _asking(self) -> "Iterator[ClientAPI]":
        """The client; whatever goes wrong with it is Unavailable, and the index is left alone for a while."""
        if not (settings.CHROMA_URL or self.owned()):
            raise Unavailable("this process does not own the search index")
        if not self._breaker.admits():
            raise Unavailable("the search index did not answer a moment ago")
        import httpx
        from chromadb.errors import ChromaError, NotFoundError

        try:
            yield self._client()
            self._breaker.reset()
        except NotFoundError as error:
            self._breaker.reset()
            self._handles.clear()
            raise Absent(f"the search index does not have it: {error}") from error
        except (ChromaError, httpx.HTTPError, OSError, ValueError) as error:
            self._handles.clear()
            self._breaker.fail()
            log.warning("the search index does not answer, searching exactly: %r", error)
            raise Unavailable(f"the search index does not answer: {error}") from error

    def _client(self) -> "ClientAPI":
        with self._guard:
            if self._opened is None:
                self._opened = _server() if settings.CHROMA_URL else _embedded()
            return self._opened

    def _handle(self, client: "ClientAPI", collection: str) -> "Collection":
        if collection not in self._handles:
            self._handles[collection] = client.get_collection(collection, embedding_function=None)
        return self._handles[collection]


def _embedded() -> "ClientAPI":
    import chromadb
    from chromadb.config import Settings

    path = settings.HANDRAIL_HOME / "chroma"
    return chromadb.PersistentClient(str(path), settings=Settings(anonymized_telemetry=False))


def _server() -> "ClientAPI":
    import chromadb
    import httpx
    from chromadb.config import Settings

    # The client asks its server while it is made, without any time limit: so see first whether one is there.
    shown = {"Authorization": f"Bearer {settings.CHROMA_TOKEN}"} if settings.CHROMA_TOKEN else {}
    beat = settings.CHROMA_URL.rstrip("/") + "/api/v2/heartbeat"
    httpx.get(beat, timeout=PATIENCE, headers=shown).raise_for_status()
    url = urlsplit(settings.CHROMA_URL)
    secure = url.scheme == "https"
    client = chromadb.HttpClient(
        host=url.hostname or "localhost",
        port=url.port or (443 if secure else 8000),
        ssl=secure,
        headers=shown,
        settings=Settings(anonymized_telemetry=False),
    )
    session = getattr(client, "_server")._session  # noqa: B009 - the library offers no way to set a time limit
    session.timeout = PATIENCE
    session.event_hooks["response"] = [_refuse_broken]
    return client


def _refuse_broken(response: "httpx.Response") -> None:
    """A broken server or a proxy in front of it; the client library would raise a bare Exception."""
    import httpx

    if response.status_code >= 500:
        why = f"HTTP {response.status_code}"
        raise httpx.HTTPStatusError(why, request=response.request, response=response)
