"""Rows of tools and connections as people declared them. They are the candidate's: customers get those of a release."""

from typing import Any

from django.db import models

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
