"""What people say of answers: advice that another help desk took or left, and the judged sample. Words of customers are
kept in neither: a ticket is a digest, and a sampled answer is read where it stands in the record."""

import uuid

from django.db import models
from django.db.models import F, Q

from conversations.models import Turn
from knowledge.models import Category
from sites.models import Site


class Advice(models.Model):
    """What the assistant would have said to a ticket of another help desk, and what its agent made of it.

    It has no conversation and no customer. Only the article's own words are kept; of the ticket, a digest.
    """

    class State(models.TextChoices):
        WAITING = "waiting"
        ACCEPTED = "accepted"
        EDITED = "edited"
        REJECTED = "rejected"

    class Why(models.TextChoices):
        """What was wrong with a rejected one; no free words, for those would be about a customer."""

        WRONG = "wrong", "It is wrong"
        BESIDE = "beside", "It answers something else"
        INCOMPLETE = "incomplete", "It leaves out what matters"
        UNFITTING = "unfitting", "It is right, and not what to say here"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    site = models.ForeignKey(Site, models.CASCADE, related_name="advice")
    category = models.ForeignKey(Category, models.PROTECT, related_name="advice")
    ticket = models.CharField(max_length=64, help_text="sha256 of the other desk's own id of it.")
    question = models.CharField(max_length=64, help_text="sha256 of the words it was asked in.")
    text = models.TextField(help_text="What it would have said, in the words of articles.")
    citations = models.JSONField(default=list)
    release = models.CharField(max_length=64, help_text="Fingerprint of the release that decided.")
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    why = models.CharField(max_length=10, choices=Why.choices, blank=True)
    asked_by = models.CharField(max_length=150)
    asked_at = models.DateTimeField()
    decided_by = models.CharField(max_length=150, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["asked_at"]
        verbose_name_plural = "advice"
        constraints = [
            models.UniqueConstraint(fields=["site", "ticket", "question", "release"], name="advice_once"),
            models.CheckConstraint(
                condition=Q(state="waiting", decided_at=None) | (~Q(state="waiting") & Q(decided_at__isnull=False)),
                name="decided_advice_has_time",
            ),
        ]
        indexes = [models.Index(fields=["category", "state"], name="advice_counts")]

    def __str__(self) -> str:
        return f"advice {self.pk} ({self.state})"


class Sampled(models.Model):
    """One answer of a week's random sample: given, drafted, or held back at level 1."""

    site = models.ForeignKey(Site, models.CASCADE, related_name="sampled")
    category = models.ForeignKey(Category, models.CASCADE, related_name="sampled")
    week = models.DateField(help_text="The Monday of the week in which it was answered.")
    turn = models.OneToOneField(Turn, models.PROTECT, related_name="sampled")
    answered_at = models.DateTimeField()

    class Meta:
        ordering = ["-week", "pk"]
        verbose_name_plural = "sampled"
        indexes = [
            models.Index(fields=["site", "week"], name="sampled_week"),
            models.Index(fields=["category", "answered_at"], name="sampled_lately"),
        ]

    def __str__(self) -> str:
        return f"turn {self.turn_id} of the week of {self.week}"


class Judgement(models.Model):
    """What one person says of a sampled answer, without having seen what others say. It is made once."""

    class Verdict(models.TextChoices):
        RIGHT = "right", "Right"
        BESIDE = "beside", "Beside the point"
        MISLEADING = "misleading", "Misleading"

    sampled = models.ForeignKey(Sampled, models.CASCADE, related_name="judgements")
    by = models.CharField(max_length=150)
    verdict = models.CharField(max_length=10, choices=Verdict.choices)
    at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(F("sampled"), F("by"), name="judged_once_by_each"),
            models.CheckConstraint(condition=~Q(by=""), name="judgement_is_signed"),
        ]

    def __str__(self) -> str:
        return f"{self.sampled}: {self.get_verdict_display()}"
