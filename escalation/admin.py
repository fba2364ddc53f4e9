"""The desk in the admin: the queue and the conversation page, and the archive of handoffs and drafts."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html

from escalation import closing_page, packet, views
from escalation.models import Draft, Handoff
from escalation.waiting import duration
from sites.admin import ReadOnlyAdmin
from sites.models import Role

READERS = (Role.AGENT, Role.RELEASE_OWNER, Role.AUDITOR)


@admin.register(Handoff)
class HandoffAdmin(ReadOnlyAdmin):
    """Every handoff there has been; the work itself is done on the desk."""

    list_display = (
        "customer",
        "reason_in_words",
        "state",
        "ending",
        "agent",
        "opened_at",
        "waited",
        "urgent",
    )
    list_filter = ("state", "ending", "reason", "urgent", ("site", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("conversation", "agent", "site")
    date_hierarchy = "opened_at"
    ordering = ("-opened_at",)
    roles = READERS

    def get_urls(self) -> list[URLPattern]:
        """The desk's own pages, before the archive's."""
        wrap = self.admin_site.admin_view
        own = [
            path("desk/", wrap(views.queue_page), name="desk"),
            path("desk/closing/", wrap(closing_page.page), name="desk_closing"),
            path("desk/<uuid:conversation_id>/", wrap(views.conversation_page), name="desk_conversation"),
            path("desk/<uuid:conversation_id>/<slug:verb>/", wrap(views.act), name="desk_act"),
        ]
        return own + super().get_urls()

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        """A handoff is looked at in its conversation."""
        handoff = self.get_object(request, object_id)
        if handoff is None:
            return super().change_view(request, object_id, *args, **kwargs)
        return HttpResponseRedirect(reverse("admin:desk_conversation", args=[handoff.conversation_id]))

    @admin.display(description="Customer")
    def customer(self, handoff: Handoff) -> str:
        """The customer by verified name."""
        return packet.customer_of(handoff.conversation)

    @admin.display(description="Why", ordering="reason")
    def reason_in_words(self, handoff: Handoff) -> str:
        """The reason as a sentence."""
        return packet.REASONS.get(handoff.reason, handoff.reason)

    @admin.display(description="Waited")
    def waited(self, handoff: Handoff) -> str:
        """From opening until a person came, or until the end."""
        end = handoff.claimed_at or handoff.closed_at
        return duration((end - handoff.opened_at).total_seconds()) if end else "still waiting"


@admin.register(Draft)
class DraftAdmin(ReadOnlyAdmin):
    """Every draft and what became of it; pending ones are decided on the desk."""

    site_path = "conversation__site"
    list_display = ("question", "state", "agent", "created_at", "decided_at", "reason")
    list_filter = ("state", ("conversation__site", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("turn__question", "agent")
    ordering = ("-created_at",)
    roles = READERS
    fields = ("question", "text", "state", "agent", "reason", "created_at", "decided_at", "where")
    readonly_fields = ("question", "where")

    @admin.display(description="Question")
    def question(self, draft: Draft) -> str:
        """What the customer asked."""
        return draft.turn.question.text[:120]

    @admin.display(description="Conversation")
    def where(self, draft: Draft) -> str:
        """A link to the conversation."""
        address = reverse("admin:desk_conversation", args=[draft.conversation_id])
        return format_html('<a href="{}">Open the conversation</a>', address)
