"""Who may do what, on which site. A membership is the only source of a permission.

Two questions are answered here. *May Ben open this kind of page at all?* is `RolePermissions`, an
authentication backend that derives Django's model permissions from memberships. *May Ben do this on this
site?* is `require`. A page needs both, and a query that lists rows is filtered by `sites_of`.
"""

from collections.abc import Mapping
from typing import Any

from django.apps import apps
from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, User
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet

from sites.models import Membership, Role, Site

Person = AbstractBaseUser | AnonymousUser

LOOK, WORK, RUN = ("view",), ("view", "add", "change"), ("view", "add", "change", "delete")
ABILITIES: Mapping[Role, Mapping[str, tuple[str, ...]]] = {
    Role.AGENT: {"escalation": WORK, "conversations": LOOK, "knowledge": LOOK},
    Role.CONTENT_OWNER: {"knowledge": RUN, "conversations": LOOK, "release": LOOK},
    Role.RELEASE_OWNER: {"release": WORK, "knowledge": LOOK, "conversations": LOOK, "escalation": LOOK},
    Role.AUDITOR: {
        "handrail_sites": LOOK,
        "knowledge": LOOK,
        "conversations": LOOK,
        "release": LOOK,
        "escalation": LOOK,
    },
    Role.ADMIN: {
        "handrail_sites": RUN,
        "knowledge": RUN,
        "conversations": LOOK,
        "release": WORK,
        "escalation": WORK,
    },
}

_CANNED = [f"escalation.{action}_cannedreply" for action in RUN]
BESIDES: Mapping[Role, frozenset[str]] = {
    Role.AGENT: frozenset({"release.view_incident", "release.view_statement"}),
    Role.CONTENT_OWNER: frozenset({"release.change_proposal", *_CANNED}),
    Role.RELEASE_OWNER: frozenset({"escalation.add_seeded"}),
}
"""Single permissions beyond a room's: an agent may report an incident, work on its customers and read the checklist
(which owners of answers and customers sign); a content owner may
be the second person of a proposal, and writes the ready-made replies of agents; a release owner seeds wrong drafts to
see whether they are caught."""


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
    """The sites on which the person holds one of `roles` (any role when none is named)."""
    if not user.is_active:
        return Site.objects.none()
    if getattr(user, "is_superuser", False):
        return Site.objects.all()
    held = Membership.objects.filter(user_id=user.pk)
    if roles:
        held = held.filter(role__in=[*roles, Role.ADMIN])
    return Site.objects.filter(pk__in=held.values("site_id"))


def grant(user: User, site: Site, role: Role) -> Membership:
    """Give a person a role on a site and let them into the admin. Repeating it changes nothing."""
    membership, _ = Membership.objects.get_or_create(user=user, site=site, role=role)
    admit(user)
    return membership


def admit(user: User) -> None:
    """Let a person into the admin; what they may do there, their memberships say."""
    if not user.is_staff:
        User.objects.filter(pk=user.pk).update(is_staff=True)
        user.is_staff = True


def revoke(user: User, site: Site, role: Role) -> None:
    """Take a role away. It is gone on the person's next request or socket action."""
    Membership.objects.filter(user=user, site=site, role=role).delete()


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


def _article(word: str) -> str:
    return "an" if word[:1] in "aeiou" else "a"
