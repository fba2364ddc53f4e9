"""Whom we speak for. Everything else in Handrail is scoped by a Site; nothing crosses from one to another."""

from django.conf import settings
from django.db import models

from sites.models.words import Words


class Strictness(models.IntegerChoices):
    """How many own questions a site would rather turn away than let one stranger in."""

    OPEN = 1, "open"
    BALANCED = 2, "balanced"
    STRICT = 4, "strict"
    VERY_STRICT = 8, "very strict"


class Site(models.Model):
    """One company presence (a tenant): where the widget may open, when people are there, who owns what."""

    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    locale = models.CharField(max_length=20, default="en")
    timezone = models.CharField(max_length=60, default="UTC")
    origins = models.JSONField(default=list, help_text="Web origins the widget may be opened from.")
    disclosure = models.TextField(blank=True, help_text="Added to the fixed disclosure; it cannot replace it.")
    contact = models.JSONField(default=dict, blank=True, help_text="email, phone, text")
    hours = models.JSONField(default=dict, blank=True)
    wording = models.JSONField(default=dict, blank=True)
    crisis = models.TextField(
        "words in a crisis",
        blank=True,
        help_text="No release goes live without any; “In a crisis” under Releases proposes some.",
    )
    routes = models.JSONField(
        db_default={},
        default=dict,
        blank=True,
        help_text="Of the candidate: for privacy, complaint, legal and notice, “person” hands every such message over; "
        "“article” (as when left out) lets an article that plainly answers do so, with a person offered.",
    )
    signals = models.JSONField(
        db_default=[],
        default=list,
        blank=True,
        help_text="Of the candidate: phrases and examples of its own, each for a need for which a person takes over.",
    )
    synonyms = models.JSONField(
        db_default=[],
        default=list,
        blank=True,
        help_text="Of the candidate: groups of words that count as the same in a search.",
    )
    language_models = models.JSONField(
        db_default={},
        default=dict,
        blank=True,
        editable=False,
        help_text="Of the candidate: connections to language models, and what each category asks them; see tools.chat.",
    )
    countries = models.JSONField(
        db_default=[],
        default=list,
        blank=True,
        help_text="ISO 3166 codes: for each of them a person confirms the words in a crisis.",
    )
    owners = models.JSONField(default=dict, blank=True, help_text="answers, sources, release, incidents, customers")
    second_factor = models.BooleanField(
        "second factor for everybody",
        default=False,
        db_default=False,
        help_text="Everybody with a role here signs in with one; without it the installation's settings say who does.",
    )
    alone = models.BooleanField(
        "a team of one",
        default=False,
        db_default=False,
        help_text="One person may do both halves of what else takes two. Each such act is marked in the record and red "
        "on the checklist, and no category goes above level 2 by it: answers wait for an agent's yes.",
    )
    strictness = models.PositiveSmallIntegerField(
        db_default=Strictness.BALANCED,
        choices=Strictness.choices,
        default=Strictness.BALANCED,
        help_text="Of the candidate's gate; customers get it with a release.",
    )
    desk_closed = models.BooleanField(default=False, help_text="The desk is closed now, whatever the hours say.")
    closed_because = models.CharField(default="", db_default="", max_length=300, blank=True)
    patience = models.JSONField(
        db_default={},
        default=dict,
        blank=True,
        help_text="Staffed minutes until an unclaimed handoff is escalated: notify, widen, call_back; and mail, a list "
        "of addresses that are told besides the site's owners.",
    )
    published = models.JSONField(
        db_default={},
        default=dict,
        editable=False,
        help_text="The live release's wording, disclosure, contact and crisis; moved with it.",
    )
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name

    @property
    def spoken(self) -> Words:
        """What customers read now: the live release's words; the row's own only while nothing was ever live."""
        own = {
            "wording": self.wording,
            "disclosure": self.disclosure,
            "contact": self.contact,
            "crisis": self.crisis,
        }
        return Words(**({"locale": self.locale} | (self.published or own)))


