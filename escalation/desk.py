"""The desk: every move of a handoff, one short transaction each.

Law of the room: hold the site's ledger first, then move rows by conditional UPDATE. Whoever comes second
changes nothing and is told so in a plain sentence. Each move is an Event (evidence) and a ledger entry
(proof), and whatever changes for the customer is said to the customer.
"""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from conversations import delivery, record
from conversations.models import Conversation, Message, State, Turn
from conversations.record import IllegalMove
from conversations.wording import say
from escalation import letters
from escalation.letters import address_of as address_of
from escalation.models import Draft, Handoff
from escalation.waiting import at_the_desk as at_the_desk
from escalation.waiting import promise as promise
from escalation.waiting import queue_place as queue_place
from sites import hints, ledger, outbox, sql
from sites.models import LedgerHead, Role
from sites.roles import require, roles_of

DRAFT_PATIENCE = timedelta(minutes=5)  # how long a customer is left with "a person is checking it"
IN_WORDS = {
    Handoff.State.OPEN: "nobody's yet",
    Handoff.State.CLAIMED: "claimed",
    Handoff.State.CLOSED: "closed",
}
CUSTOMER = "customer"


# ── Moves that the bot and the customer cause ───────────────────────────────────────────────────────────────


def open_handoff(
    conversation: Conversation, *, turn: Turn | None, reason: str, urgent: bool = False, category: str = ""
) -> Handoff:
    """Put a conversation before people, inside the caller's transaction, which has told the customer.

    Moves it to `waiting` and supersedes a pending draft. A handoff that is still open is returned, made more
    urgent if need be. Raises IllegalMove when a person has the conversation or it is closed.
    """
    head = ledger.hold(conversation.site_id)
    supersede(conversation.pk)
    known = Handoff.objects.filter(conversation=conversation, state=Handoff.State.OPEN).first()
    if known is not None:
        return _more_urgent(known) if urgent else known
    record.move(conversation.pk, {State.BOT, State.WAITING}, State.WAITING)
    handoff = Handoff.objects.create(
        site_id=conversation.site_id,
        conversation=conversation,
        turn=turn,
        reason=reason,
        urgent=urgent,
        category=category,
        opened_at=timezone.now(),
    )
    _keep(handoff, "opened", CUSTOMER, head, reason=str(reason), urgent=urgent, category=category)
    return handoff


def draft(
    conversation: Conversation,
    *,
    turn: Turn,
    text: str,
    parts: Sequence[Mapping[str, Any]],
    citations: Sequence[Mapping[str, Any]],
) -> Draft:
    """Keep an answer until a person approves it, inside the caller's transaction; the bot goes on.

    `citations` hold Citation's own fields. At a closed desk, or after DRAFT_PATIENCE, it is a handoff.
    """
    supersede(conversation.pk)
    made = Draft.objects.create(
        conversation=conversation,
        turn=turn,
        text=text,
        parts=list(parts),
        citations=[{**citation, "updated": citation["updated"].isoformat()} for citation in citations],
    )
    record.event(conversation.pk, "draft.pending", body={"draft": made.pk})
    now = timezone.now()
    staffed = at_the_desk(conversation.site, now).open
    outbox.put("draft.expire", {"draft": made.pk}, due_at=now + DRAFT_PATIENCE if staffed else now)
    announce(conversation.site_id)
    return made


def supersede(conversation_id: uuid.UUID) -> None:
    """Drop a pending draft because the customer moved on; inside the caller's transaction."""
    pending = {"conversation_id": conversation_id, "state": Draft.State.PENDING}
    if sql.update(Draft, pending, state=Draft.State.SUPERSEDED, decided_at=timezone.now()):
        record.event(conversation_id, "draft.superseded")
        announce(_site_of(conversation_id))


def customer_wrote(conversation_id: uuid.UUID) -> None:
    """A customer wrote while waiting or with a person: tell the desk's screens."""
    announce(_site_of(conversation_id))


