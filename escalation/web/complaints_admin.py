"""Complaints and other notices in the admin: a list of their own, and the page on which one is answered."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin import site as admin_site
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone

from conversations.record import IllegalMove
from escalation.core.moves import address_of
from escalation.desk import complaints
from escalation.models.customers import Complaint
from escalation.packet import packet
from escalation.queue.waiting import duration
from sites.access import reporting
from sites.access.roles import account, roles_of
from sites.admin.scoped import ReadOnlyAdmin
from sites.core import ledger
from sites.models import Role

LONGEST = 8_000


@admin.register(Complaint)
class ComplaintAdmin(ReadOnlyAdmin):
    """Every complaint and notice, each with its kind and the date it was received; each page answers one."""

    list_display = ("begins", "kind", "state", "customer", "received", "took", "answered_by", "site")
    list_filter = ("kind", "state", ("site", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("conversation", "answered_by", "site")
    date_hierarchy = "opened_at"
    ordering = ("-opened_at",)
    roles = (Role.AGENT, Role.RELEASE_OWNER, Role.AUDITOR)

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        """One complaint with its answer or the form for it; reading it is an entry in the ledger."""
        complaint = self.get_object(request, object_id)
        if complaint is None or not self.has_view_permission(request, complaint):
            return super().change_view(request, object_id, *args, **kwargs)
        reader = account(request.user)
        if request.method == "POST":
            _answer(request, reader, complaint)
            return HttpResponseRedirect(request.path)
        ledger.note(complaint.site_id, "read", actor=reader.get_username(), conversation=str(complaint.conversation_id))
        return render(request, "escalation/complaint.html", _context(request, reader, complaint))

    @admin.display(description="Words")
    def begins(self, complaint: Complaint) -> str:
        """Its first words."""
        return complaint.text if len(complaint.text) <= 80 else f"{complaint.text[:80]}…"

    @admin.display(description="Customer")
    def customer(self, complaint: Complaint) -> str:
        """The customer by verified name."""
        return packet.customer_of(complaint.conversation)

    @admin.display(description="Received", ordering="opened_at")
    def received(self, complaint: Complaint) -> str:
        """The day and minute it arrived, in the time zone of its site: what a time limit is counted from."""
        return f"{complaints.received(complaint):%d %b %Y, %H:%M}"

    @admin.display(description="Took")
    def took(self, complaint: Complaint) -> str:
        """From the complaint to its answer, or until now."""
        end = complaint.answered_at or timezone.now()
        length = duration((end - complaint.opened_at).total_seconds())
        return length if complaint.answered_at else f"open for {length}"


def _answer(request: HttpRequest, user: User, complaint: Complaint) -> None:
    text, elsewhere = request.POST.get("text", ""), bool(request.POST.get("elsewhere"))
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
        "title": complaint.get_kind_display(),
        "received": f"{complaints.received(complaint):%d %B %Y, %H:%M}",
        "complaint": complaint,
        "customer": packet.customer_of(conversation),
        "address": address_of(conversation),
        "verified": bool(conversation.identity.get("email")),
        "report": reporting.address(user, complaint.site, "complaint", event.pk) if event else "",
        "may_answer": not roles_of(user, complaint.site_id).isdisjoint({Role.AGENT, Role.ADMIN}),
    }
