"""The first writer: conversations, turns and their moves. An acknowledged message is a committed row.

State moves by one conditional UPDATE; a move that finds another state raises IllegalMove and changes nothing.
Functions that say "inside the caller's transaction" never open one of their own.
"""

import hashlib
import hmac
import secrets
import uuid
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.crypto import salted_hmac

from conversations import delivery, history, links, notices
from conversations.models import Choice, Citation, Conversation, Event, Message, Offer, Rating, State, Turn
from knowledge.face.insights import gaps, usage
from sites.choices import data_policy
from sites.core import kept, sql
from sites.models import LedgerHead, Site

SECRET_LASTS = timedelta(days=30)
"""After the last message, or after it was opened, the secret of a conversation opens it no more."""
OPINIONS = ("feedback", "rating")
"""Kinds of events that say what a customer thinks; the chain answers for them."""
BAD = 2
"""Stars, of five, at which the answers of a conversation are looked at by the owners of articles."""


class IllegalMove(Exception):
    """The state was not what the move needs; somebody else was first."""


class Closed(Exception):
    """The conversation is closed: it takes ratings and corrections, not messages."""


class NotOffered(Exception):
    """This is not one of the sections that were offered last in this conversation, or a choice was made already."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What RECORD did: the message's seq, whether it is new, and the turn to run now, if any."""

    seq: int
    new: bool
    turn: Turn | None
    state: str


def open_conversation(site: Site, *, address: str = "", **fields: Any) -> tuple[Conversation, str]:
    """A new conversation and the secret that resumes it; of the secret and of the address only digests are kept."""
    token = secrets.token_urlsafe(32)
    whence = _whence(site, address) if address else ""
    return Conversation.objects.create(site=site, token_digest=_digest(token), address=whence, **fields), token


def resume(site: Site, conversation_id: str, token: str) -> Conversation | None:
    """The conversation, if it is this site's and the secret is right; the secret may be a link sent by mail.

    A link to an address that nobody verified does not open what has become a verified customer's conversation, and
    has a life of its own; a secret ends with SECRET_LASTS. Whose conversation it is, the caller asks besides.
    """
    try:
        key = uuid.UUID(conversation_id)
    except ValueError:
        return None
    conversation = Conversation.objects.filter(pk=key, site=site).first()
    if conversation is None or not conversation.token_digest:  # without one it was erased, or made up
        return None
    if (way := links.read(token)) is not None:
        known = way.conversation == key and (way.first == 1 or not conversation.identity)
    else:
        known = hmac.compare_digest(conversation.token_digest, _digest(token)) and not _over(conversation)
    return conversation if known else None


def _over(conversation: Conversation) -> bool:
    """Whether nothing was said in it for as long as its secret lasts."""
    last = Message.objects.filter(conversation=conversation).order_by("-seq").values_list("at", flat=True).first()
    return (last or conversation.created_at) < timezone.now() - SECRET_LASTS


def ask(conversation_id: uuid.UUID, client_id: str, text: str, lease: timedelta) -> Asked:
    """RECORD: store one customer message once and, in state bot, its turn; returns after the commit.

    A repeated `client_id` returns the first message again. The turn is leased to the caller when none is in
    flight; otherwise it waits its turn. Raises Closed.
    """
    kept_as = data_policy.masked(text, history.site_of(conversation_id), data_policy.STORED)

    def work(state: str) -> Asked:
        asked = _again(conversation_id, client_id, state)
        return asked or _stored(conversation_id, client_id, kept_as, state, lease)

    return _recorded(conversation_id, work)


def attach(conversation_id: uuid.UUID, client_id: str, name: str, part: Mapping[str, Any]) -> Asked:
    """RECORD: store one file's message, to the person who has the conversation; returns after the commit.

    A repeated `client_id` returns the first message again. Raises Closed; IllegalMove where no person is there.
    """
    kept_as = data_policy.masked(name, history.site_of(conversation_id), data_policy.STORED)

    def work(state: str) -> Asked:
        if asked := _again(conversation_id, client_id, state):
            return asked
        if state != State.HUMAN:
            raise IllegalMove("Files are for a person, and none is there.")
        parts = [{**part, "text": kept_as}]
        message = delivery.append(
            conversation_id, author=Message.Author.CUSTOMER, text=kept_as, client_id=client_id, parts=parts
        )
        return Asked(message.seq, True, None, state)

    return _recorded(conversation_id, work)