def customer_types(conversation_id: uuid.UUID) -> None:
    """A customer is typing: let the screen of this conversation show it; nothing is stored."""
    hints.send(group(_site_of(conversation_id)), "desk.typing", conversation=str(conversation_id))


def customer_leaves(conversation_id: uuid.UUID) -> None:
    """The customer no longer wants to wait: waiting → bot. Nothing happens once a person has taken it."""
    with transaction.atomic():
        conversation, head = _held_by_site(conversation_id)
        handoff = Handoff.objects.filter(conversation=conversation, state=Handoff.State.OPEN).first()
        if handoff is None:
            return
        _end(handoff, {Handoff.State.OPEN}, Handoff.Ending.WITHDRAWN)
        record.move(conversation.pk, {State.WAITING}, State.BOT)
        _tell(conversation, "withdrawn")
        _keep(handoff, "withdrawn", CUSTOMER, head)


def customer_ends(conversation_id: uuid.UUID) -> None:
    """The customer closes the conversation: an open handoff is withdrawn, one a person holds is abandoned."""
    with transaction.atomic():
        conversation, head = _held_by_site(conversation_id)
        if conversation.state == State.CLOSED:
            return
        supersede(conversation.pk)
        handoff = Handoff.objects.filter(conversation=conversation).exclude(state=Handoff.State.CLOSED).first()
        if handoff is not None:
            waiting = handoff.state == Handoff.State.OPEN
            ending = Handoff.Ending.WITHDRAWN if waiting else Handoff.Ending.ABANDONED
            _end(handoff, {handoff.state}, ending)
            _keep(handoff, ending.value, CUSTOMER, head)
        record.move(conversation.pk, {State.BOT, State.WAITING, State.HUMAN}, State.CLOSED)
        _tell(conversation, "closed")


# ── Moves that an agent makes ───────────────────────────────────────────────────────────────────────────────


def claim(handoff: Handoff, *, actor: User) -> Handoff:
    """Take a waiting customer: open → claimed, waiting → human. Exactly one of many callers succeeds."""
    with _move(handoff, actor, "claimed"):
        taken = Handoff.objects.filter(pk=handoff.pk, state=Handoff.State.OPEN).update(
            state=Handoff.State.CLAIMED, agent=actor, claimed_at=timezone.now()
        )
        if not taken:
            raise IllegalMove(_too_late(handoff, actor))
        record.move(handoff.conversation_id, {State.WAITING}, State.HUMAN)
        _tell(handoff.conversation, "agent_joined", name=name_of(actor))
    return _fresh(handoff)


def release(handoff: Handoff, *, actor: User, reason: str = "") -> Handoff:
    """Put a claimed customer back into the queue, at the place they had: claimed → open, human → waiting."""
    with _move(handoff, actor, "released", reason=reason):
        holder = _holder(handoff, actor)
        Handoff.objects.filter(pk=handoff.pk).update(state=Handoff.State.OPEN, agent=None, claimed_at=None)
        record.move(handoff.conversation_id, {State.HUMAN}, State.WAITING)
        _tell(handoff.conversation, "agent_left", name=name_of(holder))
    return _fresh(handoff)


def reply(handoff: Handoff, *, actor: User, text: str) -> Message:
    """Write to the customer, as the agent who has the conversation."""
    words = text.strip()
    if not words:
        raise IllegalMove("There is nothing to send yet.")
    with transaction.atomic():
        head = ledger.hold(handoff.site_id)
        require(actor, handoff.site_id, Role.AGENT)
        _holder(handoff, actor, alone=True)
        message = _say(handoff.conversation, actor, words)
        letters.later(handoff.conversation)
        _keep(handoff, "replied", actor.get_username(), head, seq=message.seq, text=ledger.digest(words))
    return message


