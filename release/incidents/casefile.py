"""An incident as one file: what was wrong, who was told, what became of each, and what the gate asks since."""

from typing import Any

from release.core.people import Actor, name
from release.models import Affected, Incident, IncidentStep
from sites.core import ledger


def export(incident: Incident, *, actor: Actor) -> dict[str, Any]:
    """Everything of an incident as JSON, texts of customers left out; that it was taken is a link of the chain."""
    ledger.note(incident.site_id, "incident_exported", actor=name(actor), incident=incident.number)
    rows = Affected.objects.filter(incident=incident).select_related("message")
    return {
        "site": incident.site.slug,
        "incident": incident.number,
        "state": incident.state,
        "severity": incident.severity,
        "reason": incident.reason,
        "owner": incident.owner,
        "origin": incident.origin,
        "reach": incident.reach,
        "sources": list(incident.sources.values_list("slug", flat=True)),
        "category": incident.category.slug if incident.category else None,
        "window": {"since": incident.since, "until": incident.until},
        "opened": {"at": incident.opened_at, "by": incident.opened_by},
        "contained_at": incident.contained_at,
        "resolved_at": incident.resolved_at,
        "lesson": incident.lesson,
        "scenario": incident.scenario,
        "timeline": [_step(step) for step in IncidentStep.objects.filter(incident=incident)],
        "customers": [_row(row) for row in rows],
    }


def _step(step: IncidentStep) -> dict[str, Any]:
    return {"at": step.at, "kind": step.kind, "by": step.actor, "text": step.text}


def _row(row: Affected) -> dict[str, Any]:
    return {
        "conversation": str(row.conversation_id),
        "first_shown": row.message.at,
        "message": row.message.seq,
        "answers": row.answers,
        "state": row.state,
        "by": row.decided_by,
        "at": row.decided_at,
        "note": row.note,
    }
