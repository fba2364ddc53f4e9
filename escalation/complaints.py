"""Complaints: a way of their own to a person, kept apart and answered by name.

Law of the room: a complaint never waits for a bot. One sent twice is kept once; it is answered once, by one conditional
UPDATE, and the answer goes where the customer can read it.
"""

import uuid
from collections.abc import Mapping

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from conversations import delivery, record
from conversations.masking import mask
from conversations.models import Conversation, Message, State, Turn
from conversations.outcomes import Reason
from conversations.record import IllegalMove
from conversations.wording import say
from escalation import desk, letters
from escalation.customers import Complaint
from escalation.moves import CUSTOMER, address_of, announce, held_by_site, say_as
from escalation.waiting import promise
from sites import ledger, senders
from sites.models import LedgerHead, Role
from sites.roles import require

MOST = 10  # open complaints of one conversation; more is noise that hides others'


def make(conversation_id: uuid.UUID, *, key: str, text: str, email: str = "") -> Complaint:
    """Take a complaint in any state of the conversation; `key` is the customer's own id of it, `email` a valid address.

    With the bot it is handed over; while waiting or with a person it is told there; after the end it is answered by
    e-mail, so without any address it is refused with IllegalMove.
    """
    with transaction.atomic():
        conversation, head = held_by_site(conversation_id)
        known = Complaint.objects.filter(conversation=conversation, key=key).first()
        if known is not None:
            return known
        _sensible(conversation, email)
        if email:
            Conversation.objects.filter(pk=conversation.pk).update(contact=email)
            record.event(conversation.pk, "contact", actor=CUSTOMER, body={"email": email})
        made = _keep(conversation, key, mask(text), head)
        if conversation.state != State.CLOSED:
            _said(conversation, made)
    return made


def typed(conversation: Conversation, turn: Turn) -> Complaint:
    """Keep what a customer typed to the bot and the bot took for a complaint, inside the caller's transaction, which
    hands it over."""
    return _keep(conversation, f"turn-{turn.pk}", turn.question.text, ledger.hold(conversation.site_id))


def answer(complaint: Complaint, *, actor: User, text: str, elsewhere: bool = False) -> Complaint:
    """Answer a complaint: open → answered. The customer reads `text` in the conversation, or by mail once that is over.

    `elsewhere`: it was answered by other means, and `text` says how, for colleagues only. Raises IllegalMove when it
    has been answered, or when there is nowhere to send an answer to.
    """
    words = text.strip()
    if not words:
        raise IllegalMove("Write the answer, or how it was answered elsewhere.")
    with transaction.atomic():
        conversation, head = held_by_site(complaint.conversation_id)
        require(actor, complaint.site_id, Role.AGENT)
        answered = Complaint.objects.filter(pk=complaint.pk, state=Complaint.State.OPEN).update(
            state=Complaint.State.ANSWERED, answer=words, answered_by=actor, answered_at=timezone.now()
        )
        if not answered:
            raise IllegalMove("This complaint has already been answered.")
        if not elsewhere:
            _send(conversation, actor, words)
        body = {"complaint": complaint.pk, "elsewhere": elsewhere}
        _prove(conversation, "complaint.answered", actor.get_username(), head, words, body)
    return Complaint.objects.get(pk=complaint.pk)


# ── Inside ────────────────────────────────────────────────────────────────────────────────────────────────────


def _sensible(conversation: Conversation, email: str) -> None:
    if conversation.state == State.CLOSED and not email and not address_of(conversation):
        raise IllegalMove("This conversation is closed: leave your email, so that a person can answer you.")
    if Complaint.objects.filter(conversation=conversation, state=Complaint.State.OPEN).count() >= MOST:
        raise IllegalMove("We have your complaints and will answer them.")


def _keep(conversation: Conversation, key: str, text: str, head: LedgerHead) -> Complaint:
    made = Complaint.objects.create(
        site_id=conversation.site_id, conversation=conversation, key=key, text=text, opened_at=timezone.now()
    )
    _prove(conversation, "complaint", CUSTOMER, head, text, {"complaint": made.pk})
    return made


def _said(conversation: Conversation, made: Complaint) -> None:
    """Put it into the thread, and before a person where none has the conversation."""
    author, client_id = Message.Author.CUSTOMER, f"complaint-{made.key}"[:64]
    delivery.append(conversation.pk, author=author, text=made.text, client_id=client_id)
    with_bot = record.locked_state(conversation.pk) == State.BOT
    key, more = ("complaint", promise(conversation.site)) if with_bot else ("complaint_kept", "")
    text = f"{say(key, conversation.site.spoken.wording)} {more}".strip()
    delivery.append(conversation.pk, author=Message.Author.SYSTEM, text=text, generated="fixed")
    if with_bot:
        desk.open_handoff(conversation, turn=None, reason=Reason.COMPLAINT)


def _send(conversation: Conversation, actor: User, words: str) -> None:
    if conversation.state != State.CLOSED:
        say_as(conversation, actor, words)
        letters.later(conversation)
    elif address := address_of(conversation):
        senders.mail(to=address, subject=f"Your complaint to {conversation.site.name}", text=words)
    else:
        raise IllegalMove("The customer has left no e-mail address. If you answered elsewhere, say so.")


def _prove(
    conversation: Conversation, kind: str, actor: str, head: LedgerHead, text: str, body: Mapping[str, object]
) -> None:
    """The text where it is read, its digest where it is proved."""
    record.event(conversation.pk, kind, actor=actor, body={**body, "text": text})
    facts = {"actor": actor, "conversation": str(conversation.pk), **body, "text": ledger.digest(text)}
    ledger.append(conversation.site_id, kind, facts, head=head)
    announce(conversation.site_id, conversation.pk)
