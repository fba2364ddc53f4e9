"""Which part of a site a content owner answers for: all of it, or the categories an administrator has named.

Law of the room: the limit is held by the verbs, after the site's chain is held, so a source cannot move meanwhile.
Who is limited writes nothing beyond it: not a source that is in another category as well, nor what is in none.
"""

from collections.abc import Collection

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q, QuerySet

from knowledge.models import Category
from sites.access import roles
from sites.core import kept, ledger
from sites.models import Membership, Role, Site

NONE = "what is in no category"


def of(actor: User | str, site_id: int) -> frozenset[str] | None:
    """The slugs of the categories a person is limited to, read now; None: all. Who has the shell has everything."""
    return None if isinstance(actor, str) else roles.limit_of(actor, site_id)


def covers(actor: User | str, site_id: int, slugs: Collection[str]) -> bool:
    """Whether a person answers for all of these categories, an empty slug or none at all being what is in none."""
    limit = of(actor, site_id)
    return limit is None or (bool(slugs) and limit.issuperset(slugs))


def whole(actor: User | str, site_id: int, *besides: Role) -> bool:
    """Whether nothing limits the person on a site, or a role of `besides` is held, which knows no limit."""
    return of(actor, site_id) is None or not (
        isinstance(actor, str) or roles.roles_of(actor, site_id).isdisjoint(besides)
    )


def require(actor: User | str, site_id: int, slugs: Collection[str]) -> None:
    """Raise NotAllowed unless the person answers for all of these categories."""
    if not covers(actor, site_id, slugs):
        limit = of(actor, site_id) or frozenset()
        beyond = _titles(site_id, set(slugs) - limit) or NONE
        raise _refusal(actor, site_id, limit, beyond)


def require_sources(actor: User | str, site_id: int, keys: Collection[int]) -> None:
    """Raise NotAllowed unless the person answers for every category of every one of these sources."""
    if of(actor, site_id) is not None:
        for key in keys:
            require(actor, site_id, categories_of([key]))


def require_whole(actor: User | str, site_id: int, *besides: Role) -> None:
    """Raise NotAllowed unless the person answers for all of a site, or holds a role of `besides`."""
    if not whole(actor, site_id, *besides):
        raise _refusal(actor, site_id, of(actor, site_id) or frozenset(), "the whole site")


def categories_of(keys: Collection[int]) -> frozenset[str]:
    """The slugs of all categories that these sources are in."""
    return frozenset(Category.objects.filter(sources__in=keys).values_list("slug", flat=True))


def categories(actor: User | str, sites: QuerySet[Site]) -> QuerySet[Category]:
    """The categories in use on these sites that a person answers for."""
    found = Category.objects.filter(site__in=sites, retired=False).select_related("site")
    for site_id in sites.values_list("pk", flat=True):
        if (limit := of(actor, site_id)) is not None:
            found = found.exclude(Q(site=site_id) & ~Q(slug__in=limit))
    return found


def sentence(actor: User | str, site_id: int, slugs: Collection[str]) -> str:
    """Why this person only reads what is in these categories; empty where nothing limits her."""
    try:
        require(actor, site_id, slugs)
    except roles.NotAllowed as why:
        return str(why)
    return ""


def limit(membership: Membership, slugs: Collection[str], *, actor: User | str, reason: str) -> None:
    """Limit a content owner to these categories of her site; none: all. It counts from the next move on.

    Raises NotAllowed, ValueError for what is no category of the site, no content owner or no reason.
    """
    site = membership.site
    if not isinstance(actor, str):
        roles.require(actor, site, Role.ADMIN)
    known = set(Category.objects.filter(site=site, slug__in=slugs).values_list("slug", flat=True))
    if unknown := sorted(set(slugs) - known):
        raise ValueError(f"There is no category {', '.join(unknown)} on {site}.")
    if not reason.strip():
        raise ValueError("Give a reason.")
    by = actor if isinstance(actor, str) else actor.get_username()
    whom = membership.user.get_username()
    with transaction.atomic():
        head = ledger.hold(site.pk)
        owning = Membership.objects.filter(pk=membership.pk, role=Role.CONTENT_OWNER)
        before = owning.values_list("categories", flat=True).first()
        if not owning.update(categories=sorted(known)):
            raise ValueError(f"{whom} is no content owner of {site}.")
        facts = {"actor": by, "reason": reason.strip(), "person": whom, "before": before, "categories": sorted(known)}
        kept.append(site.pk, "membership_limited", facts, membership, head=head)
    membership.refresh_from_db()


def _refusal(actor: User | str, site_id: int, limit: Collection[str], beyond: str) -> roles.NotAllowed:
    site = Site.objects.get(pk=site_id)
    own = _titles(site_id, limit) or "no category that is there"
    return roles.NotAllowed(
        f"{actor} answers for {own} on {site}, not for {beyond}; an administrator of the site can change that."
    )


def _titles(site_id: int, slugs: Collection[str]) -> str:
    """The titles of categories with commas between; what is in none is said in words."""
    titles = list(Category.objects.filter(site=site_id, slug__in=slugs).values_list("title", flat=True))
    return ", ".join([*titles, *([NONE] if "" in slugs else [])])
