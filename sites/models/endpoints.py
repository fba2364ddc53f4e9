"""Rows of what stands outside: addresses that are told, what they were told, and programs that may call in."""

from django.conf import settings
from django.db import models

from sites.models import Site


class Endpoint(models.Model):
    """An address that is told what happens on a site. Its secret is derived when it signs, and is kept nowhere."""

    class State(models.TextChoices):
        ACTIVE = "active"
        DISABLED = "disabled"

    site = models.ForeignKey(Site, models.CASCADE, related_name="endpoints")
    url = models.URLField("address", max_length=500)
    state = models.CharField(max_length=10, choices=State.choices, default=State.ACTIVE)
    because = models.CharField("why it is disabled", max_length=500, blank=True)
    nonce = models.CharField(max_length=32)
    previous_nonce = models.CharField(max_length=32, blank=True)
    rotated_at = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveIntegerField(default=0, help_text="Attempts that have failed one after the other.")
    failing_since = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["site", "url"]
        verbose_name = "webhook"
        constraints = [models.UniqueConstraint(fields=["site", "url"], name="endpoint_once")]

    def __str__(self) -> str:
        return self.url


class Delivery(models.Model):
    """One message to one endpoint: the exact bytes that are signed, and how its delivery goes."""

    class State(models.TextChoices):
        DUE = "due"
        DELIVERED = "delivered"
        FAILED = "failed"

    endpoint = models.ForeignKey(Endpoint, models.CASCADE, related_name="deliveries")
    message_id = models.CharField(max_length=40, help_text="The same in each attempt: receivers know repeats by it.")
    kind = models.CharField(max_length=40)
    body = models.TextField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.DUE)
    attempts = models.PositiveSmallIntegerField(default=0)
    status = models.PositiveSmallIntegerField("answer", null=True, blank=True)
    error = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    attempted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "deliveries"
        constraints = [models.UniqueConstraint(fields=["endpoint", "message_id"], name="delivery_once")]
        indexes = [models.Index(fields=["endpoint", "state"], name="delivery_state")]

    def __str__(self) -> str:
        return f"{self.kind} ({self.state})"


class Integration(models.Model):
    """A program that works on one site's handoffs with a token of its own, as an agent of that site."""

    site = models.ForeignKey(Site, models.CASCADE, related_name="integrations")
    name = models.CharField(max_length=60, help_text="Customers read it: “NAME has joined”.")
    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.PROTECT, related_name="integration")
    token_digest = models.CharField(max_length=64, unique=True)
    hint = models.CharField("token begins", max_length=12)
    created_by = models.CharField(max_length=150)
    created_at = models.DateTimeField(auto_now_add=True)
    used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["site", "name"]

    def __str__(self) -> str:
        return self.name


class ApiToken(models.Model):
    """A program's token over REST: some scopes of one site until a day, under an account that nobody signs in to."""

    site = models.ForeignKey(Site, models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=60)
    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.PROTECT, related_name="api_token")
    scopes = models.JSONField()
    token_digest = models.CharField(max_length=64, unique=True)
    hint = models.CharField("token begins", max_length=12)
    created_by = models.CharField(max_length=150)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField("ends")
    used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["site", "name"]
        verbose_name = "API token"

    def __str__(self) -> str:
        return self.name
