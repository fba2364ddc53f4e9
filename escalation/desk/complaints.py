"""Complaints and other notices: a way of their own to a person, kept apart with their date and answered by name.

Law of the room: a case never waits for a bot, nor for what the bot says to it. One sent twice is kept once; it is
answered once, by one conditional UPDATE, and the answer goes where the customer can read it.
"""

import uuid
from collections.abc import Mapping
from datetime import datetime

from django.contrib.auth.models import User
from django.utils import timezone

from conversations import delivery, history, record
from conversations.models import Conversation, Message, State, Turn
from conversations.outcomes import Reason
from conversations.record import IllegalMove
from conversations.wording import Spoken
from escalation.core.moves import CUSTOMER, address_of, announce, say_as, tell
from escalation.desk import desk, letters
from escalation.models.customers import Complaint
from escalation.queue.waiting import promise
from sites.access.roles import require
from sites.choices import data_policy, hours
from sites.core import kept, ledger
from sites.models import LedgerHead, Role
from sites.outside import senders

MOST = 10  # open complaints of one conversation; more is noise that hides others'


def make(conversation_id: uuid.UUID, *, key: str, text: str, email: str = "") -> Complaint:
    """Take a complaint in any state of the conversation; `key` is the customer's own id of it, `email` a valid address.

    With the bot it is handed over; while waiting or with a person it is told there; after the end it is answered by
    e-mail, so without any address it is refused with IllegalMove.
    """
    with kept.writing(history.site_of(conversation_id)) as head:
        conversation = Conversation.objects.select_related("site").get(pk=conversation_id)
        known = Complaint.objects.filter(conversation=conversation, key=key).first()
        if known is not None:
            return known
        _sensible(conversation, email)
        if email:
            Conversation.objects.filter(pk=conversation.pk).update(contact=email)
            record.event(conversation.pk, "contact", actor=CUSTOMER, body={"email": email})
        made = _keep(conversation, key, data_policy.masked(text, conversation.site_id, data_policy.STORED), head)
        if conversation.state != State.CLOSED:
            _said(conversation, made)
    return made


def typed(conversation: Conversation, turn: Turn, kind: str = Complaint.Kind.COMPLAINT) -> Complaint:
    """Keep what a customer typed to the bot and what is a complaint or another notice, and tell them so with its date.

    Inside the caller's transaction, which decides what else becomes of it. Once a turn; an unknown `kind` is kept as
    an other notice, for what arrived counts and not what it was called.
    """
    head, key = ledger.hold(conversation.site_id), f"turn-{turn.pk}"
    known = Complaint.objects.filter(conversation=conversation, key=key).first()
    if known is not None:
        return known
    kind = kind if kind in Complaint.Kind.values else Complaint.Kind.NOTICE
    made = _keep(conversation, key, turn.question.text, head, kind)
    told = "complaint_kept" if kind == Complaint.Kind.COMPLAINT else "notice_kept"
    tell(conversation, told, day=Spoken.of(conversation.site).when("day", received(made)))
    return made


def of(conversation: Conversation) -> list[str]:
    """The cases of a conversation, each as what it is and when it was received."""
    cases = Complaint.objects.filter(conversation=conversation).select_related("site")
    return [f"{case.get_kind_display()}, received on {received(case):%d %B %Y}" for case in cases]


def received(case: Complaint) -> datetime:
    """When it arrived, in the time zone of its site."""
    return case.opened_at.astimezone(hours.zone(case.site.timezone))


def answer(complaint: Complaint, *, actor: User, text: str, elsewhere: bool = False) -> Complaint:
    """Answer a complaint: open → answered. The customer reads `text` in the conversation, or by mail once that is over.

    `elsewhere`: it was answered by other means, and `text` says how, for colleagues only. Raises IllegalMove when it
    has been answered, or when there is nowhere to send an answer to.
    """
    words = text.strip()
    if not words:
        raise IllegalMove("Write the answer, or how it was answered elsewhere.")
    with kept.writing(complaint.site_id) as head:
        conversation = Conversation.objects.select_related("site").get(pk=complaint.conversation_id)
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
    spoken = Spoken.of(conversation.site)
    if conversation.state == State.CLOSED and not email and not address_of(conversation):
        raise IllegalMove(spoken.say("refused.no_address"))
    if Complaint.objects.filter(conversation=conversation, state=Complaint.State.OPEN).count() >= MOST:
        raise IllegalMove(spoken.say("refused.complaints"))


def _keep(
    conversation: Conversation, key: str, text: str, head: LedgerHead, kind: str = Complaint.Kind.COMPLAINT
) -> Complaint:
    made = Complaint.objects.create(
        site=conversation.site, conversation=conversation, key=key, kind=kind, text=text, opened_at=timezone.now()
    )
    complains = kind == Complaint.Kind.COMPLAINT  # only a complaint speaks against the answers before it
    body = {"complaint": made.pk, "kind": str(kind)}
    _prove(conversation, "complaint" if complains else "case", CUSTOMER, head, text, body)
    return made


def _said(conversation: Conversation, made: Complaint) -> None:
    """Put it into the thread, and before a person where none has the conversation."""
    author, client_id = Message.Author.CUSTOMER, f"complaint-{made.key}"[:64]
    delivery.append(conversation.pk, author=author, text=made.text, client_id=client_id)
    with_bot = record.locked_state(conversation.pk) == State.BOT
    key, more = ("complaint", promise(conversation.site)) if with_bot else ("complaint_kept", "")
    text = f"{Spoken.of(conversation.site).say(key)} {more}".strip()
    delivery.append(conversation.pk, author=Message.Author.SYSTEM, text=text, generated="fixed")
    if with_bot:
        desk.open_handoff(conversation, turn=None, reason=Reason.COMPLAINT)


def _send(conversation: Conversation, actor: User, words: str) -> None:
    if conversation.state != State.CLOSED:
        say_as(conversation, actor, words)
        letters.later(conversation)
    elif address := address_of(conversation):
        site = conversation.site
        senders.mail(to=address, subject=Spoken.of(site).say("mail.complaint", site=site.name), text=words)
    else:
        raise IllegalMove("The customer has left no e-mail address. If you answered elsewhere, say so.")


def _prove(
    conversation: Conversation, kind: str, actor: str, head: LedgerHead, text: str, body: Mapping[str, object]
) -> None:
    """The text where it is read, its digest where it is proved."""
    record.event(conversation.pk, kind, actor=actor, body={**body, "text": text})
    facts = {"actor": actor, "conversation": str(conversation.pk), **body, "text": ledger.digest(text)}
    kept.append(conversation.site_id, kind, facts, head=head)
    announce(conversation.site_id, conversation.pk)
