"""A site's chat on a page of its own, `/w/SLUG`: for a link in a mail, on a receipt, behind a QR code."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from conversations.wording import Spoken
from sites.models import Site


@require_safe
def page(request: HttpRequest, slug: str) -> HttpResponse:
    """The widget over the whole window, and nothing else; 404 for a site that is none."""
    site = get_object_or_404(Site, slug=slug)
    spoken = Spoken.of(site)
    address = site.spoken.contact.get("email") or spoken.say("page.an_address")
    context = {
        "site": site,
        "lang": spoken.language_of("page.text"),
        "no_script": spoken.say("page.no_script_here", address=address),
    }
    response = render(request, "chatbot/full.html", context)
    response["Cross-Origin-Opener-Policy"] = "unsafe-none"  # the page it was popped out of hands it its conversation
    return response
