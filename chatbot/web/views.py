"""The few pages of the bot: the demo shop, and the staff's: a question tested, the strictness."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.admin import site as admin_site
from django.contrib.admin.views.decorators import staff_member_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_GET, require_POST

from chatbot.decide import bot
from chatbot.decide.gate import calibration, topic
from chatbot.outcome import Decision
from chatbot.web import article_page
from knowledge.face.editing import ownership
from knowledge.face.insights import gaps
from knowledge.models import Category, Gap, Revision
from release.gate import strictness as strictnesses
from release.live import permits, snapshot
from sites.access import chosen
from sites.access.roles import account, require, roles_of, sites_of
from sites.core import foreign
from sites.core.refusal import Refused
from sites.models import Role, Site, Strictness
from tools import identity

READERS = (Role.CONTENT_OWNER, Role.RELEASE_OWNER, Role.AUDITOR)  # who sees what customers asked in vain
DEMO_SITE = "fernway"
DEMO_CUSTOMERS = {
    "ada": "Ada Byrne",
    "grace": "Grace Okafor",
    "linus": "Linus Holm",
    "margaret": "Margaret Reid",
}


@require_GET
@ensure_csrf_cookie
def demo(request: HttpRequest) -> HttpResponse:
    """The demo shop with the widget; only where the demo runs."""
    if not settings.DEBUG:
        raise Http404
    customers = [{"sub": sub, "name": name} for sub, name in DEMO_CUSTOMERS.items()]
    return render(request, "chatbot/demo.html", {"site_slug": DEMO_SITE, "customers": customers})


@require_GET
def article(request: HttpRequest, slug: str) -> HttpResponse:
    """A help page of the demo shop: the live text of a public source, where its citations lead."""
    shown = Revision.objects.select_related("source").filter(source__audience="public", live=True)
    found = get_object_or_404(shown, source__site__slug=DEMO_SITE, source__slug=slug)
    if not settings.DEBUG or found.source.state(timezone.localdate()) not in {"live", "review due"}:
        raise Http404
    drawn = list(article_page.blocks(found.text, found.source.url))
    return render(request, "chatbot/article.html", {"site_slug": DEMO_SITE, "revision": found, "blocks": drawn})


@require_POST
def sign_in(request: HttpRequest) -> JsonResponse:
    """A token for a demo customer, as the shop's own back end would sign it; only where the demo runs."""
    if not settings.DEBUG:
        raise Http404
    try:
        sub = foreign.loads(request.body)["sub"]
        name = DEMO_CUSTOMERS[sub]
    except (ValueError, KeyError, TypeError):
        return JsonResponse({"error": "There is no such demo customer."}, status=400)
    return JsonResponse({"token": identity.sign(DEMO_SITE, sub, name=name, email=f"{sub}@example.com")})


@staff_member_required
def test_question(request: HttpRequest) -> HttpResponse:
    """Staff: one question against the candidate and the live release, side by side, with the trace. Records nothing."""
    sites = sites_of(request.user, *Role)
    site = chosen.one(request, sites)
    require(request.user, site, *Role)
    question = request.GET.get("question", "").strip()[:4000]
    context: dict[str, Any] = {
        **admin_site.each_context(request),
        "title": "Test a question",
        "site": site,
        "sites": sites,
        "question": question,
        "may_calibrate": _may(request, site, *READERS),
    }
    if question:
        context["sides"] = [
            ("Candidate", _rehearse(question, snapshot.candidate(site))),
            ("Live", _rehearse(question, snapshot.live(site.pk))),
        ]
    return render(request, "chatbot/test_question.html", context)


def _rehearse(question: str, against: snapshot.Snapshot | None) -> Decision | None:
    """What the bot would decide on a snapshot at the levels it asks for."""
    return bot.decide(bot.Question(question), against, permits.AsAsked(against)) if against else None


# ── How strict the gate is ────────────────────────────────────────────────────────────────────────────────────


@require_GET
@staff_member_required
def strictness(request: HttpRequest) -> HttpResponse:
    """What each strictness means on the site's own messages, and the counterexamples that would help."""
    theirs = sites_of(request.user, *READERS).order_by("name")
    site = chosen.one(request, theirs)
    present = Strictness(site.strictness)
    looked = Strictness.__members__.get(request.GET.get("at", "").upper(), present)
    context: dict[str, Any] = {
        **admin_site.each_context(request),
        "title": "How strict the gate is",
        "room": "Knowledge",
        "tab": "Categories",
        "trail": [("Categories", reverse("admin:knowledge_category_changelist"))],
        "site": site,
        "sites": theirs,
        "present": present,
        "looked": looked,
        "enough": topic.ENOUGH,
        "calibration": calibration.of(site, looked),
        "may_choose": _may(request, site, *strictnesses.MAY_CHOOSE)
        and ownership.whole(account(request.user), site.pk, Role.RELEASE_OWNER),
        "may_add": _may(request, site, Role.CONTENT_OWNER),
    }
    return render(request, "chatbot/strictness.html", context)


@require_POST
@staff_member_required
def choose_strictness(request: HttpRequest, slug: str) -> HttpResponse:
    """Give the candidate another strictness."""
    site = get_object_or_404(sites_of(request.user), slug=slug)
    wanted = Strictness.__members__.get(request.POST.get("strictness", "").upper(), 0)
    try:
        strictnesses.choose(site, wanted, actor=account(request.user), reason=request.POST.get("reason", ""))
        said = f"The candidate's gate is {Strictness(wanted).label} now. Customers get it with the next release."
        messages.success(request, said)
    except Refused as why:
        messages.error(request, str(why))
    return _to_strictness(site)


@require_POST
@staff_member_required
def add_counterexample(request: HttpRequest, pk: int) -> HttpResponse:
    """Make an open question a counterexample of a category."""
    found = get_object_or_404(Gap.objects.filter(site__in=sites_of(request.user)).select_related("site"), pk=pk)
    category = get_object_or_404(Category, site=found.site, slug=request.POST.get("category", ""), retired=False)
    try:
        gaps.deny(found, category, actor=account(request.user))
        messages.success(request, f"Added to the counterexamples of {category}; part of the next release.")
    except Refused as why:
        messages.error(request, str(why))
    return _to_strictness(found.site, request.POST.get("at", ""))


def _to_strictness(site: Site, at: str = "") -> HttpResponse:
    query = f"?site={site.slug}&at={at}" if at.upper() in Strictness.__members__ else f"?site={site.slug}"
    return redirect(reverse("chatbot:strictness") + query)


def _may(request: HttpRequest, site: Site, *roles: Role) -> bool:
    return not roles_of(request.user, site).isdisjoint({*roles, Role.ADMIN})
