"""Incidents: something customers were told that they should not have been. open → contained → resolved (→ open).

Reporting contains in the same transaction; who was told is found right after, and once more when the answers that
were under way have ended. What was resolved and is reported again is the same incident, open again. Each move is one
conditional UPDATE, a step of the timeline and a link of the site's chain.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, Max, Min
from django.utils import timezone

from knowledge.face.editing import approval
from knowledge.models import Level
from release.core.people import Actor, allow, name, reasoned, unknown
from release.exposure import levels
from release.gate import gate
from release.incidents import reach
from release.incidents.reach import Reach, Reported
from release.live import pauses
from release.models import Affected, Incident, IncidentStep
from sites.access.reporting import MAY_REPORT
from sites.core import ledger, outbox
from sites.core.refusal import Refused
from sites.models import Role

MAY_RESOLVE = (Role.CONTENT_OWNER, Role.RELEASE_OWNER)
IN_FLIGHT = timedelta(seconds=30)  # by then every answer that was under way has ended: twice the longest turn
CHUNK = 500
State, Severity = Incident.State, Incident.Severity
WEIGHT = [Severity.MINOR, Severity.MAJOR, Severity.SEVERE]


def report(
    of: Reported,
    *,
    severity: str,
    reason: str,
    owner: str = "",
    measures: Sequence[str] = (),
    since: datetime | None = None,
    until: datetime | None = None,
    actor: Actor,
) -> Incident:
    """Open an incident (or the earlier one on the same source again), contain it, and find who was told.

    `measures` are names of MEASURES, all taken or none. Without `owner` it is the site's owner of incidents.
    Raises Refused, NotAllowed.
    """
    found, why = reach.reach(of), reasoned(reason)
    allow(actor, found.site, *MAY_REPORT)
    responsible = owner or str(found.site.owners.get("incidents", "")) or name(actor)
    _sound(severity, responsible, owner, since, until)
    with transaction.atomic():
        ledger.hold(found.site.pk)
        window = {"since": since, "until": until}
        incident = _earlier(found, severity, why, window, actor) or _new(
            found, window, actor, severity=severity, reason=why, owner=responsible
        )
        if measures:
            _contain(incident, measures, actor, why)
        outbox.put("incident_survey", {"incident": incident.pk}, bulk=True, due_at=timezone.now() + IN_FLIGHT)
        outbox.put("watch", {"site": found.site.pk}, bulk=True)
    survey(incident)
    incident.refresh_from_db()
    return incident


def contain(incident: Incident, measures: Sequence[str], *, actor: Actor, reason: str) -> None:
    """Take measures, all or none: open → contained; more of them when it is contained. Raises Refused, NotAllowed."""
    why = reasoned(reason)
    allow(actor, incident.site, *MAY_REPORT)
    if not measures:
        raise Refused(f"Choose what to do: {', '.join(MEASURES)}.")
    with transaction.atomic():
        ledger.hold(incident.site_id)
        _contain(incident, measures, actor, why)
    survey(incident)
    incident.refresh_from_db()


def survey(incident: Incident, *, actor: Actor = "the product") -> int:
    """Put every conversation within reach on the worklist; returns how many are new. May be repeated at any time.

    Who was decided on and was shown it again since is to be reviewed again.
    """
    allow(actor, incident.site, *MAY_REPORT)
    shown = reach.answers(incident).order_by().values("conversation").annotate(
        first=Min("pk"), count=Count("pk"), last=Max("at")
    )  # fmt: skip
    known = dict(Affected.objects.filter(incident=incident).values_list("conversation", "decided_at"))
    rows, new = list(shown), 0
    for at in range(0, len(rows), CHUNK):
        fresh = [row for row in rows[at : at + CHUNK] if row["conversation"] not in known]
        Affected.objects.bulk_create(
            [
                Affected(
                    incident=incident,
                    conversation_id=row["conversation"],
                    message_id=row["first"],
                    answers=row["count"],
                )
                for row in fresh
            ],
            ignore_conflicts=True,
        )
        new += len(fresh)
    for row in rows:
        decided = known.get(row["conversation"])
        if decided and row["last"] > decided:
            again = Affected.objects.filter(incident=incident, conversation=row["conversation"], decided_at=decided)
            again.update(state=Affected.State.REVIEW, answers=row["count"])
    return new


def learn(incident: Incident, *, lesson: str, actor: Actor) -> None:
    """Keep the post-mortem: how it came about and what was changed. Raises Refused, NotAllowed."""
    allow(actor, incident.site, *MAY_RESOLVE)
    words = lesson.strip()
    if not words:
        raise Refused("Write how it came about and what was changed.")
    with transaction.atomic():
        ledger.hold(incident.site_id)
        Incident.objects.filter(pk=incident.pk).update(lesson=words)
        keep(incident, "lesson", actor, words)
    incident.lesson = words


def resolve(incident: Incident, *, actor: Actor, reason: str) -> None:
    """contained → resolved, once everybody on the worklist is decided on and the lesson and its scenario are kept.

    Raises Refused with everything that is missing, NotAllowed.
    """
    why = reasoned(reason)
    allow(actor, incident.site, *MAY_RESOLVE)
    survey(incident)
    with transaction.atomic():
        ledger.hold(incident.site_id)
        incident.refresh_from_db()
        if lacking := list(missing(incident)):
            raise Refused(f"{incident} cannot be resolved: {'; '.join(lacking)}.")
        _move(incident, {State.CONTAINED}, State.RESOLVED, resolved_at=timezone.now())
        keep(incident, "resolved", actor, why)


def reopen(incident: Incident, *, actor: Actor, reason: str) -> None:
    """resolved → open, because it is not over. Raises Refused, NotAllowed."""
    why = reasoned(reason)
    allow(actor, incident.site, *MAY_REPORT)
    with transaction.atomic():
        ledger.hold(incident.site_id)
        _move(incident, {State.RESOLVED}, State.OPEN, resolved_at=None, contained_at=None)
        keep(incident, "reopened", actor, why)
        outbox.put("watch", {"site": incident.site_id}, bulk=True)


def missing(incident: Incident) -> Iterator[str]:
    """What is left to do before an incident can be resolved, each as a phrase."""
    rows = Affected.objects.filter(incident=incident)
    if left := rows.filter(state=Affected.State.REVIEW).count():
        yield f"{left} of {rows.count()} conversations are still to be reviewed"
    if not incident.lesson:
        yield "the post-mortem is not written"
    touched = rows.exclude(state__in=[Affected.State.UNTOUCHED, Affected.State.REVIEW]).exists()
    if touched and incident.scenario is None:
        yield "it has no scenario yet, so the gate would let it happen again"


def keep(incident: Incident, kind: str, actor: Actor, text: str = "", **facts: Any) -> None:
    """One step of the timeline and its link of the chain; inside a transaction that holds the ledger."""
    IncidentStep.objects.create(incident=incident, kind=kind, actor=name(actor), text=text)
    entry = {"incident": incident.number, "actor": name(actor), "reason": text, **facts}
    ledger.append(incident.site_id, f"incident_{kind}", entry)


# ── Measures: how an incident is contained, each by the verb that owns it ─────────────────────────────────────


def _withdraw(incident: Incident, actor: Actor, why: str) -> str:
    sources = list(incident.sources.all())
    if not sources:
        raise Refused("No article is behind this, so none can be withdrawn.")
    for source in sources:
        if source.withdrawn_at is None:
            approval.withdraw(source, actor=actor, reason=why)
    return f"Withdrawn: {', '.join(source.slug for source in sources)}."


def _pause_site(incident: Incident, actor: Actor, why: str) -> str:
    return f"Paused: {pauses.reach(pauses.pause(site=incident.site, actor=actor, reason=why))}."


def _pause_category(incident: Incident, actor: Actor, why: str) -> str:
    if incident.category is None:
        raise Refused("This concerns no single category; pause the site instead.")
    return f"Paused: {pauses.reach(pauses.pause(category=incident.category, actor=actor, reason=why))}."


def _pause_tool(incident: Incident, actor: Actor, why: str) -> str:
    named = reach.tools(incident.reach)
    if not named:
        raise Refused("No tool is behind this, so none can be paused.")
    held = [pauses.pause(site=incident.site, what="tools", tool=each, actor=actor, reason=why) for each in named]
    return f"Paused: {', '.join(map(pauses.reach, held))}."


def _demote(incident: Incident, actor: Actor, why: str) -> str:
    if incident.category is None:
        raise Refused("This concerns no single category; pause the site instead.")
    if levels.level_of(incident.category) > Level.INTERNAL:
        levels.lower_level(incident.category, Level.INTERNAL, actor=actor, reason=why)
    return f"{incident.category} is at level 1."


def _roll_back(incident: Incident, actor: Actor, why: str) -> str:
    return f"Release {gate.rollback(incident.site, actor=actor, reason=why).number} is live again."


MEASURES: Mapping[str, Callable[[Incident, Actor, str], str]] = {
    "withdraw": _withdraw,
    "pause_tool": _pause_tool,
    "pause_category": _pause_category,
    "pause_site": _pause_site,
    "demote": _demote,
    "rollback": _roll_back,
}


# ── Inside ────────────────────────────────────────────────────────────────────────────────────────────────────


def _sound(severity: str, responsible: str, named: str, since: datetime | None, until: datetime | None) -> None:
    if severity not in Severity.values:
        raise Refused(f"{severity!r} is no severity; choose {', '.join(Severity.values)}.")
    if named and unknown([responsible]):
        raise Refused(f"{responsible} has no active account and cannot own an incident.")
    if since and until and since > until:
        raise Refused("The window ends before it begins.")


def _new(found: Reach, window: Mapping[str, Any], actor: Actor, **fields: str) -> Incident:
    last = Incident.objects.filter(site=found.site).aggregate(last=Max("number"))["last"] or 0
    incident = Incident.objects.create(
        site=found.site,
        number=last + 1,
        origin=found.origin,
        reach=found.parts,
        category=found.category,
        opened_by=name(actor),
        opened_at=timezone.now(),
        **window,
        **fields,
    )
    incident.sources.set(found.sources)
    keep(incident, "opened", actor, fields["reason"], severity=fields["severity"], origin=found.origin)
    return incident


def _earlier(
    found: Reach, severity: str, why: str, window: Mapping[str, datetime | None], actor: Actor
) -> Incident | None:
    """The incident this report belongs to, wider and at least as severe as before; open again if it was resolved."""
    same = Incident.objects.filter(site=found.site)
    same = same.filter(sources__in=found.sources) if found.sources else same.filter(reach=found.parts)
    incident = same.distinct().first()
    if incident is None:
        return None
    wider = [*incident.reach, *(part for part in found.parts if part not in incident.reach)]
    heavier = max(incident.severity, severity, key=lambda each: WEIGHT.index(Severity(each)))
    edges = {"since": _edge(min, incident.since, window["since"]), "until": _edge(max, incident.until, window["until"])}
    Incident.objects.filter(pk=incident.pk).update(reach=wider, severity=heavier, **edges)
    incident.sources.add(*found.sources)
    if incident.state == State.RESOLVED:
        _move(incident, {State.RESOLVED}, State.OPEN, resolved_at=None, contained_at=None)
    keep(incident, "reported_again", actor, why, severity=heavier, origin=found.origin)
    incident.refresh_from_db()
    return incident


def _edge(choose: Callable[..., datetime], one: datetime | None, other: datetime | None) -> datetime | None:
    """The wider edge of two windows; an open one is the widest."""
    return choose(one, other) if one and other else None


def _contain(incident: Incident, measures: Sequence[str], actor: Actor, why: str) -> None:
    for measure in measures:
        if measure not in MEASURES:
            raise Refused(f"{measure!r} is no measure; choose {', '.join(MEASURES)}.")
        done = MEASURES[measure](incident, actor, why)
        keep(incident, "measure", actor, done, measure=measure)
    if incident.state != State.CONTAINED:
        _move(incident, {State.OPEN}, State.CONTAINED, contained_at=timezone.now())
        keep(incident, "contained", actor, why)


def _move(incident: Incident, before: set[str], after: str, **fields: Any) -> None:
    moved = Incident.objects.filter(pk=incident.pk, state__in=before).update(state=after, **fields)
    if not moved:
        now = Incident.objects.values_list("state", flat=True).get(pk=incident.pk)
        raise Refused(f"{incident} is {now}; it must be {' or '.join(sorted(before))} for this.")
    incident.refresh_from_db()
