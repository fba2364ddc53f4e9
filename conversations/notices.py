"""What webhooks hear of conversations: which happenings, and of each only the facts named here.

Law of the room: notes never leave, and neither does what was recognised about a person. A reason is told when it says
only how the assistant did; whoever works at the desk reads the others there.
"""

import uuid
from collections.abc import Mapping
from typing import Any

from conversations.outcomes import Reason
from sites.choices import data_policy
from sites.core import sql
from sites.outside import webhooks

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
    "handoff.urgent": ("handoff.escalated", ("handoff", "step", "urgent")),
    "rating": ("rating", ("value", "comment")),
    "complaint": ("complaint", ("complaint", "kind", "text")),
    "case": ("complaint", ("complaint", "kind", "text")),
}
"""Event kind → the webhook's kind, and the facts of the event that go with it."""
TOLD = frozenset({
    Reason.ASKED_FOR_HUMAN, Reason.REPEATED_DECLINE, Reason.NOT_GROUNDED, Reason.NOT_EXPOSED, Reason.DRAFT_REVIEW,
    Reason.NEEDS_APPROVAL, Reason.TOOL_FAILED, Reason.PAUSED, Reason.ERROR,
})  # fmt: skip
"""The reasons that say how the assistant did, and nothing about the person. Any other is told as an empty one."""
PLAIN = frozenset({"complaint", "withdrawal"})
"""The kinds of case that are told by name, with their words. Any other is told as a notice, for its words may tell of
a person's health or data."""
WORDS = {"text", "comment"}
"""The facts in which somebody wrote; as the site's data policy has it."""
_SITE = "SELECT site_id FROM conversations_conversation WHERE id = %s"


def of_event(conversation_id: uuid.UUID, kind: str, actor: str, body: Mapping[str, Any]) -> None:
    """Tell the site's endpoints of an event, where it is one they hear of; inside the caller's transaction."""
    if kind not in KINDS:
        return
    said, facts = KINDS[kind]
    known = {fact: body[fact] for fact in facts if fact in body}
    data = {"conversation": str(conversation_id), "by": actor, **_impersonal(known)}
    if said == CLOSED:
        data.setdefault("ending", kind.partition(".")[2])
    found = sql.row(_SITE, conversation_id)
    if found is not None:
        site_id = int(found[0])
        words = {each: data_policy.masked(data[each], site_id, data_policy.WEBHOOKS) for each in WORDS & set(data)}
        webhooks.emit(site_id, said, {**data, **words})


def of_message(conversation_id: uuid.UUID, site_id: int, seq: int, author: str, name: str, text: str) -> None:
    """Tell them of a message in a conversation that waits for or is with a person."""
    told = data_policy.masked(text, site_id, data_policy.WEBHOOKS)
    data = {"conversation": str(conversation_id), "seq": seq, "author": author, "name": name, "text": told}
    webhooks.emit(site_id, "message.created", data)


def _impersonal(known: Mapping[str, Any]) -> dict[str, Any]:
    """The same facts without what was recognised about a person."""
    told = dict(known)
    if "reason" in told and told["reason"] not in TOLD:
        told["reason"] = ""
    if "kind" in told and told["kind"] not in PLAIN:
        told["kind"] = "notice"
        told.pop("text", None)
    return told
