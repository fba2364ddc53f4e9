"""The rows of the desk that the chain answers for: drafts, with who approved them."""

from escalation.models import Draft
from sites.core import kept

kept.keep(
    Draft, "conversation__site", "id", "conversation_id", "turn_id", "state", "text", "parts", "citations", "agent_id",
    "reason", "created_at", "decided_at",
)  # fmt: skip
