"""Drafts: answers the customer gets only after an agent's yes.

Law of the room: the first decision counts, and approval reads every citation again, because a source may have
been withdrawn since the draft was made. A draft nobody decides becomes a handoff; it never ends in silence.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from conversations import delivery, record
from conversations.models import Conversation, Message, State, Turn
from conversations.outcomes import Reason
from conversations.record import IllegalMove
from conversations.wording import Spoken
from escalation.core.moves import prove
from escalation.desk import desk
from escalation.drafts import training
from escalation.models import Draft, Handoff, Look
from knowledge.face.retrieval import search
from sites.access.roles import require
from sites.core import kept
from sites.models import LedgerHead, Role


def pending(sites: Iterable[int]) -> QuerySet[Draft]:
    """The drafts of these sites that wait for a decision, oldest first; overtaken ones are left out."""
    later = Message.objects.filter(
        conversation=OuterRef("conversation"),
        author=Message.Author.CUSTOMER,
        seq__gt=OuterRef("turn__question__seq"),
    )
    waiting = Draft.objects.filter(conversation__site__in=list(sites), state=Draft.State.PENDING)
    waiting = waiting.filter(~Exists(later), conversation__state=State.BOT)
    return waiting.select_related("conversation__site", "turn__question", "turn__category").order_by("created_at")


def look(turn_id: int, user: User) -> None:
    """A draft or a suggestion is on the person's screen: from the first time on, they are reviewing it."""
    Look.objects.get_or_create(turn_id=turn_id, user=user, defaults={"at": timezone.now()})


def seconds_of(turn: Turn, actor: User | None, since: datetime) -> float:
    """How long the person had it on their screen until now; from `since` on where no screen showed it."""
    first = Look.objects.filter(turn=turn, user=actor.pk).values_list("at", flat=True).first() if actor else None
    return round((timezone.now() - (first or since)).total_seconds(), 1)


def approve(draft: Draft, *, actor: User, text: str | None = None) -> Message | None:
    """Send a draft, as it is or in the agent's own words; raises IllegalMove when it may no longer be said.

    Unchanged it is the assistant's answer, marked with who approved it. Changed it is the agent's own,
    and carries the citations whose quotes are still in it. None: it was a seeded one, and nothing was sent.
    """
    edited = text is not None and text.strip() != draft.text.strip()
    words = text.strip() if edited and text is not None else draft.text
    if not words:
        raise IllegalMove("The answer is empty.")
    with kept.writing(draft.conversation.site_id) as head:
        require(actor, draft.conversation.site_id, Role.AGENT)
        _decidable(draft)
        citations = [c for c in draft.citations if not edited or c["quote"] in words]
        category = draft.turn.category.slug if draft.turn.category else ""
        still_citable(draft.conversation.site_id, category, citations)
        _decide(draft, Draft.State.EDITED if edited else Draft.State.APPROVED, actor, head)
        if training.ended(draft, actor, head, caught=draft.text not in words):
            return None
        message = _deliver(draft, words, edited, desk.name_of(actor))
        delivery.cite(message, dated(citations))
    return message


def reject(draft: Draft, *, actor: User, reason: str) -> Handoff | None:
    """Refuse a draft, saying why; the customer is told and waits for a person instead. None: it was a seeded one."""
    return _refuse(draft, Draft.State.REJECTED, actor, reason)


def flag(draft: Draft, *, actor: User, reason: str) -> Handoff | None:
    """Refuse a draft that should never have been made, so that the category's owners look at it."""
    return _refuse(draft, Draft.State.FLAGGED, actor, reason)


def _refuse(draft: Draft, state: str, actor: User, reason: str) -> Handoff | None:
    if not reason.strip():
        raise IllegalMove("Say in a few words what is wrong with this draft.")
    with kept.writing(draft.conversation.site_id) as head:
        require(actor, draft.conversation.site_id, Role.AGENT)
        _decidable(draft)
        _decide(draft, state, actor, head, reason.strip())
        if training.ended(draft, actor, head, caught=True):
            return None
        return _hand_over(draft, "draft_rejected")


