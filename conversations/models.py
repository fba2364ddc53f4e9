"""What was said. Rows are added by two writers, `record` and `delivery`; everything else reads.

`privacy` takes words out for good; `synthetic` adds what nobody said, marked, and takes it away again.
"""

import uuid
from typing import Any

from django.db import models
from django.db.models import Q

from conversations.outcomes import Outcome, Reason
from knowledge.models import Category, Passage, Revision, Source
from sites.models import Site


class State(models.TextChoices):
    """Who has the conversation."""

    BOT = "bot"
    WAITING = "waiting"
    HUMAN = "human"
    CLOSED = "closed"


class CustomerId(models.Func):
    """The `sub` of a verified identity, as text: by the one expression that the index knows.

    Django's own transform of a key lists JSON's types in an order that differs from process to process, and SQLite
    uses an index of an expression only for that very text.
    """

    output_field = models.TextField()
    template = "(%(expressions)s ->> 'sub')"

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """The same for every SQLite that Django knows; before 3.38 it has no arrow."""
        return self.as_sql(compiler, connection, template="JSON_EXTRACT(%(expressions)s, '$.sub')", **context)


class Conversation(models.Model):
    """One thread between a customer and, by turns, the bot and a person."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    site = models.ForeignKey(Site, models.PROTECT, related_name="conversations")
    state = models.CharField(max_length=10, choices=State.choices, default=State.BOT)
    token_digest = models.CharField(max_length=64, help_text="sha256 of the secret that resumes this conversation")
    last_seq = models.PositiveIntegerField(default=0)
    locale = models.CharField(max_length=20, default="en")
    page = models.CharField(max_length=500, blank=True)
    identity = models.JSONField(default=dict, blank=True, help_text="Verified claims only.")
    contact = models.EmailField(blank=True, help_text="Left by the customer; not verified.")
    mailed = models.PositiveIntegerField(
        db_default=0, default=0, help_text="The last seq that was written to the customer's address."
    )
    disclosure = models.CharField(max_length=16, blank=True, help_text="Version of the disclosure shown.")
    address = models.CharField(
        default="",
        db_default="",
        max_length=32,
        blank=True,
        help_text="Keyed digest of the internet address that opened it; never the address.",
    )
    synthetic = models.BooleanField(
        db_default=False, default=False, help_text="Made up by a command: nobody said any of it."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-created_at"]
        indexes = [
            models.Index(fields=["site", "state", "-created_at"], name="conversation_queue"),
            models.Index(fields=["site", "-created_at"], name="conversation_newest"),
            models.Index("site", CustomerId("identity"), models.F("created_at").desc(), name="conversation_person"),
        ]

    def __str__(self) -> str:
        return f"{str(self.id)[:8]} (synthetic)" if self.synthetic else str(self.id)[:8]


class Message(models.Model):
    """One visible message. `seq` is per conversation, without gaps, and is the order."""

    class Author(models.TextChoices):
        CUSTOMER = "customer"
        BOT = "bot"
        AGENT = "agent"
        SYSTEM = "system"

    conversation = models.ForeignKey(Conversation, models.PROTECT, related_name="messages")
    seq = models.PositiveIntegerField()
    author = models.CharField(max_length=10, choices=Author.choices)
    name = models.CharField(max_length=120, blank=True)
    approved_by = models.CharField(max_length=120, blank=True)
    client_id = models.CharField(max_length=64, null=True, blank=True, help_text="The customer's own id of an ask.")
    reply_to = models.CharField(max_length=64, blank=True)
    outcome = models.CharField(max_length=10, choices=[(o.value, o.value) for o in Outcome], blank=True)
    person = models.CharField(
        default="", db_default="", max_length=10, blank=True, help_text="offered: it puts a person first"
    )
    generated = models.CharField(max_length=10, blank=True, help_text="fixed, quote, model or tool")
    text = models.TextField()
    parts = models.JSONField(default=list, blank=True)
    suggestions = models.JSONField(default=list, blank=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["conversation", "seq"]
        constraints = [
            models.UniqueConstraint(fields=["conversation", "seq"], name="message_seq_once"),
            models.UniqueConstraint(fields=["conversation", "client_id"], name="message_client_id_once"),
            models.UniqueConstraint(
                fields=["conversation", "reply_to"],
                condition=Q(author="bot") & ~Q(reply_to="") & ~Q(outcome=""),
                name="one_outcome_per_ask",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.conversation_id} #{self.seq}"


class Turn(models.Model):
    """One customer message and all the bot did about it: the audit record."""

    class State(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        SETTLED = "settled"
        DISCARDED = "discarded"

    conversation = models.ForeignKey(Conversation, models.PROTECT, related_name="turns")
    question = models.OneToOneField(Message, models.PROTECT, related_name="turn")
    answer = models.OneToOneField(Message, models.PROTECT, null=True, blank=True, related_name="answered_turn")
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    lease = models.UUIDField(null=True, blank=True, help_text="Who runs it now.")
    lease_until = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=10, choices=[(o.value, o.value) for o in Outcome], blank=True)
    reason = models.CharField(max_length=20, choices=[(r.value, r.value) for r in Reason], blank=True)
    category = models.ForeignKey(Category, models.SET_NULL, null=True, blank=True, related_name="turns")
    confidence = models.FloatField(null=True, blank=True)
    release = models.CharField(max_length=64, blank=True, help_text="Fingerprint of the release that decided.")
    trace = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    noted = models.BooleanField(default=False, help_text="The knowledge room was told of it.")

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["state", "lease_until"], name="turn_lease"),
            models.Index(fields=["id"], condition=Q(noted=False), name="turn_not_noted"),
            models.Index(fields=["settled_at"], name="turn_settled"),
            models.Index(fields=["state", "settled_at"], name="turn_settled_in_order"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["conversation"], condition=Q(state="running"), name="one_turn_in_flight"),
            models.CheckConstraint(condition=~Q(state="settled") | ~Q(outcome=""), name="settled_turn_has_outcome"),
        ]

    def __str__(self) -> str:
        return f"turn {self.pk} ({self.state})"


class Citation(models.Model):
    """The exact approved words a message rests on."""

    message = models.ForeignKey(Message, models.PROTECT, related_name="citations")
    n = models.PositiveSmallIntegerField()
    source = models.ForeignKey(Source, models.PROTECT, related_name="citations", null=True)
    revision = models.ForeignKey(Revision, models.PROTECT, related_name="citations", null=True)
    passage = models.ForeignKey(Passage, models.SET_NULL, related_name="citations", null=True)
    start = models.PositiveIntegerField(default=0)
    end = models.PositiveIntegerField(default=0)
    title = models.CharField(max_length=300)
    quote = models.TextField()
    url = models.CharField(max_length=500, blank=True)
    updated = models.DateTimeField()
    audience = models.CharField(max_length=60, default="public")

    class Meta:
        ordering = ["message", "n"]
        constraints = [models.UniqueConstraint(fields=["message", "n"], name="citation_number_once")]

    def __str__(self) -> str:
        return f"[{self.n}] {self.title}"


class Offer(models.Model):
    """A section that one message offered to choose. Its id is random and tells nothing; only its conversation may use
    it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    message = models.ForeignKey(Message, models.PROTECT, related_name="offers")
    n = models.PositiveSmallIntegerField(help_text="Its place among the others: the best is 1.")
    title = models.CharField(max_length=300)
    heading = models.CharField(max_length=400, blank=True)
    category = models.ForeignKey(Category, models.SET_NULL, related_name="+", null=True)
    source = models.ForeignKey(Source, models.PROTECT, related_name="+")
    revision = models.ForeignKey(Revision, models.PROTECT, related_name="+")
    spans = models.JSONField(help_text="What choosing shows: [[passage, start, end], …] in the revision's text")

    class Meta:
        ordering = ["message", "n"]
        constraints = [models.UniqueConstraint(fields=["message", "n"], name="offer_number_once")]

    def __str__(self) -> str:
        return f"{self.title}: {self.heading}" if self.heading else self.title


