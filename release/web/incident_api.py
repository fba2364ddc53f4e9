"""Incidents over REST, for the staff of their sites: report, contain, work off, learn, resolve, export.

The same domain calls as the pages, so the same roles: who may not do it there may not do it here.
"""

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import NotFound, PermissionDenied
from rest_framework.generics import ListAPIView, RetrieveAPIView, get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from release.incidents import casefile, lifecycle, reach, regression, remediation
from release.models import Affected, Incident
from release.web.verbs import reads, refusing
from sites.access.reporting import MAY_REPORT
from sites.access.roles import sites_of, sites_where


class IncidentRow(serializers.ModelSerializer):
    """One incident."""

    site: Any = serializers.SlugRelatedField(slug_field="slug", read_only=True)
    category: Any = serializers.SlugRelatedField(slug_field="slug", read_only=True)

    class Meta:
        model = Incident
        fields = (
            "id", "site", "number", "state", "severity", "reason", "owner", "origin", "category", "since", "until",
            "opened_by", "opened_at", "contained_at", "resolved_at", "lesson", "scenario",
        )  # fmt: skip


class IncidentWhole(IncidentRow):
    """One incident with what is missing until it can be resolved, and how its customers stand."""

    missing = serializers.SerializerMethodField()
    customers = serializers.SerializerMethodField()

    class Meta(IncidentRow.Meta):
        fields = (*IncidentRow.Meta.fields, "missing", "customers")  # type: ignore[assignment]

    def get_missing(self, incident: Incident) -> list[str]:
        """Each as a phrase; empty when it may be resolved."""
        return list(lifecycle.missing(incident))

    def get_customers(self, incident: Incident) -> dict[str, int]:
        """How many are in each state."""
        return dict(remediation.of(incident))


class CustomerRow(serializers.ModelSerializer):
    """One conversation on the worklist; what was said in it is in the record."""

    class Meta:
        model = Affected
        fields = ("id", "conversation", "answers", "state", "note", "decided_by", "decided_at")


class ReportOrder(serializers.Serializer):
    """What is reported, how bad it is, and what is done about it in the same act."""

    site = serializers.SlugField()
    kind = serializers.ChoiceField(reach.KINDS)
    key = serializers.CharField(help_text="a source's slug, a release's number, else the number of the row")
    severity = serializers.ChoiceField(Incident.Severity.choices)
    reason = serializers.CharField()
    owner = serializers.CharField(required=False)
    measures = serializers.ListField(child=serializers.ChoiceField(sorted(lifecycle.MEASURES)), required=False)
    since = serializers.DateTimeField(required=False)
    until = serializers.DateTimeField(required=False)


class VerbOrder(serializers.Serializer):
    """What a verb needs: contain `measures` and `reason`; correct `rows` and `text`; decide `rows`, `state` and
    `reason`; learn `lesson`; scenario `body`; resolve and reopen `reason`."""

    reason = serializers.CharField(required=False, default="", allow_blank=True)
    measures = serializers.ListField(child=serializers.CharField(), required=False, default=list)
    rows = serializers.ListField(child=serializers.IntegerField(), required=False, default=list)
    state = serializers.CharField(required=False, default="")
    text = serializers.CharField(required=False, default="", allow_blank=True)
    lesson = serializers.CharField(required=False, default="", allow_blank=True)
    body = serializers.JSONField(required=False, default=dict)


class IncidentList(ListAPIView):
    """The incidents of the caller's sites, newest first, and reporting one."""

    permission_classes = (reads("release.view_incident"),)
    serializer_class = IncidentRow
    filters = {
        "site": "site__slug",
        "state": ("state", Incident.State.values),
        "severity": ("severity", Incident.Severity.values),
    }

    def get_queryset(self) -> QuerySet[Incident]:
        """Never another site's."""
        return _mine(self.request)

    @extend_schema(request=ReportOrder, responses={201: IncidentRow})
    def post(self, request: Request) -> Response:
        """Open and contain in one act; the same source again opens its earlier incident again."""
        order = ReportOrder(data=request.data)
        order.is_valid(raise_exception=True)
        asked = dict(order.validated_data)
        site = get_object_or_404(sites_of(request.user, *MAY_REPORT), slug=asked.pop("site"))
        of = reach.named(site, asked.pop("kind"), asked.pop("key"))
        if of is None:
            raise NotFound("There is nothing of this kind with this key on the site.")
        with refusing():
            made = lifecycle.report(of, actor=_caller(request), **asked)
        return Response(IncidentRow(made).data, status=status.HTTP_201_CREATED)


