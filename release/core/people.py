"""Who moved something: a signed-in person, whose roles are checked, or a name given at the shell."""

from collections.abc import Iterable, Sequence

from django.contrib.auth.models import User

from sites.access import roles
from sites.core.refusal import Refused
from sites.models import Role, Site

Actor = User | str

DUTIES = {
    "answers": "reviewing answers",
    "sources": "the sources",
    "release": "approving scope",
    "incidents": "pausing",
    "customers": "contacting customers",
}
SIGNERS = {"legal": "the law", "security": "security"}
"""Who signs for what no duty covers, named beside the duties; a release does not wait for them."""

FITTING: dict[str, tuple[Role, ...]] = {
    "release": (Role.RELEASE_OWNER, Role.CONTENT_OWNER),
    "incidents": (Role.RELEASE_OWNER, Role.CONTENT_OWNER, Role.AGENT),
    "sources": (Role.CONTENT_OWNER,),
    "answers": (Role.AGENT, Role.CONTENT_OWNER, Role.RELEASE_OWNER),
    "customers": (Role.AGENT, Role.CONTENT_OWNER, Role.RELEASE_OWNER),
}
"""The roles with which somebody can do what a duty asks, the usual one first."""

ALONE = "nobody else"
"""Who stands as the second person where one did both halves: no username holds a space."""

DEPUTY = "deputy"
"""Who stands in for an owner whose account is gone: named beside the duties, and a duty of nobody's own."""


def name(actor: Actor) -> str:
    """The name kept in the record."""
    return actor if isinstance(actor, str) else actor.get_username()


def allow(actor: Actor, site: Site | int, *wanted: Role) -> None:
    """Raise NotAllowed unless the person holds one of the roles; who has the shell already has everything."""
    if not isinstance(actor, str):
        roles.require(actor, site, *wanted)


def two(actor: User, second: User, site: Site, owner: str) -> str:
    """Two different people with a say in releases, of whom one is the named `owner`. Raises Refused.

    Returns who stands in the record as the second: of a team of one, nobody else.
    """
    if actor.pk == second.pk and not may_be_alone(site):
        raise Refused("The second person must be somebody else.")
    roles.require(actor, site, Role.RELEASE_OWNER, Role.CONTENT_OWNER)
    roles.require(second, site, Role.RELEASE_OWNER, Role.CONTENT_OWNER)
    if owner not in (actor.get_username(), second.get_username()):
        raise Refused(f"One of the two must be the owner, {owner or 'who is not named yet'}.")
    return ALONE if actor.pk == second.pk else second.get_username()


def may_be_alone(site: Site | int) -> bool:
    """Whether one person may do both halves on a site, read now."""
    key = site if isinstance(site, int) else site.pk
    return Site.objects.filter(pk=key, alone=True).exists()


def missing_owners(site: Site) -> list[str]:
    """The duties of promise 15 that nobody active holds, each as a phrase; empty when all are named."""
    named = {duty: str(site.owners.get(duty, "")) for duty in DUTIES}
    active = _active(named.values())
    covered = has_deputy(site)
    held = [duty for duty in DUTIES if named[duty] in active or (named[duty] and covered)]
    return [_lack(what, named[duty]) for duty, what in DUTIES.items() if duty not in held]


def powerless(site: Site) -> dict[str, tuple[list[str], list[Role]]]:
    """By user name: the duties of an owner whose account has no role for them here, and the roles that would do."""
    lacking: dict[str, list[str]] = {}
    accounts = {user.get_username(): user for user in User.objects.filter(username__in=site.owners.values())}
    for duty, fitting in FITTING.items():
        person = accounts.get(str(site.owners.get(duty, "")))
        if person is not None and roles.roles_of(person, site).isdisjoint({*fitting, Role.ADMIN}):
            lacking.setdefault(person.get_username(), []).append(duty)
    return {username: (duties, _fitting(duties)) for username, duties in lacking.items()}


def _fitting(duties: Sequence[str]) -> list[Role]:
    """One role for all of these duties, or else the usual one of each."""
    common = [role for role in FITTING[duties[0]] if all(role in FITTING[duty] for duty in duties)]
    return common[:1] or list(dict.fromkeys(FITTING[duty][0] for duty in duties))


def has_deputy(site: Site) -> bool:
    """Whether somebody active stands in for owners who are gone."""
    return bool(_active([str(site.owners.get(DEPUTY, ""))]))


def answers_for(site: Site, duty: str) -> set[str]:
    """The user names that may speak for a duty now: its owner, or the deputy while the owner is gone."""
    owner, deputy = (str(site.owners.get(each, "")) for each in (duty, DEPUTY))
    return _active([owner]) or (_active([deputy]) if owner else set())


def unknown(usernames: Iterable[str]) -> list[str]:
    """The names that belong to no active user, sorted."""
    wanted = {username for username in usernames if username}
    return sorted(wanted - _active(wanted))


def reasoned(reason: str) -> str:
    """The reason, which may not be empty. Raises Refused."""
    if not reason.strip():
        raise Refused("Give a reason.")
    return reason.strip()


def _active(usernames: Iterable[str]) -> set[str]:
    active = User.objects.filter(username__in=[u for u in usernames if u], is_active=True)
    return set(active.values_list("username", flat=True))


def _lack(what: str, username: str) -> str:
    return f"{what} ({username} has no active account)" if username else f"{what} (nobody is named)"
