"""Search over conversations: by words, person, category, tag, day and how it went.

Law of the room: a search reads at most so many rows, whatever is asked. Words are looked for in the newest messages
first, SLICE at a time, and the page says how far back it has looked; so there is no second copy of anybody's words to
be erased. Each search is an entry in the chain of each site that is searched.
"""

import json
import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from conversations import replay
from conversations.models import Conversation, Message, State, Turn
from conversations.outcomes import Outcome
from escalation.models import Handoff
from escalation.models.talks import Tag
from sites.models import Site

PAGE = 50
SLICE = 100_000
"""Messages that one search reads at most for words (measured: docs/desk.md)."""
PEOPLE = 100_000
"""Conversations that one search reads at most for a person."""
SPOKEN = (Message.Author.CUSTOMER, Message.Author.AGENT, Message.Author.BOT)
ENDS = (
    ("turn:answer", "Answered by the assistant"),
    ("turn:decline", "Declined by the assistant"),
    ("turn:handoff", "Handed over"),
    ("ending:resolved", "Closed as resolved"),
    ("ending:abandoned", "The customer left"),
    ("ending:called_back", "Called back"),
    ("ending:returned", "Given back to the assistant"),
    ("ending:withdrawn", "No longer wanted a person"),
    ("state:waiting", "Waits for a person"),
    ("state:human", "With a person"),
    ("state:closed", "Closed"),
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is searched for; what is empty does not narrow. `until` is a whole day."""

    text: str = ""
    who: str = ""
    category: str = ""
    tag: str = ""
    outcome: str = ""
    since: date | None = None
    until: date | None = None

    def __bool__(self) -> bool:
        return bool(self.text or self.who or self.category or self.tag or self.outcome or self.since or self.until)


@dataclass(frozen=True, slots=True)
class Found:
    """A page of conversations, newest first. `older`: where the next page begins, {name: value} of its address;
    `looked`: up to when messages were read for the words, where there are older ones."""

    rows: list[Conversation] = field(default_factory=list)
    older: dict[str, str] = field(default_factory=dict)
    looked: datetime | None = None


def find(sites: QuerySet[Site], wanted: Wanted, *, actor: User, before: str = "", upto: int = 0) -> Found:
    """A page of what is searched for on these sites. `before`, `upto`: of `Found.older`."""
    replay.log_search(sites, repr(wanted), actor=actor.get_username())
    keys = list(sites.values_list("pk", flat=True))
    rows = Conversation.objects.filter(site__in=keys, synthetic=False)
    slice_, looked = None, None
    if wanted.text:
        slice_ = _slice(upto)
        rows = rows.filter(pk__in=_said(wanted.text, *slice_))
        looked = _moment(slice_[0])
    rows = _narrowed(rows, wanted, keys)
    if moment := _parsed(before):
        rows = rows.filter(created_at__lt=moment)
    found = list(_shown(rows.order_by("-created_at"))[: PAGE + 1])
    older: dict[str, str] = {}
    if len(found) > PAGE:
        older = {"before": found[PAGE - 1].created_at.isoformat()}
        older |= {"upto": str(slice_[1])} if slice_ else {}
    elif slice_ and looked:
        older = {"upto": str(slice_[0])}
    return Found(found[:PAGE], older, looked)


def chosen(sites: QuerySet[Site], keys: Iterable[str]) -> list[Conversation]:
    """The conversations of these sites with these keys; what is no key, or of another site, is left out."""
    wanted = {key for key in keys if len(key) <= 36}
    known = Conversation.objects.select_related("site").filter(site__in=sites)
    return list(known.filter(pk__in=[key for key in wanted if _is_key(key)]))


def _slice(upto: int) -> tuple[int, int]:
    """The keys of the messages that are read: after the first (0 where there is none before), up to the second."""
    keys = Message.objects.order_by("pk").values_list("pk", flat=True)
    first, last = keys.first() or 0, keys.last() or 0  # two looks at the index; MIN beside MAX reads the whole table
    high = min(upto, last) if upto > 0 else last
    low = high - SLICE
    return (low if low >= first else 0), high


def _said(text: str, low: int, high: int) -> Any:
    """The conversations in which one message of a slice holds all the words."""
    messages = Message.objects.filter(pk__gt=low, pk__lte=high, author__in=SPOKEN)
    for word in text.split()[:8]:
        messages = messages.filter(text__icontains=word)
    return messages.order_by().values("conversation")


def _moment(low: int) -> datetime | None:
    """When the oldest message that was read was written; None where none is older."""
    if not low:
        return None
    return Message.objects.filter(pk__gt=low).order_by("pk").values_list("at", flat=True).first()


def _narrowed(rows: QuerySet[Conversation], wanted: Wanted, sites: Collection[int]) -> QuerySet[Conversation]:
    if wanted.since:
        rows = rows.filter(created_at__gte=_midnight(wanted.since))
    if wanted.until:
        rows = rows.filter(created_at__lt=_midnight(wanted.until + timedelta(days=1)))
    if wanted.who:
        rows = rows.filter(_people(wanted.who))
        if moment := _since_enough(sites):
            rows = rows.filter(created_at__gt=moment)
    if wanted.tag:
        tagged = Tag.objects.filter(site__in=sites, name=wanted.tag.casefold())
        rows = rows.filter(pk__in=tagged.order_by().values("conversation"))
    if wanted.category:
        about = Turn.objects.filter(category__slug=wanted.category, category__site__in=sites, trace__accepted=True)
        rows = rows.filter(pk__in=about.order_by().values("conversation"))
    return _ended(rows, wanted.outcome, sites)


def _ended(rows: QuerySet[Conversation], outcome: str, sites: Collection[int]) -> QuerySet[Conversation]:
    kind, _, value = outcome.partition(":")
    if kind == "turn" and value in set(Outcome):
        latest = Turn.objects.filter(conversation=OuterRef("pk"), state=Turn.State.SETTLED).order_by("-pk")
        return rows.annotate(last_outcome=Subquery(latest.values("outcome")[:1])).filter(last_outcome=value)
    if kind == "ending" and value in Handoff.Ending.values:
        ended = Handoff.objects.filter(site__in=sites, ending=value)
        return rows.filter(pk__in=ended.order_by().values("conversation"))
    if kind == "state" and value in State.values:
        return rows.filter(state=value)
    return rows


def _people(who: str) -> Q:
    """Whoever is called so: verified name, address or id, or the address they left."""
    written = json.dumps(who)[1:-1]  # as SQLite keeps letters beyond ASCII in JSON
    named = Q(identity__icontains=who) | Q(contact__icontains=who)
    return named if written == who else named | Q(identity__icontains=written)


def _since_enough(sites: Collection[int]) -> datetime | None:
    """When the oldest of the newest PEOPLE conversations of these sites began; None where there are fewer."""
    newest = Conversation.objects.filter(site__in=sites, synthetic=False).order_by("-created_at")
    return newest.values_list("created_at", flat=True)[PEOPLE : PEOPLE + 1].first()


def _shown(rows: QuerySet[Conversation]) -> QuerySet[Conversation]:
    """With what a line of the list shows: the customer's last words, the subject that was accepted last, the tags."""
    said = Message.objects.filter(conversation=OuterRef("pk"), author=Message.Author.CUSTOMER).order_by("-seq")
    latest = Turn.objects.filter(conversation=OuterRef("pk"), category__isnull=False, trace__accepted=True)
    latest = latest.order_by("-pk")
    return (
        rows.select_related("site")
        .prefetch_related("tags", "handoffs__agent")
        .annotate(words=Subquery(said.values("text")[:1]), about=Subquery(latest.values("category__title")[:1]))
    )


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def _parsed(before: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(before)
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def _is_key(key: str) -> bool:
    try:
        uuid.UUID(key)
    except ValueError:
        return False
    return True
