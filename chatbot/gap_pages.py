"""What customers asked in vain, by kind, for owners: an article, counterexamples, scenarios, or nothing to be done."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.contrib.admin import site as admin_site
from django.contrib.admin.views.decorators import staff_member_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from knowledge import approval, gaps, remit
from knowledge.models import Category, Gap
from knowledge.views import TABS, staff
from release import people, unanswered
from sites.models import Role, Site
from sites.roles import NotAllowed, require, roles_of, sites_of

READERS = (Role.CONTENT_OWNER, Role.RELEASE_OWNER, Role.AUDITOR)
SHOWN = 50  # clusters on one page
TICKED = 5  # questions that are ticked when the page opens: enough counterexamples for one neighbouring subject


@require_GET
@staff_member_required
def overview(request: HttpRequest) -> HttpResponse:
    """The clusters of one of the person's sites."""
    theirs = sites_of(request.user, *READERS).order_by("name")
    site = theirs.filter(slug=request.GET.get("site", "")).first() or theirs.first()
    if site is None:
        raise PermissionDenied
    found = gaps.overview(site)
    context = {"site": site, "sites": theirs, "found": found, "clusters": found.clusters[:SHOWN], "shown": SHOWN}
    return _page(request, "gaps", title="Gaps", **context)


@require_GET
@staff_member_required
def cluster(request: HttpRequest, pk: int) -> HttpResponse:
    """One cluster with all its questions: the one that a question is in now."""
    gap = _gap(request, pk)
    found = gaps.cluster_of(gap)
    if found is None:
        messages.info(request, "That question is handled, or is still being prepared.")
        return redirect(_list(gap.site))
    keys = [one.pk for one in found.gaps]
    user, trail = staff(request), [("Gaps", _list(gap.site))]
    hers = {
        one.pk for one in found.gaps if remit.covers(user, gap.site_id, [one.category.slug if one.category else ""])
    }
    named = {one.category.slug if one.category else "" for one in found.gaps}
    return _page(
        request,
        "gap_cluster",
        title="Questions of one kind",
        trail=trail,
        site=gap.site,
        cluster=found,
        ticked=TICKED,
        categories=remit.categories(user, Site.objects.filter(pk=gap.site_id)),
        article=f"{reverse('admin:knowledge_source_add')}?gaps={','.join(map(str, keys))}",
        owned=bool(hers) and not roles_of(user, gap.site).isdisjoint({Role.CONTENT_OWNER, Role.ADMIN}),
        hers=hers,
        only_read=remit.sentence(user, gap.site_id, named),
    )


@require_POST
@staff_member_required
def act(request: HttpRequest, pk: int) -> HttpResponse:
    """One of the moves on the questions that were shown."""
    site = _gap(request, pk).site
    ticked = _ticked(request, site)
    verb = {"deny": _deny, "propose": _propose, "close": _close}.get(request.POST.get("move", ""))
    if verb is None:
        return redirect(reverse("chatbot:gap_cluster", args=[pk]))
    try:
        messages.success(request, verb(request, site, ticked))
    except (approval.Refused, people.Refused, NotAllowed) as why:
        messages.error(request, str(why))
        return redirect(reverse("chatbot:gap_cluster", args=[pk]))
    return redirect(_list(site))


def _deny(request: HttpRequest, site: Site, ticked: Sequence[Gap]) -> str:
    chosen = _category(request, site)
    if chosen is None or not ticked:
        raise approval.Refused("Tick questions, and choose the category that they are not about.")
    gaps.deny_all(ticked, chosen, actor=staff(request))
    return f"Added to the counterexamples of {chosen}; part of the next release."


def _propose(request: HttpRequest, site: Site, ticked: Sequence[Gap]) -> str:
    reason = request.POST.get("reason", "")
    unanswered.propose(site, ticked, _category(request, site), actor=staff(request), reason=reason)
    return "Proposed as scenarios. A second person adds them, under Releases."


def _close(request: HttpRequest, site: Site, ticked: Sequence[Gap]) -> str:
    reason = request.POST.get("reason", "")
    done = gaps.close(site.pk, [gap.pk for gap in ticked], how="nothing", actor=staff(request), reason=reason)
    return f"{done} marked as handled. New questions of this kind bring it back."


def _ticked(request: HttpRequest, site: Site) -> list[Gap]:
    """The questions of the site that were ticked."""
    keys = [int(key) for key in request.POST.getlist("gap") if key.isdecimal()]
    return list(Gap.objects.filter(pk__in=keys, site=site).defer("vector"))


def _category(request: HttpRequest, site: Site) -> Category | None:
    return Category.objects.filter(site=site, slug=request.POST.get("category", ""), retired=False).first()


def _gap(request: HttpRequest, pk: int) -> Gap:
    gap = get_object_or_404(Gap.objects.filter(site__in=sites_of(request.user)).select_related("site"), pk=pk)
    require(request.user, gap.site, *READERS)
    return gap


def _list(site: Site) -> str:
    return f"{reverse('chatbot:gaps')}?site={site.slug}"


def _page(request: HttpRequest, name: str, **context: Any) -> HttpResponse:
    tabs = [(label, reverse(address)) for label, address in TABS]
    context = {**admin_site.each_context(request), "tabs": tabs, "tab": "Gaps", **context}
    return render(request, f"chatbot/{name}.html", context)
