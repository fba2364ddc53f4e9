"""One verified customer: their conversations, what colleagues noted, and what declared tools tell about them."""

import uuid
from typing import Any

from django.contrib import messages
from django.contrib.admin import site as admin_site
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from conversations import privacy
from conversations.models import Conversation, Event
from escalation.desk import desk, lookup
from escalation.packet import packet
from escalation.web import screens
from sites.access.roles import NotAllowed, account, roles_of
from sites.core import ledger
from sites.core.refusal import Refused
from sites.models import Role

MOST = 50  # conversations, and notes


@require_http_methods(["GET", "POST"])
def page(request: HttpRequest, conversation_id: uuid.UUID) -> HttpResponse:
    """The person of one conversation; posted, with what a tool tells about them. Both are entries in the record."""
    user = account(request.user)
    conversation = screens.seen_by(user, conversation_id)
    sub = str(conversation.identity.get("sub") or "") if conversation else ""
    if conversation is None or not sub:
        raise Http404("Nobody has proved who that is.")
    ledger.note(conversation.site_id, "read", actor=user.get_username(), person=ledger.digest(sub))
    found, title = None, ""
    if request.method == "POST":
        name = request.POST.get("tool", "")[:60]
        try:
            found = lookup.look(conversation.site, name, conversation.identity, actor=user)
            title = next((tool.title for tool in lookup.offered(conversation.site) if tool.name == name), name)
        except (Refused, NotAllowed) as refusal:
            messages.error(request, str(refusal))
    theirs = privacy.of_person(conversation.site, sub)
    context = {
        **admin_site.each_context(request),
        "title": packet.customer_of(conversation),
        "conversation": conversation,
        "sub": sub,
        "address": desk.address_of(conversation),
        "talks": _talks(theirs),
        "count": theirs.count(),
        "notes": _notes(theirs),
        "tools": lookup.offered(conversation.site) if _works(user, conversation) else [],
        "found": found,
        "found_title": title,
    }
    return render(request, "escalation/person.html", context)


def _works(user: Any, conversation: Conversation) -> bool:
    return not roles_of(user, conversation.site_id).isdisjoint({Role.AGENT, Role.ADMIN})


def _talks(theirs: Any) -> list[dict[str, Any]]:
    rows = theirs.order_by("-created_at").prefetch_related("handoffs", "tags")[:MOST]
    return [
        {
            "conversation": each,
            "category": packet.category_title(each.site_id, last.category) if last and last.category else "",
            "ending": last.get_ending_display() if last and last.ending else "",
            "tags": [tag.name for tag in each.tags.all()],
        }
        for each in rows
        for last in [max(each.handoffs.all(), key=lambda one: one.pk, default=None)]
    ]


def _notes(theirs: Any) -> list[Event]:
    made = Event.objects.filter(conversation__in=theirs.values("pk"), kind="note").order_by("-pk")
    return [note for note in made[:MOST] if note.body.get("text")]
