"""The banner every admin page carries while something is paused, or fell to level 1 with another build or model."""

from typing import Any

from django import template

from release.live import fallen, pauses
from sites.access.roles import sites_of

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
