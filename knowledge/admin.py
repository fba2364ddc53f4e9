"""What may be said, in the admin: sources, revisions, gaps, the index, and who answers for which categories.

Text is never edited here, only written anew; sources are withdrawn, never deleted. Categories: `category_admin`.
"""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery, Sum
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils import timezone

from knowledge.editing import ownership
from knowledge.editing.forms import RemitForm
from knowledge.insights import gaps
from knowledge.models import Gap, Remit, Revision, Shelf, Source
from knowledge.web import views
from knowledge.web.category_admin import OWN_CATEGORIES, OWN_SITES, READERS, KnowledgeAdmin
from sites.access.roles import NotAllowed, roles_of
from sites.admin.scoped import ReadOnlyAdmin, key_of
from sites.models import Role

# ── Sources and revisions ─────────────────────────────────────────────────────────────────────────────────────


class StateFilter(admin.SimpleListFilter):
    """By the derived state of a source."""

    title, parameter_name = "state", "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """In the order of urgency."""
        return [(word, word) for word in ("withdrawn", "expired", "review due", "draft", "live")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The same rule as Source.state, as a query."""
        today = timezone.localdate()
        withdrawn, expired = Q(withdrawn_at__isnull=False), Q(expires__lte=today)
        states = {
            "withdrawn": withdrawn,
            "expired": ~withdrawn & expired,
            "draft": ~withdrawn & ~expired & Q(is_live=False),
            "review due": ~withdrawn & ~expired & Q(is_live=True, review_by__lte=today),
            "live": ~withdrawn & ~expired & Q(is_live=True) & ~Q(review_by__lte=today),
        }
        chosen = states.get(self.value() or "")
        return queryset.filter(chosen) if chosen else queryset


