"""Who takes over. Every handoff ends claimed, called back or withdrawn; moves are conditional UPDATEs."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from conversations.models import Conversation, Turn
from sites.models import Site


class Handoff(models.Model):
    """A customer waiting for, or talking to, a person."""

    class State(models.TextChoices):
        OPEN = "open"
        CLAIMED = "claimed"
        CLOSED = "closed"

    class Ending(models.TextChoices):
        RESOLVED = "resolved"
        RETURNED = "returned"
        ABANDONED = "abandoned"
        WITHDRAWN = "withdrawn"
        CALLED_BACK = "called_back"

    site = models.ForeignKey(Site, models.PROTECT, related_name="handoffs")
    conversation = models.ForeignKey(Conversation, models.PROTECT, related_name="handoffs")
    turn = models.ForeignKey(Turn, models.SET_NULL, null=True, blank=True, related_name="handoffs")
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    ending = models.CharField(max_length=12, choices=Ending.choices, blank=True)
    reason = models.CharField(max_length=20)
    urgent = models.BooleanField(default=False)
    category = models.CharField(max_length=60, blank=True)
    agent = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="handoffs")
    opened_at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    note = models.TextField(blank=True)

    class Meta:
        ordering = ["-urgent", "opened_at"]
        constraints = [
            models.UniqueConstraint(fields=["conversation"], condition=~Q(state="closed"), name="one_unclosed_handoff"),
            models.CheckConstraint(
                condition=~Q(state="claimed") | Q(agent__isnull=False), name="claimed_handoff_has_agent"
            ),
            models.CheckConstraint(
                condition=(Q(state="closed") & ~Q(ending="")) | (~Q(state="closed") & Q(ending="")),
                name="closed_handoff_has_ending",
            ),
        ]
        indexes = [
            models.Index(fields=["site", "state", "-urgent", "opened_at"], name="handoff_queue"),
            models.Index(fields=["site", "claimed_at"], name="handoff_waits"),
        ]

    def __str__(self) -> str:
        return f"{self.conversation} · {self.reason}"


class Draft(models.Model):
    """An answer that waits for an agent's approval; the customer sees nothing of it before."""

    class State(models.TextChoices):
        PENDING = "pending"
        APPROVED = "approved"
        EDITED = "edited"
        REJECTED = "rejected"
        SUPERSEDED = "superseded"
        EXPIRED = "expired"

    conversation = models.ForeignKey(Conversation, models.PROTECT, related_name="drafts")
    turn = models.OneToOneField(Turn, models.PROTECT, related_name="draft")
    state = models.CharField(max_length=12, choices=State.choices, default=State.PENDING)
    text = models.TextField()
    parts = models.JSONField(default=list)
    citations = models.JSONField(default=list)
    agent = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="drafts")
    reason = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["created_at"]
        constraints = [
            models.UniqueConstraint(fields=["conversation"], condition=Q(state="pending"), name="one_pending_draft")
        ]

    def __str__(self) -> str:
        return f"draft {self.pk} ({self.state})"


import escalation.customers  # noqa: E402, F401  its rows point at these
