"""The page of a site's bars: what each category must show, what the last run reached, and the form that moves one."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from release.gate import rules
from release.web.pages import attempt, page, staff, user
from sites.access import chosen
from sites.access.roles import roles_of, sites_where
from sites.models import Role, Site

SAID = "The candidate's bar is moved. It counts from the next release on, whose changes name it."


@require_http_methods(["GET", "HEAD", "POST"])
@staff("release.view_release")
def show(request: HttpRequest) -> HttpResponse:
    """The bars of one of the person's sites; what was typed and refused stands in the form again."""
    sites = sites_where(request.user, "release.view_release").order_by("name")
    site = chosen.one(request, sites)
    if request.method == "POST" and _set(request, site):
        return HttpResponseRedirect(f"{reverse('admin:release_bars')}?site={site.slug}")
    demands = rules.of(site)
    changed = request.POST.get("category", request.GET.get("change"))
    found = next((each for each in (demands.site, *demands.categories) if each.slug == changed), None)
    return page(
        request,
        "bars",
        tab="Bars",
        title=f"Bars of {site}",
        site=site,
        sites=sites,
        demands=demands,
        bounds=rules.BOUNDS,
        may_choose=not roles_of(request.user, site).isdisjoint({*rules.MAY_CHOOSE, Role.ADMIN}),
        found=found,
        typed=request.POST or (found.own if found else {}),
    )


def _set(request: HttpRequest, site: Site) -> bool:
    """One domain call; whether it was done."""
    asked = request.POST
    reason, category = asked.get("reason", ""), asked.get("category", "")
    made = attempt(request, lambda: rules.set_bar(site, category, asked, actor=user(request), reason=reason), SAID)
    return made is not None
