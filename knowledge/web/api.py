"""Categories, sources and revisions over REST, for the staff of their sites. Verbs: submit, approve, withdraw …

Signing in is a session; whoever calls sees only the sites they have a role on, and content owners write.
"""

from collections.abc import Callable
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.urls import path
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.generics import ListAPIView, RetrieveAPIView, get_object_or_404
from rest_framework.permissions import IsAdminUser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from knowledge.editing import approval, indexing, ingest
from knowledge.models import Category, Passage, Revision, Source
from knowledge.readers.documents import typed
from knowledge.text import asked
from sites.access.roles import account, sites_of
from sites.core.refusal import Refused


class Conflict(APIException):
    """A verb that cannot be done now; the sentence says why."""

    status_code, default_code = status.HTTP_409_CONFLICT, "conflict"


class CategoryRow(serializers.ModelSerializer):
    """One allowlisted subject with its owners' messages."""

    site: Any = serializers.SlugRelatedField(slug_field="slug", read_only=True)
    examples: Any = serializers.SerializerMethodField()
    counterexamples: Any = serializers.SerializerMethodField()

    class Meta:
        model = Category
        fields = (
            "id", "site", "slug", "title", "description", "owner", "risk", "route", "mode", "tool", "asked_level",
            "retired", "examples", "counterexamples",
        )  # fmt: skip

    def get_examples(self, category: Category) -> list[str]:
        """What belongs to it."""
        return [example.text for example in category.examples.all() if not example.counter]

    def get_counterexamples(self, category: Category) -> list[str]:
        """What does not."""
        return [example.text for example in category.examples.all() if example.counter]


class RevisionRow(serializers.ModelSerializer):
    """One exact text, without it."""

    source: Any = serializers.SlugRelatedField(slug_field="slug", read_only=True)
    site: Any = serializers.SlugRelatedField(slug_field="slug", read_only=True, source="source.site")

    class Meta:
        model = Revision
        fields = (
            "id", "site", "source", "number", "title", "questions", "state", "live", "author", "approver", "note",
            "warnings",
            "created_at", "decided_at", "digest",
        )  # fmt: skip


class PassageRow(serializers.ModelSerializer):
    """A slice of the text as the index holds it; `start` and `sentences` are offsets into the revision's text."""

    class Meta:
        model = Passage
        fields = ("id", "ordinal", "heading", "text", "start", "sentences")


class Indexing(serializers.Serializer):
    """How many of a revision's passages can be found by now; `going`: whether the rest is promised."""

    done = serializers.IntegerField()
    total = serializers.IntegerField()
    going = serializers.BooleanField()


class RevisionWhole(RevisionRow):
    """One exact text with its passages. They are prepared for the search after the request; `indexing`: how far."""

    passages: Any = PassageRow(many=True, read_only=True)
    indexing: Any = serializers.SerializerMethodField()

    class Meta(RevisionRow.Meta):
        fields = (*RevisionRow.Meta.fields, "indexing", "text", "passages")  # type: ignore[assignment]

    @extend_schema_field(Indexing)
    def get_indexing(self, revision: Revision) -> dict[str, Any]:
        """To be asked for again at the revision's address until nothing is going on."""
        return dict(Indexing(indexing.progress(revision)).data)


class SourceRow(serializers.ModelSerializer):
    """One source with its policies and its revisions."""

    site: Any = serializers.SlugRelatedField(slug_field="slug", read_only=True)
    categories: Any = serializers.SlugRelatedField(slug_field="slug", many=True, read_only=True)
    revisions: Any = RevisionRow(many=True, read_only=True)

    class Meta:
        model = Source
        fields = (
            "id", "site", "slug", "origin", "url", "categories", "audience", "owner", "review_by", "expires",
            "withdrawn_at", "withdrawn_by", "withdrawn_reason", "revisions",
        )  # fmt: skip


class TextOrder(serializers.Serializer):
    """A new text for a source."""

    title = serializers.CharField(max_length=300)
    text = serializers.CharField(trim_whitespace=False)
    questions = serializers.ListField(
        child=serializers.CharField(max_length=asked.LONGEST),
        max_length=asked.MOST,
        default=None,
        allow_null=True,
        help_text="What customers ask that it answers; left out: those of the newest revision stay.",
    )


class SourceOrder(TextOrder):
    """A source to be made, or to be given a new text and new policies."""

    site = serializers.SlugField()
    slug = serializers.CharField(max_length=160)
    categories = serializers.ListField(child=serializers.SlugField())
    audience = serializers.CharField(max_length=60, default="public")
    url = serializers.URLField(max_length=500, default="", allow_blank=True)
    owner = serializers.CharField(max_length=150, default="", allow_blank=True)
    review_by = serializers.DateField(default=None, allow_null=True)
    expires = serializers.DateField(default=None, allow_null=True)


class ReasonOrder(serializers.Serializer):
    """Why."""

    reason = serializers.CharField(default="", allow_blank=True, max_length=500)


class CategoryList(ListAPIView):
    """The categories of the caller's sites."""

    permission_classes = (IsAdminUser,)
    serializer_class = CategoryRow
    filters = {"site": "site__slug"}

    def get_queryset(self) -> QuerySet[Category]:
        """Never another site's."""
        categories = Category.objects.filter(site__in=sites_of(self.request.user))
        return categories.select_related("site").prefetch_related("examples").order_by("site", "position", "slug")