class Role(models.TextChoices):
    """What a person may do on a site."""

    AGENT = "agent", "Agent"
    CONTENT_OWNER = "content_owner", "Content owner"
    RELEASE_OWNER = "release_owner", "Release owner"
    AUDITOR = "auditor", "Auditor"
    ADMIN = "admin", "Administrator"


class Membership(models.Model):
    """A person's role on a site."""

    site = models.ForeignKey(Site, models.CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role.choices)
    categories = models.JSONField(
        db_default=[],
        default=list,
        blank=True,
        help_text="Slugs a content owner is limited to; empty: all of the site.",
    )

    by_group = models.BooleanField(
        default=False,
        db_default=False,
        editable=False,
        help_text="Given by a group of the sign-in provider, and taken with it.",
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["site", "user", "role"], name="membership_once")]

    def __str__(self) -> str:
        return f"{self.user} · {self.site} · {self.get_role_display()}"


class OutboxItem(models.Model):
    """Work that must happen after its cause was committed. The row is the promise; a broker is only a hint."""

    class State(models.TextChoices):
        DUE = "due"
        LEASED = "leased"
        DONE = "done"
        DEAD = "dead"

    kind = models.CharField(max_length=60)
    payload = models.JSONField(default=dict)
    bulk = models.BooleanField(default=False, help_text="Long work, kept away from the fast lane.")
    state = models.CharField(max_length=10, choices=State.choices, default=State.DUE)
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    result = models.JSONField(null=True, blank=True)
    error = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["state", "bulk", "due_at"], name="outbox_due")]

    def __str__(self) -> str:
        return f"{self.kind} ({self.state})"


class Pulse(models.Model):
    """When a lane of workers last worked."""

    lane = models.CharField(max_length=10, primary_key=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.lane}: {self.at:%H:%M:%S}"


class LedgerHead(models.Model):
    """The end of a site's chain. Holding this row orders every settling, pause and withdrawal of the site."""

    site = models.OneToOneField(Site, models.PROTECT, primary_key=True, related_name="ledger_head")
    number = models.PositiveBigIntegerField(default=0)
    digest = models.CharField(max_length=64, default="0" * 64)

    def __str__(self) -> str:
        return f"{self.site} #{self.number}"


class LedgerEntry(models.Model):
    """One link of a site's hash chain: what happened, bound to everything before it. Rows are only ever added."""

    site = models.ForeignKey(Site, models.PROTECT, related_name="ledger")
    number = models.PositiveBigIntegerField()
    kind = models.CharField(max_length=60)
    body = models.TextField(help_text="Canonical JSON: exactly the bytes that were hashed.")
    previous = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)

    class Meta:
        ordering = ["site", "number"]
        constraints = [models.UniqueConstraint(fields=["site", "number"], name="ledger_number_once")]
        verbose_name_plural = "ledger entries"

    def __str__(self) -> str:
        return f"{self.site} #{self.number} {self.kind}"


class CrisisConfirmation(models.Model):
    """A person's word that a text names the right numbers for one country. Rows are only ever added."""

    site = models.ForeignKey(Site, models.CASCADE, related_name="crisis_confirmations")
    country = models.CharField(max_length=2)
    digest = models.CharField(max_length=64, help_text="Of the text that was confirmed.")
    by = models.CharField(max_length=150)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["site", "country"], name="crisis_confirmed")]
        constraints = [models.CheckConstraint(condition=~models.Q(by=""), name="crisis_confirmed_by_somebody")]

    def __str__(self) -> str:
        return f"{self.country} confirmed by {self.by}"


import sites.models.endpoints  # noqa: E402  its rows point at these
import sites.models.invitations  # noqa: E402  and these
import sites.models.policy  # noqa: E402  and these
import sites.models.sightings  # noqa: E402  and these
import sites.models.thresholds  # noqa: E402, F401  and these
