"""What may be exposed. This room fails closed; only it raises exposure or moves what is published."""

from django.db import models
from django.db.models import Q

from conversations.models import Conversation, Message
from knowledge.models import Category, Level, Source
from sites.models import Site


class Release(models.Model):
    """A frozen snapshot of everything that decides, known by its fingerprint."""

    class State(models.TextChoices):
        CANDIDATE = "candidate"
        PASSED = "passed"
        FAILED = "failed"
        LIVE = "live"
        RETIRED = "retired"

    site = models.ForeignKey(Site, models.PROTECT, related_name="releases")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.CANDIDATE)
    fingerprint = models.CharField(max_length=64)
    body = models.JSONField(help_text="The snapshot: exactly what the fingerprint covers.")
    created_by = models.CharField(max_length=150)
    created_at = models.DateTimeField(auto_now_add=True)
    live_by = models.CharField(max_length=150, blank=True)
    seconded_by = models.CharField(max_length=150, blank=True)
    live_at = models.DateTimeField(null=True, blank=True)
    reason = models.TextField(blank=True)

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["site", "number"], name="release_number_once"),
            models.UniqueConstraint(fields=["site"], condition=Q(state="live"), name="one_live_release"),
            models.CheckConstraint(
                condition=~Q(state="live")
                | (~Q(live_by="") & ~Q(seconded_by="") & ~Q(live_by=models.F("seconded_by"))),
                name="live_release_took_two_people",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.site} release {self.number} ({self.state})"


class Scenario(models.Model):
    """One written expectation of the bot, run by the gate."""

    site = models.ForeignKey(Site, models.CASCADE, related_name="scenarios")
    slug = models.CharField(max_length=120)
    file = models.CharField(max_length=120, blank=True)
    body = models.JSONField()

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["site", "slug"], name="scenario_slug_once")]

    def __str__(self) -> str:
        return self.slug


class Rules(models.Model):
    """What a site asks of its releases, as its bundle wrote it; it counts once it is frozen in one."""

    class Content(models.TextChoices):
        PERSON = "person", "two people take it live"
        AUTOMATIC = "automatic", "it goes live by itself when it passes"

    site = models.OneToOneField(Site, models.CASCADE, primary_key=True, related_name="rules")
    bar = models.JSONField(default=dict, help_text="Of every category without one of its own: percent, scenarios.")
    bars = models.JSONField(default=dict, help_text="By category, what it has of its own.")
    content = models.CharField(max_length=10, choices=Content.choices, default=Content.PERSON)

    class Meta:
        verbose_name_plural = "rules"

    def __str__(self) -> str:
        return f"rules of {self.site}"


class Run(models.Model):
    """One evaluation of a release against the scenarios frozen in it."""

    release = models.ForeignKey(Release, models.CASCADE, related_name="runs")
    fingerprint = models.CharField(max_length=64, help_text="Of the running build at the time of the run.")
    passed = models.BooleanField(default=False)
    total = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    objections = models.JSONField(db_default=[], default=list, help_text="Why it did not pass, each as a sentence.")
    base = models.ForeignKey(
        Release,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="The live release whose run speaks for what was not asked; empty: everything was asked.",
    )
    finished_at = models.DateTimeField(null=True, blank=True)
    started_by = models.CharField(max_length=150)
    started_at = models.DateTimeField(auto_now_add=True)
    away = models.BooleanField(
        db_default=False,
        default=False,
        help_text="It stopped because the model was left out: it says nothing about the release.",
    )

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"run {self.pk} of {self.release}"


class Verdict(models.Model):
    """How one scenario went in one run."""

    run = models.ForeignKey(Run, models.CASCADE, related_name="verdicts")
    scenario = models.CharField(max_length=120)
    passed = models.BooleanField()
    why = models.TextField(blank=True)
    case = models.JSONField(default=dict)

    class Meta:
        ordering = ["passed", "id"]
        constraints = [models.UniqueConstraint(fields=["run", "scenario"], name="verdict_once")]

    def __str__(self) -> str:
        return f"{self.scenario}: {'passed' if self.passed else 'failed'}"


class Exposure(models.Model):
    """The level a category has earned. No row means level 1."""

    category = models.OneToOneField(Category, models.CASCADE, primary_key=True, related_name="exposure")
    level = models.PositiveSmallIntegerField(choices=Level.choices, default=Level.INTERNAL)

    class Meta:
        verbose_name_plural = "exposure"

    def __str__(self) -> str:
        return f"{self.category}: {self.get_level_display()}"


class ExposureMove(models.Model):
    """One step of a category's exposure, with who, why and on what evidence."""

    category = models.ForeignKey(Category, models.CASCADE, related_name="exposure_moves")
    before = models.PositiveSmallIntegerField(choices=Level.choices)
    after = models.PositiveSmallIntegerField(choices=Level.choices)
    actor = models.CharField(max_length=150)
    second = models.CharField(max_length=150, blank=True)
    reason = models.TextField()
    evidence = models.JSONField(default=dict)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(after__lt=models.F("before"))
                | (Q(after=models.F("before") + 1) & ~Q(second="") & ~Q(second=models.F("actor"))),
                name="up_one_step_with_second_person",
            )
        ]

    def __str__(self) -> str:
        return f"{self.category}: {self.before} → {self.after}"


class Lookout(models.Model):
    """How far the watch has looked on a site."""

    site = models.OneToOneField(Site, models.CASCADE, primary_key=True, related_name="lookout")
    message = models.PositiveBigIntegerField(default=0, help_text="The last message that was looked at.")
    looked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.site}, up to {self.message}"


