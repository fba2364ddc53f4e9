"""Alerts in the admin: what is up or was, to be read; from where on, to be set by whoever runs the site."""

from typing import Any

from django.contrib import admin
from django.db.models import ForeignKey
from django.http import HttpRequest

from sites import ledger
from sites.admin import ReadOnlyAdmin, SiteScopedAdmin
from sites.models import Role, Site
from sites.roles import require, roles_of, sites_of
from sites.thresholds import Alert, Thresholds

BARS = ("errors", "declined_rise", "late", "injections", "outbox_minutes")


@admin.register(Alert)
class AlertAdmin(ReadOnlyAdmin):
    """Every alert, those that are up first."""

    list_display = ("title", "firing", "text", "since", "cleared_at", "site")
    list_filter = ("firing", "rule", ("site", admin.RelatedOnlyFieldListFilter))


@admin.register(Thresholds)
class ThresholdsAdmin(SiteScopedAdmin):
    """A row a site; without one the defaults count. Taking the row away is going back to them."""

    list_display = ("site", *BARS)

    def save_model(self, request: HttpRequest, obj: Thresholds, form: Any, change: bool) -> None:
        """Only administrators of the site, and the chain says who set what."""
        require(request.user, obj.site, Role.ADMIN)
        super().save_model(request, obj, form, change)
        self._note(request, obj, {bar: getattr(obj, bar) for bar in BARS})

    def delete_model(self, request: HttpRequest, obj: Thresholds) -> None:
        """Back to the defaults."""
        require(request.user, obj.site, Role.ADMIN)
        super().delete_model(request, obj)
        self._note(request, obj, {})

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """One by one: what is taken away in bulk would pass the chain by."""
        return {}

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Administrators."""
        return sites_of(request.user, Role.ADMIN).exists()

    def has_change_permission(self, request: HttpRequest, obj: Thresholds | None = None) -> bool:
        """Administrators of this very site."""
        if obj is None:
            return self.has_add_permission(request)
        return Role.ADMIN in roles_of(request.user, obj.site_id)

    def has_delete_permission(self, request: HttpRequest, obj: Thresholds | None = None) -> bool:
        """Whoever may change it."""
        return self.has_change_permission(request, obj)

    def formfield_for_foreignkey(self, db_field: "ForeignKey[Any, Any]", request: HttpRequest, **kwargs: Any) -> Any:
        """A site is picked from those the person runs."""
        if db_field.related_model is Site:
            kwargs["queryset"] = sites_of(request.user, Role.ADMIN)
            return admin.ModelAdmin.formfield_for_foreignkey(self, db_field, request, **kwargs)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def _note(self, request: HttpRequest, obj: Thresholds, bars: dict[str, Any]) -> None:
        ledger.note(obj.site_id, "alert.thresholds", actor=request.user.get_username(), bars=bars)
