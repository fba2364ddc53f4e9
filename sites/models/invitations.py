"""Rows of people who are asked in: an address, a site, a role, and what became of it."""

from django.db import models
from django.db.models import Q

from sites.models import Role, Site


class Invitation(models.Model):
    """An address that was asked to take a role on a site. Its link is kept as a digest, and works once."""

    site = models.ForeignKey(Site, models.CASCADE, related_name="invitations")
    email = models.EmailField("address", help_text="In small letters.")
    role = models.CharField(max_length=20, choices=Role.choices)
    token_digest = models.CharField(max_length=64, unique=True)
    invited_by = models.CharField(max_length=150)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.CharField(max_length=150, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["site", "email", "role"],
                condition=Q(accepted_at=None, withdrawn_at=None),
                name="invitation_open_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.email} · {self.site} · {self.get_role_display()}"
