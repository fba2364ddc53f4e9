"""The second writer: visible messages, in order. The row comes first; the push only sends sockets to the rows."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db.models import F

from conversations.models import Citation, Conversation, Message
from sites import hints

Frame = dict[str, Any]


def group(conversation_id: uuid.UUID | str) -> str:
    """The channel-layer group of a conversation's sockets."""
    return f"chat.{uuid.UUID(str(conversation_id)).hex}"


def append(conversation_id: uuid.UUID, *, author: str, text: str, **fields: Any) -> Message:
    """Add the next visible message inside the caller's transaction; sockets hear of it after the commit."""
    rows = Conversation.objects.filter(pk=conversation_id)
    rows.update(last_seq=F("last_seq") + 1)
    seq = rows.values_list("last_seq", flat=True).get()
    message = Message.objects.create(conversation_id=conversation_id, seq=seq, author=author, text=text, **fields)
    wake(conversation_id)
    return message


def cite(message: Message, citations: Sequence[Mapping[str, Any]]) -> list[Citation]:
    """Attach the exact quotes a message rests on; each mapping holds Citation's own fields."""
    return Citation.objects.bulk_create([Citation(message=message, **fields) for fields in citations])


def wake(conversation_id: uuid.UUID) -> None:
    """Tell the conversation's sockets, after commit, that there is something to read."""
    hints.send(group(conversation_id), "conversation.changed")


def frames(conversation_id: uuid.UUID, after: int) -> list[Frame]:
    """The message frames after a seq, in order, as the chat socket sends them."""
    messages = Message.objects.filter(conversation_id=conversation_id, seq__gt=after).order_by("seq")
    rows = list(messages)
    cited = [m.pk for m in rows if m.parts]
    citations = Citation.objects.filter(message__in=cited).order_by("n") if cited else ()
    by_message: dict[int, list[Citation]] = {}
    for citation in citations:
        by_message.setdefault(citation.message_id, []).append(citation)
    return [frame(message, by_message.get(message.pk, ())) for message in rows]


def frame(message: Message, citations: Iterable[Citation] = ()) -> Frame:
    """One message as a socket frame; optional fields are left out when they are empty."""
    body: Frame = {"type": "message", "seq": message.seq, "author": message.author}
    for key in ("reply_to", "name", "approved_by", "outcome", "suggestions"):
        if value := getattr(message, key):
            body[key] = value
    return {
        **body,
        "text": message.text,
        "parts": message.parts or [{"text": message.text, "cites": []}],
        "citations": [
            {"n": c.n, "title": c.title, "quote": c.quote, "url": c.url, "updated": c.updated.isoformat()}
            for c in citations
        ],
        "generated": message.generated or "fixed",
        "at": message.at.isoformat(),
    }
