"""Roles that come with a group of the sign-in provider, and go with it. Roles given here by hand are left alone."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction

from sites.access.roles import admit, grant
from sites.core.refusal import Refused
from sites.models import Membership, Role, Site
from sites.people import invitations, sessions

CLOSED = "Your account here is closed. Ask an administrator of your site."
PROVIDER = "sign-in provider"
"""Who gives and takes a role that goes with a group."""
STRANGER = "Nobody has invited you, and none of your groups has a role here. Ask an administrator of your site."


@dataclass(frozen=True, slots=True)
class Claims:
    """What the provider says of somebody. `email` is empty unless the provider has verified it."""

    email: str
    name: str
    groups: tuple[str, ...]


def admitted(known: User | None, claims: Claims) -> User:
    """The account of somebody whom the provider vouches for, with the roles of their groups and invitations.

    `known` is the account this identity was seen with before. Raises Refused for whoever is not mapped, invited or
    one of the people already.
    """
    with transaction.atomic():
        user = known or _by_address(claims.email)
        if user is not None and not user.is_active:
            raise Refused(CLOSED)
        wanted, asked = mapped(claims.groups), invitations.of_address(claims.email) if claims.email else []
        if user is None:
            if not wanted and not asked:
                raise Refused(STRANGER)
            user = _newcomer(claims)
        apply(user, wanted)
        if user.email.lower() == claims.email.lower():
            for each in asked:
                invitations.join(each, user=user)
    if not user.is_superuser and not Membership.objects.filter(user=user).exists():
        raise Refused(STRANGER)  # after the commit: roles whose group is gone stay taken
    return user


def mapped(groups: Iterable[str]) -> set[tuple[int, str]]:
    """Site ids and roles that some groups carry, by HANDRAIL_OIDC_GROUPS; what names no site here carries nothing."""
    held = [entry for group in groups for entry in settings.HANDRAIL_OIDC_GROUPS.get(group, {}).items()]
    ids = dict(Site.objects.filter(slug__in=[slug for slug, _ in held]).values_list("slug", "pk"))
    return {(ids[slug], role) for slug, roles in held if slug in ids for role in roles}


def apply(user: User, wanted: set[tuple[int, str]]) -> None:
    """Give and take the roles that come with groups, in the chain of each site they are on."""
    with transaction.atomic():
        held = Membership.objects.filter(user=user)
        kept = {(each.site_id, str(each.role)) for each in held}
        gone = {(each.site_id, str(each.role)) for each in held if each.by_group} - wanted
        moved = sorted((wanted - kept) | gone)
        sites = Site.objects.in_bulk({site for site, _ in moved})
        for site, role in moved:  # sites in one order, as their chains are held
            if (site, role) in gone:
                sessions.revoke(user, sites[site], role, actor=PROVIDER)
            else:
                grant(user, sites[site], Role(role), actor=PROVIDER, by_group=True)
        if wanted:
            admit(user)


def _by_address(email: str) -> User | None:
    """The account of a verified address. Whoever runs the installation signs in here, not by a provider's word."""
    found = invitations.account_of(email) if email else None
    if found is not None and found.is_superuser:
        raise Refused("Whoever runs the whole installation signs in with a password and a second factor.")
    return found


def _newcomer(claims: Claims) -> User:
    user = invitations.account_named(claims.email, claims.name)
    user.set_unusable_password()
    user.save()
    return user
