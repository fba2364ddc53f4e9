"""The checklist in the admin: one page a site, on paper too; each form signs one statement."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from release.live import snapshot
from release.readiness import checklist
from release.web.pages import attempt, page, staff, user
from sites.access import chosen
from sites.access.roles import sites_where
from sites.models import Site


@require_GET
@staff("release.view_statement")
def show(request: HttpRequest, slug: str = "") -> HttpResponse:
    """The checklist of one site; of the first of the person's sites where none is named."""
    sites = sites_where(request.user, "release.view_statement").order_by("name")
    site = _site(request, slug) if slug else chosen.one(request, sites)
    entries = checklist.of(site)
    me = user(request).get_username()
    return page(
        request,
        "checklist",
        tab="Checklist",
        title=f"Before customers meet {site}",
        site=site,
        others=[each for each in sites if each != site],
        release=snapshot.live_release(site.pk).distinct().first(),
        at=timezone.now(),
        me=me,
        ten=[(n, entry, me in entry.owners) for n, entry in enumerate(entries[:10], 1)],
        signatures=[(entry, me in entry.owners) for entry in entries[10:]],
        open=sum(entry.open for entry in entries),
        usual=checklist.USUAL,
        longest=checklist.LONGEST,
    )


@require_POST
@staff("release.view_statement")
def sign(request: HttpRequest, slug: str, question: str) -> HttpResponse:
    """Sign one statement, as its owner."""
    site = _site(request, slug)
    days = request.POST.get("days", "")
    number = int(days) if days.isdecimal() and len(days) < 6 else -1
    text = request.POST.get("text", "")
    attempt(
        request,
        lambda: checklist.sign(site, question, text=text, actor=user(request), days=number),
        "Signed." if number else "Taken back.",
    )
    return redirect(f"{reverse('admin:release_checklist', args=[site.slug])}#{question}")


def _site(request: HttpRequest, slug: str) -> Site:
    return get_object_or_404(sites_where(request.user, "release.view_statement"), slug=slug)
