"""What the front page says about a person's desk."""

from django import template
from django.contrib.auth.models import User
from django.db.models import Count, Q

from escalation.drafts import review
from escalation.models import Handoff
from escalation.models.customers import Complaint
from escalation.queue import waiting
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
def roles_held(user: User) -> list[tuple[str, list[str]]]:
    """The person's roles by site, as words."""
    held = Membership.objects.filter(user=user).select_related("site").order_by("site__name", "role")
    by_site: dict[str, list[str]] = {}
    for membership in held:
        by_site.setdefault(membership.site.name, []).append(Role(membership.role).label.lower())
    return list(by_site.items())
