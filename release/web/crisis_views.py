"""The page of the words in a crisis: the text, the draft that is proposed, and who confirmed it for each country."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from release.gate import crisis
from release.live import snapshot
from release.web.pages import attempt, page, staff, user
from sites.access import chosen
from sites.access.roles import roles_of, sites_where
from sites.choices import crisis as words
from sites.models import Role, Site


@require_GET
@staff("release.view_release")
def show(request: HttpRequest) -> HttpResponse:
    """The text of one of the person's sites; of the first where none is named."""
    sites = sites_where(request.user, "release.view_release").order_by("name")
    site = chosen.one(request, sites)
    held, live = roles_of(request.user, site), snapshot.live(site.pk)
    return page(
        request,
        "crisis",
        tab="In a crisis",
        title=f"What {site} says in a crisis",
        site=site,
        sites=sites,
        seen=words.digest(site.crisis),
        live=live,
        draft=words.propose(site.countries),
        standings=words.standings(site, site.crisis, timezone.now()),
        days=words.LASTS.days,
        may_act=not held.isdisjoint({*crisis.MAY, Role.ADMIN}),
        may_edit=Role.ADMIN in held,
    )


@require_POST
@staff("release.change_release")
def take_draft(request: HttpRequest, slug: str) -> HttpResponse:
    """Put the draft into the candidate."""
    site, seen = _site(request, slug), request.POST.get("seen", "")
    said = (
        "The draft is the candidate's text now. Look at each number, then confirm it; a release takes it to customers."
    )
    attempt(request, lambda: crisis.take_draft(site, seen=seen, actor=user(request)), said)
    return _back(site)


@require_POST
@staff("release.change_release")
def confirm(request: HttpRequest, slug: str, country: str) -> HttpResponse:
    """Confirm the candidate's text for one country."""
    site, seen = _site(request, slug), request.POST.get("seen", "")
    said = f"Confirmed for {country}, for {words.LASTS.days} days or until the text changes."
    attempt(request, lambda: crisis.confirm(site, country, seen=seen, actor=user(request)), said)
    return _back(site)


def _site(request: HttpRequest, slug: str) -> Site:
    return get_object_or_404(sites_where(request.user, "release.change_release"), slug=slug)


def _back(site: Site) -> HttpResponse:
    return HttpResponseRedirect(f"{reverse('admin:release_crisis')}?site={site.slug}")