def expire(draft: Draft) -> Handoff | None:
    """Turn a draft nobody decided in time into a handoff; None when it is no longer pending."""
    with kept.writing(draft.conversation.site_id) as head:
        current = Conversation.objects.select_for_update().get(pk=draft.conversation_id)
        if current.state != State.BOT or not Draft.objects.filter(pk=draft.pk, state=Draft.State.PENDING).exists():
            return None
        if _overtaken(draft):
            desk.supersede(draft.conversation_id)
            return None
        _decide(draft, Draft.State.EXPIRED, None, head)
        if training.ended(draft, None, head, caught=None):
            return None
        return _hand_over(draft, "draft_expired")


def _decidable(draft: Draft) -> None:
    """Raise IllegalMove unless the customer still waits for this draft. Locks the conversation."""
    conversation = Conversation.objects.select_for_update().get(pk=draft.conversation_id)
    state = Draft.objects.values_list("state", flat=True).get(pk=draft.pk)
    if state != Draft.State.PENDING:
        raise IllegalMove(f"This draft has already been {state}.")
    if conversation.state != State.BOT or _overtaken(draft):
        raise IllegalMove("The customer has moved on; this draft no longer answers what they wrote last.")


def _overtaken(draft: Draft) -> bool:
    asked = draft.turn.question.seq
    messages = Message.objects.filter(conversation_id=draft.conversation_id, author=Message.Author.CUSTOMER)
    return messages.filter(seq__gt=asked).exists()


def still_citable(site_id: int, category: str, citations: Sequence[Mapping[str, Any]]) -> None:
    """Raise IllegalMove unless every passage these citations quote may still be quoted."""
    passages = {c["passage_id"] for c in citations if c.get("passage_id") is not None}
    if not passages:
        return
    audiences = frozenset(c["audience"] for c in citations)
    missing = passages - search.citable(site_id, category, audiences, passages)
    if missing:
        titles = sorted({c["title"] for c in citations if c.get("passage_id") in missing})
        raise IllegalMove(
            f"“{'”, “'.join(titles)}” may no longer be quoted: withdrawn, expired or replaced. "
            "Answer in your own words, or reject the draft."
        )


def dated(citations: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Citations as kept in JSON, with their time as a time."""
    return [{**c, "updated": datetime.fromisoformat(c["updated"])} for c in citations]


def _decide(draft: Draft, state: str, actor: User | None, head: LedgerHead, reason: str = "") -> None:
    now, name = timezone.now(), actor.get_username() if actor else ""
    decided = Draft.objects.filter(pk=draft.pk, state=Draft.State.PENDING).update(
        state=state, agent=actor, reason=reason, decided_at=now
    )
    if not decided:
        raise IllegalMove("Somebody else has just decided on this draft.")
    kept.note(draft.conversation.site_id, Draft, draft.pk)
    if training.is_seeded(draft):
        return
    category = draft.turn.category.slug if draft.turn.category else ""
    seconds = seconds_of(draft.turn, actor, draft.created_at)
    body = {"draft": draft.pk, "category": category, "reason": reason, "seconds": seconds}
    prove(draft.conversation, f"draft.{state}", name, head, body)


def _deliver(draft: Draft, words: str, edited: bool, name: str) -> Message:
    """An unchanged draft is the assistant's message, approved by a person; an edited one is that person's."""
    own: dict[str, Any] = {"author": Message.Author.AGENT, "name": name}
    drafted: dict[str, Any] = {
        "author": Message.Author.BOT,
        "approved_by": name,
        "parts": draft.parts,
        "generated": "quote",
    }
    asked = draft.turn.question.client_id or ""
    return delivery.append(draft.conversation_id, text=words, reply_to=asked, **(own if edited else drafted))


def _hand_over(draft: Draft, key: str) -> Handoff:
    """Tell the customer what became of the answer, and put them before people."""
    conversation, site = draft.conversation, draft.conversation.site
    record.move(conversation.pk, {State.BOT}, State.WAITING)
    text = f"{Spoken.of(site).say(key)} {desk.promise(site)}"
    delivery.append(conversation.pk, author=Message.Author.SYSTEM, text=text, generated="fixed")
    category = draft.turn.category.slug if draft.turn.category else ""
    return desk.open_handoff(conversation, turn=draft.turn, reason=Reason.DRAFT_REVIEW, category=category)
