"""Who may do what, on which site. A membership is the only source of a permission.

Two questions are answered here. *May Ben open this kind of page at all?* is `RolePermissions`, an
authentication backend that derives Django's model permissions from memberships: of all sites together, so it opens a
page and no row. *May Ben do this on this site?* is `require`, and `sites_where` for a model permission. A page needs
both, and a query that lists rows is filtered by `sites_where` or `sites_of`. Who may what in the end: docs/rights.md.
"""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any

from django.apps import apps
from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, User
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet

from sites.core import kept
from sites.core.refusal import Refused
from sites.models import LedgerHead, Membership, Role, Site

Person = AbstractBaseUser | AnonymousUser
SHELL = "shell"
"""Who gave a role, where it was no person signed in."""

LOOK, WORK, RUN = ("view",), ("view", "add", "change"), ("view", "add", "change", "delete")
ABILITIES: Mapping[Role, Mapping[str, tuple[str, ...]]] = {
    Role.AGENT: {"escalation": WORK, "conversations": LOOK, "knowledge": LOOK},
    Role.CONTENT_OWNER: {"knowledge": RUN, "conversations": LOOK, "release": LOOK, "tools": LOOK},
    Role.RELEASE_OWNER: {"release": WORK, "tools": WORK, "knowledge": LOOK, "conversations": LOOK, "escalation": LOOK},
    Role.AUDITOR: {
        "handrail_sites": LOOK,
        "knowledge": LOOK,
        "conversations": LOOK,
        "release": LOOK,
        "escalation": LOOK,
        "tools": LOOK,
    },
    Role.ADMIN: {
        "handrail_sites": RUN,
        "knowledge": RUN,
        "conversations": LOOK,
        "release": WORK,
        "escalation": WORK,
        "tools": WORK,
    },
}

_CANNED = [f"escalation.{action}_cannedreply" for action in RUN]
BESIDES: Mapping[Role, frozenset[str]] = {
    Role.AGENT: frozenset({"release.view_incident", "release.view_killswitch", "release.view_statement"}),
    Role.CONTENT_OWNER: frozenset({"release.change_proposal", *_CANNED}),
    Role.RELEASE_OWNER: frozenset({"escalation.add_seeded"}),
    Role.ADMIN: frozenset({f"escalation.delete_{name}" for name in ("cannedreply", "servicelevel", "team")}),
}
"""Single permissions beyond a room's: an agent may report an incident, work on its customers, pause, and read the
checklist (which owners of answers and customers sign); a content owner may
be the second person of a proposal, and writes the ready-made replies of agents; a release owner seeds wrong drafts to
see whether they are caught; an administrator takes away what sets up a desk."""


class NotAllowed(PermissionDenied):
    """The person's role does not cover this, said in a sentence that can be shown to them."""


def roles_of(user: Person, site: Site | int) -> frozenset[Role]:
    """The roles a person has on a site, read now. A superuser has all, an inactive account none."""
    if not user.is_active:
        return frozenset()
    if getattr(user, "is_superuser", False):
        return frozenset(Role)
    held = Membership.objects.filter(user_id=user.pk, site=site).values_list("role", flat=True)
    return frozenset(Role(role) for role in held)


def account(user: Person) -> User:
    """The account of whoever is signed in. Raises NotAllowed for a visitor, who has none."""
    if not isinstance(user, User):
        raise NotAllowed("Sign in first; nobody else does this.")
    return user


def called(user: User) -> str:
    """What a person is called on their own pages."""
    return user.get_short_name() or user.get_username()


def require(user: Person, site: Site | int, *roles: Role) -> None:
    """Raise NotAllowed unless the person holds one of `roles` on `site`. Administrators of a site pass."""
    if roles_of(user, site).isdisjoint({*roles, Role.ADMIN}):
        wanted = " or ".join(role.label.lower() for role in roles)
        name = site.name if isinstance(site, Site) else Site.objects.get(pk=site).name
        raise NotAllowed(f"{user or 'A visitor'} is not {_article(wanted)} {wanted} of {name}.")


def limit_of(user: Person, site: Site | int) -> frozenset[str] | None:
    """The slugs of the categories a content owner is limited to on a site, read now; None: she answers for all.

    What the slugs stand for is known in the rooms above; a slug that stands for nothing permits nothing.
    """
    if not user.is_active:
        return frozenset()
    if getattr(user, "is_superuser", False):
        return None
    owning = Membership.objects.filter(user_id=user.pk, site=site, role__in=[Role.CONTENT_OWNER, Role.ADMIN])
    held = dict(owning.values_list("role", "categories"))
    slugs = held.get(Role.CONTENT_OWNER)
    return None if Role.ADMIN in held or not slugs else frozenset(slugs)


def sites_of(user: Person, *roles: Role) -> QuerySet[Site]:
    """The sites on which the person holds one of `roles` or administers (any role when none is named)."""
    return sites_held(user, {*roles, Role.ADMIN} if roles else frozenset(Role))


