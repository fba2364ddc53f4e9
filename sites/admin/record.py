"""The record in the admin, to be read: the hash chain of a site, and the promised work of the installation."""

import json
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html

from sites.admin.scoped import ReadOnlyAdmin, superuser
from sites.models import LedgerEntry, OutboxItem, Role


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
        return superuser(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Superusers."""
        return superuser(request)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False
