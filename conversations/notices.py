"""What webhooks hear of conversations: which happenings, and of each only the facts named here. Notes never leave."""

import uuid
from collections.abc import Mapping
from typing import Any

from sites import sql, webhooks

OPENED, CLAIMED, CLOSED = "handoff.opened", "handoff.claimed", "handoff.closed"
KINDS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "handoff.opened": (OPENED, ("handoff", "reason", "urgent", "category")),
    "handoff.released": (OPENED, ("handoff",)),
    "handoff.freed": (OPENED, ("handoff",)),
    "handoff.claimed": (CLAIMED, ("handoff",)),
    "handoff.closed": (CLOSED, ("handoff", "ending")),
    "handoff.returned": (CLOSED, ("handoff",)),
    "handoff.called_back": (CLOSED, ("handoff",)),
    "handoff.withdrawn": (CLOSED, ("handoff",)),
    "handoff.abandoned": (CLOSED, ("handoff",)),
    "handoff.escalated": ("handoff.escalated", ("handoff", "step", "waited_s")),
    "rating": ("rating", ("value", "comment")),
    "complaint": ("complaint", ("complaint", "text")),
}
"""Event kind → the webhook's kind, and the facts of the event that go with it."""
_SITE = "SELECT site_id FROM conversations_conversation WHERE id = %s"


def of_event(conversation_id: uuid.UUID, kind: str, actor: str, body: Mapping[str, Any]) -> None:
    """Tell the site's endpoints of an event, where it is one they hear of; inside the caller's transaction."""
    if kind not in KINDS:
        return
    said, facts = KINDS[kind]
    data = {"conversation": str(conversation_id), "by": actor, **{fact: body[fact] for fact in facts if fact in body}}
    if said == CLOSED:
        data.setdefault("ending", kind.partition(".")[2])
    found = sql.row(_SITE, conversation_id)
    if found is not None:
        webhooks.emit(int(found[0]), said, data)


def of_message(conversation_id: uuid.UUID, site_id: int, seq: int, author: str, name: str, text: str) -> None:
    """Tell them of a message in a conversation that waits for or is with a person."""
    data = {"conversation": str(conversation_id), "seq": seq, "author": author, "name": name, "text": text}
    webhooks.emit(site_id, "message.created", data)
