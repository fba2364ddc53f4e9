"""What every program that calls in has: a token that is shown once, and an account that nobody signs in to.

Law of the room: a token is kept as a digest; what a program does stands in the record under its account's name. What a
kind of token may do is the matter of the module that makes it.
"""

import hashlib
import secrets
import uuid
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import TypeVar

from django.contrib.auth.models import User
from django.db.models import Q, QuerySet
from django.utils import timezone

from sites.access.roles import require
from sites.core import kept
from sites.core.refusal import Refused
from sites.models import Membership, Role, Site
from sites.models.endpoints import ApiToken, Integration

Program = TypeVar("Program", ApiToken, Integration)
SEEN = timedelta(minutes=1)  # how exactly it is kept when a token was used last


def named(name: str, why: str) -> str:
    """A program's name in one line. Raises Refused, with what the name is for, where there is none."""
    called = " ".join(name.split())[:60]
    if not called:
        raise Refused(f"Give it a name; {why}.")
    return called


def fresh(prefix: str) -> tuple[str, dict[str, str]]:
    """A new token, and what is kept of it on its row."""
    token = prefix + secrets.token_urlsafe(32)
    return token, {"token_digest": digest(token), "hint": token[:8]}


def account(
    kind: str, called: str, site: Site, roles: Collection[Role], *, staff: bool
) -> tuple[User, list[Membership]]:
    """An account that nobody can sign in to, with its roles on one site; in a transaction that holds the chain."""
    user = User(username=f"{kind}-{uuid.uuid4().hex[:12]}", first_name=called, is_staff=staff)
    user.set_unusable_password()
    user.save()
    return user, [Membership.objects.create(site=site, user=user, role=role) for role in roles]


def revoke(row: Program, kind: str, *, actor: User, reason: str) -> None:
    """Refuse its token from the next request on. Raises Refused without a reason or when it was revoked before."""
    if not reason.strip():
        raise Refused("Say in a few words why.")
    with kept.writing(row.site_id) as head:
        require(actor, row.site_id, Role.ADMIN)
        if not type(row)._default_manager.filter(pk=row.pk, revoked_at=None).update(revoked_at=timezone.now()):
            raise Refused("It was revoked before.")
        User.objects.filter(pk=row.user_id).update(is_active=False)
        held = Membership.objects.filter(user=row.user_id)
        kept.note(row.site_id, Membership, *held.values_list("pk", flat=True))
        held.delete()
        facts = {"actor": actor.get_username(), kind: row.user.get_username(), "reason": reason.strip()}
        kept.append(row.site_id, f"{kind}.revoked", facts, head=head)


def of(rows: QuerySet[Program], token: str, now: datetime) -> Program | None:
    """The row among these whose token this is, while it counts; that it was used is noted to the minute."""
    found = rows.select_related("user").filter(token_digest=digest(token), revoked_at=None, user__is_active=True)
    row = found.first()
    if row is not None:
        stale = Q(used_at=None) | Q(used_at__lt=now - SEEN)
        type(row)._default_manager.filter(stale, pk=row.pk).update(used_at=now)
    return row


def digest(token: str) -> str:
    """A token has 256 random bits: one hash keeps it, and needs no salt."""
    return hashlib.sha256(token.encode()).hexdigest()
