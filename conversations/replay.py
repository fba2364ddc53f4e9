"""Reading the record back: a conversation as it was, turn by turn. Reading it is itself an entry in the ledger."""

import uuid
from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404

from conversations import delivery
from conversations.models import Conversation, Message, Turn
from sites.access.roles import Person, sites_of
from sites.core import ledger
from sites.models import Role, Site

ABOUT_PEOPLE = frozenset({"needs", "kind", "heard"})
"""Names in a turn's trace under which stands what was recognised about a person, or what a tool said of them."""


def find(conversation_id: uuid.UUID | str, sites: QuerySet[Site]) -> Conversation:
    """A conversation of one of these sites. Raises Http404."""
    return get_object_or_404(Conversation.objects.select_related("site"), pk=conversation_id, site__in=sites)


def personal(user: Person, site: Site) -> bool:
    """Whether somebody may read what was recognised about a customer: who takes over conversations, or audits."""
    return sites_of(user, Role.AGENT, Role.AUDITOR).filter(pk=site.pk).exists()


def impersonal(trace: Mapping[str, Any]) -> dict[str, Any]:
    """A trace without what was recognised about a person."""
    return {name: value for name, value in trace.items() if name not in ABOUT_PEOPLE}


def read(conversation: Conversation, *, actor: str, personal: bool = True) -> dict[str, Any]:
    """Everything that is kept of a conversation, as plain data; the reading is logged first.

    `personal`: with what was recognised about the customer.
    """
    log_reading(conversation, actor=actor)
    return facts(conversation, personal=personal)


def facts(conversation: Conversation, *, personal: bool = True) -> dict[str, Any]:
    """The same for who has logged it otherwise."""
    return {
        "conversation": str(conversation.pk),
        "site": conversation.site.slug,
        "synthetic": conversation.synthetic,
        "state": conversation.state,
        "messages": delivery.frames(conversation.pk, 0),
        "turns": [turn_facts(turn, personal=personal) for turn in turns(conversation)],
        "events": [
            {"kind": e.kind, "actor": e.actor, "body": e.body, "at": e.at.isoformat()}
            for e in conversation.events.all()
        ],
    }


def log_reading(conversation: Conversation, *, actor: str) -> None:
    """Enter in the ledger who read this conversation."""
    ledger.note(conversation.site_id, "read", actor=actor, conversation=str(conversation.pk))


def log_search(sites: QuerySet[Site], words: str, *, actor: str) -> None:
    """Enter in the ledger of each site that somebody searched what was said there; the words as a digest."""
    for site in sites:
        ledger.note(site.pk, "read", actor=actor, search=ledger.digest(words))


def turns(conversation: Conversation) -> QuerySet[Turn]:
    """The turns of a conversation in order, with what each rests on."""
    return conversation.turns.select_related("question", "answer", "category").prefetch_related(
        "tool_calls", "answer__offers"
    )


def offered(message: Message) -> tuple[str, ...]:
    """What a message offered to choose from, in words and order; what the customer chose is marked."""
    choice = getattr(message, "chosen", None)
    lines = [
        f"{offer} (chosen)" if choice and choice.offer_id == offer.pk else str(offer) for offer in message.offers.all()
    ]
    return (*lines, "None of these (chosen)") if choice and choice.offer_id is None else tuple(lines)


def turn_facts(turn: Turn, *, personal: bool = True) -> dict[str, Any]:
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
        "offered": list(offered(turn.answer)) if turn.answer else [],
        "tool_calls": [
            {"tool": c.tool, "arguments": c.arguments, "result": c.result, "state": c.state, "ms": c.ms}
            for c in turn.tool_calls.all()
        ],
        "trace": turn.trace if personal else impersonal(turn.trace),
    }
