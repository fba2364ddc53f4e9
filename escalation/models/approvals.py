"""Rows of changes that wait for a person's yes, and of what became of them."""

import uuid
from typing import Any

from django.db import models

from conversations.models import Conversation, Turn
from sites.models import Site


class Approval(models.Model):
    """A change in another system that a customer asked for. It runs once, after an agent's yes, or never.

    `declared`: the tool, its connection and the tool that undoes it, as the customer's release had them. `key`: what
    the other system knows a repeat by. `asked`: the words and
    arguments that an agent has corrected. `undoes`: the change that this one takes back.
    """

    class State(models.TextChoices):
        OPEN = "open"
        RUNNING = "running"
        DONE = "done"
        REFUSED = "refused", "refused by the system"
        FAILED = "failed", "failed: nothing was done"
        UNKNOWN = "unknown", "not known whether it was done"
        DECLINED = "declined"
        EXPIRED = "expired"
        WITHDRAWN = "withdrawn"

    site = models.ForeignKey(Site, models.PROTECT, related_name="approvals")
    conversation = models.ForeignKey(Conversation, models.PROTECT, related_name="approvals")
    turn = models.ForeignKey(Turn, models.PROTECT, null=True, related_name="approvals")
    tool = models.CharField(max_length=60)
    words = models.TextField(help_text="What changes, as customer and agent read it.")
    arguments: "models.JSONField[Any, Any]" = models.JSONField(default=dict)
    declared: "models.JSONField[Any, Any]" = models.JSONField(default=dict)
    key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    decided_by = models.CharField(max_length=150, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    reason = models.TextField(blank=True)
    began_at = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    ended_at = models.DateTimeField(null=True, blank=True)
    told: "models.JSONField[Any, Any]" = models.JSONField(default=list)
    why = models.CharField(max_length=300, blank=True)
    asked: "models.JSONField[Any, Any]" = models.JSONField(
        db_default={}, default=dict, help_text="As it was asked for, if corrected."
    )
    corrections = models.PositiveSmallIntegerField(db_default=0, default=0)
    contact = models.CharField(
        db_default="", max_length=254, blank=True, help_text="The address that is told where things are sent."
    )
    undoes = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="undone_by")

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["state", "expires_at"], name="approval_due")]

    def __str__(self) -> str:
        return f"{self.tool} ({self.state})"

    @property
    def correctable(self) -> dict[str, Any]:
        """The arguments that an agent may put something else in place of: none that names who the customer is."""
        said = (self.declared.get("tool") or {}).get("arguments", {})
        return {name: held for name, held in self.arguments.items() if "claim" not in said.get(name, {"claim": ""})}
