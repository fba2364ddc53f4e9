"""Sites, people, ledger and outbox in the admin; and the rule that keeps lists inside a person's sites."""

import json
from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import ForeignKey, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from sites import hours, patience
from sites.models import LedgerEntry, Membership, OutboxItem, Role, Site
from sites.roles import admit, require, sites_of


class SiteScopedAdmin(admin.ModelAdmin):
    """An admin page whose rows belong to sites: people see and pick only those of sites they have a role on.

    `site_path` is the lookup from the row to its site. `roles` narrows who sees rows; none means any role.
    """

    site_path = "site"
    roles: tuple[Role, ...] = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """The rows of the person's sites."""
        sites = sites_of(request.user, *self.roles)
        return super().get_queryset(request).filter(**{f"{self.site_path}__in": sites})

    def formfield_for_foreignkey(self, db_field: "ForeignKey[Any, Any]", request: HttpRequest, **kwargs: Any) -> Any:
        """A site is picked from the person's own."""
        if db_field.related_model is Site:
            kwargs["queryset"] = sites_of(request.user, *self.roles)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


class ReadOnlyAdmin(SiteScopedAdmin):
    """Rows that are looked at, never written, here."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False


class SiteForm(forms.ModelForm):
    """Refuses hours, time zones and patience that cannot be read, where they are typed."""

    def clean_timezone(self) -> str:
        """A time zone that exists."""
        name = str(self.cleaned_data["timezone"])
        _readable(hours.zone, name)
        return name

    def clean_hours(self) -> Any:
        """Hours that can be read."""
        given = self.cleaned_data["hours"] or {}
        _readable(hours.parse, given)
        return given

    def clean_patience(self) -> Any:
        """Minutes and addresses that can be read."""
        given = self.cleaned_data["patience"] or {}
        _readable(patience.parse, given)
        return given


class MembershipForm(forms.ModelForm):
    """A role given by user name: whoever gives one need not be shown everybody's names."""

    user = forms.CharField(label="User name", max_length=150)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["user"] = self.instance.user.get_username()

    def clean_user(self) -> User:
        """The person of that name."""
        person = User.objects.filter(username=self.cleaned_data["user"], is_active=True).first()
        if person is None:
            raise ValidationError("There is no active account of this name.")
        return person


class MembershipInline(admin.TabularInline):
    """Who has which role on the site."""

    model = Membership
    form = MembershipForm
    fields = ("user", "role")
    extra = 0


RELEASED = "Of the candidate, as is the contact above: customers read the live release's words until another goes live."


