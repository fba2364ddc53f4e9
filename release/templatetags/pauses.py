"""The banners of the admin: what is paused or fell to level 1, on every page; where one looks, what answers nobody."""

from typing import Any

from django import template

from release.live import fallen, pauses
from release.models import Release
from release.onboarding import opening
from sites.access.roles import sites_of, sites_where

register = template.Library()


@register.inclusion_tag("release/banner.html", takes_context=True)
def paused_banner(context: dict[str, Any]) -> dict[str, Any]:
    """What is paused now on the person's sites, or everywhere, and what fell; nothing for visitors."""
    request = context.get("request")
    user = getattr(request, "user", None)
    if user is None or not user.is_active or not user.is_staff:
        return {"switches": []}
    sites = list(sites_of(user).order_by("slug"))
    mine = {site.pk for site in sites}
    reaching = [s for s in pauses.engaged() if s.site_id is None or s.site_id in mine]
    fell = [found for site in sites if (found := fallen.of(site))]
    return {"switches": [(switch, pauses.reach(switch)) for switch in reaching], "fallen": fell}


@register.inclusion_tag("release/silent.html", takes_context=True)
def silent_banner(context: dict[str, Any]) -> dict[str, Any]:
    """The person's sites on which a release is live that answers nobody, each with what is missing."""
    theirs = sites_where(context["request"].user, "release.view_release")
    live = Release.objects.filter(site__in=theirs, state=Release.State.LIVE).defer("body").select_related("site")
    return {"silent": [(each, why) for each in live if (why := opening.silence(each.site))]}
