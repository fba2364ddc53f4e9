"""What allauth and Django tell as it happens, each carried to the one function that keeps it."""

from typing import Any

from allauth.account import signals as account
from allauth.account.authentication import get_authentication_records
from allauth.mfa import signals as factors
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_out
from django.db.models.signals import pre_delete, pre_save
from django.http import HttpRequest

from config.signin import address
from sites.people import sessions, signins, standing

Kind = Authenticator.Type


def listen() -> None:
    """Connect everything below."""
    account.user_logged_in.connect(signed_in)
    user_logged_out.connect(signed_out)
    account.password_changed.connect(password_changed)
    account.password_reset.connect(password_changed)
    factors.authenticator_added.connect(factor_added)
    factors.authenticator_removed.connect(factor_removed)
    factors.authenticator_reset.connect(codes_renewed)
    factors.authentication_failed.connect(wrong_code)
    pre_save.connect(account_saved, sender=User)
    pre_delete.connect(account_deleted, sender=User)


def account_saved(instance: User, raw: bool, update_fields: frozenset[str] | None, **_: Any) -> None:
    """An account is kept; a sign-in, which keeps only its moment, changes nothing else."""
    if not raw and (update_fields is None or update_fields.intersection(standing.FLAGS)):
        standing.saving(instance)


def account_deleted(instance: User, **_: Any) -> None:
    """An account goes, by whoever has the shell."""
    standing.leaving(instance)


def signed_in(request: HttpRequest, user: User, **_: Any) -> None:
    """A session began."""
    shown = get_authentication_records(request, user)
    how = " and ".join(dict.fromkeys(str(each.get("type") or each["method"]) for each in shown)) or "nothing known"
    signins.succeeded(user, address.of(request), how)


def signed_out(request: HttpRequest, user: User | None, **_: Any) -> None:
    """A session was ended by its person."""
    if user is not None:
        signins.signed_out(user)


def password_changed(request: HttpRequest, user: User, **_: Any) -> None:
    """A new password: whoever was signed in with the old one is no more."""
    sessions.end(user)
    signins.changed(user, "password.changed", address.of(request))


def factor_added(request: HttpRequest, user: User, authenticator: Authenticator, **_: Any) -> None:
    """A second factor, or the recovery codes that come with the first."""
    signins.changed(user, "second_factor.added", address.of(request), factor=authenticator.type)


def factor_removed(request: HttpRequest, user: User, authenticator: Authenticator, **_: Any) -> None:
    """A second factor was taken away by its person."""
    signins.changed(user, "second_factor.removed", address.of(request), factor=authenticator.type)


def codes_renewed(request: HttpRequest, user: User, authenticator: Authenticator, **_: Any) -> None:
    """New recovery codes; the old ones are void."""
    signins.changed(user, "second_factor.renewed", address.of(request), factor=authenticator.type)


def wrong_code(request: HttpRequest, user: User, authenticator: Authenticator, **_: Any) -> None:
    """A code or a key that did not fit."""
    signins.failed(user, address.of(request), f"{Kind(authenticator.type).label.lower()} code")