class SourceList(ListAPIView):
    """The sources of the caller's sites; POST makes a source or gives one a new draft."""

    permission_classes = (IsAdminUser,)
    serializer_class = SourceRow
    filters = {"site": "site__slug", "category": "categories__slug"}

    def get_queryset(self) -> QuerySet[Source]:
        """Never another site's."""
        return _sources(self.request)

    @extend_schema(request=SourceOrder, responses={200: RevisionWhole, 201: RevisionWhole})
    def post(self, request: Request) -> Response:
        """201 with the new draft; 200 with the newest revision when the text was no other."""
        order = SourceOrder(data=request.data)
        order.is_valid(raise_exception=True)
        given = dict(order.validated_data)
        site = get_object_or_404(sites_of(request.user), slug=given.pop("site"))
        document = typed(given.pop("title"), given.pop("text"))
        author = account(request.user)
        saved = _done(lambda: ingest.save(site, given.pop("slug"), document, author=author, later=True, **given))
        code = status.HTTP_201_CREATED if saved.changed else status.HTTP_200_OK
        return Response(RevisionWhole(saved.revision).data, status=code)


class SourceDetail(RetrieveAPIView):
    """One source."""

    permission_classes = (IsAdminUser,)
    serializer_class = SourceRow

    def get_queryset(self) -> QuerySet[Source]:
        """Never another site's."""
        return _sources(self.request)


class RevisionList(ListAPIView):
    """The revisions of the caller's sites, newest first; `?state=submitted` for those that wait."""

    permission_classes = (IsAdminUser,)
    serializer_class = RevisionRow
    filters = {"site": "source__site__slug", "source": "source__slug", "state": ("state", Revision.State.values)}

    def get_queryset(self) -> QuerySet[Revision]:
        """Never another site's."""
        return _revisions(self.request).defer("text").order_by("-id")


class RevisionDetail(RetrieveAPIView):
    """One revision with its text and passages."""

    permission_classes = (IsAdminUser,)
    serializer_class = RevisionWhole

    def get_queryset(self) -> QuerySet[Revision]:
        """Never another site's."""
        return _revisions(self.request)


class Revise(APIView):
    """A new draft for a source; its policies stay."""

    permission_classes = (IsAdminUser,)

    @extend_schema(request=TextOrder, responses={200: RevisionWhole, 201: RevisionWhole})
    def post(self, request: Request, pk: int) -> Response:
        """201 with the new draft; 200 with the newest revision when the text was no other."""
        order = TextOrder(data=request.data)
        order.is_valid(raise_exception=True)
        source = get_object_or_404(_sources(request), pk=pk)
        given = order.validated_data
        document = typed(given["title"], given["text"])
        fields: dict[str, Any] = {"title": document.title, "text": document.text, "warnings": document.warnings}
        asking, actor = given["questions"], account(request.user)
        saved = _done(lambda: ingest.revise(source, **fields, questions=asking, actor=actor, later=True))
        code = status.HTTP_201_CREATED if saved.changed else status.HTTP_200_OK
        return Response(RevisionWhole(saved.revision).data, status=code)


class SourceVerb(APIView):
    """Withdraw or restore a source, with a reason."""

    permission_classes = (IsAdminUser,)
    verbs = {"withdraw": approval.withdraw, "restore": approval.restore}

    @extend_schema(request=ReasonOrder, responses={200: SourceRow})
    def post(self, request: Request, pk: int, verb: str) -> Response:
        """The source after the move."""
        source = get_object_or_404(_sources(request), pk=pk)
        _done(lambda: self.verbs[verb](source, actor=account(request.user), reason=_reason(request)))
        return Response(SourceRow(source).data)


class RevisionVerb(APIView):
    """Submit, approve or reject a revision."""

    permission_classes = (IsAdminUser,)
    verbs = {"submit": approval.submit, "approve": approval.approve, "reject": approval.reject}

    @extend_schema(request=ReasonOrder, responses={200: RevisionRow})
    def post(self, request: Request, pk: int, verb: str) -> Response:
        """The revision after the move."""
        revision = get_object_or_404(_revisions(request), pk=pk)
        _done(lambda: self.verbs[verb](revision, actor=account(request.user), reason=_reason(request)))
        return Response(RevisionRow(revision).data)


def _sources(request: Request) -> QuerySet[Source]:
    revisions = Revision.objects.defer("text").select_related("source__site")
    sources = Source.objects.filter(site__in=sites_of(request.user)).select_related("site")
    return sources.prefetch_related("categories", Prefetch("revisions", revisions)).order_by("site", "slug")


def _revisions(request: Request) -> QuerySet[Revision]:
    revisions = Revision.objects.filter(source__site__in=sites_of(request.user))
    return revisions.select_related("source__site").prefetch_related("passages")


def _done(verb: Callable[[], Any]) -> Any:
    """What a verb returned; 409 for a move that is not possible now, 400 for a text that cannot be used."""
    try:
        return verb()
    except Refused as why:
        raise Conflict(str(why)) from why
    except ingest.Rejected as why:
        raise ValidationError({"detail": str(why)}) from why


def _reason(request: Request) -> str:
    order = ReasonOrder(data=request.data)
    order.is_valid(raise_exception=True)
    return str(order.validated_data["reason"])


routes = [
    path("categories/", CategoryList.as_view()),
    path("sources/", SourceList.as_view()),
    path("sources/<int:pk>/", SourceDetail.as_view()),
    path("sources/<int:pk>/revise/", Revise.as_view()),
    *(path(f"sources/<int:pk>/{verb}/", SourceVerb.as_view(), {"verb": verb}) for verb in SourceVerb.verbs),
    path("revisions/", RevisionList.as_view()),
    path("revisions/<int:pk>/", RevisionDetail.as_view()),
    *(path(f"revisions/<int:pk>/{verb}/", RevisionVerb.as_view(), {"verb": verb}) for verb in RevisionVerb.verbs),
]
