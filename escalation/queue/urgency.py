"""Customers before all others: an urgent handoff is first on every screen, and the site's named people hear at once.

Law of the room: nothing about a mail or a setting may stop an urgent handoff. What is mailed says that somebody waits
with priority and where the desk is, and not a word of what was recognised about them.
"""

import logging
import uuid

from django.conf import settings
from django.core.exceptions import ValidationError
from django.urls import reverse

from conversations import delivery, history, record
from conversations.models import Conversation, Event, Message
from conversations.outcomes import Reason
from conversations.wording import calls
from escalation.core.moves import CUSTOMER, fresh, keep
from escalation.models import Handoff
from escalation.queue import reminders
from sites.choices.patience import PatienceError
from sites.core import kept
from sites.models import LedgerHead, Site
from sites.outside import senders

log = logging.getLogger(__name__)
CRISIS = "crisis.said"
"""The event of a handoff in which the customer was given the site's words for a crisis."""


def make_urgent(conversation_id: uuid.UUID, *, reason: str, crisis: bool = False) -> bool:
    """Put a customer who waits before all others, because of what they have just written; False when nobody waits.

    The second time changes nothing. With `crisis` they are told the live release's words for a crisis, once a handoff.
    """
    with kept.writing(history.site_of(conversation_id)) as head:
        conversation = Conversation.objects.select_related("site").get(pk=conversation_id)
        handoff = Handoff.objects.filter(conversation=conversation, state=Handoff.State.OPEN).first()
        if handoff is None:
            return False
        put_first(handoff, reason, head)
        if crisis:
            _say_crisis(conversation, handoff)
    return True


def put_first(handoff: Handoff, reason: str, head: LedgerHead) -> Handoff:
    """Make an open handoff urgent, for a reason that its agent reads first; inside the caller's transaction."""
    waiting = Handoff.objects.filter(pk=handoff.pk, state=Handoff.State.OPEN)
    waiting = waiting.exclude(urgent=True, reason=Reason.DISTRESS)  # nothing that comes later stands before that
    first = bool(waiting.filter(urgent=False).update(urgent=True, reason=reason))
    if first or waiting.exclude(reason=reason).update(reason=reason):
        keep(handoff, "urgent", CUSTOMER, head, reason=str(reason), step="urgent", urgent=True)
    if first:
        tell_named(handoff)
    return fresh(handoff)


def tell_named(handoff: Handoff) -> None:
    """Promise a mail to each of the site's named people, whatever the hours; inside the caller's transaction."""
    site = handoff.site
    for address in _named(site):
        try:
            senders.mail(
                to=address,
                subject=f"{site.name}: a customer with priority waits for a person",
                text=f"A customer of {site.name} waits with priority.\n\n"
                f"{settings.HANDRAIL_BASE_URL}{reverse('admin:desk')}\n",
            )
        except ValidationError:
            log.warning("an urgent handoff could not be mailed to one of the named people: no e-mail address")


# ── Inside ────────────────────────────────────────────────────────────────────────────────────────────────────


def _named(site: Site) -> list[str]:
    try:
        return reminders.named(site)
    except PatienceError as error:
        log.warning("an urgent handoff was mailed to nobody: %s", error)
        return []


def _say_crisis(conversation: Conversation, handoff: Handoff) -> None:
    """The site's words for a crisis, unless this handoff has them already; the site is held, so never twice."""
    text = conversation.site.spoken.crisis
    if not text or _has_crisis(handoff, text):
        return
    delivery.append(
        conversation.pk,
        author=Message.Author.SYSTEM,
        text=text,
        parts=[{"text": text, "cites": [], "calls": calls(text)}],
        generated="fixed",
        within=True,
    )
    record.event(conversation.pk, CRISIS, body={"handoff": handoff.pk})


def _has_crisis(handoff: Handoff, text: str) -> bool:
    """Whether the answer that led to the handoff said it, or this room did."""
    turn = handoff.turn
    if turn is not None and turn.answer is not None and text in turn.answer.text:
        return True
    return Event.objects.filter(conversation=handoff.conversation_id, kind=CRISIS, body__handoff=handoff.pk).exists()