def choose(conversation_id: uuid.UUID, client_id: str, offer: uuid.UUID | None, none: str, lease: timedelta) -> Asked:
    """RECORD: store one choice among the sections offered last, as `ask` stores a message; returns after the commit.

    `offer`: the id of one, or None for none of these, which `none` says in words. Raises Closed, NotOffered.
    """

    def work(state: str) -> Asked:
        if asked := _again(conversation_id, client_id, state):
            return asked
        among = _offered_last(conversation_id)
        chosen = Offer.objects.filter(pk=offer, message=among).first() if among and offer else None
        if among is None or (chosen is None) != (offer is None):
            raise NotOffered
        asked = _stored(conversation_id, client_id, str(chosen or none), state, lease)
        question = Message.objects.get(conversation_id=conversation_id, seq=asked.seq)
        Choice.objects.create(question=question, among=among, offer=chosen)
        return asked

    return _recorded(conversation_id, work)


def chose(question: Message, offer: str) -> None:
    """Note, inside the caller's transaction, which offer a customer chose by typing its name; empty: none of these."""
    among = _offered_last(question.conversation_id)
    if among is not None and not Choice.objects.filter(question=question).exists():
        chosen = Offer.objects.filter(pk=offer, message=among).first() if offer else None
        Choice.objects.create(question=question, among=among, offer=chosen)


def _recorded(conversation_id: uuid.UUID, work: Callable[[str], Asked]) -> Asked:
    """Do RECORD's work while nobody can change the conversation's state; where a person has it, under the site's chain.

    The entry of a turn speaks of its question; what is written to a person has no turn. The chain is held first, as
    everywhere, so the state is looked at before: where somebody took over in between, it is done again.
    """
    with_bot = history.state_of(conversation_id) == State.BOT
    with transaction.atomic() if with_bot else kept.writing(history.site_of(conversation_id)):
        state = locked_state(conversation_id)
        if not with_bot or state == State.BOT:
            return work(state)
    return _recorded(conversation_id, work)


def _again(conversation_id: uuid.UUID, client_id: str, state: str) -> Asked | None:
    """What RECORD did when this id came first; None when it is new. Raises Closed."""
    known = sql.row(
        "SELECT seq FROM conversations_message WHERE conversation_id = %s AND client_id = %s",
        conversation_id,
        client_id,
    )
    if known is not None:
        return Asked(known[0], False, None, state)
    if state == State.CLOSED:
        raise Closed
    return None


def _stored(conversation_id: uuid.UUID, client_id: str, text: str, state: str, lease: timedelta) -> Asked:
    """A new message of the customer and, in state bot, its turn."""
    message = delivery.append(conversation_id, author=Message.Author.CUSTOMER, text=text, client_id=client_id)
    turn = _enqueued(message, lease) if state == State.BOT else None
    return Asked(message.seq, True, turn, state)


def _offered_last(conversation_id: uuid.UUID) -> Message | None:
    """The last message that offered sections, as long as nothing was chosen among them."""
    offering = Message.objects.filter(conversation_id=conversation_id, offers__isnull=False)
    last = offering.order_by("-seq").first()
    return last if last is not None and not Choice.objects.filter(among=last).exists() else None


def locked_state(conversation_id: uuid.UUID) -> str:
    """The conversation's state, which nobody can change until the caller's transaction ends."""
    found = sql.row("SELECT state FROM conversations_conversation WHERE id = %s FOR UPDATE", conversation_id)
    if found is None:
        raise Conversation.DoesNotExist(f"There is no conversation {conversation_id}.")
    return str(found[0])


