"""Long work on the index, promised in the outbox and done in slices by the process that may open the index."""

import time
from datetime import timedelta
from typing import Any

from celery import shared_task
from django.db import close_old_connections, transaction
from django.utils import timezone

from knowledge.editing import indexing
from knowledge.index import store, sync
from knowledge.insights import gaps, links
from knowledge.models import Shelf
from sites.core import outbox
from sites.core.refusal import Refused
from sites.models import OutboxItem, Site

SLICE = 0.8  # seconds of work before others get their turn
PATIENCE = timedelta(seconds=15)  # until an index that is not there is looked for again
SHOWN = 20  # ids named in a report, of each kind


@outbox.handler("build_shelves")
def build_shelves(item: OutboxItem) -> dict[str, Any]:
    """Bring a site's shelves (or those of some categories) to what they should hold. Raises Again after a slice."""
    until = time.monotonic() + SLICE
    which = item.payload["categories"]
    todo = [shelf for shelf in sync.plan(item.payload["site"]) if _unsettled(shelf, which)]
    try:
        for shelf in todo:
            if not sync.build(shelf, seconds=until - time.monotonic()) or time.monotonic() > until:
                raise outbox.Again
    except store.Unavailable as error:
        return _later(item, str(error))
    return {"shelves": len(todo)}


@outbox.handler(indexing.KIND)
def embed(item: OutboxItem) -> dict[str, Any]:
    """Embed one more slice of a revision. Raises Again while there is more."""
    if not indexing.advance(item.payload["revision"], seconds=SLICE):
        raise outbox.Again
    return {"revision": item.payload["revision"]}


@outbox.handler(gaps.KIND)
def embed_gaps(item: OutboxItem) -> dict[str, Any]:
    """Embed some more of the questions that nobody could answer. Raises Again while there is more."""
    if not gaps.prepare(item.payload["site"], seconds=SLICE):
        raise outbox.Again
    return {"site": item.payload["site"]}


@outbox.handler("reindex")
def reindex(item: OutboxItem) -> dict[str, Any]:
    """Throw away what the index holds for a site and promise to build it anew."""
    site = Site.objects.get(pk=item.payload["site"])
    try:
        sync.clear(site.pk)
    except store.Unavailable as error:
        return _later(item, str(error))
    with transaction.atomic():
        sync.touch(site.pk)
    return {"site": site.slug}


@outbox.handler("audit_index")
def audit_index(item: OutboxItem) -> dict[str, Any]:
    """Compare one more shelf of a site with the database, until all are done; the result is the report."""
    done: dict[str, Any] = item.result or {"shelves": {}}
    try:
        for key, check in sync.audits(item.payload["site"]):
            if key not in done["shelves"]:
                done["shelves"][key] = report(check())
                OutboxItem.objects.filter(pk=item.pk).update(result=done)
                raise outbox.Again
    except store.Unavailable as error:
        raise Refused(str(error)) from error
    return done


@shared_task  # type: ignore[untyped-decorator]
def look_at_a_link() -> bool:
    """Look at one link that is due; lost, doubled or late without harm."""
    close_old_connections()
    try:
        return links.look()
    finally:
        close_old_connections()


@shared_task  # type: ignore[untyped-decorator]
def collect_links() -> int:
    """Find out which links there are by now."""
    close_old_connections()
    try:
        return sum(links.collect(site) for site in Site.objects.all())
    finally:
        close_old_connections()


def report(drift: sync.Drift) -> dict[str, Any]:
    """A drift as JSON, its long lists cut."""
    kinds = {"missing": drift.missing, "foreign": drift.foreign, "different": drift.different}
    return {
        "category": drift.category,
        "audience": drift.audience,
        "passages": drift.passages,
        "settled": drift.settled,
        "whole": drift.whole,
        **{kind: {"count": len(rows), "first": rows[:SHOWN]} for kind, rows in kinds.items()},
    }


def ask(kind: str, payload: dict[str, Any], *, seconds: float) -> dict[str, Any]:
    """Have the process that owns the index do something, and wait for its answer.

    Raises TimeoutError when it has not answered in time, Refused with its reason when it will not.
    """
    item = outbox.put(kind, payload, bulk=True)
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        item.refresh_from_db()
        if item.state == OutboxItem.State.DONE:
            return dict(item.result or {})
        if item.state == OutboxItem.State.DEAD:
            raise Refused(item.error)
        time.sleep(0.2)
    raise TimeoutError(
        f"The process that owns the index has not answered within {seconds:.0f} seconds. "
        f"Is its worker running? The work stays promised (outbox item {item.pk})."
    )


def _unsettled(shelf: Shelf, categories: list[int] | None) -> bool:
    mine = categories is None or shelf.category_id in categories
    return mine and (not shelf.wanted or shelf.wanted != shelf.built)


def _later(item: OutboxItem, why: str) -> dict[str, Any]:
    """Promise the same again for when the index is back; the exact search answers until then."""
    same = OutboxItem.objects.filter(kind=item.kind, payload=item.payload, state=OutboxItem.State.DUE)
    if not same.exists():
        with transaction.atomic():
            outbox.put(item.kind, item.payload, bulk=True, due_at=timezone.now() + PATIENCE)
    return {"postponed": why}
