"""What the pages of the sign-in show around themselves: the admin's frame, for whom it has something."""

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import User
from django.http import HttpRequest

from config.signin.gate import OPEN
from sites.people import second_factor


def of_page(request: HttpRequest) -> dict[str, Any]:
    """Nothing for other pages: theirs bring their own."""
    match = request.resolver_match
    if match is None or not (match.url_name or "").startswith(OPEN):
        return {}
    frame = {"oidc_name": settings.HANDRAIL_OIDC_NAME if settings.HANDRAIL_OIDC_ISSUER else ""}
    user = request.user
    if not isinstance(user, User):
        return frame
    lacks = second_factor.missing(user, request.session)
    shown = {key: value for key, value in admin.site.each_context(request).items() if key.startswith("site_")}
    return {**frame, **shown, "lacks_factor": lacks, "has_permission": not lacks and admin.site.has_permission(request)}
