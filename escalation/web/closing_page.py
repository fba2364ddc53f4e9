"""The page on which a desk is closed by hand and opened again; one call of `closing` a button."""

from django.contrib import messages
from django.contrib.admin import site as admin_site
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from conversations.record import IllegalMove
from escalation.desk import closing
from escalation.models import Handoff
from escalation.queue import waiting
from sites.access.roles import account, sites_of
from sites.models import Role, Site


@require_http_methods(["GET", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """The desks of the person's sites, and the switch of each."""
    agent = account(request.user)
    theirs = sites_of(agent, Role.AGENT).order_by("name")
    if not theirs:
        raise PermissionDenied("You are not an agent of any site.")
    if request.method == "POST":
        site = get_object_or_404(theirs, slug=request.POST.get("site", ""))
        _switch(request, agent, site)
        return redirect("admin:desk_closing")
    context = {**admin_site.each_context(request), "title": "Open and close the desk", "desks": [*map(_desk, theirs)]}
    return render(request, "escalation/closing.html", context)


def _switch(request: HttpRequest, user: User, site: Site) -> None:
    reason = request.POST.get("reason", "")[:250]
    try:
        if request.POST.get("close"):
            told = closing.close_desk(site, actor=user, reason=reason)
            said = f"The desk of {site} is closed. {_customers(told)}"
        else:
            told = closing.open_desk(site, actor=user, reason=reason)
            said = f"The written hours of {site} count again. {_customers(told)}"
        messages.success(request, said)
    except IllegalMove as refusal:
        messages.error(request, str(refusal))


def _customers(told: int) -> str:
    return f"{told} waiting customer{'' if told == 1 else 's'} told." if told else "Nobody was waiting."


def _desk(site: Site) -> tuple[Site, object, int]:
    """A site, whether people are there, and how many wait."""
    open_now = Handoff.objects.filter(site=site, state=Handoff.State.OPEN).count()
    return site, waiting.at_the_desk(site, timezone.now()), open_now
