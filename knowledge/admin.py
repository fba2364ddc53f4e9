"""What may be said, in the admin: categories with their examples, sources, revisions, gaps and the index.

Text is never edited here, only written anew; sources are withdrawn, categories retired, never deleted.
"""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery, Sum
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils import timezone

from knowledge import gaps, remit, shelves, views
from knowledge.forms import RemitForm
from knowledge.models import Category, Example, Gap, Remit, Revision, Shelf, Source
from sites import ledger
from sites.admin import ReadOnlyAdmin, SiteScopedAdmin
from sites.models import Role
from sites.roles import NotAllowed, require, roles_of, sites_of

READERS = (Role.CONTENT_OWNER, Role.RELEASE_OWNER, Role.AUDITOR)
OWN_SITES = ("site", admin.RelatedOnlyFieldListFilter)  # a filter must not name other people's sites either
OWN_CATEGORIES = ("category", admin.RelatedOnlyFieldListFilter)
ENOUGH = 10  # examples below which a category is not exposed


class KnowledgeAdmin(SiteScopedAdmin):
    """Rows that content owners write and nobody deletes."""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody: what was said must stay explicable."""
        return False


# ── Categories and their examples ─────────────────────────────────────────────────────────────────────────────


class ExampleFormSet(forms.BaseInlineFormSet):
    """Examples of one kind, written for the category's site."""

    counter = False

    def save_new(self, form: Any, commit: bool = True) -> Any:
        """A new example takes its site and kind from where it is written."""
        form.instance.site, form.instance.counter = self.instance.site, self.counter
        return super().save_new(form, commit)


class CounterexampleFormSet(ExampleFormSet):
    """Messages that must not be accepted as this category."""

    counter = True


