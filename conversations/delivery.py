"""The second writer: visible messages, in order. The row comes first; the push only sends sockets to the rows."""

import json
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from conversations import notices
from conversations.models import Citation, Message, State
from sites import hints, sql

Frame = dict[str, Any]


def group(conversation_id: uuid.UUID | str) -> str:
    """The channel-layer group of a conversation's sockets."""
    return f"chat.{uuid.UUID(str(conversation_id)).hex}"


def append(conversation_id: uuid.UUID, *, author: str, text: str, **fields: Any) -> Message:
    """Add the next visible message inside the caller's transaction; sockets hear of it after the commit."""
    counted = sql.row(
        "UPDATE conversations_conversation SET last_seq = last_seq + 1 WHERE id = %s "
        "RETURNING last_seq, state, site_id",
        conversation_id,
    )
    assert counted is not None, f"there is no conversation {conversation_id}"
    message = Message(conversation_id=conversation_id, seq=counted[0], author=author, text=text, **fields)
    sql.insert(message)
    if counted[1] in (State.WAITING, State.HUMAN):
        notices.of_message(conversation_id, counted[2], message.seq, author, message.name, text)
    wake(conversation_id)
    return message


def cite(message: Message, citations: Sequence[Mapping[str, Any]]) -> list[Citation]:
    """Attach the exact quotes a message rests on; each mapping holds Citation's own fields."""
    rows = [Citation(message=message, **fields) for fields in citations]
    for row in rows:
        sql.insert(row)
    return rows


def wake(conversation_id: uuid.UUID) -> None:
    """Tell the conversation's sockets, after commit, that there is something to read."""
    hints.send(group(conversation_id), "conversation.changed")


_MESSAGES = """
    SELECT id, seq, author, reply_to, name, approved_by, outcome, text, generated, parts, suggestions, at
    FROM conversations_message WHERE conversation_id = %s AND seq > %s ORDER BY seq
"""
_CITATIONS = """
    SELECT c.message_id, c.n, c.title, c.quote, c.url, c.updated
    FROM conversations_citation c JOIN conversations_message m ON m.id = c.message_id
    WHERE m.conversation_id = %s AND m.seq > %s ORDER BY c.n
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
    return [_frame(*row[1:], citations=cited.get(row[0], [])) for row in found]


def _frame(
    seq: int,
    author: str,
    reply_to: str,
    name: str,
    approved_by: str,
    outcome: str,
    text: str,
    generated: str,
    parts: str,
    suggestions: str,
    at: Any,
    *,
    citations: list[Frame],
) -> Frame:
    optional = {
        "reply_to": reply_to,
        "name": name,
        "approved_by": approved_by,
        "outcome": outcome,
        "suggestions": json.loads(suggestions),
    }
    return {
        "type": "message",
        "seq": seq,
        "author": author,
        **{key: value for key, value in optional.items() if value},
        "text": text,
        "parts": json.loads(parts) or [{"text": text, "cites": []}],
        "citations": citations,
        "generated": generated or "fixed",
        "at": sql.moment(at).isoformat(),
    }
