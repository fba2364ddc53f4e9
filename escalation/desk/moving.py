"""Moves of one agent that concern others: a customer is assigned to a colleague, a closed conversation opened again."""

from django.contrib.auth.models import User
from django.utils import timezone

from conversations import record
from conversations.models import Conversation, State
from conversations.record import IllegalMove
from escalation.core.moves import fresh, keep, move, name_of, prove, tell, too_late
from escalation.models import Handoff
from escalation.queue import presence, teams
from sites.access.roles import require, roles_of
from sites.core import kept
from sites.models import Role


def assign(handoff: Handoff, *, actor: User, to: User) -> Handoff:
    """Give a waiting customer to a colleague, who has them at once: open → claimed, waiting → human.

    Raises IllegalMove for somebody who is no agent here or offline, and where somebody has the customer; NotAllowed.
    """
    with move(handoff, actor, "assigned", to=name_of(to)):
        if roles_of(to, handoff.site_id).isdisjoint({Role.AGENT, Role.ADMIN}):
            raise IllegalMove(f"{name_of(to)} is not an agent of {handoff.site.name}.")
        if to.pk != actor.pk and presence.of(to, timezone.now()) == presence.OFFLINE:
            raise IllegalMove(f"{name_of(to)} is offline. Choose somebody who is there.")
        taken = Handoff.objects.filter(pk=handoff.pk, state=Handoff.State.OPEN).update(
            state=Handoff.State.CLAIMED, agent=to, claimed_at=timezone.now()
        )
        if not taken:
            raise IllegalMove(too_late(handoff, actor))
        record.move(handoff.conversation_id, {State.WAITING}, State.HUMAN)
        tell(handoff.conversation, "agent_joined", name=name_of(to))
    return fresh(handoff)


def reopen(conversation: Conversation, *, actor: User, reason: str) -> Handoff:
    """Open a closed conversation again, with the agent who does it: closed → human, and a handoff of their own.

    The customer is told that a person has joined, and is written to if they left an address. Raises IllegalMove.
    """
    if not reason.strip():
        raise IllegalMove("Say in a few words why it is opened again.")
    with kept.writing(conversation.site_id) as head:
        require(actor, conversation.site_id, Role.AGENT)
        last = conversation.handoffs.order_by("-pk").first()
        if last is None:
            raise IllegalMove("No person has had this conversation; there is nothing to open again.")
        if not conversation.token_digest:
            raise IllegalMove("What was said here has been erased; nobody could read an answer.")
        now = timezone.now()
        record.move(conversation.pk, {State.CLOSED}, State.HUMAN)
        made = Handoff.objects.create(
            site_id=conversation.site_id, conversation=conversation, turn=last.turn, reason=last.reason,
            category=last.category, team_id=teams.of_category(conversation.site_id, last.category),
            state=Handoff.State.CLAIMED, agent=actor, opened_at=now, claimed_at=now,
        )  # fmt: skip
        by = actor.get_username()
        prove(conversation, "handoff.reopened", by, head, {"handoff": made.pk, "reason": reason.strip()})
        keep(made, "claimed", by, head)
        tell(conversation, "agent_joined", name=name_of(actor))
    return fresh(made)
