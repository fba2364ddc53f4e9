"""The desk's reports: a page, and the same as a file."""

from datetime import date, timedelta

from django.contrib import messages
from django.contrib.admin import site as admin_site
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from escalation.desk import reports
from escalation.desk.reports import BY
from sites.access import chosen
from sites.access.roles import account, sites_of
from sites.core.refusal import Refused
from sites.models import Role

READERS = (Role.AGENT, Role.AUDITOR, Role.RELEASE_OWNER)
FEW = 20
"""Below it a share is shown as a count: monitoring says the same."""


@require_http_methods(["GET", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """A report of one site; posted, its file."""
    user = account(request.user)
    theirs = sites_of(user, *READERS).order_by("name")
    if not theirs:
        raise PermissionDenied("You have no part in the desk of any site.")
    asked = request.POST if request.method == "POST" else request.GET
    posted = request.POST.get("site")
    site = get_object_or_404(theirs, slug=posted) if posted else chosen.one(request, theirs)
    today = timezone.localdate()
    since, until = _day(asked.get("since", "")) or today - timedelta(days=27), _day(asked.get("until", "")) or today
    by, lines = asked.get("by") or "day", []
    try:
        if request.method == "POST":
            return _file(reports.table(site, since, until, by, actor=user), f"{site.slug}-desk-{by}-{since}-{until}")
        lines = reports.of(site, since, until, by, actor=user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    context = {
        **admin_site.each_context(request),
        "title": "Desk reports",
        "sites": theirs,
        "site": site,
        "since": since,
        "until": until,
        "by": by,
        "choices": BY.items(),
        "lines": lines,
        "few": FEW,
    }
    return render(request, "escalation/reports.html", context)


def _file(text: str, name: str) -> HttpResponse:
    response = HttpResponse(text, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def _day(written: str) -> date | None:
    try:
        return date.fromisoformat(written)
    except ValueError:
        return None
