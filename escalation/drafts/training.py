"""Seeded drafts: answers known to be wrong, put before agents among the others, to see whether review catches them.

Law of the room: a seeded draft has no customer. Its conversation is made here, its secret is thrown away, and nothing
is ever delivered into it; what agents decide about it is no evidence for the category, only for the review. After
the decision the agent is told.
"""

import uuid
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone

from conversations import delivery, record
from conversations.models import Conversation, Message, State, Turn
from conversations.outcomes import Outcome, Reason
from conversations.record import IllegalMove
from conversations.wording import Spoken
from escalation.core.moves import announce, prove
from escalation.desk import desk, quoting
from escalation.models import Draft, Seeded
from escalation.queue import presence
from knowledge.models import Passage, Source
from sites.access.roles import require
from sites.core import kept
from sites.models import LedgerHead, Role, Site


def seed(made: Seeded, *, actor: User) -> Seeded:
    """Put a wrong draft before the agents of its category's site. Raises IllegalMove when nobody is there to see it."""
    site = made.category.site
    require(actor, site, Role.RELEASE_OWNER)
    if not presence.anybody(site.pk, timezone.now()):
        raise IllegalMove("Nobody is at the desk now. Seed it while agents work: nobody would see it.")
    with kept.writing(site.pk) as head:
        conversation, turn = _stage(site, made)
        citations = _pretended(made.source)
        parts = [{"text": made.text, "cites": [c["n"] for c in citations]}]
        made.draft = desk.draft(conversation, turn=turn, text=made.text, parts=parts, citations=citations)
        made.by = actor.get_username()
        made.save()
        facts = {"actor": made.by, "seeded": made.pk, "conversation": str(conversation.pk), "wrong": made.wrong}
        kept.append(site.pk, "training.seeded", facts, turn, turn.question, head=head)
    return made


def is_seeded(draft: Draft) -> bool:
    """Whether a draft is a seeded one."""
    return Seeded.objects.filter(draft=draft).exists()


def ended(draft: Draft, actor: User | None, head: LedgerHead, *, caught: bool | None) -> bool:
    """Close the stage of a seeded draft, inside the transaction of the decision; False: it is a real one."""
    seeded = Seeded.objects.filter(draft=draft).select_related("category").first()
    if seeded is None:
        return False
    Seeded.objects.filter(pk=seeded.pk).update(caught=caught)
    Conversation.objects.filter(pk=draft.conversation_id).update(state=State.CLOSED)
    if caught is not None:
        body: dict[str, Any] = {"seeded": seeded.pk, "category": seeded.category.slug, "reason": seeded.wrong}
        kind = "training.caught" if caught else "training.missed"
        prove(draft.conversation, kind, actor.get_username() if actor else "", head, body)
    announce(draft.conversation.site_id, draft.conversation_id)
    return True


def lesson(draft: Draft) -> str:
    """What the agent is told after deciding on a seeded draft."""
    seeded = Seeded.objects.get(draft=draft)
    praise = "Well caught" if seeded.caught else "This one slipped through"
    return f"{praise}: it was a test without a customer, and nothing was sent. What is wrong with it: {seeded.wrong}"


def caught_share(sites: Iterable[Site]) -> dict[str, Any]:
    """{"caught", "missed", "share" (0..1 or None)} of the seeded drafts of these sites that were decided."""
    decided = Seeded.objects.filter(category__site__in=list(sites), caught__isnull=False)
    ends = list(decided.values_list("caught", flat=True))
    caught = ends.count(True)
    return {"caught": caught, "missed": len(ends) - caught, "share": caught / len(ends) if ends else None}


def _stage(site: Site, made: Seeded) -> tuple[Conversation, Turn]:
    """A conversation nobody can resume, with one question that has got as far as a draft."""
    conversation, _ = record.open_conversation(site, locale=site.locale)
    turn = record.ask(conversation.pk, uuid.uuid4().hex, made.question, timedelta(minutes=1)).turn
    assert turn is not None, "nobody else writes here"
    ends = {"outcome": Outcome.DRAFT, "reason": Reason.DRAFT_REVIEW, "category_id": made.category_id, "noted": True}
    record.finish(turn, Turn.State.SETTLED, **ends)
    text = Spoken.of(site).say("draft_review")
    delivery.append(conversation.pk, author=Message.Author.BOT, text=text, generated="fixed", outcome=Outcome.DRAFT)
    return conversation, turn


def _pretended(source: Source | None) -> list[dict[str, Any]]:
    """A citation of the first sentence of a live article, so that the draft looks like one that rests on it."""
    passages = (
        Passage.objects.filter(revision__source=source, revision__live=True) if source else Passage.objects.none()
    )
    passage = passages.select_related("revision__source").order_by("ordinal").first()
    if passage is None or not passage.sentences:
        return []
    start, end = passage.sentences[0]
    text = passage.text[start - passage.start : end - passage.start]
    return [quoting.citation(1, passage, start, end, text)]