class IncidentDetail(RetrieveAPIView):
    """One incident."""

    permission_classes = (reads("release.view_incident"),)
    serializer_class = IncidentWhole

    def get_queryset(self) -> QuerySet[Incident]:
        """Never another site's."""
        return _mine(self.request)


class CustomerList(ListAPIView):
    """The worklist of one incident; `?state=to_review` for one state."""

    permission_classes = (reads("release.view_incident"),)
    serializer_class = CustomerRow
    filters = {"state": ("state", Affected.State.values)}

    def get_queryset(self) -> QuerySet[Affected]:
        """Never another site's."""
        return Affected.objects.filter(incident=get_object_or_404(_mine(self.request), pk=self.kwargs["pk"]))


class ExportView(APIView):
    """One incident as one document; taking it is recorded."""

    permission_classes = (reads("release.view_incident"),)

    @extend_schema(responses={200: dict})
    def get(self, request: Request, pk: int) -> Response:
        """The case, texts of customers left out."""
        return Response(casefile.export(get_object_or_404(_mine(request), pk=pk), actor=_caller(request)))


class VerbView(APIView):
    """Contain, look again, correct, decide, learn, write the scenario, resolve, open again."""

    permission_classes = (reads("release.view_incident"),)

    @extend_schema(request=VerbOrder, responses={200: IncidentWhole})
    def post(self, request: Request, pk: int, verb: str) -> Response:
        """One move; the incident as it is then."""
        found = get_object_or_404(_mine(request), pk=pk)
        if verb not in VERBS:
            raise NotFound(f"There is no verb “{verb[:40]}”. Verbs: {', '.join(VERBS)}.")
        order = VerbOrder(data=request.data)
        order.is_valid(raise_exception=True)
        with refusing():
            VERBS[verb](found, order.validated_data, _caller(request))
        found.refresh_from_db()
        return Response(IncidentWhole(found).data)


Asked = Mapping[str, Any]


VERBS: Mapping[str, Callable[[Incident, Asked, User], object]] = {
    "contain": lambda i, asked, who: lifecycle.contain(i, asked["measures"], actor=who, reason=asked["reason"]),
    "survey": lambda i, asked, who: lifecycle.survey(i, actor=who),
    "correct": lambda i, asked, who: remediation.correct_all(i, asked["rows"], actor=who, text=asked["text"]),
    "decide": lambda i, asked, who: remediation.decide_all(
        i, asked["rows"], asked["state"], actor=who, reason=asked["reason"]
    ),
    "learn": lambda i, asked, who: lifecycle.learn(i, lesson=asked["lesson"], actor=who),
    "scenario": lambda i, asked, who: regression.write(i, asked["body"], actor=who),
    "resolve": lambda i, asked, who: lifecycle.resolve(i, actor=who, reason=asked["reason"]),
    "reopen": lambda i, asked, who: lifecycle.reopen(i, actor=who, reason=asked["reason"]),
}


def _mine(request: Request) -> QuerySet[Incident]:
    theirs = sites_where(request.user, "release.view_incident")
    return Incident.objects.filter(site__in=theirs).select_related("site", "category")


def _caller(request: Request) -> User:
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


routes = [
    path("incidents/", IncidentList.as_view()),
    path("incidents/<int:pk>/", IncidentDetail.as_view()),
    path("incidents/<int:pk>/customers/", CustomerList.as_view()),
    path("incidents/<int:pk>/export/", ExportView.as_view()),
    path("incidents/<int:pk>/<slug:verb>/", VerbView.as_view()),
]
