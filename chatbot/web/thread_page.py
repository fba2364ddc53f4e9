"""The small page that a link from a mail opens: the conversation in the widget, and nothing else."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from conversations import links
from conversations.models import Conversation
from conversations.wording import Spoken


@never_cache
@require_safe
def page(request: HttpRequest, signed: str) -> HttpResponse:
    """The thread of a link; 410 with what to do instead when it has expired or is no link of ours."""
    way = links.read(signed)
    known = Conversation.objects.select_related("site").filter(pk=way.conversation).first() if way else None
    spoken = Spoken.of(known.site) if known else Spoken()
    context = {
        "conversation": known,
        "signed": signed,
        "lang": spoken.language_of("page.text"),
        **_words(spoken, known),
    }
    response = render(request, "chatbot/thread.html", context, status=200 if known else 410)
    response["X-Robots-Tag"] = "noindex"
    response["Referrer-Policy"] = "no-referrer"
    return response


def _words(spoken: Spoken, known: Conversation | None) -> dict[str, str]:
    """What the page says: where the answer is, or what to do without it."""
    if known is None:
        return {"title": spoken.say("page.gone"), "text": spoken.say("page.gone_text")}
    address = known.site.contact.get("email") or spoken.say("page.an_address")
    return {
        "title": spoken.say("page.title", site=known.site.name),
        "text": spoken.say("page.text"),
        "no_script": spoken.say("page.no_script", address=address),
    }
