"""The staff's pages on incidents. Each form makes one domain call and says what came of it."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from conversations.models import Event
from knowledge.models import Passage, Source
from release.incidents import casefile, reach, regression, remediation
from release.incidents import lifecycle as room
from release.incidents.reach import Reported
from release.models import Affected, Incident, Release
from release.web.pages import attempt, page, staff, to, user
from sites.access import chosen, reporting
from sites.access.roles import roles_of, sites_of, sites_where
from sites.core.refusal import Refused
from sites.models import Site
from tools.models import Tool

ROWS = 200  # customers on one page
MEASURES = {
    "withdraw": "Withdraw the article",
    "pause_tool": "Pause the tool",
    "pause_category": "Pause the category",
    "pause_site": "Pause the whole site",
    "demote": "Lower the category to level 1",
    "rollback": "Roll back to the release before",
}
KINDS: Mapping[str, str] = {
    "source": "An article (its slug)",
    "turn": "An answer (number of the turn)",
    "passage": "A passage (its number)",
    "release": "A release (its number)",
    "tool": "A tool (its name)",
    "complaint": "A complaint (number of the event)",
}


@require_GET
@staff("release.view_incident")
def incidents(request: HttpRequest) -> HttpResponse:
    """Every incident of the person's sites, and the complaints that came in lately."""
    sites = sites_where(request.user, "release.view_incident").order_by("name")
    listed = Incident.objects.filter(site__in=chosen.some(request, sites)).select_related("site", "category")
    rows = [(each, Affected.objects.filter(incident=each), remediation.of(each)) for each in listed[:100]]
    return page(
        request,
        "incidents",
        tab="Incidents",
        title="Incidents",
        rows=rows,
        sites=sites,
        kinds=KINDS.items(),
        complaints=_complaints(request, sites),
        may_report=sites_of(request.user, *reporting.MAY_REPORT).exists(),
    )


@require_http_methods(["GET", "POST"])
@staff("release.view_incident")
def new(request: HttpRequest) -> HttpResponse:
    """Report one thing: what is it, how bad, and what is done about it in the same act."""
    asked = request.POST if request.method == "POST" else request.GET
    of = _reported(request, asked)
    try:
        found = reach.reach(of)
    except Refused as refusal:
        raise Http404(str(refusal)) from refusal
    if request.method == "POST":
        made = attempt(request, lambda: room.report(of, actor=user(request), **_order(asked)), "The incident is open.")
        if made:
            return to("release_incident_change", made.pk)
    return page(
        request,
        "incident_new",
        tab="Incidents",
        title="Report an incident",
        trail=[("Incidents", reverse("admin:release_incident_changelist"))],
        found=found,
        asked=asked,
        about=_about(of),
        severities=Incident.Severity.choices,
        measures=_possible(request, found.site, bool(found.sources), found.category is not None, bool(found.tools)),
        owner=asked.get("owner") or found.site.owners.get("incidents", ""),
    )


@require_GET
@staff("release.view_incident")
def incident(request: HttpRequest, pk: int) -> HttpResponse:
    """One incident: what is done, who was told, what is missing until it is over."""
    found = _incident(request, pk)
    wanted = request.GET.get("state", "")
    rows = Affected.objects.filter(incident=found).select_related("conversation", "message")
    roles = roles_of(request.user, found.site)
    body = regression.draft(found, actor=user(request)) if "scenario" in request.GET else found.scenario
    return page(
        request,
        "incident",
        tab="Incidents",
        title=f"{found} of {found.site}",
        trail=[("Incidents", reverse("admin:release_incident_changelist"))],
        incident=found,
        sources=list(found.sources.all()),
        steps=found.steps.all(),
        rows=[(row, remediation.address_of(row.conversation)) for row in _in_state(rows, wanted)[:ROWS]],
        total=rows.count(),
        wanted=wanted,
        tally=remediation.of(found),
        states=Affected.State.choices,
        ends=[pair for pair in Affected.State.choices if pair[0] not in ("to_review", "corrected")],
        may_decide=remediation.may_decide(user(request), found.site),
        decides=found.site.owners.get("customers", "nobody yet"),
        may_write=not roles.isdisjoint({*regression.MAY_WRITE, "admin"}),
        measures=_possible(
            request,
            found.site,
            found.sources.filter(withdrawn_at=None).exists(),
            found.category_id is not None,
            bool(reach.tools(found.reach)),
        ),
        missing=list(room.missing(found)),
        scenario=json.dumps(body, indent=2, ensure_ascii=False) if body else "",
        drafting="scenario" in request.GET,
    )


