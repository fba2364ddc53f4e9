"""The hash chain: append-only and tamper-evident up to the last anchor kept elsewhere.

Whoever writes an entry first holds the site's head row, so entries of one site are totally ordered, and so are the
moves they record: a settling that sees no pause really committed before it.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.transaction import TransactionManagementError
from django.utils import timezone

from sites.core import sql
from sites.models import LedgerEntry, LedgerHead, Site

_HOLD = "SELECT number, digest FROM handrail_sites_ledgerhead WHERE site_id = %s FOR UPDATE"


def hold(site_id: int) -> LedgerHead:
    """Lock the head of the site's chain until the surrounding transaction ends.

    Raises TransactionManagementError outside one, where nothing would be held; LedgerHead.DoesNotExist for no site.
    """
    if not connection.in_atomic_block:
        raise TransactionManagementError("The ledger is held inside a transaction: begin one with atomic().")
    held = sql.row(_HOLD, site_id)
    if held is None:
        LedgerHead.objects.get_or_create(site_id=site_id)
        held = sql.row(_HOLD, site_id)
    if held is None:
        raise LedgerHead.DoesNotExist(f"The chain of site {site_id} has no head, though one was just made.")
    return LedgerHead(site_id=site_id, number=held[0], digest=held[1])


def append(site_id: int, kind: str, facts: Mapping[str, Any], *, head: LedgerHead | None = None) -> LedgerEntry:
    """Add one entry and return it; `facts` must be JSON. Pass the `head` when it is already held."""
    head = head or hold(site_id)
    body = json.dumps(
        {"at": timezone.now().isoformat(), **facts}, sort_keys=True, separators=(",", ":"), ensure_ascii=False
    )
    head.number += 1
    previous, head.digest = head.digest, _digest(head.digest, head.number, kind, body)
    entry = LedgerEntry(
        site_id=site_id, number=head.number, kind=kind, body=body, previous=previous, digest=head.digest
    )
    sql.insert(entry)
    sql.update(LedgerHead, {"site_id": site_id}, number=head.number, digest=head.digest)
    return entry


def note(site_id: int, kind: str, *, actor: str, **facts: Any) -> LedgerEntry:
    """Add one entry in a transaction of its own: for reads and for staff verbs that change nothing else."""
    with transaction.atomic():
        return append(site_id, kind, {"actor": actor, **facts})


def digest(text: str) -> str:
    """The sha256 by which a text is named in an entry, so that erasing the text does not break the chain."""
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Break:
    """A place where the chain does not hold."""

    number: int
    why: str


def verify(site: Site, *, newest: int | None = None) -> Iterator[Break]:
    """Walk a site's chain and yield every break: altered, missing or reordered entries, a wrong head.

    The whole chain, or its `newest` entries only, taking the one before them as it says it is.
    """
    entries = LedgerEntry.objects.filter(site=site).order_by("number")
    number, digest = 0, "0" * 64
    if newest is not None and (before := entries.reverse()[newest : newest + 1].first()):
        number, digest = before.number, before.digest
    for entry in entries.filter(number__gt=number).iterator(chunk_size=2000):
        if entry.number != number + 1:
            yield Break(entry.number, f"entries {number + 1} to {entry.number - 1} are missing")
        if entry.previous != digest:
            yield Break(entry.number, "does not continue the entry before it")
        if entry.digest != _digest(entry.previous, entry.number, entry.kind, entry.body):
            yield Break(entry.number, "was altered: its digest does not match its content")
        number, digest = entry.number, entry.digest
    head = LedgerHead.objects.filter(site=site).first()
    if head is not None and (head.number, head.digest) != (number, digest):
        yield Break(head.number, f"the head says {head.number}, the last entry is {number}")


def _digest(previous: str, number: int, kind: str, body: str) -> str:
    return hashlib.sha256(f"{previous}\n{number}\n{kind}\n{body}".encode()).hexdigest()
