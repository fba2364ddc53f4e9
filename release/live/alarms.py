"""What unfinished trouble stands against: going live, and going up. Reads only, inside the caller's transaction."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Q

from knowledge.models import Category
from release.live.snapshot import Snapshot, canonical
from release.models import Incident, Release, Run, Verdict

Severity, State = Incident.Severity, Incident.State
SCHEDULE = "the schedule"


def against(frozen: Snapshot) -> list[str]:
    """Why a snapshot may not go live now, each as a sentence: severe incidents, and what they taught left out."""
    return [*_severe(frozen.site_id), *_unasked(frozen)]


def against_raising(category: Category) -> Iterator[str]:
    """Why a category may not go up now, each as a phrase: its incidents of weight that are not resolved."""
    weighty = Incident.objects.filter(site=category.site_id, severity__in=[Severity.MAJOR, Severity.SEVERE])
    here = Q(category=category) | Q(category=None)
    for incident in weighty.filter(here).exclude(state=State.RESOLVED):
        yield f"incident {incident.number} ({incident.severity}) is not resolved"
    if (drift := drifted(category.site_id)) and (drift.everywhere or category.slug in drift.categories):
        yield f"the scheduled run {drift.run} failed on it"


@dataclass(frozen=True, slots=True)
class Drift:
    """A scheduled run that failed on what is live: the scenarios that broke and the categories they are about."""

    run: int
    scenarios: tuple[str, ...]
    categories: frozenset[str]
    everywhere: bool


def drifted(site_id: int) -> Drift | None:
    """The last scheduled run of the live release, if it failed. What names no category counts for each of them."""
    live = Release.objects.filter(site=site_id, state=Release.State.LIVE)
    runs = Run.objects.filter(release__in=live, started_by=SCHEDULE, finished_at__isnull=False, away=False)
    last = runs.order_by("-id").first()
    if last is None or last.passed:
        return None
    expected = {each["id"]: each.get("expect", {}).get("category") for each in last.release.body["scenarios"]}
    broken = list(Verdict.objects.filter(run=last, passed=False))
    about = {verdict.scenario: expected.get(verdict.scenario) or verdict.case.get("category") for verdict in broken}
    named = frozenset(slug for slug in about.values() if slug)
    return Drift(last.pk, tuple(about), named, everywhere=not all(about.values()))


def _severe(site_id: int) -> Iterator[str]:
    for incident in Incident.objects.filter(site=site_id, severity=Severity.SEVERE, state=State.OPEN):
        yield f"Incident {incident.number} is severe and not contained. Contain it first."


def _unasked(frozen: Snapshot) -> Iterator[str]:
    """A scenario that was born from an incident may not be dropped or weakened on the way."""
    asked = {canonical(scenario) for scenario in frozen.scenarios}
    for number, scenario in Incident.objects.filter(site=frozen.site_id).values_list("number", "scenario"):
        if scenario is not None and canonical(scenario) not in asked:
            yield (
                f"The scenario of incident {number} (“{scenario['id']}”) is missing or was changed. "
                "Write it again on the incident's page, and freeze a new release."
            )
