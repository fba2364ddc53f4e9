"""Releases, exposure, pauses, scenarios and runs in the admin. Nothing here is edited row by row but scenarios."""

import json
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.html import format_html

from release.models import Exposure, Incident, KillSwitch, Release, Run, Scenario, Verdict
from release.models.proofs import Drill, RedTeamRun, Statement
from release.web import (
    bar_views,
    checklist_views,
    crisis_views,
    incident_views,
    judge_views,
    monitor_views,
    offered_views,
    views,
)
from release.web.forms import ScenarioForm
from sites.admin.scoped import ReadOnlyAdmin, SiteScopedAdmin, key_of
from sites.core import ledger


@admin.register(Release)
class ReleaseAdmin(ReadOnlyAdmin):
    """Releases: frozen, gated, taken live by two people, rolled back."""

    def get_urls(self) -> list[URLPattern]:
        """This room's own pages, before Django's."""
        wrap = self.admin_site.admin_view
        return [
            path("monitoring/", wrap(monitor_views.overview), name="release_monitoring"),
            path("monitoring/<slug:slug>/", wrap(monitor_views.site), name="release_monitoring_site"),
            path("judge/", wrap(judge_views.judge), name="release_judge"),
            path("bars/", wrap(bar_views.show), name="release_bars"),
            path("crisis/", wrap(crisis_views.show), name="release_crisis"),
            path("crisis/<slug:slug>/draft/", wrap(crisis_views.take_draft), name="release_crisis_draft"),
            path("crisis/<slug:slug>/<str:country>/", wrap(crisis_views.confirm), name="release_crisis_confirm"),
            path("freeze/<int:site_id>/", wrap(views.freeze), name="release_freeze"),
            path("run/<int:pk>/progress/", wrap(views.run_progress), name="release_run_progress"),
            path("run/<int:pk>/report/", wrap(views.run_report), name="release_run_report"),
            path("proposal/<int:pk>/<slug:verb>/", wrap(views.proposal_act), name="release_proposal_act"),
            path("<int:pk>/<slug:verb>/act/", wrap(views.release_act), name="release_release_act"),
            path("<int:pk>/offered/", wrap(offered_views.show), name="release_offered"),
            path("offer/<int:pk>/mark/", wrap(offered_views.act), name="release_offer_act"),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Every release."""
        return views.releases(request)

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        """One release."""
        return views.release(request, key_of(object_id))


@admin.register(Statement)
class StatementAdmin(ReadOnlyAdmin):
    """The checklist, and what was ever signed on it."""

    list_display = ("question", "site", "signed_by", "signed_at", "expires_at")

    def get_urls(self) -> list[URLPattern]:
        """The page of each site, and the one verb."""
        wrap = self.admin_site.admin_view
        return [
            path("<slug:slug>/checklist/", wrap(checklist_views.show), name="release_checklist"),
            path("<slug:slug>/<slug:question>/sign/", wrap(checklist_views.sign), name="release_checklist_sign"),
            path("signed/", wrap(super().changelist_view), name="release_statement_signed"),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The checklist of the first of the person's sites."""
        return checklist_views.show(request)


@admin.register(RedTeamRun)
class RedTeamRunAdmin(ReadOnlyAdmin):
    """Attacks that were tried."""

    list_display = ("at", "site", "successes", "tries", "distinct_texts", "seed", "fingerprint")
    list_filter = (("site", admin.RelatedOnlyFieldListFilter),)


@admin.register(Drill)
class DrillAdmin(ReadOnlyAdmin):
    """Rehearsals of pause and rollback."""

    list_display = ("at", "site", "actor", "paused", "lifted", "rolled_back")
    list_filter = (("site", admin.RelatedOnlyFieldListFilter),)


@admin.register(Exposure)
class ExposureAdmin(ReadOnlyAdmin):
    """Where each category stands, and its moves."""

    site_path = "category__site"

    def get_urls(self) -> list[URLPattern]:
        """The pages of categories."""
        wrap = self.admin_site.admin_view
        return [
            path("category/<int:pk>/", wrap(views.category), name="release_category"),
            path("category/<int:pk>/<slug:verb>/", wrap(views.category_act), name="release_category_act"),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Every category, moved or not."""
        return views.exposures(request)

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        """One category; its row has the category's key."""
        return views.category(request, key_of(object_id))


@admin.register(Incident)
class IncidentAdmin(ReadOnlyAdmin):
    """Incidents: reported, contained, worked off, resolved."""

    def get_urls(self) -> list[URLPattern]:
        """This room's own pages, before Django's."""
        wrap = self.admin_site.admin_view
        return [
            path("new/", wrap(incident_views.new), name="release_incident_new"),
            path("<int:pk>/print/", wrap(incident_views.printed), name="release_incident_print"),
            path("<int:pk>/export/", wrap(incident_views.export), name="release_incident_export"),
            path("<int:pk>/<slug:verb>/act/", wrap(incident_views.act), name="release_incident_act"),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Every incident."""
        return incident_views.incidents(request)

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        """One incident."""
        return incident_views.incident(request, key_of(object_id))


@admin.register(KillSwitch)
class KillSwitchAdmin(ReadOnlyAdmin):
    """Pause and resume."""

    def get_urls(self) -> list[URLPattern]:
        """The two verbs."""
        wrap = self.admin_site.admin_view
        return [
            path("pause/", wrap(views.pause), name="release_pause"),
            path("<int:pk>/resume/", wrap(views.resume), name="release_resume"),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The page with the big button."""
        return views.paused(request)


@admin.register(Scenario)
class ScenarioAdmin(SiteScopedAdmin):
    """What the gate asks. A change counts from the next freeze on, and is shown in its diff."""

    form = ScenarioForm
    fields = (
        "site", "slug", "turns", "outcome", "category", "cites", "says", "never", "audience", "tags", "file",
    )  # fmt: skip
    list_display = ("slug", "site", "file", "question", "expects")
    list_filter = (("site", admin.RelatedOnlyFieldListFilter), "file")
    search_fields = ("slug", "body")
    ordering = ("site", "id")

    def save_model(self, request: HttpRequest, obj: Scenario, form: Any, change: bool) -> None:
        """Release owners write scenarios; each writing is a link of the chain."""
        was = Scenario.objects.filter(pk=obj.pk).values_list("body", flat=True).first()
        obj.slug = obj.body["id"]
        super().save_model(request, obj, form, change)
        digests = {"before": _digest(was), "after": _digest(obj.body)}
        ledger.note(obj.site_id, "scenario_written", actor=request.user.get_username(), scenario=obj.slug, **digests)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Not row by row: a scenario is removed in the bundle, where the diff shows it."""
        return False

    @admin.display(description="Last message")
    def question(self, scenario: Scenario) -> str:
        """What is judged."""
        return str(scenario.body["turns"][-1])[:100]

    @admin.display(description="Expects")
    def expects(self, scenario: Scenario) -> str:
        """Outcome and category."""
        expect = scenario.body.get("expect", {})
        return " or ".join(expect.get("outcome", [])) or str(expect.get("category", ""))


@admin.register(Run)
class RunAdmin(ReadOnlyAdmin):
    """Evaluations of releases."""

    site_path = "release__site"
    list_display = ("__str__", "passed", "total", "failed", "started_by", "started_at", "finished_at")
    list_filter = ("passed", ("release__site", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("release__site",)


@admin.register(Verdict)
class VerdictAdmin(ReadOnlyAdmin):
    """How each scenario went in each run."""

    site_path = "run__release__site"
    list_display = ("scenario", "passed", "why", "run")
    list_filter = ("passed", ("run__release__site", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("run__release__site",)
    search_fields = ("scenario", "why")
    fields = ("run", "scenario", "passed", "why", "details")
    readonly_fields = ("details",)
    ordering = ("-run", "passed", "id")
    show_full_result_count = False

    @admin.display(description="Case")
    def details(self, verdict: Verdict) -> str:
        """The case as it stands in reports, indented."""
        return format_html("<pre>{}</pre>", json.dumps(verdict.case, indent=2, ensure_ascii=False))


def _digest(body: Any) -> str:
    """By which a scenario's text is named in the chain; empty: there was none."""
    return ledger.digest(json.dumps(body, sort_keys=True)) if body else ""
