"""The desk: every move of a handoff, one short transaction each.

Law of the room: hold the site's ledger first, then move rows by conditional UPDATE. Whoever comes second
changes nothing and is told so in a plain sentence. Each move is an Event (evidence) and a ledger entry
(proof), and whatever changes for the customer is said to the customer.
"""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone

from conversations import delivery, history, record
from conversations.models import Conversation, Message, State, Turn
from conversations.record import IllegalMove
from escalation.core.moves import (
    CUSTOMER,
    end,
    fresh,
    holder,
    keep,
    move,
    say_as,
    tell,
    too_late,
)
from escalation.core.moves import address_of as address_of
from escalation.core.moves import agent_of as agent_of
from escalation.core.moves import announce as announce
from escalation.core.moves import group as group
from escalation.core.moves import name_of as name_of
from escalation.desk import lessons, letters, mentions, quoting, unsent, written
from escalation.desk.quoting import Quote
from escalation.models import Draft, Handoff, Receipt, Team, Unsent
from escalation.queue import presence, teams
from escalation.queue.urgency import make_urgent as make_urgent
from escalation.queue.urgency import put_first, tell_named
from escalation.queue.waiting import at_the_desk as at_the_desk
from escalation.queue.waiting import promise as promise
from escalation.queue.waiting import queue_place as queue_place
from escalation.queue.waiting import target_of
from sites.access.roles import require, roles_of
from sites.core import hints, kept, ledger, outbox, sql
from sites.models import Role

DRAFT_PATIENCE = timedelta(minutes=5)  # how long a customer is left with "a person is checking it"


# ── Moves that the bot and the customer cause ───────────────────────────────────────────────────────────────


def open_handoff(
    conversation: Conversation, *, turn: Turn | None, reason: str, urgent: bool = False, category: str = ""
) -> Handoff:
    """Put a conversation before people, inside the caller's transaction, which has told the customer.

    Moves it to `waiting` and supersedes a pending draft. A handoff that is still open is returned, made more
    urgent if need be. Of an urgent one the site's named people hear at once, also while the desk is closed.
    Raises IllegalMove when a person has the conversation or it is closed.
    """
    head = ledger.hold(conversation.site_id)
    supersede(conversation.pk)
    known = Handoff.objects.filter(conversation=conversation, state=Handoff.State.OPEN).first()
    if known is not None:
        return put_first(known, reason, head) if urgent else known
    record.move(conversation.pk, {State.BOT, State.WAITING}, State.WAITING)
    category = category or _last_subject(conversation)
    handoff = Handoff.objects.create(
        site_id=conversation.site_id,
        conversation=conversation,
        turn=turn,
        reason=reason,
        urgent=urgent,
        category=category,
        team_id=teams.of_category(conversation.site_id, category),
        opened_at=timezone.now(),
    )
    target = target_of(conversation.site, urgent)
    keep(handoff, "opened", CUSTOMER, head, reason=str(reason), urgent=urgent, category=category, target_s=target)
    if urgent:
        tell_named(handoff)
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
    kept.note(conversation.site_id, Draft, made.pk)
    record.event(conversation.pk, "draft.pending", body={"draft": made.pk})
    now = timezone.now()
    staffed = at_the_desk(conversation.site, now).open
    outbox.put("draft.expire", {"draft": made.pk}, due_at=now + DRAFT_PATIENCE if staffed else now)
    announce(conversation.site_id, conversation.pk)
    return made


def supersede(conversation_id: uuid.UUID) -> None:
    """Drop a pending draft because the customer moved on; inside the caller's transaction."""
    pending = {"conversation_id": conversation_id, "state": Draft.State.PENDING}
    if sql.update(Draft, pending, state=Draft.State.SUPERSEDED, decided_at=timezone.now()):
        site_id = history.site_of(conversation_id)
        drafts = Draft.objects.filter(conversation=conversation_id)
        kept.note(site_id, Draft, *drafts.values_list("pk", flat=True))
        record.event(conversation_id, "draft.superseded")
        announce(site_id, conversation_id)


_RETURNED = """
    SELECT 1 FROM escalation_handoff
    WHERE conversation_id = %s AND ending = 'returned' AND opened_at >= %s LIMIT 1
"""


def returned_since(conversation_id: uuid.UUID, moment: datetime) -> bool:
    """Whether a person took this conversation over and gave it back after a moment: older answers come too late."""
    return sql.row(_RETURNED, conversation_id, moment) is not None


