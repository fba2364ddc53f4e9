"""The small page that a link from a mail opens: the conversation in the widget, and nothing else."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from conversations import links
from conversations.models import Conversation


@never_cache
@require_safe
def page(request: HttpRequest, signed: str) -> HttpResponse:
    """The thread of a link; 410 with what to do instead when it has expired or is no link of ours."""
    way = links.read(signed)
    known = Conversation.objects.select_related("site").filter(pk=way.conversation).first() if way else None
    context = {"conversation": known, "signed": signed}
    response = render(request, "chatbot/thread.html", context, status=200 if known else 410)
    response["X-Robots-Tag"] = "noindex"
    response["Referrer-Policy"] = "no-referrer"
    return response
