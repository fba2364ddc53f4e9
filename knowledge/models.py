"""What may be said. Text is append-only: a Revision never changes; Passages and vectors are derived and rebuildable."""

from datetime import date

from django.db import models
from django.db.models import Q

from sites.choices import data_policy
from sites.models import Membership, Site


class Risk(models.TextChoices):
    LOW = "low"
    HIGH = "high"


class Level(models.IntegerChoices):
    """How far a category may go towards customers."""

    INTERNAL = 1, "internal"
    REVIEWED = 2, "reviewed"
    SELF_SERVICE = 3, "self-service"


class Category(models.Model):
    """An allowlisted subject, with an owner and a risk. What fits no category is declined."""

    site = models.ForeignKey(Site, models.CASCADE, related_name="categories")
    slug = models.SlugField(max_length=60)
    title = models.CharField(max_length=120)
    description = models.TextField(blank=True)
    owner = models.CharField(max_length=150, blank=True)
    risk = models.CharField(max_length=10, choices=Risk.choices, default=Risk.LOW)
    route = models.CharField(max_length=10, choices=[("answer", "Answer"), ("human", "To a person")], default="answer")
    mode = models.CharField(max_length=12, choices=[("quote", "Quote"), ("paraphrase", "Paraphrase")], default="quote")
    tool = models.CharField(
        "tools", max_length=400, blank=True, help_text="The names of its tools, with commas between them."
    )
    asked_level = models.PositiveSmallIntegerField(
        choices=Level.choices, default=Level.INTERNAL, help_text="The level asked for; asking grants nothing."
    )
    position = models.PositiveSmallIntegerField(default=0)
    retired = models.BooleanField(default=False, help_text="No longer part of the candidate.")

    class Meta:
        ordering = ["position", "slug"]
        verbose_name_plural = "categories"
        constraints = [models.UniqueConstraint(fields=["site", "slug"], name="category_slug_once")]

    def __str__(self) -> str:
        return self.title


class Example(models.Model):
    """A message an owner wrote down: one that belongs to a category, or one that must not be accepted."""

    site = models.ForeignKey(Site, models.CASCADE, related_name="examples")
    category = models.ForeignKey(Category, models.CASCADE, null=True, blank=True, related_name="examples")
    text = models.TextField()
    counter = models.BooleanField(default=False, help_text="Must not be accepted (as this category, or at all).")

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(category__isnull=False) | Q(counter=True),
                name="example_without_category_is_counter",
            )
        ]

    def __str__(self) -> str:
        return self.text[:80]


class Source(models.Model):
    """What a content owner answers for: one article, known by its slug. Its policies act at once, whatever is live."""

    site = models.ForeignKey(Site, models.CASCADE, related_name="sources")
    slug = models.SlugField(max_length=160, allow_unicode=True)
    origin = models.CharField(max_length=500, blank=True, help_text="The file or address it came from.")
    url = models.URLField(max_length=500, blank=True, help_text="Where customers can read it.")
    categories = models.ManyToManyField(Category, related_name="sources", blank=True)
    audience = models.CharField(max_length=60, default="public")
    owner = models.CharField(max_length=150, blank=True)
    review_by = models.DateField(null=True, blank=True)
    expires = models.DateField(null=True, blank=True)
    retired = models.BooleanField(default=False, help_text="No longer part of the candidate; what is live stays.")
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.CharField(max_length=150, blank=True)
    withdrawn_reason = models.TextField(blank=True)

    class Meta:
        ordering = ["slug"]
        constraints = [models.UniqueConstraint(fields=["site", "slug"], name="source_slug_once")]

    def __str__(self) -> str:
        return self.slug

    def state(self, today: date) -> str:
        """The derived state in one word or two: withdrawn, expired, review due, live or draft."""
        if self.withdrawn_at:
            return "withdrawn"
        if self.expires and self.expires <= today:
            return "expired"
        if not self.revisions.filter(live=True).exists():
            return "draft"
        return "review due" if self.review_by and self.review_by <= today else "live"