@require_POST
@staff("release.view_incident")
def act(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Contain, look again, correct, decide, learn, write the scenario, resolve, open again."""
    found = _incident(request, pk)
    if verb not in ACTS:
        raise Http404
    done, work = ACTS[verb]
    attempt(request, lambda: work(found, request), done)
    return to("release_incident_change", pk)


@require_GET
@staff("release.view_incident")
def printed(request: HttpRequest, pk: int) -> HttpResponse:
    """The incident on paper."""
    found = _incident(request, pk)
    case = casefile.export(found, actor=user(request))
    return page(request, "incident_print", title=f"{found} of {found.site}", incident=found, case=case)


@require_GET
@staff("release.view_incident")
def export(request: HttpRequest, pk: int) -> HttpResponse:
    """The incident as a JSON file."""
    found = _incident(request, pk)
    response = JsonResponse(casefile.export(found, actor=user(request)), json_dumps_params={"indent": 2})
    response["Content-Disposition"] = f'attachment; filename="incident-{found.site.slug}-{found.number}.json"'
    return response


# ── The verbs, each one domain call ───────────────────────────────────────────────────────────────────────────


def _contain(found: Incident, request: HttpRequest) -> None:
    measures = request.POST.getlist("measure")
    room.contain(found, measures, actor=user(request), reason=request.POST.get("reason", ""))


def _survey(found: Incident, request: HttpRequest) -> None:
    room.survey(found, actor=user(request))


def _correct(found: Incident, request: HttpRequest) -> None:
    rows = _picked(request.POST)
    if not remediation.correct_all(found, rows, actor=user(request), text=request.POST.get("text", "")):
        raise Refused("Tick the customers first whom you want to write to.")


def _decide(found: Incident, request: HttpRequest) -> None:
    reason, state = request.POST.get("reason", ""), request.POST.get("state", "")
    rows = _picked(request.POST)
    if not remediation.decide_all(found, rows, state, actor=user(request), reason=reason):
        raise Refused("Tick the customers first.")


def _learn(found: Incident, request: HttpRequest) -> None:
    room.learn(found, lesson=request.POST.get("lesson", ""), actor=user(request))


def _scenario(found: Incident, request: HttpRequest) -> None:
    regression.write(found, request.POST.get("body", ""), actor=user(request))


def _resolve(found: Incident, request: HttpRequest) -> None:
    room.resolve(found, actor=user(request), reason=request.POST.get("reason", ""))


def _reopen(found: Incident, request: HttpRequest) -> None:
    room.reopen(found, actor=user(request), reason=request.POST.get("reason", ""))


ACTS: Mapping[str, tuple[str, Callable[[Incident, HttpRequest], None]]] = {
    "contain": ("Done; it is contained.", _contain),
    "survey": ("Looked again: the list holds everybody who was told.", _survey),
    "correct": ("The correction is sent.", _correct),
    "decide": ("Kept.", _decide),
    "learn": ("The post-mortem is kept.", _learn),
    "scenario": ("The gate asks this from the next release on.", _scenario),
    "resolve": ("The incident is resolved.", _resolve),
    "reopen": ("The incident is open again.", _reopen),
}


# ── Inside ────────────────────────────────────────────────────────────────────────────────────────────────────


def _incident(request: HttpRequest, pk: int) -> Incident:
    theirs = sites_where(request.user, "release.view_incident")
    return get_object_or_404(Incident.objects.filter(site__in=theirs).select_related("site"), pk=pk)


def _reported(request: HttpRequest, asked: QueryDict) -> Reported:
    """The row that is reported, among the person's sites."""
    kind, key = asked.get("kind", ""), asked.get("key", "").strip()
    site = get_object_or_404(sites_of(request.user, *reporting.MAY_REPORT), slug=asked.get("site", ""))
    found = reach.named(site, kind, key)
    if found is None:
        raise Http404
    return found


def _order(asked: QueryDict) -> dict[str, Any]:
    return {
        "severity": asked.get("severity", ""),
        "reason": asked.get("reason", ""),
        "owner": asked.get("owner", "").strip(),
        "measures": asked.getlist("measure"),
        "since": _day(asked.get("since", ""), datetime.min),
        "until": _day(asked.get("until", ""), datetime.max),
    }


def _day(text: str, at: datetime) -> datetime | None:
    """The beginning or the end of a day that was typed; None when none was."""
    try:
        day = parse_date(text)
    except ValueError:
        day = None
    return timezone.make_aware(datetime.combine(day, at.time())) if day else None


def _possible(request: HttpRequest, site: Site, article: bool, category: bool, tool: bool) -> list[tuple[str, str]]:
    """The measures that make sense here and that the person's roles cover."""
    held = roles_of(request.user, site)
    owns = {"withdraw": "content_owner", "rollback": "release_owner"}
    useful = {"withdraw": article, "pause_tool": tool, "pause_category": category, "demote": category}
    return [
        (value, label)
        for value, label in MEASURES.items()
        if useful.get(value, True) and (value not in owns or not held.isdisjoint({owns[value], "admin"}))
    ]


def _about(of: Reported) -> str:
    """What is reported, in words that quote no customer."""
    if isinstance(of, Source):
        return f"the article “{of.slug}”"
    if isinstance(of, Passage):
        return f"a passage of “{of.revision.source.slug}”: “{of.text[:160]}”"
    if isinstance(of, Release):
        return f"release {of.number}"
    if isinstance(of, Tool):
        return f"the tool “{of.name}”"
    return f"an answer in conversation {of.conversation}"


def _complaints(request: HttpRequest, sites: Any) -> list[tuple[Event, str]]:
    """The last complaints, with the address that reports each."""
    events = Event.objects.filter(conversation__site__in=sites, kind__in=["complaint", "handoff.opened"])
    events = events.filter(conversation__synthetic=False).select_related("conversation__site").order_by("-id")[:300]
    found = [event for event in events if reach.is_complaint(event)][:10]
    return [(e, reporting.address(request.user, e.conversation.site, "complaint", e.pk)) for e in found]


def _in_state(rows: Any, wanted: str) -> Any:
    return rows.filter(state=wanted) if wanted in Affected.State.values else rows


def _picked(form: QueryDict) -> list[int]:
    return [int(key) for key in form.getlist("row") if key.isdecimal() and len(key) < 18]
