"""Rows of what alarms a site: the alerts that are up or were, and from where on something is one."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from sites.models import Site


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule in words, and the duty of the owner who is told (`Site.owners`)."""

    title: str
    duty: str


RULES: Mapping[str, Rule] = {
    "errors": Rule("Many errors", "incidents"),
    "declined": Rule("More is declined than before", "sources"),
    "waits": Rule("Customers wait too long", "customers"),
    "injection": Rule("Many attacks", "incidents"),
    "drift": Rule("The gate fails on what is live", "release"),
    "outbox": Rule("Promised work is stuck", "incidents"),
    "nobody": Rule("Customers wait and nobody is at the desk", "customers"),
}


class Alert(models.Model):
    """One rule on one site about one thing (a category's slug, or nothing), up or down."""

    site = models.ForeignKey(Site, models.CASCADE, related_name="alerts")
    rule = models.CharField(max_length=40)
    about = models.CharField(max_length=60, blank=True)
    firing = models.BooleanField(default=False)
    text = models.TextField(blank=True)
    facts = models.JSONField(default=dict)
    since = models.DateTimeField(null=True, blank=True)
    seen_at = models.DateTimeField(null=True, blank=True, help_text="When its rule found it last.")
    cleared_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-firing", "-since"]
        constraints = [models.UniqueConstraint(fields=["site", "rule", "about"], name="alert_once")]

    def __str__(self) -> str:
        return f"{self.title} ({'firing' if self.firing else 'clear'})"

    @property
    def title(self) -> str:
        """The rule in words, with what it is about."""
        return f"{RULES[self.rule].title}{f': {self.about}' if self.about else ''}"


SHARE = (MinValueValidator(0.0), MaxValueValidator(1.0))


class Thresholds(models.Model):
    """From where on a site's owners are alarmed. A site without a row has these defaults."""

    site = models.OneToOneField(Site, models.CASCADE, primary_key=True, related_name="thresholds")
    errors = models.FloatField(
        default=0.05, help_text="Share of an hour's turns that end in an error or a failed tool."
    )
    declined_rise = models.FloatField(
        default=0.05, help_text="How much above the weeks before a declined share must be."
    )
    late = models.FloatField(
        validators=SHARE, default=0.5, help_text="Share of four hours' waits that go beyond the service level."
    )
    injections = models.PositiveIntegerField(default=20, help_text="Messages an hour with signs of injection.")
    outbox_minutes = models.PositiveIntegerField(default=10, help_text="How long promised work may be overdue.")

    class Meta:
        verbose_name = "alert thresholds"
        verbose_name_plural = "alert thresholds"

    def __str__(self) -> str:
        return f"{self.site}"