def sites_where(user: Person, permission: str) -> QuerySet[Site]:
    """The sites on which one of the person's own roles carries a model permission, as `app.action_model`."""
    return sites_held(user, carrying(permission))


def sites_held(user: Person, roles: Collection[Role]) -> QuerySet[Site]:
    """The sites on which the person holds one of exactly these roles, read now. A superuser: all, by any role."""
    if not user.is_active:
        return Site.objects.none()
    if getattr(user, "is_superuser", False):
        return Site.objects.all()
    held = Membership.objects.filter(user_id=user.pk, role__in=roles)
    return Site.objects.filter(pk__in=held.values("site_id"))


def grant(user: User, site: Site, role: Role, *, actor: Person | str = SHELL, by_group: bool = False) -> Membership:
    """Give a person a role on a site, on the record, and let them into the admin. Repeating it changes nothing.

    `by_group`: it goes with the sign-in provider's group it came with. Raises NotAllowed for an actor who does not
    administer the site; who has the shell has everything.
    """
    with _administering(actor, site) as head:
        membership, new = Membership.objects.get_or_create(
            user=user, site=site, role=role, defaults={"by_group": by_group}
        )
        if new:
            facts = {"person": user.get_username(), "before": "", "after": str(role)}
            kept.append(site.pk, "membership_given", {"actor": _name(actor), **facts}, membership, head=head)
    admit(user)
    return membership


def change(membership: Membership, role: str, *, actor: Person | str) -> None:
    """Make a membership one of another role, on the record. Raises NotAllowed, Refused when the role is held already.

    What a content owner was limited to counts for no other role, and goes with the old one.
    """
    with _administering(actor, membership.site) as head:
        held = Membership.objects.get(pk=membership.pk)
        same = Membership.objects.filter(site=held.site_id, user=held.user_id, role=role)
        if same.exists():
            raise Refused(f"{held.user} is {Role(role).label.lower()} of {held.site} already.")
        Membership.objects.filter(pk=held.pk, role=held.role).update(role=role, categories=[])
        facts = {"person": held.user.get_username(), "before": held.role, "after": role}
        if held.categories:
            facts["limited_to"] = held.categories
        kept.append(held.site_id, "membership_changed", {"actor": _name(actor), **facts}, held, head=head)
    membership.role, membership.categories = role, []


def revoke(user: User, site: Site, role: str, *, actor: Person | str = SHELL) -> None:
    """Take a role away, on the record. It is gone on the person's next request or socket action. Raises NotAllowed."""
    with _administering(actor, site) as head:
        for held in Membership.objects.filter(user=user, site=site, role=role):
            kept.note(site.pk, Membership, held.pk)
            held.delete()
            facts = {"person": user.get_username(), "before": str(role), "after": ""}
            kept.append(site.pk, "membership_taken", {"actor": _name(actor), **facts}, head=head)


def admit(user: User) -> None:
    """Let a person into the admin; what they may do there, their memberships say."""
    if not user.is_staff:
        User.objects.filter(pk=user.pk).update(is_staff=True)
        user.is_staff = True


@contextmanager
def _administering(actor: Person | str, site: Site) -> Iterator[LedgerHead]:
    """Hold the site's chain for an actor who administers it. Raises NotAllowed."""
    with kept.writing(site.pk) as head:
        if not isinstance(actor, str):
            require(actor, site, Role.ADMIN)
        yield head


def _name(actor: Person | str) -> str:
    return actor if isinstance(actor, str) else actor.get_username()


class RolePermissions(BaseBackend):
    """Django's model permissions, derived from memberships; an entry of AUTHENTICATION_BACKENDS."""

    def get_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        """The permissions as `app.action_model` strings; read once a request (kept on the user object)."""
        if not user_obj.is_active or user_obj.is_anonymous or obj is not None:
            return set()
        if not hasattr(user_obj, "_role_permissions"):
            held = set(Membership.objects.filter(user_id=user_obj.pk).values_list("role", flat=True))
            user_obj._role_permissions = {name for role in held for name in permissions_of(Role(role))}
        permissions: set[str] = user_obj._role_permissions
        return permissions

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        """Whether one permission is among them."""
        return perm in self.get_all_permissions(user_obj, obj)

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        """Whether any permission of an app is among them."""
        return any(name.startswith(f"{app_label}.") for name in self.get_all_permissions(user_obj))


def permissions_of(role: Role) -> set[str]:
    """Every model permission a role carries."""
    return {
        f"{label}.{action}_{model._meta.model_name}"
        for label, actions in ABILITIES[role].items()
        for model in apps.get_app_config(label).get_models()
        for action in actions
    } | BESIDES.get(role, frozenset())


@cache
def carrying(permission: str) -> frozenset[Role]:
    """The roles that carry a model permission."""
    return frozenset(role for role in Role if permission in permissions_of(role))


def _article(word: str) -> str:
    return "an" if word[:1] in "aeiou" else "a"
