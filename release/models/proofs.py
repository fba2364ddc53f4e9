"""What speaks for a site besides the gate's runs: signed statements, attacks, drills. Rows are only ever added."""

from django.db import models
from django.db.models import F, Q

from sites.models import Site


class Statement(models.Model):
    """What an owner answers for on the checklist, in their words, for a time; one that ends at once takes back."""

    site = models.ForeignKey(Site, models.CASCADE, related_name="statements")
    question = models.SlugField(max_length=20)
    text = models.TextField()
    signed_by = models.CharField(max_length=150)
    signed_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    fingerprint = models.CharField(max_length=64, blank=True, help_text="Of what was live when it was signed.")
    facts = models.JSONField(default=dict, help_text="The facts it speaks about, as they were.")

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["site", "question", "-id"], name="statement_newest")]
        constraints = [
            models.CheckConstraint(condition=~Q(text="") & ~Q(signed_by=""), name="statement_is_signed"),
            models.CheckConstraint(condition=Q(expires_at__gte=F("signed_at")), name="statement_ends_after_it_begins"),
        ]

    def __str__(self) -> str:
        return f"{self.question}, signed by {self.signed_by}"


class RedTeamRun(models.Model):
    """One attack on a site: how much was tried on which release, and what came of it."""

    site = models.ForeignKey(Site, models.CASCADE, related_name="red_team_runs")
    fingerprint = models.CharField(max_length=64, help_text="Of what was attacked.")
    seed = models.IntegerField()
    tries = models.PositiveIntegerField()
    distinct_texts = models.PositiveIntegerField()
    successes = models.PositiveIntegerField()
    seconds = models.FloatField()
    goals = models.JSONField(help_text="Of each goal: tries, texts, successes, upper bound, outcomes, classes.")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.successes} of {self.tries} attacks on {self.site} succeeded"


class Drill(models.Model):
    """One rehearsal of pause and rollback, with its seconds."""

    site = models.ForeignKey(Site, models.CASCADE, related_name="drills")
    actor = models.CharField(max_length=150)
    paused = models.FloatField(help_text="Seconds until another process saw the pause.")
    lifted = models.FloatField(help_text="Seconds until another process saw it lifted.")
    rolled_back = models.FloatField(null=True, blank=True, help_text="Seconds; empty: there was no way back.")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"drill on {self.site} by {self.actor}"
