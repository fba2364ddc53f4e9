"""Codes for guests: one is promised with the turn that asks for it, sent after the commit, looked at with RECORD.

Law of the room: the address is read, written to and forgotten in one go; no row, log line or error holds it, nor the
code.
"""

import logging
import uuid
from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from conversations.history import site_of, state_of
from conversations.models import Conversation, Message, State
from conversations.wording import Spoken
from release.live import permits, snapshot
from sites.core import kept, outbox
from sites.models import OutboxItem
from sites.outside import senders
from tools import guests
from tools.models import Proof
from tools.outbound import Failed

log = logging.getLogger(__name__)
KIND = "guest_code"


def tried(conversation_id: uuid.UUID, seq: int, text: str) -> None:
    """RECORD: look at the code that a message holds, if one is waited for; counted whatever becomes of the turn."""
    code = guests.code_in(text)
    if not code or guests.pending(conversation_id, timezone.now()) is None:
        return
    with kept.writing(site_of(conversation_id)) as head:
        now = timezone.now()
        proof = guests.pending(conversation_id, now)
        if proof is None or state_of(conversation_id) != State.BOT:
            return
        message = Message.objects.values_list("pk", flat=True).get(conversation=conversation_id, seq=seq)
        spent = guests.spend(proof, message, code, now)
        facts = {"conversation": str(conversation_id), "tool": proof.tool, "result": spent.result}
        kept.append(head.site_id, "guest_tried", facts, head=head)


def ask(conversation_id: uuid.UUID, category: str, proving: Mapping[str, Any]) -> None:
    """SETTLE: promise a code for a thing, inside the caller's transaction, unless that was done too often."""
    conversation = Conversation.objects.select_related("site").get(pk=conversation_id)
    live = snapshot.live(conversation.site_id)
    tool = live.tools.get(proving["tool"]) if live else None
    if tool is None or tool.guest is None:
        return
    if proof := guests.ask(conversation, tool, proving["value"], timezone.now()):
        facts = {"conversation": str(conversation_id), "tool": tool.name}
        kept.append(conversation.site_id, "guest_asked", facts)
        outbox.put(KIND, {"proof": proof.pk, "category": category})


@outbox.handler(KIND)
def send(item: OutboxItem) -> None:
    """Look up where a code goes, and send it there; on paused tools, or without an address, nothing is sent.

    Raises Unsent when the mail server is away: with another try comes another code.
    """
    proof = Proof.objects.select_related("conversation__site").filter(pk=item.payload["proof"]).first()
    if proof is not None and not _sent(proof, item.payload["category"]):
        guests.unsent(proof)


def _sent(proof: Proof, category: str) -> bool:
    site, live = proof.conversation.site, snapshot.live(proof.site_id)
    tool = live.tools.get(proof.tool) if live else None
    connection = live.connections.get(tool.request.connection) if live and tool else None
    permit = permits.of(site.pk, category)
    if tool is None or connection is None or permit.paused or permit.pauses(proof.tool):
        return False
    try:
        reached = guests.look_up(site.slug, tool, connection, proof.value)
    except Failed as failed:
        log.info("no code was sent for proof %s: %s", proof.pk, failed)
        return False
    if not (code := guests.new_code(proof, reached, timezone.now())):
        return False
    spoken = Spoken.of(site)
    thing = guests.in_words(tool, proof.value, spoken)
    text = spoken.say("mail.guest_text", site=site.name, code=f"{code[:4]} {code[4:]}", thing=thing)
    senders.mail_unkept(to=reached.email, subject=spoken.say("mail.guest", site=site.name), text=text)
    return True