def customer_wrote(conversation_id: uuid.UUID) -> None:
    """A customer wrote while waiting or with a person: tell the desk's screens."""
    announce(history.site_of(conversation_id), conversation_id)


def customer_types(conversation_id: uuid.UUID) -> None:
    """A customer is typing: let the screen of this conversation show it; nothing is stored."""
    hints.send(group(history.site_of(conversation_id)), "desk.typing", conversation=str(conversation_id))


def customer_saw(conversation_id: uuid.UUID, seq: int) -> None:
    """The customer's screen shows everything up to `seq`: let the agent see that the reply has arrived."""
    seq = min(seq, Conversation.objects.values_list("last_seq", flat=True).get(pk=conversation_id))
    made = Receipt.objects.get_or_create(conversation_id=conversation_id, defaults={"seq": seq})[1]
    if made or Receipt.objects.filter(conversation=conversation_id, seq__lt=seq).update(seq=seq, at=timezone.now()):
        announce(history.site_of(conversation_id), conversation_id)


def customer_leaves(conversation_id: uuid.UUID) -> None:
    """The customer no longer wants to wait: waiting → bot. Nothing happens once a person has taken it."""
    with kept.writing(history.site_of(conversation_id)) as head:
        conversation = Conversation.objects.select_related("site").get(pk=conversation_id)
        handoff = Handoff.objects.filter(conversation=conversation, state=Handoff.State.OPEN).first()
        if handoff is None:
            return
        end(handoff, {Handoff.State.OPEN}, Handoff.Ending.WITHDRAWN)
        record.move(conversation.pk, {State.WAITING}, State.BOT)
        tell(conversation, "withdrawn")
        keep(handoff, "withdrawn", CUSTOMER, head)


def customer_ends(conversation_id: uuid.UUID) -> None:
    """The customer closes the conversation: an open handoff is withdrawn, one a person holds is abandoned."""
    with kept.writing(history.site_of(conversation_id)) as head:
        conversation = Conversation.objects.select_related("site").get(pk=conversation_id)
        if conversation.state == State.CLOSED:
            return
        supersede(conversation.pk)
        handoff = Handoff.objects.filter(conversation=conversation).exclude(state=Handoff.State.CLOSED).first()
        if handoff is not None:
            waiting = handoff.state == Handoff.State.OPEN
            ending = Handoff.Ending.WITHDRAWN if waiting else Handoff.Ending.ABANDONED
            end(handoff, {handoff.state}, ending)
            keep(handoff, ending.value, CUSTOMER, head)
        record.move(conversation.pk, {State.BOT, State.WAITING, State.HUMAN}, State.CLOSED)
        tell(conversation, "closed")


# ── Moves that an agent makes ───────────────────────────────────────────────────────────────────────────────


def claim(handoff: Handoff, *, actor: User) -> Handoff:
    """Take a waiting customer: open → claimed, waiting → human. Exactly one of many callers succeeds."""
    with move(handoff, actor, "claimed"):
        taken = Handoff.objects.filter(pk=handoff.pk, state=Handoff.State.OPEN).update(
            state=Handoff.State.CLAIMED, agent=actor, claimed_at=timezone.now()
        )
        if not taken:
            raise IllegalMove(too_late(handoff, actor))
        record.move(handoff.conversation_id, {State.WAITING}, State.HUMAN)
        tell(handoff.conversation, "agent_joined", name=name_of(actor))
    return fresh(handoff)


def release(handoff: Handoff, *, actor: User, reason: str = "") -> Handoff:
    """Put a claimed customer back into the queue, at the place they had: claimed → open, human → waiting."""
    with move(handoff, actor, "released", reason=reason):
        owner = holder(handoff, actor)
        _back_to_the_queue(handoff, owner, "agent_left")
    return fresh(handoff)


def reply(handoff: Handoff, *, actor: User, text: str, quotes: Sequence[Quote] = (), key: str = "") -> Message:
    """Write to the customer, as the agent who has the conversation; `quotes` whose words are in it become citations.

    `key`: the sender's own id of it. Sent twice it is said once, and the first message is returned.
    Raises IllegalMove, also when a quote has been withdrawn since it was put in.
    """
    words = text.strip()
    if not words:
        raise IllegalMove("There is nothing to send yet.")
    with kept.writing(handoff.site_id) as head:
        require(actor, handoff.site_id, Role.AGENT)
        if key and (known := _sent(handoff, actor, key)):
            return known
        holder(handoff, actor, alone=True)
        cited = quoting.citations(handoff.conversation, quotes, words)
        drawn = written.parts(words, [each["n"] for each in cited])
        message = say_as(handoff.conversation, actor, words, cited, drawn, client_id=_own(actor, key))
        lessons.keep(handoff, cited)
        letters.later(handoff.conversation)
        unsent.forget(handoff.conversation, actor, Unsent.Kind.REPLY)
        keep(handoff, "replied", actor.get_username(), head, seq=message.seq, text=ledger.digest(words))
    return message


