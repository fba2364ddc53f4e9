"""What customers asked in vain, by kind, for owners: an article, counterexamples, scenarios, or nothing to be done."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.contrib.admin import site as admin_site
from django.contrib.admin.views.decorators import staff_member_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from knowledge.face.editing import ownership
from knowledge.face.insights import answering, gaps, unheard
from knowledge.face.pages import staff
from knowledge.models import Category, Gap, Revision, Source
from release.onboarding import unanswered
from sites.access import chosen
from sites.access.roles import NotAllowed, require, roles_of, sites_of
from sites.core.refusal import Refused
from sites.models import Role, Site

READERS = (Role.CONTENT_OWNER, Role.RELEASE_OWNER, Role.AUDITOR)
SHOWN = 50  # clusters on one page
TICKED = 5  # questions that are ticked when the page opens: enough counterexamples for one neighbouring subject


@require_GET
@staff_member_required
def overview(request: HttpRequest) -> HttpResponse:
    """The clusters of one of the person's sites."""
    theirs = sites_of(request.user, *READERS).order_by("name")
    site = chosen.one(request, theirs)
    found = gaps.overview(site)
    context = {"site": site, "sites": theirs, "found": found, "clusters": found.clusters[:SHOWN], "shown": SHOWN}
    joins = ownership.whole(staff(request), site.pk, Role.RELEASE_OWNER) and _owns(request, site)
    return _page(request, "gaps", title="Gaps", words=unheard.words(site), joins=joins, **context)


@require_POST
@staff_member_required
def join_words(request: HttpRequest, slug: str) -> HttpResponse:
    """Have a customer's word count as one of an article's."""
    site = get_object_or_404(sites_of(request.user), slug=slug)
    word, other, reason = (request.POST.get(name, "") for name in ("word", "other", "reason"))
    try:
        unheard.join(site, word, other, actor=staff(request), reason=reason)
    except (Refused, NotAllowed) as why:
        messages.error(request, str(why))
    else:
        messages.success(request, f"“{word}” counts as “{other}”, from the next release on.")
    return redirect(_list(site))


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
    slugs = {one.pk: one.category.slug if one.category else "" for one in found.gaps}
    hers = {key for key, slug in slugs.items() if ownership.covers(user, gap.site_id, [slug])}
    return _page(
        request,
        "gap_cluster",
        title="Questions of one kind",
        trail=trail,
        site=gap.site,
        cluster=found,
        ticked=TICKED,
        categories=ownership.categories(user, Site.objects.filter(pk=gap.site_id)),
        article=f"{reverse('admin:knowledge_source_add')}?gaps={','.join(map(str, keys))}",
        near=answering.nearest(gap.site, found.gaps),
        owned=bool(hers) and _owns(request, gap.site),
        hers=hers,
        only_read=ownership.sentence(user, gap.site_id, set(slugs.values())),
    )


@require_POST
@staff_member_required
def act(request: HttpRequest, pk: int) -> HttpResponse:
    """One of the moves on the questions that were shown."""
    site = _gap(request, pk).site
    ticked = _ticked(request, site)
    move = request.POST.get("move", "").partition(":")[0]
    verb = {"deny": _deny, "propose": _propose, "close": _close, "answer": _answer}.get(move)
    if verb is None:
        return redirect(reverse("chatbot:gap_cluster", args=[pk]))
    try:
        messages.success(request, verb(request, site, ticked))
    except (Refused, NotAllowed) as why:
        messages.error(request, str(why))
        return redirect(reverse("chatbot:gap_cluster", args=[pk]))
    return redirect(_list(site))


def _deny(request: HttpRequest, site: Site, ticked: Sequence[Gap]) -> str:
    chosen = _category(request, site)
    if chosen is None or not ticked:
        raise Refused("Tick questions, and choose the category that they are not about.")
    gaps.deny_all(ticked, chosen, actor=staff(request))
    return f"Added to the counterexamples of {chosen}; part of the next release."


def _answer(request: HttpRequest, site: Site, ticked: Sequence[Gap]) -> str:
    slug = request.POST["move"].partition(":")[2] or request.POST.get("article", "").strip()
    source = Source.objects.filter(site=site, slug=slug).select_related("site").first()
    if source is None:
        raise Refused(f"There is no article “{slug}” on {site}." if slug else "Name the article.")
    made = answering.take(site, ticked, source, actor=staff(request), reason=request.POST.get("reason", ""))
    said = f"Now {'a question' if len(ticked) == 1 else 'questions'} that “{made.title}” answers"
    if made.state == Revision.State.APPROVED:
        return f"{said}; part of the next release."
    return f"{said}, in its revision {made.number}, which is {made.state}: approved, it is part of the next release."


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


def _owns(request: HttpRequest, site: Site) -> bool:
    return not roles_of(staff(request), site).isdisjoint({Role.CONTENT_OWNER, Role.ADMIN})


def _list(site: Site) -> str:
    return f"{reverse('chatbot:gaps')}?site={site.slug}"


def _page(request: HttpRequest, name: str, **context: Any) -> HttpResponse:
    context = {**admin_site.each_context(request), "room": "Knowledge", "tab": "Gaps", **context}
    return render(request, f"chatbot/{name}.html", context)
