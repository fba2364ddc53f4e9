"""Accounts, as allauth is told of them: nobody signs up, every wrong password is kept, mail goes by the outbox."""

import time
from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.account.internal.userkit import filter_users_by_email, get_user_by_username
from allauth.core import context
from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from config.signin import address
from sites.outside import senders
from sites.people import sessions, signins

NO_ROLE = "Your account has no role on a site. Ask an administrator of the site to invite you."


class AccountAdapter(DefaultAccountAdapter):
    """What allauth asks about accounts."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "username_password_mismatch": "This name and this password do not belong together.",
        "email_password_mismatch": "This address and this password do not belong together.",
        "too_many_login_attempts": "Too many tries that failed. Wait five minutes, or use a passkey.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never: people are invited."""
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """The address by which tries are counted."""
        return address.of(request)

    # ── Signing in ──────────────────────────────────────────────────────────────────────────────────────────

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count a try; keep one that is too many. Raises ValidationError."""
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError:
            signins.throttled(_account(credentials), address.of(request))
            raise

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Keep a wrong password."""
        signins.failed(_account(credentials), address.of(request), "password")

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Tries count for the account, whichever of its names and whichever of our hosts they are made with."""
        user = _account(credentials)
        return f"account {user.pk}" if user else f"name {credentials.get('username', credentials.get('email', ''))}"

    def pre_login(self, request: HttpRequest, user: Any, **kwargs: Any) -> HttpResponse | None:
        """Nobody without a role comes in, whatever they have proved."""
        if response := super().pre_login(request, user, **kwargs):
            signins.refused(user, address.of(request), "the account is closed")
            return response
        if user.is_staff:
            return None
        signins.refused(user, address.of(request), "no role")
        return render(request, "signin/refused.html", {"said": NO_ROLE}, status=403)

    def login(self, request: HttpRequest, user: Any) -> None:
        """A session begins, under a new key."""
        super().login(request, user)
        sessions.begin(request.session, time.time())

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Whether to ask for the password again: not of somebody who has just signed in."""
        request = context.request
        shown = get_authentication_records(request, request.user)
        return not any(time.time() - each["at"] < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT for each in shown)

    # ── Mail ────────────────────────────────────────────────────────────────────────────────────────────────

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Promise a mail, as every other."""
        message = self.render_mail(template_prefix, email, {"base": settings.HANDRAIL_BASE_URL, **context})
        senders.mail(to=email, subject=str(message.subject), text=str(message.body))

    def get_reset_password_from_key_url(self, key: str) -> str:
        """A link to where this installation says it is, whatever host the request named."""
        return f"{settings.HANDRAIL_BASE_URL}{urlsplit(super().get_reset_password_from_key_url(key)).path}"

    def send_notification_mail(
        self, template_prefix: str, user: Any, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        """Tell a person of a change to how they sign in, where they have an address."""
        if to := email or user.email:
            super().send_notification_mail(template_prefix, user, context, to)

    def send_password_reset_mail(self, user: Any, email: str, context: dict[str, Any]) -> None:
        """Only to who has a password: whoever comes by the sign-in provider gets none beside it."""
        if user.has_usable_password() and user.is_staff:
            super().send_password_reset_mail(user, email, context)


def _account(credentials: dict[str, Any]) -> User | None:
    """The account that a name or an address stands for."""
    name, email = str(credentials.get("username") or ""), str(credentials.get("email") or "")
    user = get_user_by_username(name) if name else None
    if user is None and (email or name):
        user = next(iter(filter_users_by_email(email or name, prefer_verified=True, for_login=True)), None)
    return user if isinstance(user, User) else None
