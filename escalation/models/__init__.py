"""Who takes over. Every handoff ends claimed, called back or withdrawn; moves are conditional UPDATEs."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from conversations.models import Conversation, Turn
from knowledge.models import Category, Source
from sites.models import Site


class Team(models.Model):
    """Agents of a site who take the handoffs of some categories first; everyone sees all of them."""

    site = models.ForeignKey(Site, models.CASCADE, related_name="teams")
    name = models.CharField(max_length=60)
    categories = models.ManyToManyField(Category, related_name="teams", blank=True)
    people = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="teams", blank=True)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["site", "name"], name="team_name_once")]

    def __str__(self) -> str:
        return self.name


class ServiceLevel(models.Model):
    """What a site has promised itself: how soon a person comes, and how long one may be missing."""

    site = models.OneToOneField(Site, models.CASCADE, primary_key=True, related_name="service_level")
    minutes = models.PositiveSmallIntegerField(default=5, help_text="A person comes within so many minutes.")
    urgent_minutes = models.PositiveSmallIntegerField(default=2, help_text="The same for urgent customers.")
    missing_minutes = models.PositiveSmallIntegerField(
        default=5, help_text="An agent who has been offline for so long loses the conversations they had claimed."
    )

    def __str__(self) -> str:
        return f"{self.site}: {self.minutes} min, urgent {self.urgent_minutes} min"


class Presence(models.Model):
    """Whether an agent is at the desk: what they chose, and when a screen of theirs was last open."""

    class State(models.TextChoices):
        AVAILABLE = "available"
        AWAY = "away"
        OFFLINE = "offline"

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="presence")
    chosen = models.CharField(max_length=10, choices=State.choices, default=State.AVAILABLE)
    chosen_at = models.DateTimeField()
    seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.user}: {self.chosen}"


class Block(models.Model):
    """Somebody who may not ask the assistant for a time; a person can still be asked for."""

    class Scope(models.TextChoices):
        CONVERSATION = "conversation", "This conversation"
        PERSON = "person", "This signed-in person"
        ADDRESS = "address", "This internet address"

    site = models.ForeignKey(Site, models.CASCADE, related_name="blocks")
    conversation = models.ForeignKey(Conversation, models.PROTECT, related_name="blocks")
    scope = models.CharField(max_length=12, choices=Scope.choices)
    key = models.CharField(max_length=300, help_text="Whom it stops; of an address only a digest is kept.")
    reason = models.TextField()
    by = models.CharField(max_length=150)
    created_at = models.DateTimeField(auto_now_add=True)
    until = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.CharField(max_length=150, blank=True)
    lifted_because = models.TextField(blank=True)

    class Meta:
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["site", "key", "until"], name="block_standing")]

    def __str__(self) -> str:
        return f"{self.get_scope_display()} until {self.until:%d %b %H:%M}"


class Handoff(models.Model):
    """A customer waiting for, or talking to, a person."""

    class State(models.TextChoices):
        OPEN = "open"
        CLAIMED = "claimed"
        CLOSED = "closed"

    class Ending(models.TextChoices):
        RESOLVED = "resolved"
        RETURNED = "returned"
        ABANDONED = "abandoned"
        WITHDRAWN = "withdrawn"
        CALLED_BACK = "called_back"

    class Need(models.TextChoices):
        """What the agent says about the handoff itself when closing: evidence on the category."""

        NEEDED = "needed", "A person was needed"
        UNNEEDED = "unneeded", "The assistant could have done it"
        TOO_LATE = "too_late", "It came too late"
        REPEATED = "repeated", "The customer had to repeat themselves"

    site = models.ForeignKey(Site, models.PROTECT, related_name="handoffs")
    conversation = models.ForeignKey(Conversation, models.PROTECT, related_name="handoffs")
    turn = models.ForeignKey(Turn, models.SET_NULL, null=True, blank=True, related_name="handoffs")
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    ending = models.CharField(max_length=12, choices=Ending.choices, blank=True)
    reason = models.CharField(max_length=20)
    urgent = models.BooleanField(default=False)
    category = models.CharField(max_length=60, blank=True)
    team = models.ForeignKey(Team, models.SET_NULL, null=True, blank=True, related_name="handoffs")
    agent = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="handoffs")
    opened_at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    note = models.TextField(blank=True)

    class Meta:
        ordering = ["-urgent", "opened_at"]
        constraints = [
            models.UniqueConstraint(fields=["conversation"], condition=~Q(state="closed"), name="one_unclosed_handoff"),
            models.CheckConstraint(
                condition=~Q(state="claimed") | Q(agent__isnull=False), name="claimed_handoff_has_agent"
            ),
            models.CheckConstraint(
                condition=(Q(state="closed") & ~Q(ending="")) | (~Q(state="closed") & Q(ending="")),
                name="closed_handoff_has_ending",
            ),
        ]
        indexes = [
            models.Index(fields=["site", "state", "-urgent", "opened_at"], name="handoff_queue"),
            models.Index(fields=["site", "claimed_at"], name="handoff_waits"),
            models.Index(fields=["site", "-opened_at"], name="handoff_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.conversation} · {self.reason}"


class Draft(models.Model):
    """An answer that waits for an agent's approval; the customer sees nothing of it before."""

    class State(models.TextChoices):
        PENDING = "pending"
        APPROVED = "approved"
        EDITED = "edited"
        REJECTED = "rejected"
        FLAGGED = "flagged"
        SUPERSEDED = "superseded"
        EXPIRED = "expired"

    conversation = models.ForeignKey(Conversation, models.PROTECT, related_name="drafts")
    turn = models.OneToOneField(Turn, models.PROTECT, related_name="draft")
    state = models.CharField(max_length=12, choices=State.choices, default=State.PENDING)
    text = models.TextField()
    parts = models.JSONField(default=list)
    citations = models.JSONField(default=list)
    agent = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="drafts")
    reason = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["created_at"]
        constraints = [
            models.UniqueConstraint(fields=["conversation"], condition=Q(state="pending"), name="one_pending_draft")
        ]

    def __str__(self) -> str:
        return f"draft {self.pk} ({self.state})"


