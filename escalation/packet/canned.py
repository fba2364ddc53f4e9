"""Ready-made replies: an owner writes them once, an agent finds them behind the slash with the names filled in."""

import re
from dataclasses import dataclass

from django.contrib.auth.models import User

from conversations.models import Conversation
from escalation.core.moves import name_of
from escalation.models import CannedReply
from escalation.packet import packet

VARIABLES = ("name", "agent", "category", "site")
_VARIABLE = re.compile(r"\{(\w*)\}")


@dataclass(frozen=True, slots=True)
class Ready:
    """One reply as it would stand in this conversation."""

    shortcut: str
    title: str
    text: str


def ready(conversation: Conversation, *, actor: User) -> list[Ready]:
    """The site's replies, filled in for one customer and one agent."""
    handoff = conversation.handoffs.order_by("-pk").first()
    category = packet.category_title(conversation.site_id, handoff.category) if handoff and handoff.category else ""
    values = {
        "name": str(conversation.identity.get("name") or "there"),  # "Hello there" for who has not signed in
        "agent": name_of(actor),
        "category": category or "your question",
        "site": conversation.site.name,
    }
    replies = CannedReply.objects.filter(site=conversation.site_id, proposed_by="")
    return [Ready(one.shortcut, one.title, _filled(one.text, values)) for one in replies]


def unknown(text: str) -> list[str]:
    """The variables in a text that nothing fills."""
    return [name for name in _VARIABLE.findall(text) if name not in VARIABLES]


def _filled(text: str, values: dict[str, str]) -> str:
    return _VARIABLE.sub(lambda found: values.get(found[1], found[0]), text)
