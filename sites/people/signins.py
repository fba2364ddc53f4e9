"""What is kept of sign-ins: a line in the log, and an entry in the ledger of each site the person has a role on.

Law of the room: nothing that was typed is kept. An account that exists is called by its name, any other "no account".
The log has the address as it is; the ledger, which forgets nothing, a digest of it that differs from site to site.
"""

import logging
from typing import Any

from django.contrib.auth.models import User
from django.utils.crypto import salted_hmac

from sites.core import ledger, rate
from sites.models import Site

log = logging.getLogger(__name__)
MOST = 300
"""Entries a minute about one account: a flood stands whole in the log, and does not keep a site's ledger busy."""


def succeeded(user: User, address: str, how: str) -> None:
    """Somebody signed in; `how` says with what, "password and totp"."""
    log.info("signed in: %s with %s, from %s", user.get_username(), how, address)
    _note(user, "signin.succeeded", address, actor=user.get_username(), how=how)


def failed(user: User | None, address: str, how: str) -> None:
    """A password, code or key was wrong; `user` is None where no such account exists."""
    log.warning("sign-in failed: %s, wrong %s, from %s", _name(user), how, address)
    _note(user, "signin.failed", address, how=how)


def throttled(user: User | None, address: str) -> None:
    """A try that was not looked at: too many came for this account or from this address."""
    log.warning("sign-in throttled: %s, too many tries, from %s", _name(user), address)
    _note(user, "signin.throttled", address)


def refused(user: User | None, address: str, why: str) -> None:
    """Somebody proved who they are, and may not come in."""
    log.warning("sign-in refused: %s, from %s: %s", _name(user), address, why)
    _note(user, "signin.refused", address, why=why)


def signed_out(user: User, why: str = "asked for") -> None:
    """A session ended."""
    log.info("signed out: %s, %s", user.get_username(), why)
    _note(user, "signin.ended", "", actor=user.get_username(), why=why)


def changed(user: User, kind: str, address: str, **facts: Any) -> None:
    """Somebody changed what they sign in with: `password.changed`, `second_factor.added`, `second_factor.removed`."""
    log.info("%s: %s, from %s", kind, user.get_username(), address)
    _note(user, kind, address, actor=user.get_username(), **facts)


def sites_of_account(user: User) -> list[int]:
    """The ids of the sites a person has a role on, in the order in which their ledgers are held."""
    return list(
        Site.objects.filter(memberships__user_id=user.pk).distinct().order_by("pk").values_list("pk", flat=True)
    )


def _note(user: User | None, kind: str, address: str, *, actor: str = "", **facts: Any) -> None:
    if user is None or rate.count("signin", str(user.pk))[0] > MOST:
        return
    for site_id in sites_of_account(user):
        known = {"whence": _digest(site_id, address)} if address else {}
        ledger.note(site_id, kind, actor=actor, account=user.get_username(), **known, **facts)


def _name(user: User | None) -> str:
    return user.get_username() if user else "no account"


def _digest(site_id: int, address: str) -> str:
    return salted_hmac("handrail.signin", f"{site_id}:{address}", algorithm="sha256").hexdigest()[:32]