@admin.register(Source)
class SourceAdmin(KnowledgeAdmin):
    """What content owners answer for."""

    list_display = ("title", "state", "subjects", "audience", "cited", "owner", "review_by", "expires", "slug", "site")
    list_filter = (StateFilter, OWN_SITES, ("categories", admin.RelatedOnlyFieldListFilter), "audience")
    list_select_related = ("site",)
    search_fields = ("slug", "revisions__title", "owner", "url")
    ordering = ("site", "slug")
    show_full_result_count = False

    def get_urls(self) -> list[URLPattern]:
        """The pages of this room, before Django's."""
        wrap = self.admin_site.admin_view
        return [
            path("health/", wrap(views.site_health), name="knowledge_source_health"),
            path("health/<int:site_id>/dismiss/", wrap(views.dismiss), name="knowledge_health_dismiss"),
            path("health/<int:pk>/bring-back/", wrap(views.bring_back), name="knowledge_health_bring_back"),
            path("<int:pk>/revise/", wrap(views.new_revision), name="knowledge_source_revise"),
            path("<int:pk>/restore/", wrap(views.restoring), name="knowledge_source_restore"),
            path("<int:pk>/<slug:verb>/act/", wrap(views.source_act), name="knowledge_source_act"),
            *super().get_urls(),
        ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """With what the list shows."""
        newest = Revision.objects.filter(source=OuterRef("pk")).order_by("-number")
        live = Revision.objects.filter(source=OuterRef("pk"), live=True)
        rows: QuerySet[Any] = (
            super()
            .get_queryset(request)
            .annotate(newest_title=Subquery(newest.values("title")[:1]), is_live=Exists(live))
            .annotate(times_cited=Sum("usage__cited"))
            .prefetch_related("categories")
        )
        return rows

    def add_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The editor."""
        return views.new_source(request)

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        """One source."""
        return views.source(request, key_of(object_id))

    @admin.display(description="Title")
    def title(self, source: Any) -> str:
        """Of its newest revision."""
        return str(source.newest_title or source.slug)

    @admin.display(description="Categories")
    def subjects(self, source: Source) -> str:
        """By title."""
        return ", ".join(category.title for category in source.categories.all())

    @admin.display(description="State")
    def state(self, source: Any) -> str:
        """Derived, from what the list has read already."""
        today = timezone.localdate()
        if source.withdrawn_at:
            return "withdrawn"
        if source.expires and source.expires <= today:
            return "expired"
        if not source.is_live:
            return "draft"
        return "review due" if source.review_by and source.review_by <= today else "live"

    @admin.display(description="Cited", ordering="times_cited")
    def cited(self, source: Any) -> int:
        """How often an answer quoted it."""
        return int(source.times_cited or 0)


@admin.register(Revision)
class RevisionAdmin(ReadOnlyAdmin):
    """Exact texts and their approval. They are written on the page of their source."""

    site_path = "source__site"
    list_display = ("__str__", "title", "state", "live", "author", "approver", "created_at", "warned")
    list_filter = ("state", "live", ("source__site", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("source",)
    search_fields = ("source__slug", "title", "author")
    ordering = ("-created_at", "-pk")
    show_full_result_count = False

    def get_urls(self) -> list[URLPattern]:
        """The verbs."""
        wrap = self.admin_site.admin_view
        return [
            path("<int:pk>/progress/", wrap(views.revision_progress), name="knowledge_revision_progress"),
            path("<int:pk>/<slug:verb>/act/", wrap(views.revision_act), name="knowledge_revision_act"),
            *super().get_urls(),
        ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """A list needs no texts."""
        return super().get_queryset(request).defer("text")

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        """One revision."""
        return views.revision(request, key_of(object_id))

    @admin.display(description="Warnings")
    def warned(self, revision: Revision) -> str:
        """How many."""
        return str(len(revision.warnings) or "")


# ── What is missing, and the index ────────────────────────────────────────────────────────────────────────────


@admin.register(Gap)
class GapAdmin(ReadOnlyAdmin):
    """Questions that could not be answered."""

    roles = READERS
    list_display = ("told", "category", "reason", "site", "asked_at", "handled_at", "handled_by", "handled_as")
    fields = (
        "site",
        "category",
        "told",
        "reason",
        "asked_at",
        "handled_at",
        "handled_by",
        "handled_as",
        "handled_note",
    )
    list_filter = (("handled_at", admin.EmptyFieldListFilter), "reason", OWN_CATEGORIES, OWN_SITES)
    list_select_related = ("category", "site")
    search_fields = ("text",)
    date_hierarchy = "asked_at"
    actions = ("mark_handled",)

    @admin.display(description="Question", ordering="text")
    def told(self, gap: Gap) -> str:
        """As the site's data policy has it in lists."""
        return gap.told

    @admin.action(description="Mark as handled", permissions=["handle"])
    def mark_handled(self, request: HttpRequest, queryset: QuerySet[Gap]) -> None:
        """One call for all of them."""
        try:
            done = gaps.handle(queryset, actor=views.staff(request))
        except NotAllowed as why:
            self.message_user(request, str(why), messages.ERROR)
        else:
            self.message_user(request, f"{done} marked as handled.")

    def has_handle_permission(self, request: HttpRequest) -> bool:
        """Content owners."""
        return request.user.has_perm("knowledge.change_gap")


@admin.register(Shelf)
class ShelfAdmin(ReadOnlyAdmin):
    """What the search index holds; while a shelf is being built, the exact search answers."""

    list_display = ("category", "audience", "site", "passages", "whole", "built_at")
    list_filter = (OWN_SITES, "audience")
    list_select_related = ("category", "site")
    fields = ("site", "category", "audience", "model", "passages", "wanted", "built", "built_at")

    @admin.display(description="Built", boolean=True)
    def whole(self, shelf: Shelf) -> bool:
        """Whether it holds what it should."""
        return bool(shelf.wanted) and shelf.wanted == shelf.built


# ── Who answers for what ──────────────────────────────────────────────────────────────────────────────────────


@admin.register(Remit)
class RemitAdmin(ReadOnlyAdmin):
    """Content owners, and the categories an administrator of their site limits them to."""

    roles = READERS
    form = RemitForm
    list_display = ("user", "site", "answers_for")
    list_filter = (OWN_SITES,)
    list_select_related = ("user", "site")
    search_fields = ("user__username",)
    fields = ("user", "site", "categories", "reason")
    readonly_fields = ("user", "site")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Content owners alone."""
        return super().get_queryset(request).filter(role=Role.CONTENT_OWNER)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Administrators of the very site."""
        return obj is not None and Role.ADMIN in roles_of(request.user, obj.site_id)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Who only looks sees what is, not what could be chosen."""
        return self.fields if self.has_change_permission(request, obj) else ("user", "site", "answers_for")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """The person and the site are given where roles are."""
        return (*self.readonly_fields, "answers_for")

    def save_model(self, request: HttpRequest, obj: Remit, form: Any, change: bool) -> None:
        """One call."""
        given = form.cleaned_data
        ownership.limit(obj, given["categories"], actor=views.staff(request), reason=given["reason"])

    @admin.display(description="Answers for")
    def answers_for(self, membership: Remit) -> str:
        """By slug."""
        return ", ".join(membership.categories) or "all categories"
