"""The switch between a person's sites: keep the choice, and go on where they were, if that is a page for this site."""

from urllib.parse import urlencode, urlsplit

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.request import QueryDict
from django.shortcuts import get_object_or_404
from django.urls import Resolver404, resolve, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from sites.access import chosen
from sites.access.roles import sites_of


@require_POST
def switch(request: HttpRequest) -> HttpResponse:
    """Choose one of the person's sites, or all."""
    wanted = request.POST.get("site", "")
    if wanted:
        get_object_or_404(sites_of(request.user), slug=wanted)
    chosen.choose(request, wanted)
    return HttpResponseRedirect(_onward(request.POST.get("next", ""), wanted))


def _onward(address: str, site: str) -> str:
    """The same page for the chosen site; Home, where the page is of a row that belongs to one site."""
    home = reverse("admin:index")
    place = urlsplit(address)
    try:
        match = resolve(place.path)
    except Resolver404:
        return home
    if not url_has_allowed_host_and_scheme(address, allowed_hosts=None) or match.args:
        return home
    if match.kwargs:
        again = site and set(match.kwargs) == {"slug"}
        return reverse(match.view_name, kwargs={"slug": site}) if again else home
    kept = QueryDict(place.query, mutable=True)
    for name in [name for name in kept if "site" in name]:
        del kept[name]
    return f"{place.path}?{urlencode(list(kept.lists()), doseq=True)}" if kept else place.path