@admin.register(Site)
class SiteAdmin(SiteScopedAdmin):
    """A site's own page: who it is, when people are there, who may do what."""

    form = SiteForm
    site_path = "pk"
    list_display = ("name", "slug", "timezone", "desk", "people")
    search_fields = ("name", "slug")
    inlines = (MembershipInline,)
    fieldsets = (
        (None, {"fields": ("name", "slug", "locale", "origins")}),
        ("When people are there", {"fields": ("closed_now", "timezone", "hours", "contact", "patience")}),
        ("What is said", {"fields": ("disclosure", "crisis", "wording"), "description": RELEASED}),
        ("Who answers for what", {"fields": ("owners",)}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Site]:
        """The person's sites."""
        return sites_of(request.user, *self.roles).order_by("name")

    def get_readonly_fields(self, request: HttpRequest, obj: Site | None = None) -> tuple[str, ...]:
        """A slug is in addresses and bundles: it stays. The desk is closed with a reason, on a page of its own."""
        return ("slug", "closed_now") if obj else ("closed_now",)

    def save_model(self, request: HttpRequest, obj: Site, form: Any, change: bool) -> None:
        """Only administrators of the site change it."""
        if not change:
            super().save_model(request, obj, form, change)
            return
        require(request.user, obj, Role.ADMIN)
        held = {field.name for field in obj._meta.concrete_fields}
        obj.save(update_fields=held.intersection(form.changed_data))  # never what a release moves meanwhile

    def has_change_permission(self, request: HttpRequest, obj: Site | None = None) -> bool:
        """Administrators of this very site."""
        return super().has_change_permission(request, obj) and _administers(request, obj)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """People who were given a role are let into the admin with it."""
        super().save_formset(request, form, formset, change)
        for membership in Membership.objects.filter(site=form.instance).select_related("user"):
            admit(membership.user)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Superusers: a new site belongs to nobody yet."""
        return _superuser(request)

    def has_delete_permission(self, request: HttpRequest, obj: Site | None = None) -> bool:
        """Superusers."""
        return _superuser(request)

    @admin.display(description="Closed by hand")
    def closed_now(self, site: Site) -> str:
        """Whether and why, and where that is changed."""
        said = site.closed_because or ("yes" if site.desk_closed else "no")
        return format_html('{} · <a href="{}">Open and close the desk</a>', said, reverse("admin:desk_closing"))

    @admin.display(description="Desk")
    def desk(self, site: Site) -> str:
        """Whether people are there now."""
        now = hours.availability(site)
        if now.open:
            return f"open until {now.until:%a %H:%M}" if now.until else "open"
        return f"closed until {now.next:%a %H:%M}" if now.next else "closed"

    @admin.display(description="People")
    def people(self, site: Site) -> int:
        """How many people have a role here."""
        return site.memberships.values("user").distinct().count()


@admin.register(Membership)
class MembershipAdmin(SiteScopedAdmin):
    """Roles across the person's sites; only an administrator of the site gives or takes them."""

    list_display = ("user", "site", "role", "limited")
    list_filter = (("site", admin.RelatedOnlyFieldListFilter), "role")
    fields = ("user", "site", "role")
    roles = (Role.ADMIN, Role.AUDITOR)
    form = MembershipForm

    @admin.display(description="Limited to")
    def limited(self, membership: Membership) -> str:
        """The categories of a content owner who has not all; they are chosen under Content owners."""
        return ", ".join(membership.categories)

    def save_model(self, request: HttpRequest, obj: Membership, form: Any, change: bool) -> None:
        """Only administrators of the site; the person is let into the admin with it."""
        require(request.user, obj.site, Role.ADMIN)
        super().save_model(request, obj, form, change)
        admit(obj.user)

    def has_change_permission(self, request: HttpRequest, obj: Membership | None = None) -> bool:
        """Administrators of the membership's site."""
        return super().has_change_permission(request, obj) and _administers(request, obj.site if obj else None)

    def has_delete_permission(self, request: HttpRequest, obj: Membership | None = None) -> bool:
        """Administrators of the membership's site."""
        return super().has_delete_permission(request, obj) and _administers(request, obj.site if obj else None)


@admin.register(LedgerEntry)
class LedgerAdmin(ReadOnlyAdmin):
    """The hash chain, to be read."""

    list_display = ("number", "site", "kind", "when", "who", "short")
    list_display_links = ("number",)
    list_filter = (("site", admin.RelatedOnlyFieldListFilter), "kind")
    fields = ("site", "number", "kind", "facts", "previous", "digest")
    readonly_fields = ("facts",)
    ordering = ("-number",)
    show_full_result_count = False
    roles = (Role.AUDITOR, Role.RELEASE_OWNER)

    @admin.display(description="Facts")
    def facts(self, entry: LedgerEntry) -> str:
        """The entry's body, indented."""
        return format_html("<pre>{}</pre>", json.dumps(json.loads(entry.body), indent=2, ensure_ascii=False))

    @admin.display(description="When")
    def when(self, entry: LedgerEntry) -> str:
        """The moment in the body."""
        return str(json.loads(entry.body).get("at", ""))[:19].replace("T", " ")

    @admin.display(description="Who")
    def who(self, entry: LedgerEntry) -> str:
        """The actor in the body."""
        return str(json.loads(entry.body).get("actor", ""))

    @admin.display(description="Digest")
    def short(self, entry: LedgerEntry) -> str:
        """The beginning of the digest."""
        return f"{entry.digest[:12]}…"


@admin.register(OutboxItem)
class OutboxAdmin(admin.ModelAdmin):
    """Promised work of the whole installation: no site owns it, so only superusers see it."""

    list_display = ("kind", "state", "due_at", "attempts", "bulk", "error")
    list_filter = ("state", "kind", "bulk")
    ordering = ("-id",)
    show_full_result_count = False

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Superusers."""
        return _superuser(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Superusers."""
        return _superuser(request)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False


def _administers(request: HttpRequest, site: Site | None) -> bool:
    if site is None:
        return sites_of(request.user, Role.ADMIN).exists()
    try:
        require(request.user, site, Role.ADMIN)
    except PermissionDenied:
        return False
    return True


def _superuser(request: HttpRequest) -> bool:
    return bool(request.user.is_active and getattr(request.user, "is_superuser", False))


def _readable(read: Callable[[Any], object], value: object) -> None:
    try:
        read(value)
    except (hours.HoursError, patience.PatienceError) as error:
        raise ValidationError(str(error)) from error


import sites.alerts_admin  # noqa: E402  and what alarms
import sites.endpoints_admin  # noqa: E402, F401  registers what stands outside
