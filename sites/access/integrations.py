"""Integrations: programs that call in with a token of their own, and see and do on one site what an agent may there.

Law of the room: a token is shown once and kept as a digest; each integration is an account that nobody can sign in to,
so that every move in the record says which program made it.
"""

from django.contrib.auth.models import User
from django.utils import timezone

from sites.access import programs
from sites.access.roles import require
from sites.core import kept
from sites.models import Role, Site
from sites.models.endpoints import Integration

PREFIX, KIND = "hrt_", "integration"


def create(site: Site, name: str, *, actor: User) -> tuple[Integration, str]:
    """Let a program in as an agent of one site; returns it with its token, which is shown this once. Raises Refused."""
    called = programs.named(name, "customers read it when it answers them")
    token, shown = programs.fresh(PREFIX)
    with kept.writing(site.pk) as head:
        require(actor, site, Role.ADMIN)
        user, held = programs.account(KIND, called, site, [Role.AGENT], staff=False)
        made = Integration.objects.create(site=site, name=called, user=user, created_by=actor.get_username(), **shown)
        facts = {"actor": actor.get_username(), KIND: user.get_username(), "name": called}
        kept.append(site.pk, "integration.created", facts, *held, head=head)
    return made, token


def revoke(integration: Integration, *, actor: User, reason: str) -> None:
    """Refuse its token from the next request on. Raises Refused without a reason or when it was revoked before."""
    programs.revoke(integration, KIND, actor=actor, reason=reason)


def of_token(token: str) -> Integration | None:
    """The integration a token belongs to, if it may still call in; that it did is noted to the minute."""
    if not token.startswith(PREFIX):
        return None
    return programs.of(Integration.objects.all(), token, timezone.now())