class Revision(models.Model):
    """One exact text of a source, with the questions it answers. It is written once; only its state moves."""

    class State(models.TextChoices):
        DRAFT = "draft"
        SUBMITTED = "submitted"
        APPROVED = "approved"
        REJECTED = "rejected"

    source = models.ForeignKey(Source, models.CASCADE, related_name="revisions")
    number = models.PositiveIntegerField()
    title = models.CharField(max_length=300)
    text = models.TextField()
    questions = models.JSONField(
        db_default=[], default=list, blank=True, help_text="What customers ask that it answers"
    )
    digest = models.CharField(max_length=64, help_text="sha256 of title, text and questions")
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    author = models.CharField(max_length=150)
    approver = models.CharField(max_length=150, blank=True)
    note = models.TextField(blank=True)
    warnings = models.JSONField(default=list, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    live = models.BooleanField(default=False, help_text="Part of the live release; moved by a release only.")

    class Meta:
        ordering = ["source", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["source"], condition=Q(live=True), name="one_live_revision"),
            models.UniqueConstraint(fields=["source", "number"], name="revision_number_once"),
            models.CheckConstraint(
                condition=~Q(state="approved") | ~Q(approver=""), name="approved_revision_names_approver"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source.slug} · {self.number}"


class Passage(models.Model):
    """The unit that is indexed and quoted: a slice of a revision's text with the offsets of its whole sentences."""

    revision = models.ForeignKey(Revision, models.CASCADE, related_name="passages")
    ordinal = models.PositiveIntegerField()
    heading = models.CharField(max_length=400, blank=True)
    text = models.TextField()
    start = models.PositiveIntegerField()
    sentences = models.JSONField(help_text="[[start, end], …] in the revision's text")
    digest = models.CharField(max_length=64, db_index=True, help_text="sha256 of what is embedded")
    page = models.PositiveIntegerField(null=True, help_text="Of the author's document, where it has pages")

    class Meta:
        ordering = ["revision", "ordinal"]
        constraints = [models.UniqueConstraint(fields=["revision", "ordinal"], name="passage_ordinal_once")]

    def __str__(self) -> str:
        return f"{self.revision_id}#{self.ordinal}"


class PassageVectors(models.Model):
    """The vectors of one passage content under one model: equal content is embedded once, on every site."""

    model = models.CharField(max_length=80)
    digest = models.CharField(max_length=64)
    dense = models.BinaryField(help_text="float32, one unit row")
    sentences = models.BinaryField(help_text="float32, one unit row a sentence")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["model", "digest"], name="vectors_once")]

    def __str__(self) -> str:
        return self.digest[:12]


class TextVector(models.Model):
    """The vector of one short text (an example, a question of an article) under one model."""

    model = models.CharField(max_length=80)
    digest = models.CharField(max_length=64)
    vector = models.BinaryField(help_text="float32, one unit row")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["model", "digest"], name="text_vector_once")]

    def __str__(self) -> str:
        return self.digest[:12]


class Shelf(models.Model):
    """One collection of the index: what it should hold and what was last built. Unequal digests: not to be trusted."""

    site = models.ForeignKey(Site, models.CASCADE, related_name="shelves")
    category = models.ForeignKey(Category, models.CASCADE, related_name="shelves")
    audience = models.CharField(max_length=60)
    model = models.CharField(max_length=80)
    wanted = models.CharField(max_length=64, blank=True)
    built = models.CharField(max_length=64, blank=True)
    passages = models.PositiveIntegerField(default=0)
    built_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "shelves"
        constraints = [models.UniqueConstraint(fields=["site", "category", "audience", "model"], name="shelf_once")]

    def __str__(self) -> str:
        return f"{self.site_id}/{self.category_id}/{self.audience}"


