"""Rows of where the widget was seen: on which pages it opened, and which of them the site does not let it."""

from django.db import models

from sites.models import Site


class Sighting(models.Model):
    """One web origin on which a site's widget said hello, and when last."""

    site = models.ForeignKey(Site, models.CASCADE, related_name="sightings")
    origin = models.CharField(max_length=200)
    admitted = models.BooleanField()
    at = models.DateTimeField()
    called = models.CharField(max_length=60, default="", db_default="")  # the site it asked for, where that is none

    class Meta:
        ordering = ["-at"]
        constraints = [models.UniqueConstraint(fields=["site", "origin"], name="sighting_once")]

    def __str__(self) -> str:
        return f"{self.origin} {'opened' if self.admitted else 'refused'}"
