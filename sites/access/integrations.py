"""Integrations: programs that call in with a token of their own, and see and do on one site what an agent may there.

Law of the room: a token is shown once and kept as a digest; each integration is an account that nobody can sign in to,
so that every move in the record says which program made it.
"""

import hashlib
import secrets
import uuid
from datetime import timedelta

from django.contrib.auth.models import User
from django.db.models import Q
from django.utils import timezone

from sites.access.roles import require
from sites.core import kept
from sites.core.refusal import Refused
from sites.models import Membership, Role, Site
from sites.models.endpoints import Integration

PREFIX = "hrt_"
SEEN = timedelta(minutes=1)  # how exactly it is kept when a token was used last


def create(site: Site, name: str, *, actor: User) -> tuple[Integration, str]:
    """Let a program in as an agent of one site; returns it with its token, which is shown this once. Raises Refused."""
    called = " ".join(name.split())[:60]
    if not called:
        raise Refused("Give it a name; customers read it when it answers them.")
    token = PREFIX + secrets.token_urlsafe(32)
    with kept.writing(site.pk) as head:
        require(actor, site, Role.ADMIN)
        user = User(username=f"integration-{uuid.uuid4().hex[:12]}", first_name=called)
        user.set_unusable_password()
        user.save()
        membership = Membership.objects.create(site=site, user=user, role=Role.AGENT)
        made = Integration.objects.create(
            site=site, name=called, user=user, token_digest=_digest(token), hint=token[:8],
            created_by=actor.get_username(),
        )  # fmt: skip
        facts = {"actor": actor.get_username(), "integration": user.get_username(), "name": called}
        kept.append(site.pk, "integration.created", facts, membership, head=head)
    return made, token


def revoke(integration: Integration, *, actor: User, reason: str) -> None:
    """Refuse its token from the next request on. Raises Refused without a reason or when it was revoked before."""
    if not reason.strip():
        raise Refused("Say in a few words why.")
    with kept.writing(integration.site_id) as head:
        require(actor, integration.site_id, Role.ADMIN)
        if not Integration.objects.filter(pk=integration.pk, revoked_at=None).update(revoked_at=timezone.now()):
            raise Refused("It was revoked before.")
        User.objects.filter(pk=integration.user_id).update(is_active=False)
        held = Membership.objects.filter(user=integration.user_id)
        kept.note(integration.site_id, Membership, *held.values_list("pk", flat=True))
        held.delete()
        facts = {
            "actor": actor.get_username(),
            "integration": integration.user.get_username(),
            "reason": reason.strip(),
        }
        kept.append(integration.site_id, "integration.revoked", facts, head=head)


def of_token(token: str) -> Integration | None:
    """The integration a token belongs to, if it may still call in; that it did is noted to the minute."""
    if not token.startswith(PREFIX):
        return None
    found = Integration.objects.select_related("user").filter(token_digest=_digest(token), revoked_at=None)
    integration = found.filter(user__is_active=True).first()
    if integration is not None:
        now = timezone.now()
        stale = Q(used_at=None) | Q(used_at__lt=now - SEEN)
        Integration.objects.filter(stale, pk=integration.pk).update(used_at=now)
    return integration


def _digest(token: str) -> str:
    """A token has 256 random bits: one hash keeps it, and needs no salt."""
    return hashlib.sha256(token.encode()).hexdigest()
