"""Releases, runs, exposure, pauses and the checklist over REST, for the staff of their sites; to pause and resume."""

from typing import Any

from django.db.models import QuerySet
from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.generics import ListAPIView, RetrieveAPIView, get_object_or_404
from rest_framework.permissions import IsAdminUser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from knowledge.models import Category
from release.exposure import levels
from release.live import pauses, permits
from release.models import ExposureMove, KillSwitch, Release, Run, Verdict
from release.readiness import checklist
from release.web import incident_api
from release.web.verbs import reads, refusing
from sites.access.roles import sites_of, sites_where


class ReleaseRow(serializers.ModelSerializer):
    """One release without its body."""

    site: Any = serializers.SlugRelatedField(slug_field="slug", read_only=True)

    class Meta:
        model = Release
        fields = (
            "id", "site", "number", "state", "fingerprint", "created_by", "created_at", "live_by",
            "seconded_by", "live_at", "reason",
        )  # fmt: skip


class ReleaseWhole(ReleaseRow):
    """One release with everything its fingerprint covers."""

    class Meta(ReleaseRow.Meta):
        fields = (*ReleaseRow.Meta.fields, "body")  # type: ignore[assignment]


class RunRow(serializers.ModelSerializer):
    """One evaluation of a release."""

    class Meta:
        model = Run
        fields = (
            "id",
            "release",
            "fingerprint",
            "passed",
            "total",
            "failed",
            "objections",
            "started_by",
            "started_at",
            "finished_at",
        )


class VerdictRow(serializers.ModelSerializer):
    """How one scenario went."""

    class Meta:
        model = Verdict
        fields = ("scenario", "passed", "why", "case")


class MoveRow(serializers.ModelSerializer):
    """One step of a category's exposure."""

    category: Any = serializers.SlugRelatedField(slug_field="slug", read_only=True)
    site: Any = serializers.SlugRelatedField(slug_field="slug", read_only=True, source="category.site")

    class Meta:
        model = ExposureMove
        fields = ("id", "site", "category", "before", "after", "actor", "second", "reason", "evidence", "at")


class SwitchRow(serializers.ModelSerializer):
    """One pause; no site: everywhere."""

    site: Any = serializers.SlugRelatedField(slug_field="slug", read_only=True)
    category: Any = serializers.SlugRelatedField(slug_field="slug", read_only=True)

    class Meta:
        model = KillSwitch
        fields = (
            "id", "site", "category", "what", "tool", "reason", "engaged_by", "engaged_at", "lifted_by", "lifted_at"
        )  # fmt: skip


class PauseOrder(serializers.Serializer):
    """What to pause or resume, and why."""

    site = serializers.SlugField(required=False, help_text="without it: every site (superusers)")
    category = serializers.SlugField(required=False, help_text="needs a site")
    what = serializers.ChoiceField(KillSwitch.What.choices, default=KillSwitch.What.ALL)
    tool = serializers.CharField(default="", max_length=60, help_text="with `tools`: one of them by its name")
    reason = serializers.CharField()


class ReleaseList(ListAPIView):
    """The releases of the caller's sites, newest first."""

    permission_classes = (reads("release.view_release"),)
    serializer_class = ReleaseRow
    filters = {"site": "site__slug", "state": ("state", Release.State.values)}

    def get_queryset(self) -> QuerySet[Release]:
        """Never another site's."""
        releases = Release.objects.filter(site__in=sites_where(self.request.user, "release.view_release")).defer("body")
        return releases.select_related("site").order_by("-id")


class ReleaseDetail(RetrieveAPIView):
    """One release with its body."""

    permission_classes = (reads("release.view_release"),)
    serializer_class = ReleaseWhole

    def get_queryset(self) -> QuerySet[Release]:
        """Never another site's."""
        return Release.objects.filter(site__in=sites_where(self.request.user, "release.view_release")).select_related(
            "site"
        )


class RunList(ListAPIView):
    """The gate's runs on the caller's sites, newest first."""

    permission_classes = (reads("release.view_run"),)
    serializer_class = RunRow
    filters = {"site": "release__site__slug"}

    def get_queryset(self) -> QuerySet[Run]:
        """Never another site's."""
        return Run.objects.filter(release__site__in=sites_where(self.request.user, "release.view_run"))


class VerdictList(ListAPIView):
    """The verdicts of one run, failed ones first."""

    permission_classes = (reads("release.view_verdict"),)
    serializer_class = VerdictRow

    def get_queryset(self) -> QuerySet[Verdict]:
        """Never another site's."""
        runs = Run.objects.filter(release__site__in=sites_where(self.request.user, "release.view_verdict"))
        return get_object_or_404(runs, pk=self.kwargs["run"]).verdicts.all()


