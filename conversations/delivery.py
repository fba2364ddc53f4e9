"""The second writer: visible messages, in order. The row comes first; the push only sends sockets to the rows."""

import json
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from conversations import attachments, notices
from conversations.models import Citation, Conversation, Message, Offer, State
from conversations.outcomes import Outcome
from sites.core import hints, kept, sql

Frame = dict[str, Any]


def group(conversation_id: uuid.UUID | str) -> str:
    """The channel-layer group of a conversation's sockets."""
    return f"chat.{uuid.UUID(str(conversation_id)).hex}"


def append(conversation_id: uuid.UUID, *, author: str, text: str, within: bool = False, **fields: Any) -> Message:
    """Add the next visible message inside the caller's transaction; sockets hear of it after the commit.

    `within`: webhooks do not hear of it, because it says what was recognised about the customer. Raises
    Conversation.DoesNotExist.
    """
    counted = sql.row(
        "UPDATE conversations_conversation SET last_seq = last_seq + 1 WHERE id = %s "
        "RETURNING last_seq, state, site_id",
        conversation_id,
    )
    if counted is None:
        raise Conversation.DoesNotExist(f"There is no conversation {conversation_id}; it may have been erased.")
    message = Message(conversation_id=conversation_id, seq=counted[0], author=author, text=text, **fields)
    sql.insert(message)
    kept.note(counted[2], Message, message.pk)
    if counted[1] in (State.WAITING, State.HUMAN) and not within:
        notices.of_message(conversation_id, counted[2], message.seq, author, message.name, text)
    wake(conversation_id)
    return message


def cite(message: Message, citations: Sequence[Mapping[str, Any]]) -> list[Citation]:
    """Attach the exact quotes a message rests on; each mapping holds Citation's own fields."""
    rows = [Citation(message=message, **fields) for fields in citations]
    for row in rows:
        sql.insert(row)
    return rows


def offer(message: Message, offers: Sequence[Mapping[str, Any]]) -> list[Offer]:
    """Keep the sections that a message offers, best first; each mapping holds Offer's own fields but its number."""
    rows = [Offer(message=message, n=n, **fields) for n, fields in enumerate(offers, 1)]
    return Offer.objects.bulk_create(rows)


def wake(conversation_id: uuid.UUID) -> None:
    """Tell the conversation's sockets, after commit, that there is something to read."""
    hints.send(group(conversation_id), "conversation.changed")


_MESSAGES = """
    SELECT id, seq, author, reply_to, name, approved_by, outcome, person, text, generated, parts, suggestions, at
    FROM conversations_message WHERE conversation_id = %s AND seq > %s ORDER BY seq
"""
_CITATIONS = """
    SELECT c.message_id, c.n, c.title, c.quote, c.url, c.updated
    FROM conversations_citation c JOIN conversations_message m ON m.id = c.message_id
    WHERE m.conversation_id = %s AND m.seq > %s ORDER BY c.n
"""
_NEEDS = """
    SELECT t.answer_id FROM conversations_turn t JOIN conversations_message m ON m.id = t.answer_id
    WHERE t.conversation_id = %s AND m.seq > %s AND t.reason = 'needs_identity'
"""
_OFFERS = """
    SELECT o.message_id, o.id, o.title, o.heading
    FROM conversations_offer o JOIN conversations_message m ON m.id = o.message_id
    WHERE m.conversation_id = %s AND m.seq > %s ORDER BY o.n
"""


def frames(conversation_id: uuid.UUID, after: int) -> list[Frame]:
    """The message frames after a seq, in order, as the chat socket sends them; empty optional fields are left out."""
    found = sql.rows(_MESSAGES, conversation_id, after)
    if not found:
        return []
    cited: dict[int, list[Frame]] = {}
    if any(row[2] == Message.Author.BOT for row in found):
        for message, n, title, quote, url, updated in sql.rows(_CITATIONS, conversation_id, after):
            shown = {"n": n, "title": title, "quote": quote, "url": url, "updated": sql.moment(updated).isoformat()}
            cited.setdefault(message, []).append(shown)
    offered: dict[int, list[Frame]] = {}
    if any(row[6] == Outcome.CLARIFY for row in found):
        for message, key, title, heading in sql.rows(_OFFERS, conversation_id, after):
            shown = {"id": str(uuid.UUID(str(key))), "title": title, "heading": heading}
            offered.setdefault(message, []).append(shown)
    needing: set[int] = set()
    if any(row[6] == Outcome.DECLINE for row in found):
        needing = {message for (message,) in sql.rows(_NEEDS, conversation_id, after)}
    return [
        _frame(
            conversation_id,
            *row[1:],
            citations=cited.get(row[0], []),
            offers=offered.get(row[0], []),
            needs="identity" if row[0] in needing else "",
        )
        for row in found
    ]


def _frame(
    conversation_id: uuid.UUID,
    seq: int,
    author: str,
    reply_to: str,
    name: str,
    approved_by: str,
    outcome: str,
    person: str,
    text: str,
    generated: str,
    parts: str,
    suggestions: str,
    at: Any,
    *,
    citations: list[Frame],
    offers: list[Frame],
    needs: str,
) -> Frame:
    optional = {
        "reply_to": reply_to,
        "name": name,
        "approved_by": approved_by,
        "outcome": outcome,
        "person": person,
        "suggestions": json.loads(suggestions),
        "offers": offers,
        "needs": needs,
    }
    return {
        "type": "message",
        "seq": seq,
        "author": author,
        **{key: value for key, value in optional.items() if value},
        "text": text,
        "parts": attachments.shown(json.loads(parts), conversation_id) or [{"text": text, "cites": []}],
        "citations": citations,
        "generated": generated or "fixed",
        "at": sql.moment(at).isoformat(),
    }
