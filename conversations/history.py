"""What the record holds of a conversation, for whoever answers in it: read on every turn, so in SQL."""

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from conversations.models import Conversation, State, Turn
from sites.core import sql

_SITE = "SELECT site_id FROM conversations_conversation WHERE id = %s"
_STATE = "SELECT state FROM conversations_conversation WHERE id = %s"
_SENDER = "SELECT identity, locale FROM conversations_conversation WHERE id = %s"
_VERIFIED = "SELECT 1 FROM conversations_conversation WHERE id = %s AND identity <> '{}'"
_EARLIER = """
    SELECT CASE WHEN h.among_id IS NULL OR h.offer_id IS NOT NULL THEN q.text ELSE '' END,
      t.outcome, t.reason, c.slug, a.seq, a.id, t.id
    FROM conversations_turn t
    JOIN conversations_message q ON q.id = t.question_id
    LEFT JOIN conversations_choice h ON h.question_id = q.id
    LEFT JOIN conversations_message a ON a.id = t.answer_id
    LEFT JOIN knowledge_category c ON c.id = t.category_id
    WHERE t.conversation_id = %s AND t.id < %s AND t.state = 'settled' ORDER BY t.id DESC LIMIT %s
"""
_TRACE = "SELECT trace FROM conversations_turn WHERE id = %s"
_RATED = "SELECT body FROM conversations_event WHERE conversation_id = %s AND kind = 'feedback' ORDER BY id"

_OFFERS = """
    SELECT o.id, o.title, o.heading, s.slug, COALESCE(c.slug, ''), o.revision_id, o.spans FROM conversations_offer o
    JOIN knowledge_source s ON s.id = o.source_id
    LEFT JOIN knowledge_category c ON c.id = o.category_id
"""
_CHOICE = "SELECT offer_id FROM conversations_choice WHERE question_id = %s"


@dataclass(frozen=True, slots=True)
class Past:
    """A settled turn: what was asked, how it ended, the slug of its category, the seq and key of its answer, if any,
    and its own key.

    A tap on "none of these" asked nothing: its `text` is empty.
    """

    text: str
    outcome: str
    reason: str
    category: str | None
    seq: int | None
    answer: int | None
    turn: int


@dataclass(frozen=True, slots=True)
class Offered:
    """A section that was offered: its source's and category's slugs, and the (passage, start, end) it would show."""

    id: str
    title: str
    heading: str
    source: str
    category: str
    revision_id: int
    spans: tuple[tuple[int, int, int], ...]


@lru_cache(maxsize=10_000)
def site_of(conversation_id: uuid.UUID) -> int:
    """The site of a conversation, which never changes, so it is remembered. Raises Conversation.DoesNotExist."""
    return int(_of(_SITE, conversation_id)[0])


def state_of(conversation_id: uuid.UUID) -> str:
    """Who has the conversation at this moment, or that it is closed; one that was erased is."""
    found = sql.row(_STATE, conversation_id)
    return str(found[0]) if found else State.CLOSED.value


def sender_of(conversation_id: uuid.UUID) -> tuple[Mapping[str, Any], str]:
    """What is known of the customer's identity, and their locale. Raises Conversation.DoesNotExist."""
    identity, locale = _of(_SENDER, conversation_id)
    return json.loads(identity), locale


def verified(conversation_id: uuid.UUID) -> bool:
    """Whether the customer has proved who they are."""
    return sql.row(_VERIFIED, conversation_id) is not None


def before(turn: Turn, most: int) -> list[Past]:
    """The last `most` settled turns before this one, oldest first."""
    return [Past(*row) for row in sql.rows(_EARLIER, turn.conversation_id, turn.pk, most)[::-1]]


def ratings(conversation_id: uuid.UUID) -> dict[int, int]:
    """The last thumb of each rated message: seq → 1 or -1."""
    bodies = [json.loads(body) for (body,) in sql.rows(_RATED, conversation_id)]
    return {body["seq"]: body["value"] for body in bodies}


def asking(turn_id: int) -> Mapping[str, Any] | None:
    """What a tool asked for in a turn that ended with its question, and what was known by then."""
    found = sql.row(_TRACE, turn_id)
    held = json.loads(found[0]).get("asking") if found else None
    return held if isinstance(held, dict) else None


def offered(message_id: int) -> tuple[Offered, ...]:
    """What a message offered, in its order."""
    return tuple(_offered(*row) for row in sql.rows(f"{_OFFERS} WHERE o.message_id = %s ORDER BY o.n", message_id))


def chosen(turn: Turn) -> tuple[Offered | None] | None:
    """The offer that a turn's message chose, in a tuple: (None,) for none of these; None when it is no choice."""
    found = sql.row(_CHOICE, turn.question_id)
    if found is None or found[0] is None:
        return (None,) if found else None
    return (_offered(*sql.rows(f"{_OFFERS} WHERE o.id = %s", uuid.UUID(str(found[0])))[0]),)


def _offered(key: Any, title: str, heading: str, source: str, category: str, revision: int, spans: str) -> Offered:
    held = tuple((passage, start, end) for passage, start, end in json.loads(spans))
    return Offered(str(uuid.UUID(str(key))), title, heading, source, category, revision, held)


def _of(statement: str, conversation_id: uuid.UUID) -> tuple[Any, ...]:
    found = sql.row(statement, conversation_id)
    if found is None:
        raise Conversation.DoesNotExist(f"There is no conversation {conversation_id}; it may have been erased.")
    return found
