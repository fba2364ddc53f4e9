"""Alerts in the admin: what is up or was, to be read; from where on, to be set by whoever runs the site."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from sites.admin.scoped import ReadOnlyAdmin, SiteScopedAdmin
from sites.choices import on_record
from sites.models.thresholds import Alert, Thresholds

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
        """The chain says who set what, and what it was."""
        before = on_record.values(Thresholds.objects.filter(pk=obj.pk).first(), BARS)
        super().save_model(request, obj, form, change)
        self._note(request, obj, before, on_record.values(obj, BARS))

    def delete_model(self, request: HttpRequest, obj: Thresholds) -> None:
        """Back to the defaults."""
        self._note(request, obj, on_record.values(obj, BARS), {})
        super().delete_model(request, obj)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """One by one: what is taken away in bulk would pass the chain by."""
        return {}

    def _note(self, request: HttpRequest, obj: Thresholds, before: dict[str, Any], after: dict[str, Any]) -> None:
        on_record.note(obj.site_id, "alert.thresholds", before, after, actor=request.user.get_username())
