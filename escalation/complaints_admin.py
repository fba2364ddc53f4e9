"""Complaints in the admin: a list of their own, and the page on which one is answered."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin import site as admin_site
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone

from conversations.record import IllegalMove
from escalation import complaints, packet
from escalation.customers import Complaint
from escalation.moves import address_of
from escalation.waiting import duration
from sites import ledger, reporting
from sites.admin import ReadOnlyAdmin
from sites.models import Role
from sites.roles import roles_of

LONGEST = 8_000


@admin.register(Complaint)
class ComplaintAdmin(ReadOnlyAdmin):
    """Every complaint, open ones first to be found; each page answers one."""

    list_display = ("begins", "state", "customer", "opened_at", "took", "answered_by", "site")
    list_filter = ("state", ("site", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("conversation", "answered_by", "site")
    date_hierarchy = "opened_at"
    ordering = ("-opened_at",)
    roles = (Role.AGENT, Role.RELEASE_OWNER, Role.AUDITOR)

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        """One complaint with its answer or the form for it; reading it is an entry in the ledger."""
        complaint = self.get_object(request, object_id)
        if complaint is None or not self.has_view_permission(request, complaint):
            return super().change_view(request, object_id, *args, **kwargs)
        assert isinstance(request.user, User)
        if request.method == "POST":
            _answer(request, request.user, complaint)
            return HttpResponseRedirect(request.path)
        person = request.user.get_username()
        ledger.note(complaint.site_id, "read", actor=person, conversation=str(complaint.conversation_id))
        return render(request, "escalation/complaint.html", _context(request, request.user, complaint))

    @admin.display(description="Complaint")
    def begins(self, complaint: Complaint) -> str:
        """Its first words."""
        return complaint.text if len(complaint.text) <= 80 else f"{complaint.text[:80]}…"

    @admin.display(description="Customer")
    def customer(self, complaint: Complaint) -> str:
        """The customer by verified name."""
        return packet.customer_of(complaint.conversation)

    @admin.display(description="Took")
    def took(self, complaint: Complaint) -> str:
        """From the complaint to its answer, or until now."""
        end = complaint.answered_at or timezone.now()
        length = duration((end - complaint.opened_at).total_seconds())
        return length if complaint.answered_at else f"open for {length}"


def _answer(request: HttpRequest, user: User, complaint: Complaint) -> None:
    text, elsewhere = request.POST.get("text", "").replace("\x00", ""), bool(request.POST.get("elsewhere"))
    try:
        if len(text) > LONGEST:
            raise IllegalMove(f"That is too long; {LONGEST:,} characters are the limit.")
        complaints.answer(complaint, actor=user, text=text, elsewhere=elsewhere)
        messages.success(request, "Kept as answered." if elsewhere else "Answered. The customer can read it.")
    except (IllegalMove, PermissionDenied) as refusal:
        messages.error(request, str(refusal))


def _context(request: HttpRequest, user: User, complaint: Complaint) -> dict[str, Any]:
    conversation = complaint.conversation
    event = conversation.events.filter(kind="complaint", body__complaint=complaint.pk).first()
    return {
        **admin_site.each_context(request),
        "title": "Complaint",
        "complaint": complaint,
        "customer": packet.customer_of(conversation),
        "address": address_of(conversation),
        "verified": bool(conversation.identity.get("email")),
        "report": reporting.address(user, complaint.site, "complaint", event.pk) if event else "",
        "may_answer": not roles_of(user, complaint.site_id).isdisjoint({Role.AGENT, Role.ADMIN}),
    }