def _enqueued(message: Message, lease: timedelta) -> Turn | None:
    """A turn for a new message: leased to the caller when no other is open, else queued behind it."""
    turn = Turn(conversation_id=message.conversation_id, question=message)
    alone = not _open(message.conversation_id)
    if alone:
        turn.state, turn.lease, turn.lease_until = Turn.State.RUNNING, uuid.uuid4(), timezone.now() + lease
    sql.insert(turn)
    return turn if alone else claim(message.conversation_id, lease)


def _open(conversation_id: uuid.UUID) -> set[str]:
    """The states of the turns that have not ended."""
    states = "SELECT state FROM conversations_turn WHERE conversation_id = %s AND state IN ('queued', 'running')"
    return {row[0] for row in sql.rows(states, conversation_id)}


def claim(conversation_id: uuid.UUID, lease: timedelta) -> Turn | None:
    """Lease the oldest queued turn when none is in flight; None when there is nothing to run.

    Inside the caller's transaction, which holds the conversation's row: so two callers never both find none in flight.
    """
    if _open(conversation_id) != {Turn.State.QUEUED}:
        return None
    turns = Turn.objects.filter(conversation_id=conversation_id)
    turn = turns.filter(state=Turn.State.QUEUED).select_related("question").order_by("id").first()
    if turn is None:
        return None
    holder, until = uuid.uuid4(), timezone.now() + lease
    mine = turns.filter(pk=turn.pk, state=Turn.State.QUEUED).update(
        state=Turn.State.RUNNING, lease=holder, lease_until=until
    )
    turn.state, turn.lease, turn.lease_until = Turn.State.RUNNING, holder, until
    return turn if mine else None


def left_behind() -> tuple[QuerySet[Turn], QuerySet[Turn]]:
    """Turns whose time to answer is over, and those that have waited with nobody to begin them."""
    now = timezone.now()
    lost = Turn.objects.filter(state=Turn.State.RUNNING, lease_until__lt=now)
    return lost, Turn.objects.filter(state=Turn.State.QUEUED, created_at__lt=now - timedelta(seconds=2))


def lease_again(turn: Turn, lease: timedelta) -> bool:
    """Take over a running turn whose lease ran out; False when somebody else was first."""
    holder, now = uuid.uuid4(), timezone.now()
    taken = Turn.objects.filter(pk=turn.pk, state=Turn.State.RUNNING, lease=turn.lease, lease_until__lt=now).update(
        lease=holder, lease_until=now + lease
    )
    turn.lease = holder
    return bool(taken)


def finish(turn: Turn, state: str, **fields: Any) -> bool:
    """End a running turn, if it is still ours; inside the caller's transaction. False: somebody else ended it."""
    ours = {"id": turn.pk, "state": Turn.State.RUNNING, "lease": turn.lease}
    return bool(sql.update(Turn, ours, state=state, settled_at=timezone.now(), lease_until=None, **fields))


def answered(turn: Turn, message: Message) -> None:
    """Name the one message a turn was answered with; inside the caller's transaction."""
    sql.update(Turn, {"id": turn.pk}, answer_id=message.pk)
    turn.answer = message


def discard_queued(conversation_id: uuid.UUID) -> int:
    """Drop the turns nobody has begun, because a person takes over; their questions stay in the transcript."""
    queued = Turn.objects.filter(conversation_id=conversation_id, state=Turn.State.QUEUED)
    dropped = list(queued.values_list("pk", "question_id"))
    site_id = history.site_of(conversation_id)
    kept.note(site_id, Turn, *(turn for turn, _ in dropped))
    kept.note(site_id, Message, *(question for _, question in dropped))
    return queued.update(state=Turn.State.DISCARDED, settled_at=timezone.now())


def move(conversation_id: uuid.UUID, before: Collection[str], after: str) -> None:
    """Move a conversation's state inside the caller's transaction. Raises IllegalMove when it is not in `before`."""
    moved = Conversation.objects.filter(pk=conversation_id, state__in=before).update(
        state=after, changed_at=timezone.now()
    )
    if not moved:
        raise IllegalMove(f"The conversation is no longer {' or '.join(sorted(before))}.")
    if after != State.BOT:
        discard_queued(conversation_id)
    delivery.wake(conversation_id)