class Proposal(models.Model):
    """A move that needs a second person, waiting for them to confirm it in their own login."""

    class Kind(models.TextChoices):
        GO_LIVE = "go_live", "Go live"
        FIRST_RELEASE = "first_release", "First-release approval"
        OPENING = "opening", "Go live and open to customers"
        RAISE = "raise", "Raise exposure"
        SCENARIO = "scenario", "Add a scenario"

    class State(models.TextChoices):
        OPEN = "open"
        CONFIRMED = "confirmed"
        DECLINED = "declined"

    site = models.ForeignKey(Site, models.CASCADE, related_name="proposals")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    release = models.ForeignKey(Release, models.CASCADE, null=True, blank=True, related_name="proposals")
    run = models.ForeignKey(Run, models.CASCADE, null=True, blank=True, related_name="proposals")
    category = models.ForeignKey(Category, models.CASCADE, null=True, blank=True, related_name="proposals")
    body = models.JSONField(db_default={}, default=dict, blank=True, help_text="The scenario, where one is proposed.")
    reason = models.TextField()
    proposed_by = models.CharField(max_length=150)
    proposed_at = models.DateTimeField(auto_now_add=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    decided_by = models.CharField(max_length=150, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="confirmed") | (~Q(decided_by="") & ~Q(decided_by=models.F("proposed_by"))),
                name="confirmed_by_somebody_else",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.release or self.category or self.body.get('id')}"


class Incident(models.Model):
    """Something customers were told that they should not have been: from the report to the last correction."""

    class State(models.TextChoices):
        OPEN = "open"
        CONTAINED = "contained"
        RESOLVED = "resolved"

    class Severity(models.TextChoices):
        MINOR = "minor"
        MAJOR = "major"
        SEVERE = "severe"

    site = models.ForeignKey(Site, models.PROTECT, related_name="incidents")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    severity = models.CharField(max_length=10, choices=Severity.choices)
    reason = models.TextField(help_text="What is wrong, in the words of who reported it.")
    owner = models.CharField(max_length=150)
    origin = models.JSONField(
        help_text="What was reported: one of turn, source, passage, release, tool or complaint, and its key."
    )
    reach = models.JSONField(
        help_text="What an answer must rest on to count: a list of sources, slices, a release or a tool."
    )
    sources = models.ManyToManyField(Source, related_name="incidents", blank=True)
    category = models.ForeignKey(Category, models.SET_NULL, null=True, blank=True, related_name="incidents")
    since = models.DateTimeField(null=True, blank=True, help_text="Answers before this do not count; empty: all do.")
    until = models.DateTimeField(null=True, blank=True, help_text="Answers after this do not count; empty: all do.")
    scenario = models.JSONField(null=True, blank=True, help_text="What the gate asks from now on.")
    lesson = models.TextField(blank=True, help_text="How it came about, and what was changed.")
    opened_by = models.CharField(max_length=150)
    opened_at = models.DateTimeField()
    contained_at = models.DateTimeField(null=True, blank=True)
    resolved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["site", "number"], name="incident_number_once")]

    def __str__(self) -> str:
        return f"Incident {self.number}"


class Affected(models.Model):
    """One conversation that was shown what an incident is about, and what became of its customer."""

    class State(models.TextChoices):
        REVIEW = "to_review", "to review"
        CORRECTED = "corrected", "corrected"
        HONOURED = "honoured", "honoured"
        COMPENSATED = "compensated", "compensated"
        UNREACHABLE = "unreachable", "unreachable"
        UNTOUCHED = "not_affected", "not affected"

    incident = models.ForeignKey(Incident, models.CASCADE, related_name="affected")
    conversation = models.ForeignKey(Conversation, models.PROTECT, related_name="incidents")
    message = models.ForeignKey(Message, models.PROTECT, related_name="+", help_text="The first such answer.")
    answers = models.PositiveIntegerField(help_text="How many such answers it was shown.")
    state = models.CharField(max_length=14, choices=State.choices, default=State.REVIEW)
    note = models.TextField(blank=True)
    decided_by = models.CharField(max_length=150, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        verbose_name_plural = "affected"
        constraints = [
            models.UniqueConstraint(fields=["incident", "conversation"], name="affected_once"),
            models.CheckConstraint(
                condition=Q(state="to_review") | ~Q(decided_by=""), name="affected_names_who_decided"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.conversation}: {self.get_state_display()}"


class IncidentStep(models.Model):
    """One line of an incident's timeline. Rows are only ever added."""

    incident = models.ForeignKey(Incident, models.CASCADE, related_name="steps")
    kind = models.CharField(max_length=20)
    actor = models.CharField(max_length=150)
    text = models.TextField(blank=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.incident} {self.kind}"


class KillSwitch(models.Model):
    """A pause. It overrides exposure without erasing it. No site: everywhere."""

    class What(models.TextChoices):
        ALL = "all"
        MODEL = "model"
        TOOLS = "tools"

    site = models.ForeignKey(Site, models.CASCADE, null=True, blank=True, related_name="kill_switches")
    category = models.ForeignKey(Category, models.CASCADE, null=True, blank=True, related_name="kill_switches")
    what = models.CharField(max_length=10, choices=What.choices, default=What.ALL)
    tool = models.CharField(
        default="", db_default="", max_length=60, blank=True, help_text="One tool by its name; empty: all of them."
    )
    reason = models.TextField()
    engaged_by = models.CharField(max_length=150)
    engaged_at = models.DateTimeField(auto_now_add=True)
    lifted_by = models.CharField(max_length=150, blank=True)
    lifted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "kill switches"
        indexes = [models.Index(fields=["lifted_at"], name="kill_switch_engaged")]

    def __str__(self) -> str:
        return f"{self.what} paused{f' on {self.site}' if self.site else ''}"
