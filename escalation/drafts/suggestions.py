"""Suggestions: what the bot would have said in a category that is internal, for the agent who has the customer.

Law of the room: nothing of it reaches a customer but by an agent's hand and in the agent's name; it is decided once;
citations are read again before it is sent. Each decision is evidence on the category.
"""

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone

from conversations.models import Conversation, Message, Turn
from conversations.outcomes import Reason
from conversations.record import IllegalMove
from escalation.core.moves import holder, prove, say_as
from escalation.drafts import review
from escalation.models import Handoff, Suggestion
from escalation.packet import packet
from sites.access.roles import require
from sites.core import kept
from sites.models import LedgerHead, Role


@dataclass(frozen=True, slots=True)
class Waiting:
    """A suggestion nobody has decided yet, as it would read."""

    turn: Turn
    text: str
    entry: packet.Entry


def waiting(conversation: Conversation) -> Waiting | None:
    """The latest suggestion of a conversation that wants a decision."""
    turns = conversation.turns.filter(reason=Reason.NOT_EXPOSED, suggestion=None).select_related("question")
    for turn in turns.order_by("-pk")[:3]:
        held = turn.trace.get("suggestion") or {}
        if held.get("text") and "citations" in held:
            return Waiting(turn, held["text"], packet.held_back(turn.pk, held, turn.created_at))
    return None


def accept(handoff: Handoff, turn: Turn, *, actor: User, text: str | None = None) -> Message:
    """Send a suggestion in the agent's name, as it is or changed, with the citations whose quotes are still in it."""
    held = _held(turn)
    edited = text is not None and text.strip() != held["text"].strip()
    words = text.strip() if edited and text is not None else held["text"]
    if not words:
        raise IllegalMove("The answer is empty.")
    with kept.writing(handoff.site_id) as head:
        require(actor, handoff.site_id, Role.AGENT)
        holder(handoff, actor, alone=True)
        cited = [c for c in held["citations"] if not edited or c["quote"] in words]
        review.still_citable(handoff.site_id, turn.category.slug if turn.category else "", cited)
        _decide(turn, Suggestion.State.EDITED if edited else Suggestion.State.ACCEPTED, actor, head)
        numbered = [{**citation, "n": n} for n, citation in enumerate(review.dated(cited), 1)]
        return say_as(handoff.conversation, actor, words, numbered, () if edited else held.get("parts", ()))


def turn_down(turn: Turn, *, actor: User, reason: str, flagged: bool = False) -> None:
    """Reject a suggestion, or flag one that should never have been made; the customer notices nothing."""
    if not reason.strip():
        raise IllegalMove("Say in a few words what is wrong with it.")
    _held(turn)
    with kept.writing(turn.conversation.site_id) as head:
        require(actor, turn.conversation.site_id, Role.AGENT)
        state = Suggestion.State.FLAGGED if flagged else Suggestion.State.REJECTED
        _decide(turn, state, actor, head, reason.strip())


def _held(turn: Turn) -> dict[str, Any]:
    held: dict[str, Any] = turn.trace.get("suggestion") or {}
    if turn.reason != Reason.NOT_EXPOSED or not held.get("text") or "citations" not in held:
        raise IllegalMove("The assistant suggested nothing here.")
    return held


def _decide(turn: Turn, state: str, actor: User, head: LedgerHead, reason: str = "") -> None:
    """Under the site's ledger, so that the first decision is the only one."""
    if known := Suggestion.objects.filter(turn=turn).first():
        raise IllegalMove(f"This suggestion has already been {known.state}.")
    Suggestion.objects.create(turn=turn, state=state, agent=actor, reason=reason, decided_at=timezone.now())
    seconds = review.seconds_of(turn, actor, turn.settled_at or turn.created_at)
    category = turn.category.slug if turn.category else ""
    body = {"turn": turn.pk, "category": category, "reason": reason, "seconds": seconds}
    prove(turn.conversation, f"suggestion.{state}", actor.get_username(), head, body)
