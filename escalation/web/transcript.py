"""A conversation read from its beginning: what was said, and below each question in words how it was decided.

For whoever looks back; nothing is done here. Opening it is an entry in the ledger.
"""

import uuid
from dataclasses import replace

from django.contrib.admin import site as admin_site
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from conversations import replay
from escalation.packet import packet
from escalation.packet.findings import findings
from sites.access.roles import account, sites_of


@require_GET
def page(request: HttpRequest, conversation_id: uuid.UUID) -> HttpResponse:
    """The thread of one conversation of the person's sites, each question with what the assistant did about it."""
    user = account(request.user)
    conversation = replay.find(conversation_id, sites_of(user))
    replay.log_reading(conversation, actor=user.get_username())
    personal = replay.personal(user, conversation.site)
    found = {each.seq: each if personal else replace(each, recognised="") for each in findings(conversation, None)}
    context = {
        **admin_site.each_context(request),
        "title": f"Conversation {conversation}",
        "conversation": conversation,
        "gathered": packet.packet(conversation),
        "lines": [(entry, found.get(entry.seq)) for entry in packet.thread(conversation)],
    }
    return render(request, "escalation/transcript.html", context)
