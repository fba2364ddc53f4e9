"""The page on which an administrator erases what a customer said; it makes one call of `privacy`."""

from django.contrib import messages
from django.contrib.admin import site as admin_site
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from conversations import privacy, replay
from conversations.models import Conversation
from sites.access.roles import Person, account, sites_of
from sites.core.refusal import Refused
from sites.models import Role


@require_http_methods(["GET", "POST"])
def page(request: HttpRequest, pk: str) -> HttpResponse:
    """What would go and what would stay; a reason and a press erase it."""
    person = account(request.user)
    found = replay.find(pk, sites_of(person))
    if not may(person, found):
        raise PermissionDenied("Only an administrator of the site erases what customers said.")
    if request.method == "POST" and _erase(request, person, found):
        return HttpResponseRedirect(reverse("admin:conversations_conversation_change", args=[pk]))
    context = {
        **admin_site.each_context(request),
        "title": "Erase what a customer said",
        "conversation": found,
        "others": privacy.kin(found).exclude(pk=found.pk).count(),
        "person": found.identity.get("name") or found.identity.get("sub"),
    }
    return render(request, "conversations/erase.html", context)


def may(user: Person, conversation: Conversation) -> bool:
    """Whether the link to the page is shown; `privacy.erase` asks again."""
    return sites_of(user, Role.ADMIN).filter(pk=conversation.site_id).exists()


def _erase(request: HttpRequest, user: User, found: Conversation) -> bool:
    own = Conversation.objects.filter(pk=found.pk)
    which = privacy.kin(found) if request.POST.get("all") else own
    try:
        done = privacy.erase(which, found.site, actor=user, reason=request.POST.get("reason", ""))
    except Refused as refusal:
        messages.error(request, str(refusal))
        return False
    messages.success(request, done.told)
    for line in done.left:
        messages.warning(request, line)
    return True
