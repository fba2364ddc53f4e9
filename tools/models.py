"""Rows of tools and connections as people declared them, which are the candidate's: customers get those of a release.

And what guests have proved: of a code and of the address it went to a keyed digest is kept, and nothing else.
"""

from typing import Any

from django.db import models

from conversations.models import Conversation, Message
from sites.models import Site


class Declaration(models.Model):
    """What is declared, as `tools.declaration` reads it: checked before it is written here, without any secret."""

    site = models.ForeignKey(Site, models.CASCADE)
    name = models.CharField(max_length=60)
    body: "models.JSONField[Any, Any]" = models.JSONField(default=dict)

    class Meta:
        abstract = True
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Connection(Declaration):
    """Another system of a site."""

    class Meta(Declaration.Meta):
        constraints = [models.UniqueConstraint(fields=["site", "name"], name="connection_once")]


class Tool(Declaration):
    """What may be asked of a connection."""

    class Meta(Declaration.Meta):
        constraints = [models.UniqueConstraint(fields=["site", "name"], name="tool_once")]


class Proof(models.Model):
    """One code that was asked for in a conversation, to show that a thing belongs to who writes there."""

    class State(models.TextChoices):
        ASKED = "asked"
        SENT = "sent"
        UNSENT = "unsent"  # there is no such thing, no address, or its system did not say
        PROVEN = "proven"

    site = models.ForeignKey(Site, models.PROTECT, related_name="+")
    conversation = models.ForeignKey(Conversation, models.PROTECT, related_name="proofs")
    tool = models.CharField(max_length=60)
    value = models.CharField(max_length=200, blank=True, help_text="The number of the thing, as the customer gave it.")
    thing = models.CharField(max_length=64, help_text="Keyed digest of the thing, on its connection.")
    owner = models.CharField(max_length=255, blank=True, help_text="Whose it is, in its system; it is never shown.")
    code = models.CharField(max_length=64, blank=True, help_text="Keyed digest of the code that was sent.")
    address = models.CharField(max_length=64, blank=True, help_text="Keyed digest of where it was sent to.")
    state = models.CharField(max_length=10, choices=State.choices, default=State.ASKED)
    asked_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    proven_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["thing", "asked_at"], name="proof_thing"),
            models.Index(fields=["address", "sent_at"], name="proof_address"),
        ]

    def __str__(self) -> str:
        return f"{self.tool} ({self.state})"


class Try(models.Model):
    """One message that was read as a code. What it said is not kept here; `message` is where it was said."""

    class Result(models.TextChoices):
        RIGHT = "right"
        WRONG = "wrong"
        SOON = "soon"  # another was looked at less than a minute before: this one was not
        MANY = "many"  # as many as a day has were looked at: this one was not

    proof = models.ForeignKey(Proof, models.CASCADE, related_name="tries")
    message = models.OneToOneField(Message, models.PROTECT, related_name="+")
    result = models.CharField(max_length=10, choices=Result.choices)
    at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        verbose_name_plural = "tries"

    def __str__(self) -> str:
        return self.result
