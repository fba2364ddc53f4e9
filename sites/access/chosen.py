"""Which of their sites a person has in front of them: chosen in the frame of every page, kept until they choose anew.

Law of the room: a choice narrows what is shown and gives no right; each page asks for its own among the person's sites.
`?site=SLUG` on a page of one site is a choice, and `?sites=all` on a list shows all of them this once.
"""

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest

from sites.models import Site

KEY, ALL = "site", "sites"


def slug(request: HttpRequest) -> str:
    """The short name of the chosen site, or nothing where none is chosen."""
    return str(request.session.get(KEY, "")) if hasattr(request, "session") else ""


def choose(request: HttpRequest, site: str) -> None:
    """Keep it for the pages that follow; nothing means all sites."""
    if slug(request) != site:
        request.session[KEY] = site


def one(request: HttpRequest, sites: QuerySet[Site]) -> Site:
    """The site of a page that shows one: the one that is named, else the chosen one, else the first.

    Raises Http404 where the named one is not among them, PermissionDenied where there is none.
    """
    if not sites.exists():
        raise PermissionDenied("You have no site here.")
    if named := request.GET.get("site"):
        found = sites.filter(slug=named).first()
        if found is None:
            raise Http404("There is no such site among yours.")
        choose(request, found.slug)
        return found
    return sites.filter(slug=slug(request)).first() or sites[0]


def some(request: HttpRequest, sites: QuerySet[Site]) -> QuerySet[Site]:
    """The sites of a list: the chosen one, where one is and the list may show it; else all that were given."""
    now = slug(request)
    if not now or request.GET.get(ALL) == "all" or not sites.filter(slug=now).exists():
        return sites
    return sites.filter(slug=now)
