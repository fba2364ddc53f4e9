"""The record taken out as a file: a period of a site for whoever audits, and all that is kept of one person for them.

Law of the room: who took what is an entry in the ledger before the first row leaves. Rows are read a few at a time. No
cell of a table begins as a formula does, whoever wrote it.
"""

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.module_loading import import_string

from conversations import delivery, privacy, replay
from conversations.models import Conversation, Rating, Turn
from sites.access.roles import Person, require
from sites.core import ledger
from sites.core.refusal import Refused
from sites.models import Role, Site

COLUMNS = ("conversation", "at", "seq", "question", "outcome", "reason", "category", "confidence", "answer", "sources",
           "release", "state")  # fmt: skip
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""How a cell begins that a spreadsheet would work out (OWASP, CSV injection), full-width signs too."""
CHUNK = 100  # rows read at a time
Own = Callable[[int, Iterable[Any]], Mapping[str, list[dict[str, Any]]]]
"""Of a site's number and conversations: what a room above keeps of their customer, under names of its own."""


def turns(site: Site, since: date, until: date, *, actor: Person | str) -> Iterator[str]:
    """A table with a row for each turn from one day to another, both included, as CSV in UTF-8 with a byte order mark.

    `actor` audits or administers the site, or has the shell. Raises NotAllowed, Refused.
    """
    rows = _log(Turn.objects.filter(conversation__site=site), "created_at", site, since, until, actor, "csv")
    rows = rows.select_related("question", "answer", "category").prefetch_related("answer__citations__source")
    return _table(rows.order_by("pk"))


def conversations(site: Site, since: date, until: date, *, actor: Person | str) -> Iterator[str]:
    """Everything of each conversation that was opened in these days, a line of JSON each. Raises as `turns` does."""
    rows = _log(Conversation.objects.filter(site=site), "created_at", site, since, until, actor, "jsonl")
    return (_line(replay.facts(each)) for each in rows.order_by("created_at").iterator(CHUNK))


def person(site: Site, sub: str, *, actor: Person | str) -> Iterator[str]:
    """What is kept of one verified customer, for them: a line of JSON for each conversation, with what they read and
    wrote. Raises NotAllowed; Refused for somebody who is not in the record.
    """
    _may(site, actor)
    rows = privacy.of_person(site, sub).order_by("created_at")
    if not rows.exists():
        raise Refused(f"Nobody of that name (`sub`) is in the record of {site}.")
    ledger.note(site.pk, "exported", actor=_name(actor), what="person", person=ledger.digest(sub))
    return (_line(_own(each)) for each in rows.iterator(CHUNK))


def cell(value: object) -> str:
    """A value as it stands in a table: what would be worked out is text, with an apostrophe before it."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(FORMULA) else text


# ── Inside ────────────────────────────────────────────────────────────────────────────────────────────────────


def _log(
    rows: QuerySet[Any], when: str, site: Site, since: date, until: date, actor: Person | str, what: str
) -> QuerySet[Any]:
    _may(site, actor)
    if until < since:
        raise Refused("The last day lies before the first.")
    ledger.note(site.pk, "exported", actor=_name(actor), what=what, since=str(since), until=str(until))
    after = _midnight(until + timedelta(days=1))
    return rows.filter(**{f"{when}__gte": _midnight(since), f"{when}__lt": after})


def _may(site: Site, actor: Person | str) -> None:
    if not isinstance(actor, str):
        require(actor, site, Role.AUDITOR)


def _name(actor: Person | str) -> str:
    return actor if isinstance(actor, str) else str(actor.get_username())


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def _table(rows: QuerySet[Turn]) -> Iterator[str]:
    page = io.StringIO()
    writer = csv.writer(page)
    page.write("\ufeff")
    writer.writerow(COLUMNS)
    for turn in rows.iterator(CHUNK):
        writer.writerow([cell(value) for value in _row(turn)])
        yield _taken(page)
    yield _taken(page)


def _taken(page: io.StringIO) -> str:
    text = page.getvalue()
    page.seek(0)
    page.truncate()
    return text


def _row(turn: Turn) -> tuple[object, ...]:
    answer = turn.answer
    cited = [c.source.slug for c in answer.citations.all() if c.source] if answer else []
    return (
        turn.conversation_id, turn.created_at.isoformat(), turn.question.seq, turn.question.text,
        turn.outcome, turn.reason,
        turn.category.slug if turn.category else "", "" if turn.confidence is None else f"{turn.confidence:.4f}",
        answer.text if answer else "", " ".join(dict.fromkeys(cited)), turn.release, turn.state,
    )  # fmt: skip


def _line(facts: Mapping[str, Any]) -> str:
    return json.dumps(facts, ensure_ascii=False, default=str) + "\n"


def _own(conversation: Conversation) -> dict[str, Any]:
    """What the customer saw and gave, and nothing of what people or the bot noted about it."""
    beside = [import_string(path)(conversation.site_id, [conversation.pk]) for path in settings.OWN_DATA]
    return {
        "conversation": str(conversation.pk),
        "opened": conversation.created_at.isoformat(),
        "state": conversation.state,
        "identity": conversation.identity,
        "contact": conversation.contact,
        "page": conversation.page,
        "locale": conversation.locale,
        "messages": delivery.frames(conversation.pk, 0),
        "ratings": list(Rating.objects.filter(conversation=conversation).values("value", "comment", "at")),
        **{name: rows for each in beside for name, rows in each.items()},
    }
