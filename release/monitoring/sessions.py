"""What customers came for, read from the record: turns, and the moves of handoffs, as visits.

A visit is what one customer asked about one category with less than half an hour between two messages. It is the unit
of every share on the monitoring page: one customer who asks five times in a row is one visit, so visits stand by
themselves and an interval on their share means something. A customer is a verified person, else a conversation.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import CharField, FloatField, Func, QuerySet
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast

from conversations.models import Conversation, Event, Turn
from conversations.outcomes import UNPLACED, Outcome
from sites.models import Site

QUIET = 1800.0  # seconds without a message end a visit
RETURN = 24 * 3600.0  # seconds within which the same customer on the same category has come back
SENT = ("draft.approved", "draft.edited")

Item = tuple[str, int, float, str]  # conversation, category key (0: none), seconds since 1970, what happened


HANDED, ANSWERED, DECLINED, OPEN = "handed over", "answered", "declined", "unfinished"
ENDS = (ANSWERED, DECLINED, HANDED, OPEN)
STRONGER = {HANDED: 3, ANSWERED: 2, DECLINED: 1, OPEN: 0}
"""A visit ends as the strongest of what happened in it; unfinished: the assistant asked back and heard no more."""
KEY = Cast("conversation_id", CharField())
"""A conversation's key as text, for rows by the hundred thousand: making UUIDs of them takes longer than the query."""


@dataclass(slots=True)
class Visit:
    """One visit: whose, about which category (0: none), from when to when, its end, and whether they came again."""

    customer: str
    category: int
    began: float
    ended: float
    end: str
    again: bool = False


class Epoch(Func):
    """A time as seconds since 1970, which both databases make much faster than Python does."""

    output_field = FloatField()

    def get_db_converters(self, connection: Any) -> list[Any]:
        """None: both give a float, and a call for each of a hundred thousand rows costs more than reading them."""
        return []

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        """SQLite counts days."""
        return super().as_sql(compiler, connection, template="((julianday(%(expressions)s) - 2440587.5) * 86400.0)")

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        """PostgreSQL has it."""
        return super().as_sql(compiler, connection, template="EXTRACT(EPOCH FROM %(expressions)s)::float")


def of(site: Site, since: datetime, until: datetime, *, synthetic: bool) -> list[Visit]:
    """The visits that began in [since, until), oldest first in each category; marked where the customer came again."""
    slugs = dict(site.categories.values_list("slug", "pk"))
    items = [*_turns(site, since, until, synthetic), *_moves(site, since, until, synthetic, slugs)]
    if who := known(site):
        items = [(who.get(c, c), category, at, what) for c, category, at, what in items]
    return list(_joined(sorted(items)))


def turns(site: Site, since: datetime, until: datetime, *, synthetic: bool) -> QuerySet[Turn]:
    """The settled turns of a period. A seeded wrong draft has no customer and is none of them."""
    settled = Turn.objects.filter(state=Turn.State.SETTLED, settled_at__gte=since, settled_at__lt=until)
    mine = settled.filter(conversation__site=site, conversation__synthetic=synthetic)
    return mine if synthetic else mine.exclude(outcome=Outcome.DRAFT, release="")


def events(site: Site, kinds: Iterable[str], since: datetime, until: datetime, *, synthetic: bool) -> QuerySet[Event]:
    """The events of some kinds in a period."""
    lately = Event.objects.filter(kind__in=list(kinds), at__gte=since, at__lt=until)
    return lately.filter(conversation__site=site, conversation__synthetic=synthetic)


HAPPENED: Mapping[str, str] = {Outcome.ANSWER: ANSWERED, Outcome.DECLINE: DECLINED}


def known(site: Site) -> dict[str, str]:
    """The verified customers of a site's conversations, where there is one."""
    signed_in = Conversation.objects.filter(site=site, identity__has_key="sub").order_by()
    return dict(signed_in.values_list(Cast("pk", CharField()), KeyTextTransform("sub", "identity")))


def _turns(site: Site, since: datetime, until: datetime, synthetic: bool) -> Iterator[Item]:
    """What the assistant did. A turn that handed over is left to the handoff's own event, which it has always."""
    told = turns(site, since, until, synthetic=synthetic).exclude(outcome__in=[Outcome.HANDOFF, Outcome.COURTESY])
    rows = told.order_by().values_list(KEY, "category", "reason", "outcome", Epoch("settled_at"))
    for conversation, category, reason, outcome, at in rows.iterator(chunk_size=10_000):
        placed = 0 if reason in UNPLACED else category or 0
        yield conversation, placed, at, HAPPENED.get(outcome, OPEN)


def _moves(site: Site, since: datetime, until: datetime, synthetic: bool, slugs: Mapping[str, int]) -> Iterator[Item]:
    """Handoffs that were opened, and drafts that an agent sent."""
    made = events(site, ("handoff.opened", *SENT), since, until, synthetic=synthetic).order_by()
    rows = made.values_list(KEY, KeyTextTransform("category", "body"), "kind", Epoch("at"))
    for conversation, slug, kind, at in rows.iterator(chunk_size=10_000):
        yield conversation, slugs.get(slug or "", 0), at, ANSWERED if kind in SENT else HANDED


def _joined(items: Iterable[tuple[str, int, float, str]]) -> Iterator[Visit]:
    """Visits out of items in the order of customer, category and time."""
    visit: Visit | None = None
    for customer, category, at, happened in items:
        same = visit is not None and (visit.customer, visit.category) == (customer, category)
        if visit is not None and same and at - visit.ended < QUIET:
            visit.ended = at
            if STRONGER[happened] > STRONGER[visit.end]:
                visit.end = happened
        else:
            if visit is not None:
                visit.again = same and at - visit.ended <= RETURN
                yield visit
            visit = Visit(customer, category, at, at, happened)
    if visit is not None:
        yield visit
