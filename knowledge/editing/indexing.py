"""Embedding what an owner saved, after it is saved: promised in the outbox, done in slices, shown, stopped, resumed.

Law of the room: the vectors that are in the database are the progress. A slice embeds what has none yet, so a kill
costs a slice, a worker embeds nothing twice, and equal text of another revision or site is never embedded at all.
The questions an article answers are prepared with it, and count like its passages.
Texts of one length cost least together, so a small revision takes some of the next ones along.
"""

import time
from dataclasses import dataclass

from django.db import transaction
from django.db.models import QuerySet

from knowledge.editing import approval, ownership
from knowledge.editing.approval import Actor
from knowledge.embedding import vectors
from knowledge.index import sync
from knowledge.index.eligibility import INTERNAL
from knowledge.models import Passage, Revision
from sites.core import ledger, outbox
from sites.core.refusal import Refused
from sites.models import OutboxItem

KIND = "embed"
STEP = vectors.SLICE  # passages embedded at a time
AHEAD = 50  # promised revisions looked at to fill a step
_OPEN = (OutboxItem.State.DUE, OutboxItem.State.LEASED)


@dataclass(frozen=True, slots=True)
class Progress:
    """How many of a revision's passages and questions are ready by now; `going`: whether the rest is promised."""

    done: int
    total: int
    going: bool

    @property
    def whole(self) -> bool:
        """Whether nothing is missing."""
        return self.done == self.total


def promise(revision: Revision) -> None:
    """Have a revision embedded, in the transaction that makes it. What is internal is never searched."""
    if revision.source.audience != INTERNAL:
        outbox.put(KIND, {"revision": revision.pk}, bulk=True)


def progress(revision: Revision) -> Progress:
    """How far a revision is."""
    if revision.source.audience == INTERNAL:
        return Progress(0, 0, False)
    digests, asked = _digests(revision.pk), set(revision.questions)
    lacking = len(vectors.missing(digests)) + len(asked) - len(vectors.kept_texts(asked))
    total = len(digests) + len(asked)
    return Progress(total - lacking, total, _promises(revision).exists())


def advance(revision: int, *, seconds: float) -> bool:
    """Embed more of a revision, for about so many seconds; whether it is whole."""
    until = time.monotonic() + seconds
    todo = vectors.missing(_digests(revision))
    for some in vectors.slices(todo, STEP):
        if time.monotonic() >= until:
            return False
        more = _promised(STEP - len(some)) if len(some) < STEP else []
        vectors.ensure(sync.of_digests([*some, *more]))
    if time.monotonic() >= until:
        return False
    vectors.ensure_texts(sync.questions([revision]))
    return True


def stop(revision: Revision, *, actor: Actor, reason: str) -> None:
    """Embed no more of a revision from the next slice on. Raises NotAllowed, Refused."""
    approval.allow(actor, revision.source.site_id)
    if not reason.strip():
        raise Refused("Give a reason.")
    facts = {"actor": approval.name_of(actor), "reason": reason.strip(), "revision": str(revision)}
    with transaction.atomic():
        head = ledger.hold(revision.source.site_id)
        ownership.require_sources(actor, revision.source.site_id, [revision.source_id])
        if not _promises(revision).update(state=OutboxItem.State.DONE, result={"stopped_by": facts["actor"]}):
            raise Refused("Nothing is being prepared for this revision.")
        ledger.append(revision.source.site_id, "indexing_stopped", facts, head=head)


def go_on(revision: Revision, *, actor: Actor, reason: str = "") -> None:
    """Embed the rest of a revision after all. Raises NotAllowed, Refused."""
    approval.allow(actor, revision.source.site_id)
    facts = {"actor": approval.name_of(actor), "reason": reason.strip(), "revision": str(revision)}
    with transaction.atomic():
        head = ledger.hold(revision.source.site_id)
        ownership.require_sources(actor, revision.source.site_id, [revision.source_id])
        if progress(revision).whole or _promises(revision).exists():
            raise Refused("There is nothing to go on with: it is prepared, or being prepared.")
        promise(revision)
        ledger.append(revision.source.site_id, "indexing_resumed", facts, head=head)


def _digests(revision: int) -> list[str]:
    return list(Passage.objects.filter(revision=revision).order_by("pk").values_list("digest", flat=True).distinct())


def _promised(count: int) -> list[str]:
    """Up to so many contents of the revisions that are due next, and lack their vectors."""
    due = OutboxItem.objects.filter(kind=KIND, state=OutboxItem.State.DUE).order_by("due_at", "id")
    found: list[str] = []
    for payload in due.values_list("payload", flat=True)[:AHEAD]:
        found += vectors.missing(_digests(payload["revision"]))[: count - len(found)]
        if len(found) == count:
            break
    return found


def _promises(revision: Revision) -> QuerySet[OutboxItem]:
    return OutboxItem.objects.filter(kind=KIND, state__in=_OPEN, payload__revision=revision.pk)
