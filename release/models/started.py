"""What a guided start leaves behind: the messages of its file until they are grouped, proposals for a person, and
questions to try before anything goes live."""

from django.db import models
from django.db.models import Q

from sites.models import Site


class Start(models.Model):
    """A guided start from one file: its messages are put together in the background, and proposals come of it."""

    class State(models.TextChoices):
        READING = "reading"
        READY = "ready"

    site = models.ForeignKey(Site, models.CASCADE, related_name="starts")
    name = models.CharField(max_length=200, help_text="Of the file")
    state = models.CharField(max_length=10, choices=State.choices, default=State.READING)
    warnings = models.JSONField(default=list, blank=True)
    total = models.PositiveIntegerField(default=0, help_text="Different messages in the file")
    articles = models.PositiveIntegerField(
        db_default=0, default=0, help_text="Of a folder; 0: a file of questions was handed in"
    )
    answered = models.PositiveIntegerField(null=True, blank=True, help_text="Questions that an article would answer")
    unanswered = models.JSONField(
        db_default=[], default=list, blank=True, help_text="Those that none would, until they are gaps"
    )
    created_by = models.CharField(max_length=150)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.name} ({self.created_at:%d %b %Y})"


class Ticket(models.Model):
    """One message of a start, masked; gone as soon as the proposals are made."""

    start = models.ForeignKey(Start, models.CASCADE, related_name="tickets")
    text = models.TextField()
    label = models.CharField(max_length=100, blank=True)
    answer = models.TextField(blank=True)
    article = models.ForeignKey("Suggestion", models.CASCADE, null=True, blank=True, help_text="Of a folder")
    question = models.BooleanField(db_default=True, default=True, help_text="False: it stands for the whole article")
    model = models.CharField(max_length=80, blank=True, help_text="Of the vector; empty: not embedded yet")
    vector = models.BinaryField(null=True, help_text="float32, one unit row")

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.text[:80]


class Suggestion(models.Model):
    """One proposal of a start. A person accepts it or throws it away; what belongs to a category names it."""

    class Kind(models.TextChoices):
        CATEGORY = "category"
        EXAMPLE = "example"
        COUNTEREXAMPLE = "counterexample"
        SCENARIO = "scenario"
        ARTICLE = "article"
        GAP = "gap"

    class State(models.TextChoices):
        OPEN = "open"
        ACCEPTED = "accepted"
        DROPPED = "dropped"

    start = models.ForeignKey(Start, models.CASCADE, related_name="suggestions")
    subject = models.ForeignKey("self", models.CASCADE, null=True, blank=True, related_name="parts")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    text = models.TextField()
    body = models.JSONField(default=dict, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    decided_by = models.CharField(max_length=150, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=Q(state="open") | ~Q(decided_by=""), name="suggestion_names_who_decided"),
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.text[:60]}"


class Trial(models.Model):
    """A question of the site's own that was asked of the candidate; a person says whether the answer was right."""

    class Mark(models.TextChoices):
        RIGHT = "right"
        WRONG = "wrong"

    site = models.ForeignKey(Site, models.CASCADE, related_name="trials")
    text = models.TextField()
    outcome = models.CharField(max_length=20, blank=True, help_text="Empty: not asked yet.")
    reason = models.CharField(max_length=40, blank=True)
    category = models.CharField(max_length=60, blank=True, help_text="The slug of what it was answered as.")
    answer = models.TextField(blank=True)
    sources = models.JSONField(default=list, blank=True, help_text="Slugs of the articles that were quoted.")
    asked_at = models.DateTimeField(null=True, blank=True)
    mark = models.CharField(max_length=5, choices=Mark.choices, blank=True)
    marked_by = models.CharField(max_length=150, blank=True)
    marked_at = models.DateTimeField(null=True, blank=True)
    created_by = models.CharField(max_length=150)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=Q(mark="") | ~Q(marked_by=""), name="marked_trial_names_who_marked"),
        ]

    def __str__(self) -> str:
        return self.text[:80]

    @property
    def said(self) -> str:
        """What became of it, in words."""
        return {
            "answer": "Answered:",
            "draft": "Waits for an agent:",
            "clarify": "Asked back:",
            "decline": "Declined:",
            "handoff": "Handed to a person:",
        }.get(self.outcome, "")