class Choice(models.Model):
    """What a customer chose of the sections that a message offered: once for each such message."""

    question = models.OneToOneField(Message, models.PROTECT, primary_key=True, related_name="choice")
    among = models.OneToOneField(Message, models.PROTECT, related_name="chosen", help_text="The message that offered.")
    offer = models.ForeignKey(
        Offer, models.PROTECT, related_name="choices", null=True, blank=True, help_text="Empty: none of these."
    )
    at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"chose {self.offer or 'none of these'}"


class ToolCall(models.Model):
    """One call of a bounded tool, with what came back."""

    turn = models.ForeignKey(Turn, models.PROTECT, related_name="tool_calls")
    tool = models.CharField(max_length=60)
    arguments = models.JSONField(default=dict)
    result = models.JSONField(null=True, blank=True)
    state = models.CharField(max_length=20, help_text="ok, refused or failed")
    ms = models.FloatField(default=0)

    def __str__(self) -> str:
        return f"{self.tool} ({self.state})"


class Event(models.Model):
    """Something that happened to a conversation besides messages: moves, ratings, complaints, contacts, notes."""

    conversation = models.ForeignKey(Conversation, models.PROTECT, related_name="events")
    kind = models.CharField(max_length=40)
    actor = models.CharField(max_length=150, blank=True)
    body = models.JSONField(default=dict)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["conversation", "kind"], name="event_kind"),
            models.Index(fields=["kind", "at"], name="event_lately"),
        ]

    def __str__(self) -> str:
        return self.kind


class Rating(models.Model):
    """How a customer found one conversation. There is one; a later one replaces it, and the events keep both."""

    conversation = models.OneToOneField(Conversation, models.PROTECT, primary_key=True, related_name="rating")
    value = models.PositiveSmallIntegerField()
    comment = models.TextField(blank=True)
    with_person = models.BooleanField(help_text="A person wrote in it; otherwise it was the assistant alone.")
    at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-at"]
        constraints = [models.CheckConstraint(condition=Q(value__range=(1, 5)), name="rating_from_one_to_five")]

    def __str__(self) -> str:
        return f"{self.value} of 5"