def event(conversation_id: uuid.UUID, kind: str, *, actor: str = "", body: Mapping[str, Any] | None = None) -> Event:
    """Note something that happened besides messages; webhooks hear of it where it is for them."""
    notices.of_event(conversation_id, kind, actor, body or {})
    return Event.objects.create(conversation_id=conversation_id, kind=kind, actor=actor, body=dict(body or {}))


def rate(conversation_id: uuid.UUID, value: int, comment: str) -> Rating:
    """Keep the rating (1 to 5) of a conversation in any state; a second replaces the first, as an event of its own."""
    with kept.writing(_site_of(conversation_id)) as head:
        spoken = Message.objects.filter(conversation_id=conversation_id, author=Message.Author.AGENT).exists()
        earlier = Rating.objects.filter(conversation_id=conversation_id).values_list("value", flat=True).first()
        rating, _ = Rating.objects.update_or_create(
            conversation_id=conversation_id, defaults={"value": value, "comment": comment, "with_person": spoken}
        )
        _opinion(head, conversation_id, "rating", value=value, comment=comment)
        if value <= BAD and not spoken and (earlier is None or earlier > BAD):
            for turn in _answered(conversation_id):
                _as_gap(turn)
    return rating


def thumb(conversation_id: uuid.UUID, seq: int, value: int, reason: str, comment: str) -> None:
    """Keep a thumb (1 or -1) on a message. The last one counts; the same one again is no news."""
    body = {"seq": seq, "value": value, "reason": reason, "comment": comment}
    with kept.writing(_site_of(conversation_id)) as head:
        earlier = Event.objects.filter(conversation_id=conversation_id, kind="feedback", body__seq=seq)
        last = earlier.order_by("-pk").first()
        if last is not None and last.body == body:
            return
        _opinion(head, conversation_id, "feedback", **body)
        if last is None or last.body["value"] != value:
            _tell_owners(conversation_id, seq, value, last)


def _opinion(head: LedgerHead, conversation_id: uuid.UUID, kind: str, **body: Any) -> None:
    """Note what a customer thinks as an event of which the site's chain speaks; the ledger is held."""
    noted = event(conversation_id, kind, actor="customer", body=body)
    kept.append(head.site_id, "rated", {"conversation": str(conversation_id), "what": kind}, noted, head=head)


def _site_of(conversation_id: uuid.UUID) -> int:
    return Conversation.objects.values_list("site_id", flat=True).get(pk=conversation_id)


def _tell_owners(conversation_id: uuid.UUID, seq: int, value: int, last: Event | None) -> None:
    """Count a thumb for the sources of the answer; one down makes its question a gap."""
    cited = Citation.objects.filter(message__conversation_id=conversation_id, message__seq=seq, source__isnull=False)
    sources = list(cited.values_list("source_id", flat=True))
    if last is not None:
        given = timezone.localdate(last.at)
        usage.judge(sources, good=last.body["value"] == 1, day=given, taken_back=True)
    usage.judge(sources, good=value == 1)
    turn = _answered(conversation_id).filter(answer__seq=seq).first()
    if value == -1 and turn is not None:
        _as_gap(turn)


def _answered(conversation_id: uuid.UUID) -> QuerySet[Turn]:
    """The turns that the assistant answered from articles."""
    citing = Citation.objects.filter(message__conversation_id=conversation_id).values("message")
    return Turn.objects.filter(answer__in=citing).select_related("question", "conversation").order_by("pk")


def _as_gap(turn: Turn) -> None:
    gaps.note(turn.conversation.site_id, turn.category_id, turn.question.text, "rated_badly")


def _whence(site: Site, address: str) -> str:
    """An address as it is kept: keyed with SECRET_KEY, and another on every site, so that it leads back to nobody."""
    return salted_hmac("handrail.address", f"{site.pk}:{address}", algorithm="sha256").hexdigest()[:32]


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