class ExposureView(APIView):
    """Where each category of the caller's sites stands."""

    permission_classes = (reads("release.view_exposure"),)

    @extend_schema(responses={200: dict})
    def get(self, request: Request) -> Response:
        """A list of {site, category, asked, earned, in_effect, paused}."""
        categories = Category.objects.filter(site__in=sites_where(request.user, "release.view_exposure"), retired=False)
        return Response([_standing(category) for category in categories.select_related("site")])


class MoveList(ListAPIView):
    """Every step of exposure on the caller's sites, newest first."""

    permission_classes = (reads("release.view_exposuremove"),)
    serializer_class = MoveRow
    filters = {"site": "category__site__slug", "category": "category__slug"}

    def get_queryset(self) -> QuerySet[ExposureMove]:
        """Never another site's."""
        moves = ExposureMove.objects.filter(
            category__site__in=sites_where(self.request.user, "release.view_exposuremove")
        )
        return moves.select_related("category__site")


class PauseView(APIView):
    """What is paused, and pausing."""

    permission_classes = (IsAdminUser,)

    @extend_schema(responses={200: SwitchRow(many=True)})
    def get(self, request: Request) -> Response:
        """The switches engaged now that reach one of the caller's sites."""
        mine = set(sites_of(request.user).values_list("pk", flat=True))
        reaching = [s for s in pauses.engaged() if s.site_id is None or s.site_id in mine]
        return Response(SwitchRow(reaching, many=True).data)

    @extend_schema(request=PauseOrder, responses={201: SwitchRow})
    def post(self, request: Request) -> Response:
        """Pause; effective on the next message and on answers in flight."""
        return Response(SwitchRow(_switch(request, pauses.pause)).data, status=status.HTTP_201_CREATED)


class ResumeView(APIView):
    """Lifting a pause."""

    permission_classes = (IsAdminUser,)

    @extend_schema(request=PauseOrder, responses={200: SwitchRow})
    def post(self, request: Request) -> Response:
        """Resume exactly what this reach had paused."""
        return Response(SwitchRow(_switch(request, pauses.resume)).data)


class ChecklistView(APIView):
    """The ten questions and the three sign-offs of one site."""

    permission_classes = (reads("release.view_statement"),)

    @extend_schema(responses={200: dict})
    def get(self, request: Request, site: str) -> Response:
        """{site, open, questions: [{question, title, open, facts, asks, owners, statement, lacks}]}; open: how many."""
        found = get_object_or_404(sites_where(request.user, "release.view_statement"), slug=site)
        entries = checklist.of(found)
        whole = {"site": found.slug, "open": sum(entry.open for entry in entries)}
        return Response({**whole, "questions": [entry.as_json() for entry in entries]})


def _switch(request: Request, verb: Any) -> KillSwitch:
    order = PauseOrder(data=request.data)
    order.is_valid(raise_exception=True)
    asked = order.validated_data
    sites = sites_of(request.user)
    site = get_object_or_404(sites, slug=asked["site"]) if "site" in asked else None
    if "category" in asked and site is None:
        raise serializers.ValidationError({"category": "needs a site"})
    categories = Category.objects.filter(site=site)
    category = get_object_or_404(categories, slug=asked["category"]) if "category" in asked else None
    with refusing():
        switch: KillSwitch = verb(
            site=site,
            category=category,
            what=asked["what"],
            tool=asked["tool"],
            actor=request.user,
            reason=asked["reason"],
        )
    return switch


def _standing(category: Category) -> dict[str, Any]:
    permit = permits.of(category.site_id, category.slug)
    return {
        "site": category.site.slug,
        "category": category.slug,
        "asked": category.asked_level,
        "earned": levels.level_of(category),
        "in_effect": permit.level,
        "paused": permit.paused,
    }


routes = [
    path("releases/", ReleaseList.as_view()),
    path("releases/<int:pk>/", ReleaseDetail.as_view()),
    path("runs/", RunList.as_view()),
    path("runs/<int:run>/verdicts/", VerdictList.as_view()),
    path("exposure/", ExposureView.as_view()),
    path("exposure/moves/", MoveList.as_view()),
    path("sites/<slug:site>/checklist/", ChecklistView.as_view()),
    path("pauses/", PauseView.as_view()),
    path("pauses/resume/", ResumeView.as_view()),
    *incident_api.routes,
]