def return_to_bot(handoff: Handoff, *, actor: User, reason: str = "") -> Handoff:
    """Give the conversation back to the assistant: claimed → closed (returned), human → bot."""
    with _move(handoff, actor, "returned", reason=reason):
        holder = _holder(handoff, actor)
        _end(handoff, {Handoff.State.CLAIMED}, Handoff.Ending.RETURNED, note=reason)
        record.move(handoff.conversation_id, {State.HUMAN}, State.BOT)
        _tell(handoff.conversation, "returned", name=name_of(holder))
    return _fresh(handoff)


def close(handoff: Handoff, *, actor: User, ending: str = Handoff.Ending.RESOLVED, reason: str = "") -> Handoff:
    """End the conversation: claimed → closed (resolved or abandoned), human → closed."""
    if ending not in (Handoff.Ending.RESOLVED, Handoff.Ending.ABANDONED):
        raise IllegalMove("A conversation is closed as resolved or as abandoned by the customer.")
    with _move(handoff, actor, "closed", ending=str(ending), reason=reason):
        _holder(handoff, actor)
        _end(handoff, {Handoff.State.CLAIMED}, ending, note=reason)
        record.move(handoff.conversation_id, {State.HUMAN}, State.CLOSED)
        _tell(handoff.conversation, "closed")
    return _fresh(handoff)


def call_back(handoff: Handoff, *, actor: User, text: str) -> Handoff:
    """Answer by e-mail a customer who waited in vain: open → closed (called back), waiting → closed.

    Only `text` is sent, with a link back, never the transcript: the address may not be the customer's.
    """
    words = text.strip()
    if not address_of(handoff.conversation):
        raise IllegalMove("The customer has left no e-mail address; claim the conversation and answer here.")
    if not words:
        raise IllegalMove("Write the answer first; it is sent by e-mail.")
    with _move(handoff, actor, "called_back", text=ledger.digest(words)):
        _end(handoff, {Handoff.State.OPEN}, Handoff.Ending.CALLED_BACK)
        Handoff.objects.filter(pk=handoff.pk).update(agent=actor)
        message = _say(handoff.conversation, actor, words)
        record.move(handoff.conversation_id, {State.WAITING}, State.CLOSED)
        _tell(handoff.conversation, "called_back")
        letters.answer(handoff.conversation, words, seq=message.seq)
    return _fresh(handoff)


def note(conversation: Conversation, *, actor: User, text: str) -> None:
    """Keep a private remark beside a conversation; no customer sees it, and it takes no seq."""
    words = text.strip()
    if not words:
        raise IllegalMove("The note is empty.")
    with transaction.atomic():
        head = ledger.hold(conversation.site_id)
        require(actor, conversation.site_id, Role.AGENT)
        body = {"text": words, "name": name_of(actor)}
        record.event(conversation.pk, "note", actor=actor.get_username(), body=body)
        facts = {
            "actor": actor.get_username(),
            "conversation": str(conversation.pk),
            "text": ledger.digest(words),
        }
        ledger.append(conversation.site_id, "note", facts, head=head)
        delivery.wake(conversation.pk)


def agent_types(handoff: Handoff, *, actor: User) -> None:
    """Let the customer see that a person is typing; nothing is stored."""
    if Handoff.objects.filter(pk=handoff.pk, state=Handoff.State.CLAIMED, agent=actor).exists():
        hints.send(delivery.group(handoff.conversation_id), "conversation.typing", name=name_of(actor))


# ── What the rooms above and beside need to know ────────────────────────────────────────────────────────────


def group(site_id: int) -> str:
    """The channel-layer group of a site's desk screens."""
    return f"desk.{site_id}"


def announce(site_id: int) -> None:
    """Hint the desk screens of a site, after commit, that there is something to read."""
    hints.send(group(site_id), "desk.changed")


def agent_of(conversation_id: uuid.UUID) -> str:
    """The name of the agent who has a conversation, as the customer sees it; empty when nobody has it."""
    held = Handoff.objects.filter(conversation=conversation_id, state=Handoff.State.CLAIMED).select_related("agent")
    handoff = held.first()
    return name_of(handoff.agent) if handoff is not None and handoff.agent is not None else ""


