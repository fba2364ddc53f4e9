"""The staff's pages on releases, exposure and pauses. Each form makes one domain call and says what came of it."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from knowledge.models import Category, Level
from release import tasks
from release.core import people
from release.exposure import evidence, levels, proposals
from release.gate import content, crisis, false_alarms, gate, heard, results
from release.gate.diff import diff, grouped
from release.live import alarms, pauses, permits, snapshot
from release.live.snapshot import Snapshot, Tampered
from release.models import ExposureMove, Proposal, Release, Run
from release.web import offered_views
from release.web.pages import attempt as _attempt
from release.web.pages import page as _page
from release.web.pages import reaching, staff
from release.web.pages import to as _to
from release.web.pages import user as _user
from sites.access import chosen
from sites.access.roles import sites_of, sites_where
from sites.models import Site

NO_EXPOSURE = [Proposal.Kind.GO_LIVE, Proposal.Kind.SCENARIO]

# ── Releases ──────────────────────────────────────────────────────────────────────────────────────────────────


@require_GET
@staff("release.view_release")
def releases(request: HttpRequest) -> HttpResponse:
    """Every release of the person's sites, and what waits for a second person."""
    sites = chosen.some(request, sites_where(request.user, "release.view_release").order_by("name"))
    listed = Release.objects.filter(site__in=sites).defer("body").select_related("site").prefetch_related("runs")
    return _page(
        request,
        "releases",
        tab="Releases",
        title="Releases",
        live=[(site, *_live(site)) for site in sites],
        proposals=proposals.waiting().filter(site__in=sites),
        releases=listed.order_by("-created_at")[:100],
    )


@require_POST
@staff("release.change_release")
def freeze(request: HttpRequest, site_id: int) -> HttpResponse:
    """Freeze the candidate of a site and show it."""
    site = get_object_or_404(sites_where(request.user, "release.change_release"), pk=site_id)
    made = _attempt(request, lambda: snapshot.freeze(site, actor=_user(request)), "Frozen. Now run the gate on it.")
    return _to("release_release_change", made.pk) if made else _to("release_release_changelist")


@require_GET
@staff("release.view_release")
def release(request: HttpRequest, pk: int) -> HttpResponse:
    """One release: what it changes, how the gate went, and the moves that are possible."""
    found = _release(request, pk)
    frozen = _frozen(found)
    stale = frozen is None or not frozen.matches_build
    run = found.runs.first()
    base = _base(found, request.GET.get("with", ""))
    changes = diff(_frozen(base) if base else None, frozen) if frozen else []
    waiting = list(proposals.waiting(found.site).filter(release=found))
    return _page(
        request,
        "release",
        tab="Releases",
        title=f"Release {found.number} of {found.site}",
        trail=[("Releases", reverse("admin:release_release_changelist"))],
        release=found,
        frozen=frozen,
        stale=stale,
        differing=snapshot.differing(frozen) if frozen else [],
        short=_short(frozen) if frozen else [],
        false_alarms=false_alarms.of(frozen) if frozen else [],
        rests_on=content.base(found, frozen) if frozen and not stale else None,
        base=base,
        others=Release.objects.filter(site=found.site).exclude(pk=found.pk).defer("body"),
        groups=grouped(changes),
        proposals=waiting,
        proposed=any(p.kind in (Proposal.Kind.GO_LIVE, Proposal.Kind.OPENING) for p in waiting),
        objections=list(_objections(found, frozen)),
        offered=offered_views.summary(frozen),
        steps=_steps(found, run, waiting),
        cost=gate.cost(found) if frozen and not stale else None,
        unfinished=run is not None and run.finished_at is None,
        running=run is not None and run.finished_at is None and tasks.under_way(run),
        **_progress(run),
    )


