"""Questions that could not be answered: the owner's list of what to write next, each kept until handled."""

from django.db.models import QuerySet
from django.utils import timezone

from knowledge.models import Gap


def note(site_id: int, category_id: int | None, text: str, reason: str) -> Gap:
    """Keep one question and why it was not answered; the text is as the record stores it, masked."""
    return Gap.objects.create(site_id=site_id, category_id=category_id, text=text, reason=reason)


def handle(gaps: QuerySet[Gap], *, by: str) -> int:
    """Mark gaps as handled by a person; returns how many were still open."""
    return gaps.filter(handled_at=None).update(handled_at=timezone.now(), handled_by=by)