class Gap(models.Model):
    """A question that could not be answered, or whose answer was rated badly; kept until someone handles it."""

    site = models.ForeignKey(Site, models.CASCADE, related_name="gaps")
    category = models.ForeignKey(Category, models.SET_NULL, null=True, blank=True, related_name="gaps")
    text = models.TextField()
    reason = models.CharField(max_length=40)
    asked_at = models.DateTimeField(auto_now_add=True)
    handled_at = models.DateTimeField(null=True, blank=True)
    handled_by = models.CharField(max_length=150, blank=True)
    handled_as = models.CharField(
        default="",
        db_default="",
        max_length=20,
        blank=True,
        help_text="article, question, counterexample, scenario or nothing",
    )
    handled_note = models.TextField(default="", db_default="", blank=True)
    answered_with = models.ForeignKey(
        Source,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text="The article that an agent's answer to it cited, or that was found to answer it.",
    )
    model = models.CharField(
        default="", db_default="", max_length=80, blank=True, help_text="Of the vector; empty: not embedded yet"
    )
    vector = models.BinaryField(null=True, help_text="float32, one unit row; not shared, for it is a customer's text")

    class Meta:
        ordering = ["-asked_at"]

    def __str__(self) -> str:
        return self.told[:80]

    @property
    def told(self) -> str:
        """The question as owners read it, and as it becomes the site's own: without what the site masks in lists."""
        return data_policy.masked(self.text, self.site_id, data_policy.LISTS)

    @property
    def why(self) -> str:
        """The reason in words."""
        return self.reason.replace("_", " ")


class Usage(models.Model):
    """How often a source was retrieved and cited, and how answers that cite it were liked, by day."""

    source = models.ForeignKey(Source, models.CASCADE, related_name="usage")
    day = models.DateField()
    retrieved = models.PositiveIntegerField(default=0)
    cited = models.PositiveIntegerField(default=0)
    liked = models.PositiveIntegerField(db_default=0, default=0)
    disliked = models.PositiveIntegerField(db_default=0, default=0)

    class Meta:
        verbose_name_plural = "usage"
        constraints = [models.UniqueConstraint(fields=["source", "day"], name="usage_day_once")]

    def __str__(self) -> str:
        return f"{self.source_id} {self.day}"


class Link(models.Model):
    """An address that stands in a site's articles, and what became of the last look at it."""

    class State(models.TextChoices):
        UNSEEN = "unseen"
        FINE = "fine"
        BROKEN = "broken"

    site = models.ForeignKey(Site, models.CASCADE, related_name="links")
    url = models.CharField(max_length=1000)
    state = models.CharField(max_length=10, choices=State.choices, default=State.UNSEEN)
    said = models.CharField(max_length=300, blank=True, help_text="What was wrong with it")
    failures = models.PositiveSmallIntegerField(default=0, help_text="Looks in a row that failed")
    checked_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(help_text="When it is looked at next")

    class Meta:
        ordering = ["url"]
        indexes = [models.Index(fields=["due_at"], name="link_due")]
        constraints = [models.UniqueConstraint(fields=["site", "url"], name="link_once")]

    def __str__(self) -> str:
        return self.url


class Dismissal(models.Model):
    """A person's word that two texts are no duplicates, or no contradiction: it holds for exactly these texts."""

    site = models.ForeignKey(Site, models.CASCADE, related_name="dismissals")
    kind = models.CharField(max_length=20, choices=[("duplicate", "Duplicate"), ("contradiction", "Contradiction")])
    pair = models.CharField(max_length=64, help_text="sha256 of the two texts and their sources")
    actor = models.CharField(max_length=150)
    reason = models.TextField()
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-at"]
        constraints = [models.UniqueConstraint(fields=["site", "kind", "pair"], name="dismissed_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.pair[:12]}"


class Remit(Membership):
    """A content owner's membership, seen from where its categories are known."""

    class Meta:
        proxy = True
        verbose_name = "content owner"
        ordering = ["site", "user"]