@require_POST
@staff("release.change_release")
def release_act(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Run the gate, propose a move, roll back, freeze again on another build."""
    found, user = _release(request, pk, "release.change_release"), _user(request)
    reason = request.POST.get("reason", "")
    if verb == "run":
        _attempt(request, lambda: tasks.promise_run(found, actor=user), "The gate is running.")
    elif verb == "propose":
        _attempt(
            request,
            lambda: proposals.propose_go_live(found, actor=user, reason=reason),
            "Proposed. Now a second person confirms it in their own login.",
        )
    elif verb == "first" and (run := gate.passing(found)):
        _attempt(
            request,
            lambda: proposals.propose_first_release(run, actor=user, reason=reason),
            "Proposed. Now a second person confirms it in their own login.",
        )
    elif verb == "rollback":
        _attempt(
            request,
            lambda: gate.rollback(found.site, found, actor=user, reason=reason),
            f"Release {found.number} is live again.",
        )
    elif verb == "again":
        made = _attempt(
            request,
            lambda: snapshot.freeze_again(found, actor=user),
            "Frozen again, on the build that runs now. Now run the gate on it.",
        )
        return _to("release_release_change", made.pk if made else pk)
    return _to("release_release_change", pk)


@require_GET
@staff("release.view_release")
def run_progress(request: HttpRequest, pk: int) -> HttpResponse:
    """The part of the page that shows a run; it asks the browser to load the page again when the run is over."""
    run = _run(request, pk)
    response = render(request, "release/run.html", _progress(run))
    if run.finished_at is not None:
        response["HX-Refresh"] = "true"
    return response


@require_GET
@staff("release.view_run")
def run_report(request: HttpRequest, pk: int) -> HttpResponse:
    """A finished run as a signed JSON file."""
    run = _run(request, pk)
    made = _attempt(request, lambda: results.export(run, actor=_user(request)), "")
    if made is None:
        return _to("release_release_change", run.release_id)
    response = JsonResponse(made, json_dumps_params={"indent": 1, "ensure_ascii": False})
    response["Content-Disposition"] = f'attachment; filename="gate-{run.release.site.slug}-{run.pk}.json"'
    return response


@require_POST
@staff("release.change_proposal")
def proposal_act(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Confirm or decline, as the second person."""
    theirs = sites_where(request.user, "release.change_proposal")
    found = get_object_or_404(Proposal.objects.filter(site__in=theirs), pk=pk)
    if verb == "confirm":
        _attempt(request, lambda: proposals.confirm(found, actor=_user(request)), "Confirmed and done.")
    else:
        _attempt(request, lambda: proposals.decline(found, actor=_user(request)), "The proposal is put aside.")
    if found.release_id is not None:
        return _to("release_release_change", found.release_id)
    return _to("release_category", found.category_id)


# ── Exposure ──────────────────────────────────────────────────────────────────────────────────────────────────


@require_GET
@staff("release.view_exposure")
def exposures(request: HttpRequest) -> HttpResponse:
    """Where each category of the person's sites stands."""
    sites = chosen.some(request, sites_where(request.user, "release.view_exposure").order_by("name"))
    rows = [(site, [_standing(c) for c in Category.objects.filter(site=site, retired=False)]) for site in sites]
    waiting = proposals.waiting().filter(site__in=sites).exclude(kind__in=NO_EXPOSURE)
    return _page(request, "exposure", tab="Exposure", title="Exposure", sites=rows, proposals=waiting)


@require_GET
@staff("release.view_exposure")
def category(request: HttpRequest, pk: int) -> HttpResponse:
    """One category: its level, what speaks for the next step, every step so far."""
    found = _category(request, pk)
    earned = levels.level_of(found)
    permit = permits.of(found.site_id, found.slug)
    target = earned + 1
    return _page(
        request,
        "category",
        tab="Exposure",
        title=str(found),
        trail=[("Exposure", reverse("admin:release_exposure_changelist"))],
        category=found,
        earned=earned,
        permit=permit,
        words=Level(permit.level).label,
        target=target,
        evidence=evidence.gather(found, target) if target <= Level.SELF_SERVICE else None,
        lower=[(level.value, level.label) for level in Level if level < earned],
        proposals=proposals.waiting(found.site).filter(category=found),
        moves=ExposureMove.objects.filter(category=found),
    )


@require_POST
@staff("release.change_exposure")
def category_act(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Propose a step up, or lower the category at once."""
    found, reason = _category(request, pk, "release.change_exposure"), request.POST.get("reason", "")
    if verb == "raise":
        _attempt(
            request,
            lambda: proposals.propose_raise(found, actor=_user(request), reason=reason),
            "Proposed. Now a second person confirms it in their own login.",
        )
    elif verb == "lower" and request.POST.get("to", "").isdecimal():
        to = int(request.POST["to"])
        _attempt(
            request,
            lambda: levels.lower_level(found, to, actor=_user(request), reason=reason),
            f"{found} is at level {to} now.",
        )
    return _to("release_category", pk)


# ── Pauses ────────────────────────────────────────────────────────────────────────────────────────────────────


@require_GET
@staff("release.view_killswitch")
def paused(request: HttpRequest) -> HttpResponse:
    """What is paused, with the big button. Whoever may pause on one of their sites gets it."""
    may_pause = sites_of(request.user, *pauses.MAY_PAUSE).order_by("name")
    switches = reaching(request).select_related("site", "category")
    named = [(switch, pauses.reach(switch)) for switch in switches]
    return _page(
        request,
        "pauses",
        tab="Pauses",
        title="Pauses",
        sites=may_pause,
        everywhere=request.user.is_superuser,
        may_pause=bool(may_pause) or request.user.is_superuser,
        parts=_parts(may_pause),
        engaged=[pair for pair in named if pair[0].lifted_at is None],
        lifted=[pair for pair in named if pair[0].lifted_at is not None][:50],
    )


@require_POST
def pause(request: HttpRequest) -> HttpResponse:
    """Engage a switch: a site or every site, or a part named `site/what/category`."""
    slug, _, rest = request.POST.get("part", request.POST.get("site", "")).partition("/")
    what, _, category_slug = rest.partition("/")
    site = get_object_or_404(sites_of(request.user), slug=slug) if slug else None
    part = get_object_or_404(Category, site=site, slug=category_slug) if site and category_slug else None
    _attempt(
        request,
        lambda: pauses.pause(
            site=site, category=part, what=what or "all", actor=_user(request), reason=request.POST.get("reason", "")
        ),
        "Paused.",
    )
    return _to("release_killswitch_changelist")


@require_POST
def resume(request: HttpRequest, pk: int) -> HttpResponse:
    """Lift one switch."""
    switch = get_object_or_404(reaching(request), pk=pk, lifted_at=None)
    _attempt(
        request,
        lambda: pauses.resume(
            site=switch.site,
            category=switch.category,
            what=switch.what,
            tool=switch.tool,
            actor=_user(request),
            reason=request.POST.get("reason", ""),
        ),
        f"Resumed: {pauses.reach(switch)}.",
    )
    return _to("release_killswitch_changelist")


# ── Inside ────────────────────────────────────────────────────────────────────────────────────────────────────


def _release(request: HttpRequest, pk: int, permission: str = "release.view_release") -> Release:
    theirs = sites_where(request.user, permission)
    return get_object_or_404(Release.objects.filter(site__in=theirs).select_related("site"), pk=pk)


def _run(request: HttpRequest, pk: int) -> Run:
    theirs = sites_where(request.user, "release.view_run")
    return get_object_or_404(Run.objects.filter(release__site__in=theirs), pk=pk)


def _category(request: HttpRequest, pk: int, permission: str = "release.view_exposure") -> Category:
    theirs = sites_where(request.user, permission)
    return get_object_or_404(Category.objects.filter(site__in=theirs).select_related("site"), pk=pk)


def _frozen(found: Release) -> Snapshot | None:
    """The release's snapshot; None when somebody changed its body."""
    try:
        return snapshot.of(found)
    except Tampered:
        return None


def _live(site: Site) -> tuple[Release | None, bool]:
    """The live release, and whether it was evaluated on another build."""
    found = snapshot.live_release(site.pk).first()
    frozen = _frozen(found) if found else None
    return found, frozen is None or not frozen.matches_build


def _base(found: Release, number: str) -> Release | None:
    """What a release is compared with: the one named, else the live one; the live one itself with the one before."""
    if number.isdecimal():
        return Release.objects.filter(site=found.site, number=int(number)).first()
    if found.state == Release.State.LIVE:
        return gate.previous(found.site)
    return Release.objects.filter(site=found.site, state=Release.State.LIVE).first()


def _short(frozen: Snapshot) -> list[tuple[str, int, int]]:
    """The categories that ask for level 3 and have too few scenarios: title, how many there are, how many it takes."""
    asking = (c for c in frozen.categories if c.level == Level.SELF_SERVICE and c.slug in frozen.short)
    return [(c.title, frozen.short[c.slug], frozen.bars[c.slug].scenarios) for c in asking]


def _objections(found: Release, frozen: Snapshot | None) -> list[str]:
    """What stands between this release and customers."""
    against = []
    if frozen is None:
        against.append("Its body was changed after it was frozen; it cannot be used.")
    elif not frozen.matches_build:
        against.append("It was frozen on another build or model, so nothing says how it would answer on this one.")
    if missing := people.missing_owners(found.site):
        against.append(f"Nobody answers for {', '.join(missing)}. No release goes live before.")
    if frozen is not None and found.state in (Release.State.CANDIDATE, Release.State.PASSED):
        against += [*crisis.lacking(frozen), *alarms.against(frozen)]
    return against


def _steps(found: Release, run: Run | None, waiting: list[Proposal]) -> list[tuple[Category, int]]:
    """What a first-release approval on this run would do, unless it is proposed already."""
    proposed = any(p.kind in (Proposal.Kind.FIRST_RELEASE, Proposal.Kind.OPENING) for p in waiting)
    if (
        run is None
        or not run.passed
        or run.base_id
        or proposed
        or found.state not in (Release.State.PASSED, Release.State.LIVE)
    ):
        return []
    return levels.first_steps(run)


def _progress(run: Run | None) -> dict[str, Any]:
    """What `run.html` shows: newly broken cases first, then the other failures, then how each category went."""
    if run is None:
        return {"run": None}
    failed, newly = results.failures(run)
    return {
        "run": run,
        "done": run.verdicts.count(),
        "passed": run.total - run.failed,
        "failed": failed,
        "newly": newly,
        "tally": gate.tally(run) if run.finished_at and not run.away else None,
        "heard": heard.of(run) if run.finished_at else None,
        "against": results.baseline(run),
    }


def _standing(found: Category) -> dict[str, Any]:
    permit = permits.of(found.site_id, found.slug)
    words = Level(permit.level).label
    return {"category": found, "earned": levels.level_of(found), "permit": permit, "words": words}


def _parts(sites: Any) -> list[tuple[str, str]]:
    """(value, label) of everything smaller than a site that can be paused."""
    parts = []
    for site in sites:
        parts += [(f"{site.slug}/model", f"{site}: the model"), (f"{site.slug}/tools", f"{site}: the tools")]
        categories = Category.objects.filter(site=site, retired=False)
        parts += [(f"{site.slug}/all/{c.slug}", f"{site}: {c}") for c in categories]
    return parts
