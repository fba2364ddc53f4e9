"""What is in scope, in the admin: categories with their examples and counterexamples, and those of the whole site.

A category is retired, never deleted; what is written here is the candidate's until a release takes it live.
"""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse

from knowledge.editing import ownership
from knowledge.index import sync
from knowledge.models import Category, Example
from knowledge.web import views
from sites.access.roles import require, sites_of
from sites.admin.scoped import NamedRows, SiteScopedAdmin, SiteScopedInline
from sites.choices import on_record
from sites.core import ledger
from sites.models import Role

READERS = (Role.CONTENT_OWNER, Role.RELEASE_OWNER, Role.AUDITOR)
OWN_SITES = ("site", admin.RelatedOnlyFieldListFilter)  # a filter must not name other people's sites either
OWN_CATEGORIES = ("category", admin.RelatedOnlyFieldListFilter)
ENOUGH = 10  # examples below which a category is not exposed


class KnowledgeAdmin(SiteScopedAdmin):
    """Rows that content owners write and nobody deletes."""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody: what was said must stay explicable."""
        return False


class ExampleFormSet(NamedRows):
    """Examples of one kind, written for the category's site."""

    counter = False

    def save_new(self, form: Any, commit: bool = True) -> Any:
        """A new example takes its site and kind from where it is written."""
        form.instance.site, form.instance.counter = self.instance.site, self.counter
        return super().save_new(form, commit)


class CounterexampleFormSet(ExampleFormSet):
    """Messages that must not be accepted as this category."""

    counter = True


class ExampleInline(SiteScopedInline):
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
        if obj is not None and not ownership.covers(views.staff(request), obj.site_id, [obj.slug]):
            return False
        return super().has_change_permission(request, obj)

    def add_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Who answers for a whole site; others are told so before they write."""
        _require_a_whole_site(request)
        return super().add_view(request, *args, **kwargs)

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        """Who may only read it is told why."""
        if (obj := kwargs.get("obj")) and (why := ownership.sentence(views.staff(request), obj.site_id, [obj.slug])):
            messages.info(request, f"You can read this. {why}")
        return super().render_change_form(request, context, *args, **kwargs)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """A category keeps its name."""
        return (*super().get_readonly_fields(request, obj), "slug") if obj else ()

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
        if change:
            ownership.require(views.staff(request), obj.site_id, [obj.slug])
        else:
            ownership.require_whole(views.staff(request), obj.site_id)
        was = Category.objects.filter(pk=obj.pk).first()
        facts = {"actor": request.user.get_username(), "category": obj.slug, "changed": form.changed_data}
        sides = {"before": on_record.values(was, form.changed_data), "after": on_record.values(obj, form.changed_data)}
        ledger.append(obj.site_id, "category_written", facts | sides if change else facts)
        super().save_model(request, obj, form, change)
        if "retired" in form.changed_data:
            sync.touch(obj.site_id, [obj.pk])

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
        """Content owners write them; the chain keeps each writing, by digest only."""
        ownership.require_whole(views.staff(request), obj.site_id)
        facts = {"actor": request.user.get_username(), "digest": ledger.digest(obj.text)}
        ledger.append(obj.site_id, "counterexample_written", facts)
        obj.counter = True
        super().save_model(request, obj, form, change)

    def delete_model(self, request: HttpRequest, obj: Example) -> None:
        """Gone, but not without a link of the chain."""
        require(request.user, obj.site, Role.CONTENT_OWNER)
        ownership.require_whole(views.staff(request), obj.site_id)
        facts = {"actor": request.user.get_username(), "digest": ledger.digest(obj.text)}
        with transaction.atomic():
            ledger.append(obj.site_id, "counterexample_removed", facts)
            super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """One by one, each recorded."""
        for example in queryset.order_by("site"):
            self.delete_model(request, example)


def _whole(request: HttpRequest, example: Example | None) -> bool:
    return example is None or ownership.whole(views.staff(request), example.site_id)


def _require_a_whole_site(request: HttpRequest) -> None:
    """Raise NotAllowed for a content owner who is limited on each of her sites."""
    user = views.staff(request)
    held = list(sites_of(user, Role.CONTENT_OWNER).values_list("pk", flat=True))
    if held and not any(ownership.whole(user, site_id) for site_id in held):
        ownership.require_whole(user, held[0])
