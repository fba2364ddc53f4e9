"""Reading the record back: a conversation as it was, turn by turn. Reading it is itself an entry in the ledger."""

import uuid
from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404

from conversations import delivery
from conversations.models import Conversation, Turn
from sites import ledger
from sites.models import Site


def find(conversation_id: uuid.UUID | str, sites: QuerySet[Site]) -> Conversation:
    """A conversation of one of these sites. Raises Http404."""
    return get_object_or_404(Conversation.objects.select_related("site"), pk=conversation_id, site__in=sites)


def read(conversation: Conversation, *, actor: str) -> dict[str, Any]:
    """Everything that is kept of a conversation, as plain data; the reading is logged first."""
    log_reading(conversation, actor=actor)
    return {
        "conversation": str(conversation.pk),
        "site": conversation.site.slug,
        "synthetic": conversation.synthetic,
        "state": conversation.state,
        "messages": delivery.frames(conversation.pk, 0),
        "turns": [turn_facts(turn) for turn in turns(conversation)],
        "events": [
            {"kind": e.kind, "actor": e.actor, "body": e.body, "at": e.at.isoformat()}
            for e in conversation.events.all()
        ],
    }


def log_reading(conversation: Conversation, *, actor: str) -> None:
    """Enter in the ledger who read this conversation."""
    ledger.note(conversation.site_id, "read", actor=actor, conversation=str(conversation.pk))


def turns(conversation: Conversation) -> QuerySet[Turn]:
    """The turns of a conversation in order, with what each rests on."""
    return conversation.turns.select_related("question", "answer", "category").prefetch_related("tool_calls")


def turn_facts(turn: Turn) -> dict[str, Any]:
    """One turn: what was asked, how it was decided, what came of it."""
    return {
        "seq": turn.question.seq,
        "question": turn.question.text,
        "state": turn.state,
        "outcome": turn.outcome,
        "reason": turn.reason,
        "category": turn.category.slug if turn.category else None,
        "confidence": turn.confidence,
        "release": turn.release,
        "answer": turn.answer.seq if turn.answer else None,
        "tool_calls": [
            {"tool": c.tool, "arguments": c.arguments, "result": c.result, "state": c.state, "ms": c.ms}
            for c in turn.tool_calls.all()
        ],
        "trace": turn.trace,
    }
