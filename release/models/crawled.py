"""Pages that are read in from their addresses, and looked at again: what came of each, and what has changed since."""

from django.db import models
from django.db.models import Q

from sites.models import Site

SHOWN = 100  # changes of one crawl


class Crawl(models.Model):
    """Pages of a site's own help centre: a list of addresses, or what a sitemap names; read in the background."""

    class State(models.TextChoices):
        MAPPING = "mapping"
        READING = "reading"
        READY = "ready"

    class Every(models.IntegerChoices):
        NEVER = 0, "only when asked"
        DAILY = 1, "every day"
        WEEKLY = 7, "every week"
        MONTHLY = 30, "every month"

    site = models.ForeignKey(Site, models.CASCADE, related_name="crawls")
    address = models.CharField(max_length=500, blank=True, help_text="What was typed; empty: a list of addresses")
    under = models.CharField(max_length=500, blank=True, help_text="Only pages whose address begins so are read.")
    every = models.PositiveSmallIntegerField(choices=Every.choices, default=Every.NEVER)
    state = models.CharField(max_length=10, choices=State.choices, default=State.MAPPING)
    maps = models.JSONField(default=list, blank=True, help_text="Sitemaps still to be read")
    robots = models.JSONField(default=dict, blank=True, help_text="What each server asks of programs, this time")
    warnings = models.JSONField(default=list, blank=True)
    size = models.PositiveBigIntegerField(default=0, help_text="Bytes read this time")
    begun_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True, help_text="When it is looked at again")
    created_by = models.CharField(max_length=150)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.address or f"{self.pages.count()} addresses"

    @property
    def changes(self) -> "list[CrawledPage]":
        """What became of its pages the last time, where that is news; what could not be read among it."""
        return list(self.pages.filter(~Q(change="") | ~Q(said=""))[:SHOWN])


class CrawledPage(models.Model):
    """One page: what it said when it was last read (its digest), and what became of it this time."""

    class Change(models.TextChoices):
        NEW = "new", "new"
        CHANGED = "changed", "changed: a draft waits"
        GONE = "gone", "it has disappeared"

    crawl = models.ForeignKey(Crawl, models.CASCADE, related_name="pages")
    url = models.CharField(max_length=500)
    digest = models.CharField(max_length=64, blank=True, help_text="sha256 of title and text; empty: never read")
    change = models.CharField(max_length=10, choices=Change.choices, blank=True)
    said = models.CharField(max_length=300, blank=True, help_text="Why it was not read")
    body = models.JSONField(null=True, blank=True, help_text="A new article, until it is proposed")
    named_at = models.DateTimeField(help_text="When a list or a sitemap named it last")
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["crawl", "url"], name="crawled_page_once"),
            models.CheckConstraint(condition=Q(change="") | ~Q(digest=""), name="changed_page_was_read"),
        ]

    def __str__(self) -> str:
        return self.url