def name_of(user: User) -> str:
    """How customers see a person: the full name, else the user name."""
    return user.get_full_name() or user.get_username().title()


# ── Inside ──────────────────────────────────────────────────────────────────────────────────────────────────


@contextmanager
def _move(handoff: Handoff, actor: User, kind: str, **facts: Any) -> Iterator[None]:
    """One agent's move: the site's ledger first, the right to make it, the move, then its two records."""
    with transaction.atomic():
        head = ledger.hold(handoff.site_id)
        require(actor, handoff.site_id, Role.AGENT)
        yield
        _keep(handoff, kind, actor.get_username(), head, **facts)


def _keep(handoff: Handoff, kind: str, actor: str, head: LedgerHead, **facts: Any) -> None:
    """Write a move where evidence is read and where it can be proved; texts only as digests."""
    body = {"handoff": handoff.pk, **facts}
    record.event(handoff.conversation_id, f"handoff.{kind}", actor=actor, body=body)
    proof = {"actor": actor, "conversation": str(handoff.conversation_id), **body}
    ledger.append(handoff.site_id, f"handoff.{kind}", proof, head=head)
    announce(handoff.site_id)


def _end(handoff: Handoff, before: set[str], ending: str, note: str = "") -> None:
    ended = Handoff.objects.filter(pk=handoff.pk, state__in=before).update(
        state=Handoff.State.CLOSED, ending=ending, closed_at=timezone.now(), note=note
    )
    if not ended:
        raise IllegalMove(f"This handoff is {IN_WORDS[Handoff.State(_fresh(handoff).state)]}.")


def _holder(handoff: Handoff, actor: User, *, alone: bool = False) -> User:
    """The agent who has the handoff. An administrator may move it for them, but not write in it (`alone`)."""
    now = _fresh(handoff)
    if now.state != Handoff.State.CLAIMED or now.agent is None:
        raise IllegalMove(f"This handoff is {IN_WORDS[Handoff.State(now.state)]}; only a claimed one can be worked on.")
    if now.agent_id != actor.pk and (alone or Role.ADMIN not in roles_of(actor, handoff.site_id)):
        raise IllegalMove(f"{name_of(now.agent)} has this conversation.")
    return now.agent


def _too_late(handoff: Handoff, actor: User) -> str:
    now = _fresh(handoff)
    if now.state == Handoff.State.CLOSED:
        return f"This handoff is already over ({Handoff.Ending(now.ending).label.lower()})."
    if now.agent_id == actor.pk:
        return "You have already claimed this conversation."
    return f"{name_of(now.agent) if now.agent else 'Someone else'} has already claimed this conversation."


def _more_urgent(handoff: Handoff) -> Handoff:
    Handoff.objects.filter(pk=handoff.pk).update(urgent=True)
    announce(handoff.site_id)
    return _fresh(handoff)


def _say(conversation: Conversation, actor: User, words: str) -> Message:
    return delivery.append(conversation.pk, author=Message.Author.AGENT, text=words, name=name_of(actor))


def _tell(conversation: Conversation, key: str, **values: str) -> None:
    text = say(key, conversation.site.wording, **values)
    delivery.append(conversation.pk, author=Message.Author.SYSTEM, text=text, generated="fixed")


def _held_by_site(conversation_id: uuid.UUID) -> tuple[Conversation, LedgerHead]:
    """Hold the site of a conversation, then read the conversation as it is under that hold."""
    head = ledger.hold(_site_of(conversation_id))
    return Conversation.objects.select_related("site").get(pk=conversation_id), head


def _site_of(conversation_id: uuid.UUID) -> int:
    return Conversation.objects.values_list("site_id", flat=True).get(pk=conversation_id)


def _fresh(handoff: Handoff) -> Handoff:
    return Handoff.objects.select_related("agent", "site", "conversation__site").get(pk=handoff.pk)
