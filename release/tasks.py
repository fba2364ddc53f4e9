"""Long work of this room, promised in the outbox and done in slices."""

from typing import Any

from django.db import transaction

from release import gate, incidents
from release.models import Incident, Release, Run
from release.people import Actor, Refused
from sites import outbox
from sites.models import OutboxItem

SLICE = 0.8  # seconds of work before others get their turn


def promise_run(release: Release, *, actor: Actor) -> Run:
    """Begin a run of the gate and have it done in the background. Raises Refused, NotAllowed."""
    with transaction.atomic():
        run = gate.begin(release, actor=actor)
        outbox.put("gate_run", {"run": run.pk}, bulk=True)
    return run


@outbox.handler("gate_run")
def gate_run(item: OutboxItem) -> dict[str, Any]:
    """Advance a run by a slice; its verdicts are the progress."""
    run = Run.objects.select_related("release").get(pk=item.payload["run"])
    try:
        finished = run.finished_at is not None or gate.advance(run, seconds=SLICE)
    except Refused as refusal:
        raise outbox.Refused(str(refusal)) from refusal
    if not finished:
        raise outbox.Again
    return {"run": run.pk, "passed": run.passed}


@outbox.handler("incident_survey")
def incident_survey(item: OutboxItem) -> dict[str, Any]:
    """Look once more who was told, when the answers that were under way at the report have ended."""
    return {"new": incidents.survey(Incident.objects.get(pk=item.payload["incident"]))}
