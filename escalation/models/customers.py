"""Rows of the customer's side of the desk: how long somebody has waited unclaimed, and complaints."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from conversations.models import Conversation
from escalation.models import Handoff
from sites.models import Site


class Wait(models.Model):
    """What has been done about a handoff nobody has claimed. It begins anew when a claimed one is put back."""

    handoff = models.OneToOneField(Handoff, models.CASCADE, primary_key=True, related_name="wait")
    since = models.DateTimeField(null=True, help_text="When this wait began; none while a person has the customer.")
    notify_at = models.DateTimeField(null=True, blank=True)
    widen_at = models.DateTimeField(null=True, blank=True)
    call_back_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"wait of {self.handoff_id}"


class Complaint(models.Model):
    """A case: a complaint or another notice that a customer put on record, until a person has answered it."""

    class Kind(models.TextChoices):
        """What the message is. The date of receipt counts for all of them."""

        COMPLAINT = "complaint", "Complaint"
        WITHDRAWAL = "withdrawal", "Withdrawal from a contract"
        DATA_REQUEST = "data_request", "Request about personal data"
        INJURY = "injury", "A product that hurt somebody"
        NOTICE = "notice", "Other notice"

    class State(models.TextChoices):
        OPEN = "open"
        ANSWERED = "answered"

    site = models.ForeignKey(Site, models.PROTECT, related_name="complaints")
    conversation = models.ForeignKey(Conversation, models.PROTECT, related_name="complaints")
    key = models.CharField(max_length=64, help_text="The customer's own id of it: sent twice, it is kept once.")
    kind = models.CharField(db_default=Kind.COMPLAINT, max_length=12, choices=Kind.choices, default=Kind.COMPLAINT)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    text = models.TextField()
    answer = models.TextField(blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="complaints_answered"
    )
    opened_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["opened_at"]
        constraints = [
            models.UniqueConstraint(fields=["conversation", "key"], name="complaint_once"),
            models.CheckConstraint(
                condition=Q(state="open", answered_at__isnull=True) | Q(state="answered", answered_at__isnull=False),
                name="answered_complaint_has_time",
            ),
        ]
        indexes = [models.Index(fields=["site", "state", "opened_at"], name="complaint_list")]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk} ({self.state})"
