"""What unfinished trouble stands against: going live, and going up. Reads only, inside the caller's transaction."""

from collections.abc import Iterator

from django.db.models import Q

from knowledge.models import Category
from release.models import Incident
from release.snapshot import Snapshot, canonical

Severity, State = Incident.Severity, Incident.State


def against(frozen: Snapshot) -> list[str]:
    """Why a snapshot may not go live now, each as a sentence: severe incidents, and what they taught left out."""
    return [*_severe(frozen.site_id), *_unasked(frozen)]


def against_raising(category: Category) -> Iterator[str]:
    """Why a category may not go up now, each as a phrase: its incidents of weight that are not resolved."""
    weighty = Incident.objects.filter(site=category.site_id, severity__in=[Severity.MAJOR, Severity.SEVERE])
    here = Q(category=category) | Q(category=None)
    for incident in weighty.filter(here).exclude(state=State.RESOLVED):
        yield f"incident {incident.number} ({incident.severity}) is not resolved"


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
