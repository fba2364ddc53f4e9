"""Rows of how a site treats personal data: how long it keeps what, and what is masked where."""

from django.db import models

from sites.masking.kinds import but_cards, hung_on
from sites.models import Site


class DataPolicy(models.Model):
    """One a site; without a row the defaults below count. Days of 0: for good. Cards are masked whatever is chosen."""

    site = models.OneToOneField(Site, models.CASCADE, related_name="data_policy")
    anonymous = models.PositiveIntegerField(
        "conversations of visitors", default=365, help_text="Days after the last message; then the words are erased."
    )
    verified = models.PositiveIntegerField(
        "conversations of signed-in customers", default=730, help_text="Days after the last message."
    )
    with_people = models.PositiveIntegerField(
        "conversations a person took over", default=1095, help_text="Days after the last message."
    )
    unanswered = models.PositiveIntegerField(
        "questions on the gap list", default=365, help_text="Days after they were asked."
    )
    stored = models.JSONField("masked in what is kept", default=list, blank=True)
    lists = models.JSONField("masked in lists", default=but_cards, blank=True)
    webhooks = models.JSONField("masked in webhooks", default=hung_on, blank=True)

    files = models.BooleanField(
        "customers may send files",
        default=False,
        db_default=False,
        help_text="Pictures and PDF, to a person who has taken over. It needs a scanner: HANDRAIL_SCAN.",
    )

    class Meta:
        verbose_name = "data policy"
        verbose_name_plural = "data policies"

    def __str__(self) -> str:
        return f"Data policy of {self.site}"