class ExampleInline(admin.TabularInline):
    """Messages that belong to the category."""

    model = Example
    formset = ExampleFormSet
    fields = ("text",)
    extra = 3
    verbose_name, verbose_name_plural = "example", "examples: what customers write when they mean this"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Only this kind."""
        return super().get_queryset(request).filter(counter=self.formset.counter)

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        """One line for each message."""
        kwargs["widgets"] = {"text": forms.TextInput(attrs={"class": "vLargeTextField"})}
        return super().get_formset(request, obj, **kwargs)


class CounterexampleInline(ExampleInline):
    """Messages near the category that must not be accepted as it."""

    formset = CounterexampleFormSet
    verbose_name, verbose_name_plural = "counterexample", "counterexamples: near it, but not it"


@admin.register(Category)
class CategoryAdmin(KnowledgeAdmin):
    """The allowlist. A change is part of the next release."""

    list_display = ("title", "site", "risk", "route", "asked_level", "examples_held", "articles", "owner", "gone")
    list_filter = (OWN_SITES, "retired", "risk", "route")
    list_select_related = ("site",)
    search_fields = ("slug", "title", "description")
    ordering = ("site", "position", "slug")
    inlines = (ExampleInline, CounterexampleInline)
    fieldsets = (
        (None, {"fields": ("site", "slug", "title", "description", "owner")}),
        ("How it is answered", {"fields": ("risk", "route", "mode", "tool", "asked_level", "position", "retired")}),
    )

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Who answers for the category; others of its site read it."""
        if obj is not None and not remit.covers(views.staff(request), obj.site_id, [obj.slug]):
            return False
        return super().has_change_permission(request, obj)

    def add_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Who answers for a whole site; others are told so before they write."""
        _require_a_whole_site(request)
        return super().add_view(request, *args, **kwargs)

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        """Who may only read it is told why."""
        if (obj := kwargs.get("obj")) and (why := remit.sentence(views.staff(request), obj.site_id, [obj.slug])):
            messages.info(request, f"You can read this. {why}")
        return super().render_change_form(request, context, *args, **kwargs)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """A category keeps its site and its name."""
        return ("site", "slug") if obj else ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """With the counts the list shows."""
        counts = {
            "held": Count("examples", filter=Q(examples__counter=False), distinct=True),
            "against": Count("examples", filter=Q(examples__counter=True), distinct=True),
            "sources_held": Count("sources", filter=Q(sources__withdrawn_at=None), distinct=True),
        }
        rows: QuerySet[Any] = super().get_queryset(request).annotate(**counts)
        return rows

    def save_model(self, request: HttpRequest, obj: Category, form: Any, change: bool) -> None:
        """Content owners write categories; each writing is a link of the chain, held before any row."""
        require(request.user, obj.site, Role.CONTENT_OWNER)
        if change:
            remit.require(views.staff(request), obj.site_id, [obj.slug])
        else:
            remit.require_whole(views.staff(request), obj.site_id)
        facts = {"actor": request.user.get_username(), "category": obj.slug, "changed": form.changed_data}
        ledger.append(obj.site_id, "category_written", facts)
        super().save_model(request, obj, form, change)
        if "retired" in form.changed_data:
            shelves.touch(obj.site_id, [obj.pk])

    @admin.display(description="Examples", ordering="held")
    def examples_held(self, category: Any) -> str:
        """How many, and what is missing."""
        lack = "" if category.held >= ENOUGH else f" (needs {ENOUGH})"
        return f"{category.held}{lack}, {category.against} counter"

    @admin.display(description="Retired", ordering="retired")
    def gone(self, category: Any) -> str:
        """In words: a mark for “no” looks like an alarm."""
        return "yes" if category.retired else "no"

    @admin.display(description="Articles", ordering="sources_held")
    def articles(self, category: Any) -> int:
        """Sources not withdrawn."""
        return int(category.sources_held)


@admin.register(Example)
class SiteCounterexampleAdmin(SiteScopedAdmin):
    """Counterexamples for a whole site: never in scope. Those of a category are on its own page."""

    list_display = ("text", "site")
    list_filter = (OWN_SITES,)
    search_fields = ("text",)
    fields = ("site", "text")

    def add_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Who answers for a whole site; others are told so before they write."""
        _require_a_whole_site(request)
        return super().add_view(request, *args, **kwargs)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Who answers for all of its site; others read it."""
        return super().has_change_permission(request, obj) and _whole(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """The same."""
        return super().has_delete_permission(request, obj) and _whole(request, obj)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Only those that belong to no category."""
        return super().get_queryset(request).filter(category=None)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Under its own name."""
        return super().changelist_view(request, {"title": "Counterexamples for a whole site"})

    def save_model(self, request: HttpRequest, obj: Example, form: Any, change: bool) -> None:
        """Content owners write them; each writing is a link of the chain."""
        require(request.user, obj.site, Role.CONTENT_OWNER)
        remit.require_whole(views.staff(request), obj.site_id)
        ledger.append(obj.site_id, "counterexample_written", {"actor": request.user.get_username(), "text": obj.text})
        obj.counter = True
        super().save_model(request, obj, form, change)

    def delete_model(self, request: HttpRequest, obj: Example) -> None:
        """Gone, but not without a link of the chain."""
        require(request.user, obj.site, Role.CONTENT_OWNER)
        remit.require_whole(views.staff(request), obj.site_id)
        facts = {"actor": request.user.get_username(), "text": obj.text}
        with transaction.atomic():
            ledger.append(obj.site_id, "counterexample_removed", facts)
            super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """One by one, each recorded."""
        for example in queryset.order_by("site"):
            self.delete_model(request, example)


def _whole(request: HttpRequest, example: Example | None) -> bool:
    return example is None or remit.whole(views.staff(request), example.site_id)


def _require_a_whole_site(request: HttpRequest) -> None:
    """Raise NotAllowed for a content owner who is limited on each of her sites."""
    user = views.staff(request)
    held = list(sites_of(user, Role.CONTENT_OWNER).values_list("pk", flat=True))
    if held and not any(remit.whole(user, site_id) for site_id in held):
        remit.require_whole(user, held[0])


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
        return views.source(request, int(object_id))

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
        return views.revision(request, int(object_id))

    @admin.display(description="Warnings")
    def warned(self, revision: Revision) -> str:
        """How many."""
        return str(len(revision.warnings) or "")


# ── What is missing, and the index ────────────────────────────────────────────────────────────────────────────


@admin.register(Gap)
class GapAdmin(ReadOnlyAdmin):
    """Questions that could not be answered."""

    roles = READERS
    list_display = ("text", "category", "reason", "site", "asked_at", "handled_at", "handled_by", "handled_as")
    fields = (
        "site",
        "category",
        "text",
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
        remit.limit(obj, given["categories"], actor=views.staff(request), reason=given["reason"])

    @admin.display(description="Answers for")
    def answers_for(self, membership: Remit) -> str:
        """By slug."""
        return ", ".join(membership.categories) or "all categories"
