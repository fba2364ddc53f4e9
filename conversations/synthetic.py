"""History that never happened, for pages that would be empty: written marked, in bulk, and taken away again.

Law of the room: every row hangs on a conversation that says it is synthetic, is closed, and can be resumed by nobody.
No row cites a text, names a release, waits to be noted or stands at the desk, so nothing that is real can rest on one.
The site's chain names what was written and what was taken away; it has no entry that claims a turn took place.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import models, transaction

from conversations.models import Conversation, Event, Message, Rating, State, Turn
from sites.core import ledger, seal, sql
from sites.models import Site

BATCH = 2000
ACTOR = "synthetic"


@dataclass(frozen=True, slots=True)
class Exchange:
    """One question and its end: seconds after the conversation began, outcome, reason, category key, milliseconds."""

    after: float
    outcome: str
    reason: str
    category: int | None
    ms: dict[str, float]
    signs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Happening:
    """One event: seconds after the conversation began, its kind and its body."""

    after: float
    kind: str
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Talk:
    """One conversation that never took place; a rating is given after so many seconds."""

    at: datetime
    exchanges: tuple[Exchange, ...]
    happenings: tuple[Happening, ...] = ()
    rating: tuple[float, int] | None = None
    with_person: bool = field(default=False)


def write(site: Site, talks: Sequence[Talk], *, actor: str, seed: int) -> int:
    """Write them in one transaction, under the site's ledger, with one entry; returns how many turns they have."""
    with transaction.atomic():
        head = ledger.hold(site.pk)
        with seal.opened():  # their times are set afterwards
            turns = sum(_batch(site, talks[n : n + BATCH]) for n in range(0, len(talks), BATCH))
        facts = {"actor": actor, "seed": seed, "conversations": len(talks), "turns": turns}
        ledger.append(site.pk, "synthetic.written", facts, head=head)
    return turns


def remove(site: Site, *, actor: str) -> int:
    """Take every synthetic row of a site away, with one entry in its chain; returns how many conversations."""
    with transaction.atomic():
        head = ledger.hold(site.pk)
        mine = Conversation.objects.filter(site=site, synthetic=True)
        count = mine.count()
        if count:
            with seal.opened():
                for model in (Rating, Event, Turn, Message):
                    _away(model, mine)
            mine.delete()
            ledger.append(site.pk, "synthetic.removed", {"actor": actor, "conversations": count}, head=head)
    return count


def _away(model: type[models.Model], conversations: "models.QuerySet[Conversation]") -> None:
    model._default_manager.filter(conversation__in=conversations).delete()


def _batch(site: Site, talks: Sequence[Talk]) -> int:
    """The rows of some conversations; their times are set afterwards, for a new row is of now."""
    made = [_conversation(site, talk) for talk in talks]
    Conversation.objects.bulk_create(made, BATCH)
    pairs = [(c, t, n, e) for c, t in zip(made, talks, strict=True) for n, e in enumerate(t.exchanges)]
    asked = [_asked(c, n) for c, _, n, _ in pairs]
    said = [_said(c, n, e) for c, _, n, e in pairs]
    Message.objects.bulk_create(asked, BATCH)
    Message.objects.bulk_create(said, BATCH)
    turns = [_turn(*row) for row in zip((p[0] for p in pairs), (p[3] for p in pairs), asked, said, strict=True)]
    Turn.objects.bulk_create(turns, BATCH)
    events = [
        (t.at + timedelta(seconds=h.after), Event(conversation=c, kind=h.kind, actor=ACTOR, body=h.body))
        for c, t in zip(made, talks, strict=True)
        for h in t.happenings
    ]
    Event.objects.bulk_create([event for _, event in events], BATCH)
    ratings = [
        (t.at + timedelta(seconds=t.rating[0]), _rating(c, t.rating[1], t.with_person))
        for c, t in zip(made, talks, strict=True)
        if t.rating
    ]
    Rating.objects.bulk_create([rating for _, rating in ratings], BATCH)
    moments = [t.at + timedelta(seconds=e.after) for _, t, _, e in pairs]
    ends = [at + timedelta(milliseconds=p[3].ms["decided"] + 6) for at, p in zip(moments, pairs, strict=True)]
    _date(made, ("created_at", "changed_at"), [(t.at, t.at) for t in talks])
    _date(asked, ("at",), [(at,) for at in moments])
    _date(said, ("at",), [(at,) for at in ends])
    _date(turns, ("created_at", "settled_at"), list(zip(moments, ends, strict=True)))
    _date([event for _, event in events], ("at",), [(at,) for at, _ in events])
    _date([rating for _, rating in ratings], ("at",), [(at,) for at, _ in ratings])
    return len(turns)


def _date(rows: Sequence[models.Model], names: Sequence[str], moments: Sequence[tuple[datetime, ...]]) -> None:
    """Give new rows the times of a past that did not happen."""
    if rows:
        sql.update_each(type(rows[0]), names, [(row.pk, *at) for row, at in zip(rows, moments, strict=True)])


def _conversation(site: Site, talk: Talk) -> Conversation:
    return Conversation(
        site=site,
        state=State.CLOSED,
        token_digest="",
        last_seq=2 * len(talk.exchanges),
        locale=site.locale,
        synthetic=True,
    )


def _asked(conversation: Conversation, n: int) -> Message:
    return Message(
        conversation=conversation,
        seq=2 * n + 1,
        author=Message.Author.CUSTOMER,
        client_id=f"synthetic-{n}",
        text="(Synthetic: nobody asked this.)",
    )


def _said(conversation: Conversation, n: int, exchange: Exchange) -> Message:
    return Message(
        conversation=conversation,
        seq=2 * n + 2,
        author=Message.Author.BOT,
        reply_to=f"synthetic-{n}",
        outcome=exchange.outcome,
        generated="fixed",
        text="(Synthetic: nobody was told this.)",
    )


def _turn(conversation: Conversation, exchange: Exchange, asked: Message, said: Message) -> Turn:
    return Turn(
        conversation=conversation,
        question=asked,
        answer=said,
        state=Turn.State.SETTLED,
        outcome=exchange.outcome,
        reason=exchange.reason,
        category_id=exchange.category,
        trace={"synthetic": True, "ms": exchange.ms, "signs": list(exchange.signs)},
        noted=True,
    )


def _rating(conversation: Conversation, value: int, with_person: bool) -> Rating:
    return Rating(conversation=conversation, value=value, with_person=with_person)