def _own(actor: User, key: str) -> str | None:
    """How a message keeps the id its agent gave it; none without one."""
    return ledger.digest(f"{actor.pk} {key}") if key else None


def _sent(handoff: Handoff, actor: User, key: str) -> Message | None:
    """The message that was sent under this id before."""
    mine = Message.objects.filter(conversation=handoff.conversation_id, author=Message.Author.AGENT)
    return mine.filter(client_id=_own(actor, key)).first()


def return_to_bot(handoff: Handoff, *, actor: User, reason: str) -> Handoff:
    """Give the conversation back to the assistant, saying why: claimed → closed (returned), human → bot."""
    if not reason.strip():
        raise IllegalMove("Say in a few words why the assistant can go on.")
    with move(handoff, actor, "returned", reason=reason):
        owner = holder(handoff, actor)
        end(handoff, {Handoff.State.CLAIMED}, Handoff.Ending.RETURNED, note=reason)
        record.move(handoff.conversation_id, {State.HUMAN}, State.BOT)
        tell(handoff.conversation, "returned", name=name_of(owner))
    return fresh(handoff)


def close(
    handoff: Handoff, *, actor: User, ending: str = Handoff.Ending.RESOLVED, reason: str = "", need: str = ""
) -> Handoff:
    """End the conversation: claimed → closed (resolved or abandoned), human → closed.

    `need` says what the agent thinks of the handoff itself (Handoff.Need; empty: not asked). It is evidence.
    """
    if ending not in (Handoff.Ending.RESOLVED, Handoff.Ending.ABANDONED):
        raise IllegalMove("A conversation is closed as resolved or as abandoned by the customer.")
    if need and need not in Handoff.Need.values:
        raise IllegalMove(f"Say of the handoff that it was {', '.join(Handoff.Need.values)}.")
    looked_back = {"need": str(need), "category": handoff.category} if need else {}
    with move(handoff, actor, "closed", ending=str(ending), reason=reason, **looked_back):
        holder(handoff, actor)
        end(handoff, {Handoff.State.CLAIMED}, ending, note=reason)
        record.move(handoff.conversation_id, {State.HUMAN}, State.CLOSED)
        tell(handoff.conversation, "closed")
    return fresh(handoff)


def transfer(handoff: Handoff, *, actor: User, note: str, to: User | None = None, team: Team | None = None) -> Handoff:
    """Pass a customer on, with a note for whoever is next: to a colleague, who has them at once, or to a team's queue.

    A waiting customer can be moved to another team. Raises IllegalMove when the colleague is no agent here or offline.
    """
    if not note.strip():
        raise IllegalMove("Write a note for whoever is next: what they should know.")
    if to is not None:
        return _to_colleague(handoff, actor, to, note.strip())
    if team is None or team.site_id != handoff.site_id:
        raise IllegalMove("Choose a colleague or a team of this site.")
    with move(handoff, actor, "transferred", reason=note.strip(), to=team.name):
        if fresh(handoff).state != Handoff.State.OPEN:
            owner = holder(handoff, actor)
            _back_to_the_queue(handoff, owner, "agent_left")
        Handoff.objects.filter(pk=handoff.pk).update(team=team)
    return fresh(handoff)


def _to_colleague(handoff: Handoff, actor: User, to: User, note: str) -> Handoff:
    with move(handoff, actor, "transferred", reason=note, to=name_of(to)):
        owner = holder(handoff, actor)
        if to.pk == owner.pk:
            raise IllegalMove(f"{name_of(to)} has this conversation already.")
        if roles_of(to, handoff.site_id).isdisjoint({Role.AGENT, Role.ADMIN}):
            raise IllegalMove(f"{name_of(to)} is not an agent of {handoff.site.name}.")
        if presence.of(to, timezone.now()) == presence.OFFLINE:
            raise IllegalMove(f"{name_of(to)} is offline. Choose somebody who is there, or a team.")
        Handoff.objects.filter(pk=handoff.pk).update(agent=to, claimed_at=timezone.now())
        tell(handoff.conversation, "transferred", name=name_of(owner), other=name_of(to))
        delivery.wake(handoff.conversation_id)
    return fresh(handoff)


