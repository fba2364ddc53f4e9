"""What is written to a customer who has gone: the answer, and a link back; never what was said before it.

Law of the room: an address that nobody has verified gets the answer's own words and a link that begins there. Where the
customer is verified and the address is not, it gets no link: what is in that conversation is for the verified one.
"""

import uuid
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from conversations import links, past, record
from conversations.drawn import blocks, read
from conversations.models import Conversation, Event, Message
from conversations.wording import Spoken
from escalation.core.moves import address_of
from escalation.models import Receipt
from sites.core import kept, outbox, sql
from sites.models import OutboxItem
from sites.outside import senders

AWAY = timedelta(minutes=1)
"""How long an answer may wait for the customer's screen before it is written to the address that was left."""


def answer(conversation: Conversation, text: str, *, seq: int) -> None:
    """Promise a mail with an answer and the way back to it, inside the caller's transaction; `seq` is the answer's."""
    site, spoken = conversation.site, Spoken.of(conversation.site)
    if link := _link(conversation, seq):
        text += f"\n\n-- \n{spoken.say('mail.way_back', days=str(links.LASTS.days))}\n{link}\n"
    senders.mail(to=address_of(conversation), subject=spoken.say("mail.answer", site=site.name), text=text)


def later(conversation: Conversation) -> None:
    """Promise to look soon whether the answers given here were seen; inside the caller's transaction."""
    if address_of(conversation):
        outbox.put("reply.mail", {"conversation": str(conversation.pk)}, due_at=timezone.now() + AWAY)


@outbox.handler("reply.mail")
def write_if_gone(item: OutboxItem) -> None:
    """Write the answers that have been on no screen of the customer's, all in one mail, and each only once."""
    with transaction.atomic():
        found = Conversation.objects.select_for_update(of=("self",)).select_related("site")
        conversation = found.get(pk=uuid.UUID(item.payload["conversation"]))
        shown = Receipt.objects.filter(conversation=conversation).values_list("seq", flat=True).first() or 0
        known = max(shown, conversation.mailed)
        unread = conversation.messages.filter(author=Message.Author.AGENT, seq__gt=known).order_by("seq")
        said = [(seq, read(blocks(text, parts))) for seq, text, parts in unread.values_list("seq", "text", "parts")]
        if not said or not address_of(conversation):
            return
        mine = {"id": conversation.pk, "mailed": conversation.mailed}
        if sql.update(Conversation, mine, mailed=said[-1][0]):
            answer(conversation, "\n\n".join(text for _, text in said), seq=said[0][0])


def transcript(conversation: Conversation) -> None:
    """Promise what was said to the customer's own verified address; twice in a row is as good as once.

    Raises ValidationError for what is no address.
    """
    spoken, seq = Spoken.of(conversation.site), conversation.last_seq
    with kept.writing(conversation.site_id):
        if Event.objects.filter(conversation=conversation, kind="transcript", at__gt=timezone.now() - AWAY).exists():
            return
        subject = spoken.say("page.title", site=conversation.site.name)
        senders.mail(to=str(conversation.identity["email"]), subject=subject, text=past.transcript(conversation))
        record.event(conversation.pk, "transcript", actor="customer", body={"seq": seq})


def _link(conversation: Conversation, seq: int) -> str:
    """The address of the thread; from the first message on only for a verified address, none for somebody else's."""
    verified = bool(conversation.identity.get("email"))
    if conversation.identity and not verified:
        return ""
    first = 1 if verified else seq
    return f"{settings.HANDRAIL_BASE_URL}/t/{links.sign(conversation.pk, first=first)}"
