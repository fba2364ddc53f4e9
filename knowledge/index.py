"""The only door to Chroma. What comes out are candidates, never facts: the database decides what is quoted.

An embedded store is for exactly one process, which holds a lock on it for as long as it lives (a second
process would miss rows, return deleted ones and lose writes). With CHROMA_URL every process is a client of
that server.
"""

import fcntl
import hashlib
import logging
import os
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import numpy as np
from django.conf import settings

from knowledge.embedding import Matrix

if TYPE_CHECKING:  # importing chromadb takes 0.6 to 2 seconds: only when it is first needed
    import httpx
    from chromadb.api import ClientAPI
    from chromadb.api.collection_configuration import CreateCollectionConfiguration
    from chromadb.api.models.Collection import Collection

log = logging.getLogger(__name__)

PATIENCE = 3.0  # seconds a server may take for one request; the client library would wait for ever
REST = 5.0  # seconds to leave an index alone that did not answer; the exact search stands in
SPACE: "CreateCollectionConfiguration" = {"hnsw": {"space": "cosine", "ef_search": 200}}  # recall at 100,000


class Unavailable(Exception):
    """The index cannot be asked now; the message says why."""


class Absent(Unavailable):
    """The index has no such collection."""


class Taken(Exception):
    """Another process owns the embedded index."""


class _Store:
    """What this process holds of the index: the lock, the client and the handles of its collections."""

    def __init__(self) -> None:
        self.guard = threading.RLock()
        self.lock: int | None = None
        self.owner: int | None = None
        self.client: ClientAPI | None = None
        self.handles: dict[str, Collection] = {}
        self.rests_until = 0.0


_store = _Store()


def own() -> None:
    """Take the embedded index for this process until it ends or calls `disown`; nothing to do with a server.

    Raises Taken when another process holds it: two processes in one HANDRAIL_HOME need CHROMA_URL.
    """
    if settings.CHROMA_URL or owned():
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
    _store.lock, _store.owner = lock, os.getpid()


def owned() -> bool:
    """Whether this very process holds the embedded index (a forked child does not, whatever it inherited)."""
    return _store.lock is not None and _store.owner == os.getpid()


def disown() -> None:
    """Close the index and let the lock go."""
    with _store.guard:
        if _store.client is not None:
            _store.client.close()  # type: ignore[attr-defined]  # on the class, not on its interface
        if _store.lock is not None:
            os.close(_store.lock)
        _store.client = _store.lock = _store.owner = None
        _store.handles.clear()
        _store.rests_until = 0.0


def reachable() -> bool:
    """Whether this process may and can use the index now, as far as is known without asking it."""
    return bool(settings.CHROMA_URL or owned()) and time.monotonic() >= _store.rests_until


def ready() -> bool:
    """Whether the index gives a sign of life when asked now; without it the exact search answers."""
    try:
        with _asking() as client:
            return client.heartbeat() > 0
    except Unavailable:
        return False


@cache
def name(site_id: int, category_id: int, audience: str, model: str) -> str:
    """The collection of one shelf. An audience may be any word, a collection's name may not: so a digest."""
    digest = hashlib.sha256(f"{audience}\0{model}".encode()).hexdigest()[:16]
    return f"shelf-{site_id}-{category_id}-{digest}"


def query(collection: str, vector: Matrix, count: int) -> list[str]:
    """The ids of the `count` nearest rows, nearest first. Raises Unavailable; Absent: no such collection."""
    with _asking() as client:
        found = _handle(client, collection).query(query_embeddings=vector.reshape(1, -1), n_results=count, include=[])
    return list(found["ids"][0])


def ids(collection: str) -> set[str]:
    """Every id of a collection; none when it does not exist."""
    try:
        with _asking() as client:
            return set(_handle(client, collection).get(include=[])["ids"])
    except Absent:
        return set()


def vectors(collection: str, wanted: Sequence[str]) -> dict[str, Matrix]:
    """id → (dims,) row as the index holds it."""
    with _asking() as client:
        found = _handle(client, collection).get(ids=list(wanted), include=["embeddings"])
    return dict(zip(found["ids"], np.asarray(found["embeddings"], np.float32), strict=True))


def put(collection: str, wanted: Sequence[str], rows: Matrix) -> None:
    """Write rows under their ids, making the collection if need be; writing them again changes nothing."""
    with _asking() as client:
        if collection not in _store.handles:
            _store.handles[collection] = client.get_or_create_collection(
                collection, embedding_function=None, configuration=SPACE
            )
        _store.handles[collection].upsert(ids=list(wanted), embeddings=rows)


def remove(collection: str, unwanted: Sequence[str]) -> None:
    """Delete rows; ids that are not there are no error."""
    with _asking() as client:
        _handle(client, collection).delete(ids=list(unwanted))


def drop(collection: str) -> None:
    """Delete a whole collection, if it exists."""
    try:
        with _asking() as client:
            _store.handles.pop(collection, None)
            client.delete_collection(collection)
    except Absent:
        pass


def collections() -> set[str]:
    """The names of all collections that follow our naming."""
    with _asking() as client:
        return {each.name for each in client.list_collections() if each.name.startswith("shelf-")}


@contextmanager
def _asking() -> "Iterator[ClientAPI]":
    """The client; whatever goes wrong with it is Unavailable, and the index is left alone for a while."""
    if not (settings.CHROMA_URL or owned()):
        raise Unavailable("this process does not own the search index")
    if time.monotonic() < _store.rests_until:
        raise Unavailable("the search index did not answer a moment ago")
    import httpx
    from chromadb.errors import ChromaError, NotFoundError

    try:
        yield _client()
    except NotFoundError as error:
        _store.handles.clear()
        raise Absent(f"the search index does not have it: {error}") from error
    except (ChromaError, httpx.HTTPError, OSError, ValueError) as error:
        _store.handles.clear()
        _store.rests_until = time.monotonic() + REST
        log.warning("the search index does not answer, searching exactly: %r", error)
        raise Unavailable(f"the search index does not answer: {error}") from error


def _client() -> "ClientAPI":
    with _store.guard:
        if _store.client is None:
            _store.client = _server() if settings.CHROMA_URL else _embedded()
        return _store.client


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
    httpx.get(settings.CHROMA_URL.rstrip("/") + "/api/v2/heartbeat", timeout=PATIENCE).raise_for_status()
    url = urlsplit(settings.CHROMA_URL)
    secure = url.scheme == "https"
    client = chromadb.HttpClient(
        host=url.hostname or "localhost",
        port=url.port or (443 if secure else 8000),
        ssl=secure,
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


def _handle(client: "ClientAPI", collection: str) -> "Collection":
    if collection not in _store.handles:
        _store.handles[collection] = client.get_collection(collection, embedding_function=None)
    return _store.handles[collection]
