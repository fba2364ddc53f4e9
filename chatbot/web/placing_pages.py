"""Put it on your page: where the widget was seen, what on a page stops it, and how it looks there before it is there.

A page is asked for once when somebody looks, and once for its preview, whose address is signed: no link that was sent
to a person makes this server ask for anything.
"""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.contrib.admin import site as admin_site
from django.contrib.admin.views.decorators import staff_member_required
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET

from knowledge.face.pages import staff
from sites.access.roles import roles_of, sites_of
from sites.core import rate
from sites.core.refusal import Refused
from sites.models import Role, Site
from sites.outside import placed, preview

READERS = (Role.CONTENT_OWNER, Role.RELEASE_OWNER, Role.AUDITOR)
A_MINUTE = 10
"""How often one person has pages looked at."""
SALT, MINUTES = "handrail.preview", 30


@staff_member_required
def look(request: HttpRequest, slug: str) -> HttpResponse:
    """One page of the site's: what stops the widget there, and how it would look."""
    site = _site(request, slug)
    typed = request.POST.get("page", "").strip()[:500]
    context: dict[str, Any] = {"typed": typed or next(iter(site.origins), "")}
    if request.method == "POST":
        try:
            page = _fetched(request, typed)
            findings = placed.look(site, page, settings.HANDRAIL_BASE_URL)
            signed = signing.dumps([request.user.pk, site.pk, page.url], salt=SALT)
            stops = [each for each in findings if each.kind == "stops"]
            context |= {"page": page, "findings": findings, "stops": stops, "signed": signed}
            context["bare"] = preview.bare(page)
        except Refused as why:
            messages.error(request, str(why))
    return render(request, "chatbot/site_look.html", {**_frame(request, site), **context})


@require_GET
@xframe_options_sameorigin
@staff_member_required
def preview_of(request: HttpRequest, slug: str) -> HttpResponse:
    """The page with the widget on it, for a frame of the page before; 404 for who has not just looked at it."""
    site, host = _site(request, slug), f"{request.scheme}://{request.get_host()}"
    try:
        who, which, url = signing.loads(request.GET.get("of", ""), salt=SALT, max_age=60 * MINUTES)
        if (who, which) != (request.user.pk, site.pk):
            raise Http404
        body = preview.drawn(_fetched(request, url), site.slug, host)
    except signing.BadSignature:
        raise Http404 from None
    except Refused as why:
        return HttpResponse(str(why), content_type="text/plain; charset=utf-8")
    policy = preview.POLICY.format(host=host, socket=host.replace("http", "ws", 1))
    return HttpResponse(body, headers={"Content-Security-Policy": policy, "Referrer-Policy": "no-referrer"})


@require_GET
@staff_member_required
def seen(request: HttpRequest, slug: str) -> HttpResponse:
    """Where it was seen last, read anew while the page is open."""
    return render(request, "chatbot/site_seen.html", _frame(request, _site(request, slug)))


def _frame(request: HttpRequest, site: Site) -> dict[str, Any]:
    held = roles_of(request.user, site)
    trail = [("Your site", reverse("chatbot:sites")), (str(site), reverse("chatbot:site", args=[site.slug]))]
    return {
        **admin_site.each_context(request),
        "title": "Put it on your page",
        "trail": trail,
        "site": site,
        "seen": site.sightings.all()[:10],
        "may": {role.value: role in held or Role.ADMIN in held for role in Role},
    }


def _fetched(request: HttpRequest, url: str) -> placed.Fetched:
    """Raises Refused."""
    if not urlsplit(url if "://" in url else f"https://{url}").netloc:
        raise Refused("Type the address of your page, as your browser shows it.")
    if rate.count("look", str(staff(request).pk))[0] > 2 * A_MINUTE:
        raise Refused("That is a lot of pages at once. Try again in a minute.")
    return placed.fetch(url)


def _site(request: HttpRequest, slug: str) -> Site:
    return get_object_or_404(sites_of(request.user, *READERS), slug=slug)