class CannedReply(models.Model):
    """Words a site's agents use often, with {name}, {agent}, {category} and {site} filled in."""

    site = models.ForeignKey(Site, models.CASCADE, related_name="canned_replies")
    shortcut = models.SlugField(max_length=30, help_text="What is typed after the slash to find it.")
    title = models.CharField(max_length=80)
    text = models.TextField(max_length=4000, help_text="May hold {name}, {agent}, {category} and {site}.")
    proposed_by = models.CharField(
        db_default="",
        max_length=150,
        blank=True,
        help_text="Proposed by an agent, and not offered before somebody has approved it.",
    )

    class Meta:
        ordering = ["shortcut"]
        verbose_name_plural = "canned replies"
        constraints = [models.UniqueConstraint(fields=["site", "shortcut"], name="canned_shortcut_once")]

    def __str__(self) -> str:
        return f"/{self.shortcut}"


class Unsent(models.Model):
    """What an agent is writing in a conversation and has not sent: it waits for them in any browser."""

    class Kind(models.TextChoices):
        REPLY = "reply"
        NOTE = "note"

    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="unsent")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="unsent")
    kind = models.CharField(max_length=5, choices=Kind.choices)
    text = models.TextField()
    at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["conversation", "user", "kind"], name="unsent_once")]

    def __str__(self) -> str:
        return f"{self.user} · {self.conversation} · {self.kind}"


class Receipt(models.Model):
    """Up to which message a conversation has been on the customer's screen, as their widget said."""

    conversation = models.OneToOneField(Conversation, models.CASCADE, primary_key=True, related_name="receipt")
    seq = models.PositiveIntegerField()
    at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"{self.conversation} up to #{self.seq}"


class Look(models.Model):
    """When something that wants a decision was first shown to a person: from then on they review it."""

    turn = models.ForeignKey(Turn, models.CASCADE, related_name="looks")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="looks")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["turn", "user"], name="first_look_once")]

    def __str__(self) -> str:
        return f"{self.user} · turn {self.turn_id}"


class Suggestion(models.Model):
    """What an agent decided about an answer the bot held back because its category is internal."""

    class State(models.TextChoices):
        ACCEPTED = "accepted"
        EDITED = "edited"
        REJECTED = "rejected"
        FLAGGED = "flagged"

    turn = models.OneToOneField(Turn, models.PROTECT, related_name="suggestion")
    state = models.CharField(max_length=10, choices=State.choices)
    agent = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="suggestions")
    reason = models.TextField(blank=True)
    decided_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"suggestion of turn {self.turn_id} ({self.state})"


class Seeded(models.Model):
    """A draft that is known to be wrong, put before agents to see whether they catch it. It has no customer."""

    category = models.ForeignKey(Category, models.PROTECT, related_name="seeded")
    question = models.TextField(max_length=1000, help_text="What a customer might have asked.")
    text = models.TextField(max_length=2000, help_text="The wrong answer, as the assistant would have drafted it.")
    wrong = models.TextField(max_length=500, help_text="What is wrong with it; told to the agent after the decision.")
    source = models.ForeignKey(
        Source,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="seeded",
        help_text="An article it pretends to quote.",
    )
    draft = models.OneToOneField(Draft, models.PROTECT, related_name="seeded")
    by = models.CharField(max_length=150)
    created_at = models.DateTimeField(auto_now_add=True)
    caught = models.BooleanField(null=True)

    class Meta:
        ordering = ["-created_at"]
        verbose_name = "seeded draft"

    def __str__(self) -> str:
        return self.question[:60]


import escalation.models.customers  # noqa: E402  its rows point at these
import escalation.models.talks  # noqa: E402, F401
from escalation.models.approvals import Approval as Approval  # noqa: E402