def free_vanished() -> int:
    """Put back into the queue what agents hold who have been offline too long; returns how many customers."""
    return sum(_freed(handoff) for handoff in presence.abandoned(timezone.now()))


def any_claimed() -> bool:
    """Whether any agent has a customer."""
    return Handoff.objects.filter(state=Handoff.State.CLAIMED).exists()


def _freed(handoff: Handoff) -> bool:
    """One customer of an agent who vanished: claimed → open, human → waiting; nothing if the agent came back."""
    with kept.writing(handoff.site_id) as head:
        now = fresh(handoff)
        if now.state != Handoff.State.CLAIMED or now.agent is None or now not in presence.abandoned(timezone.now()):
            return False
        _back_to_the_queue(now, now.agent, "agent_lost", after=promise(now.site))
        keep(now, "freed", "", head, reason=f"{name_of(now.agent)} has been offline for too long.")
    return True


def _back_to_the_queue(handoff: Handoff, owner: User, key: str, after: str = "") -> None:
    """claimed → open, human → waiting, at the place the customer had; inside the caller's transaction."""
    Handoff.objects.filter(pk=handoff.pk).update(state=Handoff.State.OPEN, agent=None, claimed_at=None)
    record.move(handoff.conversation_id, {State.HUMAN}, State.WAITING)
    tell(handoff.conversation, key, after, name=name_of(owner))


def call_back(handoff: Handoff, *, actor: User, text: str) -> Handoff:
    """Answer by e-mail a customer who waited in vain: open → closed (called back), waiting → closed.

    Only `text` is sent, with a link back, never the transcript: the address may not be the customer's.
    """
    words = text.strip()
    if not address_of(handoff.conversation):
        raise IllegalMove("The customer has left no e-mail address; claim the conversation and answer here.")
    if not words:
        raise IllegalMove("Write the answer first; it is sent by e-mail.")
    with move(handoff, actor, "called_back", text=ledger.digest(words)):
        end(handoff, {Handoff.State.OPEN}, Handoff.Ending.CALLED_BACK)
        Handoff.objects.filter(pk=handoff.pk).update(agent=actor)
        message = say_as(handoff.conversation, actor, words)
        record.move(handoff.conversation_id, {State.WAITING}, State.CLOSED)
        tell(handoff.conversation, "called_back")
        letters.answer(handoff.conversation, words, seq=message.seq)
    return fresh(handoff)


def note(conversation: Conversation, *, actor: User, text: str) -> None:
    """Keep a private remark beside a conversation; no customer sees it, and it takes no seq."""
    words = text.strip()
    if not words:
        raise IllegalMove("The note is empty.")
    with kept.writing(conversation.site_id) as head:
        require(actor, conversation.site_id, Role.AGENT)
        body = {"text": words, "name": name_of(actor)}
        record.event(conversation.pk, "note", actor=actor.get_username(), body=body)
        facts = {
            "actor": actor.get_username(),
            "conversation": str(conversation.pk),
            "text": ledger.digest(words),
        }
        ledger.append(conversation.site_id, "note", facts, head=head)
        mentions.named(conversation, words, actor=actor)
        unsent.forget(conversation, actor, Unsent.Kind.NOTE)
        delivery.wake(conversation.pk)


def agent_types(handoff: Handoff, *, actor: User) -> None:
    """Let the customer see that a person is typing; nothing is stored. Of whom a role was taken, nothing is told."""
    if roles_of(actor, handoff.site_id).isdisjoint({Role.AGENT, Role.ADMIN}):
        return
    if Handoff.objects.filter(pk=handoff.pk, state=Handoff.State.CLAIMED, agent=actor).exists():
        hints.send(delivery.group(handoff.conversation_id), "conversation.typing", name=name_of(actor))


def _last_subject(conversation: Conversation) -> str:
    """The category of the latest question that was taken for one: what who presses the button was asking about.

    A guess below the gate's threshold is none: an empty subject misleads nobody.
    """
    asked = conversation.turns.filter(category__isnull=False, trace__accepted=True).order_by("-pk")
    return asked.values_list("category__slug", flat=True).first() or ""
