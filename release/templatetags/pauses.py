"""The banners of the admin: what is paused, on every page; and where one looks, what is live and answers nobody."""

from typing import Any

from django import template

from release.live import pauses
from release.models import Release
from release.onboarding import opening
from sites.access.roles import sites_of, sites_where

register = template.Library()


@register.inclusion_tag("release/banner.html", takes_context=True)
def paused_banner(context: dict[str, Any]) -> dict[str, Any]:
    """What is paused now on the person's sites, or everywhere; nothing for visitors."""
    request = context.get("request")
    user = getattr(request, "user", None)
    if user is None or not user.is_active or not user.is_staff:
        return {"switches": []}
    mine = set(sites_of(user).values_list("pk", flat=True))
    reaching = [s for s in pauses.engaged() if s.site_id is None or s.site_id in mine]
    return {"switches": [(switch, pauses.reach(switch)) for switch in reaching]}


@register.inclusion_tag("release/silent.html", takes_context=True)
def silent_banner(context: dict[str, Any]) -> dict[str, Any]:
    """The person's sites on which a release is live that answers nobody, each with what is missing."""
    theirs = sites_where(context["request"].user, "release.view_release")
    live = Release.objects.filter(site__in=theirs, state=Release.State.LIVE).defer("body").select_related("site")
    return {"silent": [(each, why) for each in live if (why := opening.silence(each.site))]}
