"""Whether an account is open, may enter the admin, and runs the installation: every move is an entry of the ledger.

Law of the room: the admin moves it here, with who did it. What comes round it (a shell, a command) is told by Django as
it is saved, and noted as done at the shell.
"""

import logging
from collections.abc import Mapping

from django.contrib.auth.models import User
from django.db import transaction

from sites.access import roles
from sites.core import ledger
from sites.models import Membership, Site
from sites.people import sessions, signins

log = logging.getLogger(__name__)
FLAGS = ("is_active", "is_staff", "is_superuser")
NOBODY = dict.fromkeys(FLAGS, False)


def write(user: User, *, actor: User) -> None:
    """Keep an account as it was changed in the admin; whoever may no longer sign in there is signed out."""
    with transaction.atomic():
        changed(user, _stored(user), actor.get_username())
        User.objects.filter(pk=user.pk).update(**_flags(user))
        user.save()
    if not (user.is_active and user.is_staff):
        sessions.end(user)


def saving(user: User) -> None:
    """An account is about to be saved: what changes of its standing, and went not through `write`, was done by hand."""
    changed(user, _stored(user) if user.pk else NOBODY, roles.SHELL)


def leaving(user: User) -> None:
    """An account is about to be deleted: its roles are taken first, and every site it could act on is told."""
    sites = _sites(user, user.is_superuser)
    for held in Membership.objects.filter(user=user).select_related("site").order_by("site", "pk"):
        roles.revoke(user, held.site, held.role)
    for site_id in sites:
        ledger.note(site_id, "account.deleted", actor=roles.SHELL, account=user.get_username())
    log.warning("account.deleted: %s", user.get_username())


def changed(user: User, before: Mapping[str, bool], actor: str) -> None:
    """Note what differs of an account's standing, on every site it can act on before or after."""
    after = _flags(user)
    moved = {name: after[name] for name in FLAGS if after[name] != before[name]}
    sites = _sites(user, after["is_superuser"] or before["is_superuser"]) if moved else []
    with transaction.atomic():
        for site_id in sites:
            ledger.note(site_id, "account.changed", actor=actor, account=user.get_username(), **moved)
    if sites:
        log.warning("account.changed: %s by %s: %s", user.get_username(), actor, moved)


def _flags(user: User) -> dict[str, bool]:
    return {name: bool(getattr(user, name)) for name in FLAGS}


def _stored(user: User) -> Mapping[str, bool]:
    return User.objects.filter(pk=user.pk).values(*FLAGS).first() or NOBODY


def _sites(user: User, everywhere: bool) -> list[int]:
    """Where an account could act, in the order in which ledgers are held."""
    if everywhere:
        return list(Site.objects.order_by("pk").values_list("pk", flat=True))
    return signins.sites_of_account(user) if user.pk else []
