"""The switch between a person's sites, in the frame of every page."""

from typing import Any

from django import template
from django.contrib.auth.models import User

from sites.access import chosen
from sites.access.roles import sites_of

register = template.Library()


@register.inclusion_tag("sites/switch.html", takes_context=True)
def site_switch(context: dict[str, Any]) -> dict[str, Any]:
    """Which site is in front of the person, and their others; nothing for who has one alone."""
    request = context.get("request")
    user = getattr(request, "user", None)
    if request is None or not isinstance(user, User):
        return {}
    theirs = list(sites_of(user).order_by("name").only("name", "slug")[:200])
    now = next((site for site in theirs if site.slug == chosen.slug(request)), None)
    return {"theirs": theirs if len(theirs) > 1 else [], "now": now, "request": request}
