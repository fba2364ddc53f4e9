"""A recorded turn, decided again on one page: what it came to then and now. Looking is an entry in the ledger."""

from django.contrib.admin import site as admin_site
from django.contrib.admin.views.decorators import staff_member_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from chatbot import again
from conversations import replay
from conversations.models import Turn
from knowledge.face.pages import staff
from release.live.snapshot import Tampered
from sites.access.roles import sites_of


@never_cache
@require_GET
@staff_member_required
def page(request: HttpRequest, pk: int) -> HttpResponse:
    """One turn of one of the person's sites, decided again."""
    turns = Turn.objects.select_related("question", "answer", "conversation__site")
    turn = get_object_or_404(turns, pk=pk, conversation__site__in=sites_of(request.user))
    replay.log_reading(turn.conversation, actor=staff(request).get_username())
    try:
        found, tampered = again.decide(turn), ""
    except Tampered as error:
        found, tampered = again.Again(turn, again.recorded(turn), None), str(error)
    context = {
        **admin_site.each_context(request),
        "title": "A turn, decided again",
        "turn": turn,
        "found": found,
        "tampered": tampered,
        "sides": [("As it is on the record", found.then), ("As it is decided now", found.now)],
    }
    return render(request, "chatbot/again.html", context)
