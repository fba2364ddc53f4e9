"""The index behind one interface. What comes out of a store are candidates, never facts: the database decides.

A store holds rows, an id and a unit vector each, in named collections. `settings.INDEX` names the class of the one
this process uses; another is a class with these methods, in a file of its own.
"""

import hashlib
from collections.abc import Sequence
from functools import cache
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from knowledge.embedding.embedders import Matrix

PREFIX = "shelf-"  # every collection of ours begins with it


class Unavailable(Exception):
    """The index cannot be asked now; the message says why. The exact search stands in."""


class Absent(Unavailable):
    """The index has no such collection."""


class Taken(Exception):
    """Another process owns the index; the message says what to do."""


class Store(Protocol):
    """Rows in collections. Every method but `own`, `disown`, `reachable` and `ready` may raise Unavailable."""

    def own(self) -> None:
        """Take the index for this process, if it is for one alone. Raises Taken while another process holds it."""

    def disown(self) -> None:
        """Close the index and let it go; it may be taken again."""

    def reachable(self) -> bool:
        """Whether this process may and can use it now, as far as is known without asking it: on every turn."""

    def ready(self) -> bool:
        """Whether it gives a sign of life when asked now."""

    def put(self, collection: str, wanted: Sequence[str], rows: Matrix) -> None:
        """Write rows (n, dims) under n ids, making the collection if need be; a known id is overwritten."""

    def remove(self, collection: str, unwanted: Sequence[str]) -> None:
        """Delete rows; ids that are not there are no error. Raises Absent: no such collection."""

    def drop(self, collection: str) -> None:
        """Delete a whole collection, if it exists."""

    def query(self, collection: str, vector: Matrix, count: int) -> list[str]:
        """The ids of the `count` rows nearest to a vector (dims,), nearest first. Raises Absent: no such collection."""

    def ids(self, collection: str) -> set[str]:
        """Every id of a collection; none when it does not exist."""

    def vectors(self, collection: str, wanted: Sequence[str]) -> dict[str, Matrix]:
        """id → (dims,) row as the index holds it; ids it lacks are left out. Raises Absent: no such collection."""

    def collections(self) -> set[str]:
        """The names of all collections that begin with PREFIX."""


@cache
def index() -> Store:
    """The one store of this process, made of `settings.INDEX` when it is first asked for."""
    made: Store = import_string(settings.INDEX)()
    return made


@cache
def name(site_id: int, category_id: int, audience: str, model: str) -> str:
    """The collection of one shelf. An audience may be any word, a collection's name may not: so a digest."""
    digest = hashlib.sha256(f"{audience}\0{model}".encode()).hexdigest()[:16]
    return f"{PREFIX}{site_id}-{category_id}-{digest}"
