"""What a release answers to what its owners wrote down: the shares beside the gate, and the page where people mark."""

from importlib import import_module
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from release.live import snapshot
from release.live.snapshot import Snapshot, Tampered
from release.models import Release
from release.models.offered import Offer
from release.scenarios import offered
from release.web.pages import attempt, page, staff, user
from sites.access.roles import roles_of, sites_where
from sites.models import Role

MAY_MARK = (Role.CONTENT_OWNER, Role.RELEASE_OWNER, Role.ADMIN)


def summary(frozen: Snapshot | None) -> dict[str, Any] | None:
    """The shares of a snapshot by category, each beside what the gate's strictness foretells; None before any."""
    rows = offered.answers(frozen) if frozen else []
    if frozen is None or not rows:
        return None
    shares = offered.shares(rows)
    told = import_module(settings.BOT).foretold(frozen) if frozen.matches_build else {}
    examples = [(frozen.category(s.about).title, s, told.get(s.about)) for s in shares if s.kind == Offer.Kind.EXAMPLE]
    questions = [s for s in shares if s.kind == Offer.Kind.QUESTION]
    return {
        "examples": examples,
        "questions": {"asked": sum(s.asked for s in questions), "sound": sum(s.sound for s in questions)},
        "wrong": sum(s.wrong for s in shares),
        "done": len(rows),
        "total": len(offered.texts(frozen)),
    }


@require_GET
@staff("release.view_release")
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything that was asked of a release: what did not come out as it should first, then the rest."""
    found = _release(request, pk)
    frozen = _frozen(found)
    rows = offered.answers(frozen) if frozen else []
    titles = {each.slug: each.title for each in frozen.categories} if frozen else {}
    doubtful = [offer for offer in rows if not offered.right(offer)]
    groups: dict[str, list[Offer]] = {}
    for offer in rows:
        if offered.right(offer):
            groups.setdefault(titles.get(offer.about, offer.about), []).append(offer)
    return page(
        request,
        "offered",
        tab="Releases",
        title=f"What release {found.number} of {found.site} answers",
        trail=[
            ("Releases", reverse("admin:release_release_changelist")),
            (f"Release {found.number}", reverse("admin:release_release_change", args=[pk])),
        ],
        release=found,
        doubtful=doubtful,
        groups=list(groups.items()),
        offered=summary(frozen),
        may_mark=not roles_of(request.user, found.site).isdisjoint(MAY_MARK),
    )


@require_POST
@staff("release.view_release")
def act(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark one answer right or wrong, or take the mark back."""
    theirs = sites_where(request.user, "release.view_release")
    offer = get_object_or_404(Offer.objects.filter(site__in=theirs).select_related("site"), pk=pk)
    value = request.POST.get("mark", "")
    said = {"right": "Marked right.", "wrong": "Marked wrong: it is not suggested."}.get(value, "The mark is gone.")
    attempt(request, lambda: offered.mark(offer, value, actor=user(request)), said)
    release = Release.objects.filter(site=offer.site, fingerprint=offer.fingerprint).order_by("-number").first()
    page_of = reverse("admin:release_offered", args=[release.pk]) if release else reverse("admin:index")
    return HttpResponseRedirect(f"{page_of}#offer-{offer.pk}")


def _release(request: HttpRequest, pk: int) -> Release:
    theirs = sites_where(request.user, "release.view_release")
    return get_object_or_404(Release.objects.filter(site__in=theirs).select_related("site"), pk=pk)


def _frozen(release: Release) -> Snapshot | None:
    try:
        return snapshot.of(release)
    except Tampered:
        return None
