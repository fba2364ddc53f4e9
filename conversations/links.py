"""Links back to a conversation, for mail: signed, expiring, and proof of nothing but that somebody has the link.

A link names the first message it shows. One that went to an address nobody has verified begins at the answer it was
sent with: what was said before stays in the browser it was said in.
"""

import uuid
from dataclasses import dataclass
from datetime import timedelta

from django.core import signing

LASTS = timedelta(days=14)
_SALT = "handrail.thread"


@dataclass(frozen=True, slots=True)
class Way:
    """Where a link leads: a conversation, and the first seq it shows (1 shows all)."""

    conversation: uuid.UUID
    first: int


def sign(conversation_id: uuid.UUID, *, first: int) -> str:
    """The link's secret part, to be put into an address."""
    return signing.dumps([conversation_id.hex, first], salt=_SALT)


def read(signed: str) -> Way | None:
    """Where a link leads; None when it was altered, was signed for something else, or has expired."""
    try:
        conversation, first = signing.loads(signed, salt=_SALT, max_age=LASTS)
        return Way(uuid.UUID(conversation), int(first))
    except (signing.BadSignature, ValueError, TypeError):
        return None
