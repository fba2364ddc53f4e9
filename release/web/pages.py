"""What the staff's pages of this room share: who is let in, the frame, and how one domain call is made and told."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from release.models import KillSwitch
from sites.access.roles import NotAllowed, account, sites_where
from sites.core.refusal import Refused

View = Callable[..., HttpResponse]


def staff(permission: str) -> Callable[[View], View]:
    """Let in whoever has the model permission; every row is looked up among the person's sites besides."""

    def wrap(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.has_perm(permission):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return guarded

    return wrap


def page(request: HttpRequest, name: str, **context: Any) -> HttpResponse:
    """One page of this room in the admin's frame, which adds the room's tabs."""
    may_change = request.user.has_perm("release.change_release")
    context = {**admin.site.each_context(request), "room": "Release", "may_change": may_change, **context}
    return render(request, f"release/{name}.html", context)


def attempt(request: HttpRequest, work: Callable[[], Any], done: str) -> Any:
    """Do one domain call and say how it went; None when it was refused."""
    try:
        made = work()
    except (Refused, NotAllowed) as refusal:
        messages.error(request, str(refusal))
        return None
    messages.success(request, done)
    return made


def to(name: str, *args: Any) -> HttpResponseRedirect:
    """Go to a page of the admin by its name."""
    return HttpResponseRedirect(reverse(f"admin:{name}", args=args))


def user(request: HttpRequest) -> User:
    """The signed-in person."""
    return account(request.user)


def reaching(request: HttpRequest) -> QuerySet[KillSwitch]:
    """The pauses that reach one of the person's sites."""
    theirs = sites_where(request.user, "release.view_killswitch")
    return KillSwitch.objects.filter(Q(site=None) | Q(site__in=theirs))
