"""The desk's screens as server-rendered fragments: what a browser lacks, and nothing it may not see.

A screen is known by what it holds (rows by signature, the thread by its last seq); whatever differs is sent.
So a lost hint and a reconnect mend themselves, and a push never touches what the agent is typing.
"""

import hashlib
import uuid
from collections.abc import Mapping
from typing import Any

from django.contrib.auth.models import User
from django.template.loader import render_to_string
from django.utils import timezone

from conversations.models import Conversation, Message, State
from escalation.desk import blocks, desk
from escalation.drafts import review, suggestions
from escalation.models import Block, Draft, Handoff, Presence, Receipt, Team
from escalation.packet import labels, packet
from escalation.queue import presence
from escalation.queue.waiting import target_of
from escalation.web import queue_screen
from escalation.web.queue_screen import News
from sites.access.roles import roles_of, sites_of
from sites.models import Role, Site


def conversation_news(user: User, held: Mapping[str, Any]) -> News:
    """Bring a conversation screen up to date: new lines of the thread, and its head where that has changed.

    It holds `{"conversation": id, "seq": last seq, "event": last event's key, "head": signature}`.
    """
    conversation = seen_by(user, held["conversation"])
    if conversation is None:
        return News("", held)
    fresh = packet.thread(conversation, held["seq"], held["event"])
    head = head_of(conversation, user)
    if not fresh and head["signature"] == held["head"]:
        return News("", held)
    after = {
        **held,
        "seq": max([held["seq"], *(entry.seq for entry in fresh)]),
        "event": max([held["event"], *(entry.event for entry in fresh)]),
        "head": head["signature"],
    }
    changed = head["signature"] != held["head"]
    context = {"fresh": fresh, "changed": changed, **head}
    return News(render_to_string("escalation/conversation_news.html", context), after)


def head_of(conversation: Conversation, user: User) -> dict[str, Any]:
    """Who has the conversation, what this person may do with it now, and the draft that waits."""
    handoff = conversation.handoffs.select_related("agent").order_by("-pk").first()
    draft = conversation.drafts.filter(state=Draft.State.PENDING).first()
    mine = handoff is not None and handoff.state == Handoff.State.CLAIMED and handoff.agent_id == user.pk
    roles = roles_of(user, conversation.site_id)
    head: dict[str, Any] = {
        "conversation": conversation,
        "handoff": handoff,
        "draft": draft,
        "draft_entry": packet.draft_entry(draft) if draft else None,
        "suggestion": suggestions.waiting(conversation) if mine else None,
        "mine": mine,
        "manages": Role.ADMIN in roles,
        "works": not roles.isdisjoint({Role.AGENT, Role.ADMIN}),
        "needs": Handoff.Need.choices,
        "status": _status(conversation, handoff, mine),
        "address": desk.address_of(conversation),
        "customer": packet.customer_of(conversation),
        "blocks": blocks.over(conversation),
        "scopes": _scopes(conversation),
        "tags": [tag.name for tag in conversation.tags.all()],
        "reopens": handoff is not None and conversation.state == State.CLOSED and bool(conversation.token_digest),
        "receipt": _receipt(conversation),
    }
    if handoff is not None and handoff.state != Handoff.State.CLOSED:
        head["colleagues"] = presence.colleagues(conversation.site_id, user, timezone.now())
        head["teams"] = list(conversation.site.teams.all())
        head["target"] = target_of(conversation.site, handoff.urgent)
    decides = draft.turn_id if draft else head["suggestion"].turn.pk if head["suggestion"] else None
    if decides is not None and head["works"]:
        review.look(decides, user)
    shown = (
        head["status"], head["address"], handoff and (handoff.pk, handoff.state), decides,
        [block.pk for block in head["blocks"]], head["tags"], head.get("colleagues"), head["receipt"],
    )  # fmt: skip
    return head | {"signature": hashlib.sha256(repr(shown).encode()).hexdigest()[:12]}


def seen_by(user: User, conversation_id: uuid.UUID | str) -> Conversation | None:
    """The conversation, when it is of a site on which the person is an agent or may read the record."""
    sites = sites_of(user, Role.AGENT, Role.AUDITOR)
    return Conversation.objects.select_related("site").filter(pk=conversation_id, site__in=sites).first()


def filters_of(user: User) -> dict[str, Any]:
    """What the queue can be narrowed to on the person's sites: teams, categories and reasons, in words."""
    sites = [site.pk for site in desks(user)]
    return {
        "teams": sorted(set(Team.objects.filter(site__in=sites).values_list("name", flat=True))),
        "categories": sorted(
            {(slug, title) for (_, slug), title in queue_screen.titles(sites).items()}, key=lambda pair: pair[1]
        ),
        "reasons": [(reason.value, labels.REASONS[reason]) for reason in labels.WAITS_FOR],
    }


def presence_of(user: User) -> dict[str, Any]:
    """What a person chose to be at the desk, with the choices there are."""
    row = Presence.objects.filter(user=user.pk).first()
    return {"chosen": row.chosen if row else Presence.State.AVAILABLE.value, "choices": Presence.State.choices}


def desks(user: User) -> list[Site]:
    """The sites whose queue the person works."""
    return list(sites_of(user, Role.AGENT))


def _receipt(conversation: Conversation) -> dict[str, Any] | None:
    """How far the last reply of a person has come: `at` when it was sent, `seen` whether it was on a screen."""
    replies = conversation.messages.filter(author=Message.Author.AGENT)
    last = replies.order_by("-seq").values("seq", "at").first()
    if last is None:
        return None
    seen = Receipt.objects.filter(conversation=conversation, seq__gte=last["seq"]).exists()
    return {"at": last["at"], "seen": seen}


def _scopes(conversation: Conversation) -> list[tuple[str, str]]:
    """Whom a block could stop here."""
    scopes = [Block.Scope.CONVERSATION, *([Block.Scope.PERSON] if conversation.identity.get("sub") else [])]
    return [(scope.value, str(scope.label)) for scope in (*scopes, Block.Scope.ADDRESS)]


def _status(conversation: Conversation, handoff: Handoff | None, mine: bool) -> str:
    if conversation.state == State.WAITING:
        return "waiting"
    if conversation.state == State.HUMAN:
        return "yours" if mine else f"with {desk.name_of(handoff.agent) if handoff and handoff.agent else 'a person'}"
    return "with the assistant" if conversation.state == State.BOT else "closed"
