"""The rows of conversations that the chain answers for, ratings among them, and what older entries say of turns.

Of a question whose turn has not ended no entry speaks yet: the turn's own will, within the minutes of its lease.
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from conversations.models import Choice, Citation, Event, Message, Offer, Rating, ToolCall, Turn
from conversations.record import OPINIONS
from sites.core import audit, kept, ledger

BEGUN = (Turn.State.QUEUED, Turn.State.RUNNING)
SOON = timedelta(minutes=10)
"""Within this a turn has ended: its deadline, a sweeper that was away, and clocks that differ."""
SITE, MADE_UP = "conversation__site", "conversation__synthetic"


def _under_way() -> Q:
    """Turns that have begun a moment ago and not ended."""
    now = timezone.now()
    return Q(state__in=BEGUN, created_at__range=(now - SOON, now + timedelta(minutes=1)))


def _asked() -> Q:
    """The questions of such turns."""
    return Q(Exists(Turn.objects.filter(_under_way(), question=OuterRef("pk"))))


kept.keep(
    Message, SITE, "id", "conversation_id", "seq", "author", "name", "approved_by", "client_id", "reply_to", "outcome",
    "person", "generated", "text", "parts", "suggestions", "at", open=_asked, apart=MADE_UP,
)  # fmt: skip
kept.keep(
    Citation, f"message__{SITE}", "id", "message_id", "n", "source_id", "revision_id", "passage_id", "start", "end",
    "title", "quote", "url", "updated", "audience", on="message_id", apart=f"message__{MADE_UP}",
)  # fmt: skip
kept.keep(
    Offer, f"message__{SITE}", "id", "message_id", "n", "title", "heading", "category_id", "source_id", "revision_id",
    "spans", on="message_id", apart=f"message__{MADE_UP}",
)  # fmt: skip
kept.keep(
    Choice, f"question__{SITE}", "question_id", "among_id", "offer_id", "at", on="question_id",
    open=lambda: Q(Exists(Turn.objects.filter(_under_way(), question=OuterRef("question")))),
)  # fmt: skip
kept.keep(
    Turn, SITE, "id", "conversation_id", "question_id", "answer_id", "state", "outcome", "reason", "category_id",
    "confidence", "release", "trace", "created_at", "settled_at", free=("lease", "lease_until", "noted"),
    open=_under_way, apart=MADE_UP,
)  # fmt: skip
kept.keep(
    Event, SITE, "id", "conversation_id", "kind", "actor", "body", "at", only=Q(kind__in=OPINIONS), apart=MADE_UP,
)  # fmt: skip
kept.keep(ToolCall, f"turn__{SITE}", "id", "turn_id", "tool", "arguments", "result", "state", "ms", on="turn_id")


@audit.before("turn")
def _turn(site_id: int, facts: Mapping[str, Any]) -> Iterator[audit.Held]:
    """What an entry without rows says of a turn: its question, its end, and of one delivered the answer and citations.

    What was erased since is held to nothing: the entry of the erasure says so.
    """
    turn = Turn.objects.select_related("question", "answer").filter(pk=facts["turn"]).first()
    if turn is None or str(turn.conversation_id) != facts["conversation"]:
        yield audit.Held(Turn, facts["turn"], "is missing")
        return
    ended = [name for name in ("outcome", "reason") if getattr(turn, name) != facts[name]]
    yield audit.Held(Turn, turn.pk, f"{' and '.join(ended)} differ" if ended else "")
    same = ledger.digest(turn.question.text) == facts["question"]
    yield audit.Held(Message, turn.question_id, "" if same else "text differs")
    if turn.answer is not None and facts["delivered"]:
        same = ledger.digest(turn.answer.text) == facts["answer"]
        yield audit.Held(Message, turn.answer_id, "" if same else "text differs")
        found = Citation.objects.filter(message=turn.answer).order_by("n").values_list("revision_id", "start", "end")
        if [list(each) for each in found] != facts["cited"]:
            yield audit.Held(Message, turn.answer_id, "citations differ")


@audit.also
def _ratings(site_id: int) -> Iterator[audit.Held]:
    """A conversation's rating is the last one its customer gave, and gone only where none was given."""
    talks = {"conversation__site": site_id, "conversation__synthetic": False}
    events = Event.objects.filter(kind="rating", **talks).order_by("pk")
    given: dict[Any, Mapping[str, Any]] = dict(events.values_list("conversation_id", "body").iterator())
    held = Rating.objects.filter(**talks).values_list("conversation_id", "value", "comment")
    for key, value, comment in held.iterator():
        said = given.pop(key, {})
        if (said.get("value"), said.get("comment", "")) != (value, comment):
            yield audit.Held(Rating, key, "differs from what the customer gave last")
    for key in given:
        yield audit.Held(Rating, key, "is missing")


audit.lets_go("erased", "conversation")
