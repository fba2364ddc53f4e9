"""Rows beside a conversation that only the desk sees: its tags, and who was named in a note."""

from django.conf import settings
from django.db import models

from conversations.models import Conversation
from sites.models import Site


class Tag(models.Model):
    """A word that colleagues put on a conversation, to find it again."""

    site = models.ForeignKey(Site, models.CASCADE, related_name="tags")
    conversation = models.ForeignKey(Conversation, models.PROTECT, related_name="tags")
    name = models.CharField(max_length=40)
    by = models.CharField(max_length=150)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["conversation", "name"], name="tag_once")]
        indexes = [models.Index(fields=["site", "name"], name="tag_found")]

    def __str__(self) -> str:
        return self.name


class Mention(models.Model):
    """A colleague who was named in a note, until they have opened the conversation."""

    conversation = models.ForeignKey(Conversation, models.PROTECT, related_name="mentions")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="mentions")
    by = models.CharField(max_length=150)
    at = models.DateTimeField(auto_now_add=True)
    seen_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-at"]
        indexes = [models.Index(fields=["user", "seen_at"], name="mention_unseen")]

    def __str__(self) -> str:
        return f"{self.user} by {self.by}"
