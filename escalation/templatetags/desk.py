"""What the front page says about a person's desk."""

from django import template
from django.contrib.auth.models import User
from django.db.models import Count, Q

from escalation.drafts import review
from escalation.models import Handoff
from escalation.models.customers import Complaint
from escalation.queue import waiting
from escalation.queue.waiting import duration
from sites.access.roles import sites_of
from sites.models import Membership, Role

register = template.Library()


@register.filter
def desk_figures(user: User) -> dict[str, int]:
    """How many wait, how many the person has, how many drafts want a yes, how many complaints an answer: over the
    person's sites."""
    sites = list(sites_of(user, Role.AGENT).values_list("pk", flat=True))
    figures = (
        waiting.queue(sites)
        .order_by()
        .aggregate(open=Count("pk", filter=Q(state=Handoff.State.OPEN)), mine=Count("pk", filter=Q(agent=user)))
    )
    complaints = Complaint.objects.filter(site__in=sites, state=Complaint.State.OPEN).count()
    return {**figures, "drafts": review.pending(sites).count(), "complaints": complaints}


@register.filter
def length_of(seconds: float | None) -> str:
    """A length of time in words; a dash for none."""
    return "–" if seconds is None else duration(seconds)


@register.simple_tag
def share(hits: int, n: int, of: tuple[float | None, float, float], few: int) -> str:
    """“94 % (88–98)”; “3 of 4” where there are too few to speak of a share; a dash of nothing."""
    found, low, high = of
    if found is None:
        return "–"
    return f"{hits} of {n}" if n < few else f"{found:.0%} ({low * 100:.0f}–{high * 100:.0f})".replace("%", " %", 1)


@register.filter
def roles_held(user: User) -> list[tuple[str, list[str]]]:
    """The person's roles by site, as words."""
    held = Membership.objects.filter(user=user).select_related("site").order_by("site__name", "role")
    by_site: dict[str, list[str]] = {}
    for membership in held:
        by_site.setdefault(membership.site.name, []).append(Role(membership.role).label.lower())
    return list(by_site.items())
