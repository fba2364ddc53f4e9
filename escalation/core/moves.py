"""How a move of a handoff is made: hold the site's ledger, check the right, move the rows, keep two records.

Law of the room: a move that comes second changes nothing and is told so in a plain sentence. Each move is an
Event (evidence) and a ledger entry (proof); the desk's screens hear of it after the commit. `desk` makes the moves.
"""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone

from conversations import delivery, record
from conversations.models import Conversation, Message
from conversations.outcomes import Reason
from conversations.record import IllegalMove
from conversations.wording import Spoken
from escalation.models import Handoff
from sites.access.roles import require, roles_of
from sites.core import hints, kept, ledger
from sites.models import LedgerHead, Role

IN_WORDS = {
    Handoff.State.OPEN: "nobody's yet",
    Handoff.State.CLAIMED: "claimed",
    Handoff.State.CLOSED: "closed",
}
CUSTOMER = "customer"


@contextmanager
def move(handoff: Handoff, actor: User, kind: str, **facts: Any) -> Iterator[None]:
    """One agent's move: the site's ledger first, the right to make it, the move, then its two records."""
    with kept.writing(handoff.site_id) as head:
        require(actor, handoff.site_id, Role.AGENT)
        yield
        keep(handoff, kind, actor.get_username(), head, **facts)


def keep(handoff: Handoff, kind: str, actor: str, head: LedgerHead, **facts: Any) -> None:
    """Write a move where evidence is read and where it can be proved; texts only as digests."""
    prove(handoff.conversation, f"handoff.{kind}", actor, head, {"handoff": handoff.pk, **facts})


def prove(conversation: Conversation, kind: str, actor: str, head: LedgerHead, body: dict[str, Any]) -> None:
    """An Event and a ledger entry about a conversation, its words by digest, and the hint to the desk's screens."""
    record.event(conversation.pk, kind, actor=actor, body=body)
    proof = {"actor": actor, "conversation": str(conversation.pk), **body}
    if proof.get("reason") not in (None, "", *Reason):  # what somebody wrote about a customer must stay erasable
        proof["reason"] = ledger.digest(str(proof["reason"]))
    kept.append(conversation.site_id, kind, proof, head=head)
    announce(conversation.site_id, conversation.pk)


def end(handoff: Handoff, before: set[str], ending: str, note: str = "") -> None:
    """Close a handoff that is in `before`. Raises IllegalMove."""
    ended = Handoff.objects.filter(pk=handoff.pk, state__in=before).update(
        state=Handoff.State.CLOSED, ending=ending, closed_at=timezone.now(), note=note
    )
    if not ended:
        raise IllegalMove(f"This handoff is {IN_WORDS[Handoff.State(fresh(handoff).state)]}.")


def holder(handoff: Handoff, actor: User, *, alone: bool = False) -> User:
    """The agent who has the handoff. An administrator may move it for them, but not write in it (`alone`)."""
    now = fresh(handoff)
    if now.state != Handoff.State.CLAIMED or now.agent is None:
        raise IllegalMove(f"This handoff is {IN_WORDS[Handoff.State(now.state)]}; only a claimed one can be worked on.")
    if now.agent_id != actor.pk and (alone or Role.ADMIN not in roles_of(actor, handoff.site_id)):
        raise IllegalMove(f"{name_of(now.agent)} has this conversation.")
    return now.agent


def too_late(handoff: Handoff, actor: User) -> str:
    """Why a claim came second, for the person who made it."""
    now = fresh(handoff)
    if now.state == Handoff.State.CLOSED:
        return f"This handoff is already over ({Handoff.Ending(now.ending).label.lower()})."
    if now.agent_id == actor.pk:
        return "You have already claimed this conversation."
    return f"{name_of(now.agent) if now.agent else 'Someone else'} has already claimed this conversation."


def say_as(
    conversation: Conversation,
    actor: User,
    words: str,
    cited: Sequence[Mapping[str, Any]] = (),
    drawn: Sequence[Mapping[str, Any]] = (),
    client_id: str | None = None,
) -> Message:
    """A message to the customer in an agent's name, with the citations it rests on; `drawn`: its parts, if any.

    `client_id`: under which it is known if it is sent again.
    """
    parts = list(drawn) or ([{"text": words, "cites": [c["n"] for c in cited]}] if cited else [])
    message = delivery.append(
        conversation.pk,
        author=Message.Author.AGENT,
        text=words,
        name=name_of(actor),
        parts=parts,
        client_id=client_id,
    )
    delivery.cite(message, cited)
    return message


def tell(conversation: Conversation, key: str, after: str = "", **values: str) -> None:
    """A line of fixed wording to the customer, with what comes `after` it."""
    text = f"{Spoken.of(conversation.site).say(key, **values)} {after}".strip()
    delivery.append(conversation.pk, author=Message.Author.SYSTEM, text=text, generated="fixed")


def fresh(handoff: Handoff) -> Handoff:
    """The handoff as it is now."""
    return Handoff.objects.select_related("agent", "site", "conversation__site").get(pk=handoff.pk)


# ── Whom the screens tell, and how people and addresses are named ───────────────────────────────────────────


def group(site_id: int) -> str:
    """The channel-layer group of a site's desk screens."""
    return f"desk.{site_id}"


def announce(site_id: int, conversation_id: uuid.UUID | None = None) -> None:
    """Hint the desk screens of a site, after commit, that there is something to read, and where if it is one place."""
    where = {"conversation": str(conversation_id)} if conversation_id else {}
    hints.send(group(site_id), "desk.changed", **where)


def agent_of(conversation_id: uuid.UUID) -> str:
    """The name of the agent who has a conversation, as the customer sees it; empty when nobody has it."""
    held = Handoff.objects.filter(conversation=conversation_id, state=Handoff.State.CLAIMED).select_related("agent")
    handoff = held.first()
    return name_of(handoff.agent) if handoff is not None and handoff.agent is not None else ""


def name_of(user: User) -> str:
    """How customers see a person: the full name, else the user name."""
    return user.get_full_name() or user.get_username().title()


def address_of(conversation: Conversation) -> str:
    """Where the customer can be written to: the verified address, else the one they left; empty when none."""
    return str(conversation.identity.get("email") or conversation.contact or "")
