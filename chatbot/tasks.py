"""Periodic work, each a plain function that may be lost, doubled or late without harm."""

from collections.abc import Callable

from celery import shared_task
from django.db import close_old_connections, transaction
from django.db.models import QuerySet

from chatbot import turn
from conversations.models import Citation, Turn
from conversations.outcomes import Outcome, Reason
from knowledge.face.insights import gaps, usage
from sites.core import outbox, pulse

GAP_REASONS = {Reason.NOT_GROUNDED, Reason.OUT_OF_SCOPE, Reason.REPEATED_DECLINE}


@shared_task  # type: ignore[untyped-decorator]
def fast() -> int:
    """Do the short promises of the outbox."""
    return _clean(lambda: outbox.run_due(bulk=False))


@shared_task  # type: ignore[untyped-decorator]
def bulk() -> int:
    """Do a slice of the long promises of the outbox."""
    return _clean(lambda: _beating("bulk", lambda: outbox.run_due(bulk=True, limit=1)))


@shared_task  # type: ignore[untyped-decorator]
def sweep() -> int:
    """End what dead processes left behind; the clock asks for it every second, so it shows that clock and lane work."""
    return _clean(lambda: _beating("fast", turn.sweep))


@shared_task  # type: ignore[untyped-decorator]
def harvest() -> int:
    """Tell the knowledge room what was asked, found and cited since the last look."""
    return _clean(_harvest)


def _harvest(limit: int = 500) -> int:
    with transaction.atomic():
        rows = list(
            _unnoted()
            .select_for_update(skip_locked=True, of=("self",))
            .select_related("conversation", "question__choice__among__answered_turn__question")[:limit]
        )
        for row in rows:
            if row.reason in GAP_REASONS and row.outcome != Outcome.COURTESY:
                gaps.note(row.conversation.site_id, row.category_id, _asked(row), row.reason)
        cited = Citation.objects.filter(message__answered_turn__in=rows, source__isnull=False)
        retrieved = [(t.conversation.site_id, hit["source"]) for t in rows for hit in t.trace.get("hits", [])]
        usage.note(retrieved=retrieved, cited=list(cited.values_list("source_id", flat=True)))
        Turn.objects.filter(pk__in=[row.pk for row in rows]).update(noted=True)
    return len(rows)


def any_unnoted() -> bool:
    """Whether there is a turn of which the knowledge room was not told."""
    return _unnoted().exists()


def _unnoted() -> QuerySet[Turn]:
    done = [Turn.State.SETTLED, Turn.State.DISCARDED]
    return Turn.objects.filter(noted=False, conversation__synthetic=False, state__in=done)


def _asked(row: Turn) -> str:
    """The question that a turn is about: of a choice, the one that was asked back."""
    choice = getattr(row.question, "choice", None)
    return choice.among.answered_turn.question.text if choice else row.question.text


def _beating(lane: str, work: Callable[[], int]) -> int:
    pulse.beat(lane)
    return work()


def _clean(work: Callable[[], int]) -> int:
    close_old_connections()
    try:
        return work()
    finally:
        close_old_connections()
