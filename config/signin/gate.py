"""Every request of somebody signed in: is the session still good, and does the person have what their role asks for?

Who lacks a second factor is nobody to every page but those on which it is set up: no page can forget to ask.
"""

import time
from collections.abc import Awaitable, Callable

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.models import AnonymousUser, User
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import Resolver404, resolve, reverse

from sites.people import second_factor, sessions, signins

OPEN = ("account_", "mfa_", "usersessions_")
"""Beginnings of the names of pages that somebody without the second factor may open."""


class SignInGate:
    """Behind Django's and allauth's middleware, before every page."""

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        if settings.SESSION_COOKIE_NAME not in request.COOKIES:  # a customer: their pages stay the same for all caches
            return self.get_response(request)
        user = request.user
        if isinstance(user, User) and lasting(request, user) and lacking(request, user):
            if request.path_info.startswith(reverse("admin:index")):
                return HttpResponseRedirect(reverse("mfa_index"))
            request.user = AnonymousUser()
        return self.get_response(request)


def lasting(request: HttpRequest, user: User) -> bool:
    """Whether the session goes on; one that is new here is noted as the person's."""
    known = sessions.BEGAN in request.session
    if not sessions.keep(request.session, time.time()):
        over(request, user)
        return False
    if not known:
        UserSession.objects.create_from_request(request)
    return True


def lacking(request: HttpRequest, user: User) -> bool:
    """Whether the person has to set up a second factor, and this page is not where."""
    return not is_open(request.path_info) and second_factor.missing(user, request.session)


def over(request: HttpRequest, user: User) -> None:
    """The session's time is up: from here on the request is nobody's."""
    request.user = AnonymousUser()
    logout(request)
    signins.signed_out(user, "its time was up")


def is_open(path: str) -> bool:
    """Whether a path is one on which a second factor is set up."""
    try:
        return (resolve(path).url_name or "").startswith(OPEN)
    except Resolver404:
        return False
