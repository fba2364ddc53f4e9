"""What a release answers to what its owners wrote down: its examples and the questions of its articles."""

from django.db import models

from sites.models import Site


class Offer(models.Model):
    """One example or question as a release answers it, judged as if nobody had written it down; and a person's mark.

    `sound`: it came out as it should, by its category or its article. A mark is a person's word on the very answer.
    """

    class Kind(models.TextChoices):
        EXAMPLE = "example"
        QUESTION = "question"

    class Mark(models.TextChoices):
        RIGHT = "right"
        WRONG = "wrong"

    site = models.ForeignKey(Site, models.CASCADE, related_name="offers")
    fingerprint = models.CharField(max_length=64, help_text="Of what answered.")
    key = models.CharField(max_length=64, help_text="sha256 of kind, about and text")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    about = models.CharField(max_length=160, help_text="The slug of its category, or of its article.")
    text = models.TextField()
    outcome = models.CharField(max_length=20)
    reason = models.CharField(max_length=40)
    category = models.CharField(max_length=60, blank=True, help_text="What it was taken for.")
    source = models.CharField(max_length=160, blank=True, help_text="The first article that was quoted.")
    words = models.TextField(blank=True, help_text="How the answer begins.")
    sound = models.BooleanField()
    mark = models.CharField(max_length=5, choices=Mark.choices, blank=True)
    marked_by = models.CharField(max_length=150, blank=True)
    marked_at = models.DateTimeField(null=True, blank=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["site", "fingerprint", "key"], name="offer_checked_once"),
            models.CheckConstraint(
                condition=models.Q(mark="") | ~models.Q(marked_by=""), name="marked_offer_names_who_marked"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.about}: {self.text[:60]}"
