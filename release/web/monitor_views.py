"""The monitoring page of a site: one question to the record, shown. Nothing on it can be changed."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from release.judged import verdicts
from release.live.alarms import SCHEDULE
from release.monitoring import latency, monitor, plots, sessions
from release.monitoring.monitor import FEW, PERIODS, About, Period
from release.web.pages import page, staff
from sites.access.roles import sites_where
from sites.models import Site
from sites.models.thresholds import Alert

FRESH = {7: 60, 28: 60, 90: 600}
"""Seconds a report is shown again before it is made anew, by its days: 125,000 turns in 90 days take 1.8 s of a core,
those of 28 days 0.7 s (measured on SQLite). Sums by day would be quicker, and wrong: ratings and returns come later.
"""
ENDS = {sessions.ANSWERED: "good", sessions.HANDED: "person", sessions.DECLINED: "plain", sessions.OPEN: "faint"}
RESOLVED = {
    monitor.CONFIRMED: "good", monitor.ASSUMED: "plain", monitor.RETURNED: "person",
    monitor.CONTRADICTED: "bad", monitor.EARLY: "faint",
}  # fmt: skip
NEEDS = (
    ("needed", "A person was needed"),
    ("unneeded", "The assistant could have done it"),
    ("too_late", "It came too late"),
    ("repeated", "The customer had to repeat themselves"),
)


@dataclass(frozen=True, slots=True)
class Row:
    """One category in the table, with its plot and the addresses of the conversations behind each figure."""

    about: About
    handed: monitor.Share
    plot: plots.Plot | None
    links: dict[str, str]


@require_GET
@staff("release.view_release")
def overview(request: HttpRequest) -> HttpResponse:
    """Every site of the person, each with what is alarming there now; one site alone is shown at once."""
    sites = list(sites_where(request.user, "release.view_release").order_by("name"))
    if len(sites) == 1:
        return site(request, sites[0].slug)
    firing = Alert.objects.filter(site__in=sites, firing=True)
    rows = [(each, [alert for alert in firing if alert.site_id == each.pk]) for each in sites]
    return page(request, "monitoring_sites", tab="Monitoring", title="Monitoring", rows=rows)


@require_GET
@staff("release.view_release")
def site(request: HttpRequest, slug: str) -> HttpResponse:
    """One site in one period, recorded or synthetic."""
    found = get_object_or_404(sites_where(request.user, "release.view_release"), slug=slug)
    asked = request.GET.get("days", "")
    days = int(asked) if asked in [str(period) for period in PERIODS] else 28
    synthetic = request.GET.get("of") == "synthetic"
    key = f"monitoring:{found.pk}:{days}:{synthetic}"
    report = cache.get_or_set(key, lambda: _report(found, days, synthetic), FRESH[days])
    return page(
        request,
        "monitoring",
        tab="Monitoring",
        title=f"Monitoring {found}",
        site=found,
        days=days,
        periods=PERIODS,
        synthetic=synthetic,
        has_synthetic=monitor.has_synthetic(found),
        alerts=Alert.objects.filter(site=found, firing=True),
        few=FEW,
        return_h=round(sessions.RETURN / 3600),
        quiet_min=round(sessions.QUIET / 60),
        latest=latency.LATEST,
        **(report or {}),
    )


def _report(found: Site, days: int, synthetic: bool) -> dict[str, Any]:
    """Everything on the page that is counted."""
    period = Period(days, timezone.now())
    asked: dict[str, Any] = {"synthetic": synthetic}
    rows = monitor.categories(found, period, **asked)
    rated, waits = monitor.ratings(found, period, **asked), latency.waits(found, period, **asked)
    quality, speed = latency.quality(found, period, **asked), latency.latency(found, period, **asked)
    return {
        "made_at": period.now,
        "visits": sum(row.visits for row in rows),
        "quality": [] if synthetic else monitor.judged(found, period),
        "sampled": 0 if synthetic else verdicts.unjudged(found),
        "rows": [_row(found, row, period, synthetic) for row in rows],
        "ratings": rated,
        "waits": waits,
        "speed": speed,
        "needs": [(label, monitor.Share(quality.counts[key], quality.n)) for key, label in NEEDS],
        "handoffs_said": quality.n,
        "offered": monitor.asked_back(found, period, **asked),
        "lists": _lists(found),
        **_signs(found, period, synthetic),
        **_plots(period, rated, waits, speed),
        **_drift(found, period),
    }


def _row(found: Site, about: About, period: Period, synthetic: bool) -> Row:
    title = about.category.title if about.category else "No category"
    key = f"category-{about.category.pk if about.category else 0}"
    plot = plots.stacked(key, title, period.bins, about.bins, ENDS) if about.visits >= FEW else None
    slug = about.category.slug if about.category else ""
    ends = {"answered": "answer", "declined": "decline", "handed": "handoff"}
    links = {end: _talks(found, period, synthetic, turn=f"{slug}:{outcome}") for end, outcome in ends.items()}
    return Row(about, about.ends[sessions.HANDED], plot, links)


def _signs(found: Site, period: Period, synthetic: bool) -> dict[str, Any]:
    signs = monitor.injection(found, period, synthetic=synthetic)
    complaints = monitor.complaints(found, period, synthetic=synthetic)
    return {
        "injection": signs,
        "complaints": complaints,
        "injection_list": _talks(found, period, synthetic, turns__reason__exact="injection"),
        "injection_plot": _counted("injection", "Signs of injection", period, signs),
        "complaints_plot": _counted("complaints", "Complaints", period, complaints),
    }


def _counted(key: str, title: str, period: Period, signs: monitor.Signs) -> plots.Plot | None:
    if not signs.total:
        return None
    return plots.stacked(key, title, period.bins, [{title.lower(): n} for n in signs.bins], {title.lower(): "bad"})


def _plots(period: Period, rated: monitor.Ratings, waits: latency.Waits, speed: latency.Speed) -> dict[str, Any]:
    stars = {"pleased": "good", "so-so": "faint", "not pleased": "bad"}
    return {
        "ratings_plot": plots.stacked("ratings", "Ratings", period.bins, rated.bins, stars)
        if rated.pleased.enough
        else None,
        "waits_plot": plots.lines(
            "waits", "Wait for a person", period.bins, waits.bins, {"median": "plain", "90 of 100": "person"}, unit=" s"
        )
        if waits.n >= FEW
        else None,
        "speed_plot": plots.lines(
            "speed",
            "Milliseconds to decide",
            period.bins,
            speed.bins,
            {"median": "good", "95 of 100": "plain", "99 of 100": "person"},
            unit=" ms",
        )
        if speed.n >= FEW
        else None,
    }


def _drift(found: Site, period: Period) -> dict[str, Any]:
    """Each run is one point: runs are counted one by one, whatever their number."""
    runs = monitor.drift(found, period, SCHEDULE)
    values = [[100 * (each.passed.share or 0.0)] for each in runs]
    when = [run.run.finished_at for run in runs if run.run.finished_at]
    drawn = {"passed": "good"}
    plot = plots.lines("drift", "Passed of the live release's scenarios", when, values, drawn, unit=" %", top=100.0)
    return {"drift": list(reversed(runs)), "drift_plot": plot if len(runs) > 1 else None}


# ── The lists behind the figures ──────────────────────────────────────────────────────────────────────────────


def _talks(found: Site, period: Period, synthetic: bool, **more: str) -> str:
    asked = {
        "site__id__exact": str(found.pk),
        "synthetic__exact": str(int(synthetic)),
        "created_at__gte": f"{period.since:%Y-%m-%dT%H:%M:%S}Z",
        **more,
    }
    return f"{reverse('admin:conversations_conversation_changelist')}?{urlencode(asked)}"


def _lists(found: Site) -> dict[str, str]:
    """Lists of other rooms that stand behind figures, where there are such rooms."""
    rating = reverse("admin:conversations_rating_changelist")
    return {
        "ratings": f"{rating}?conversation__site__id__exact={found.pk}",
        **dict(_others(found)),
    }


def _others(found: Site) -> Iterator[tuple[str, str]]:
    for name, model in (("handoffs", "handoff"), ("complaints", "complaint")):
        try:
            yield name, f"{reverse(f'admin:escalation_{model}_changelist')}?site__id__exact={found.pk}"
        except NoReverseMatch:
            continue
