"""What the system knows of a site, in lines that people read: the facts of one look, and the words they share.

A fact is open when it stands against showing the site to customers. Figures that move by themselves (runs, drills,
rates) are not settled: a signed statement speaks about settled facts only, and ends with them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from importlib import import_module
from typing import Any

from django.conf import settings

from release.live import snapshot
from release.live.snapshot import CategoryFacts, Snapshot
from release.models import Release
from sites.models import Membership, Role, Site

FRESH = timedelta(days=90)
"""How long a drill proves anything, and how long a statement counts unless its owner chooses otherwise."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One line: what it is about, what it is now, and what is open about it (empty: nothing)."""

    label: str
    value: str
    open: str = ""
    settled: bool = True


@dataclass(frozen=True)
class Look:
    """A site as it is looked at once; what several questions need is read once."""

    site: Site
    now: datetime

    @cached_property
    def release(self) -> Release | None:
        """The live release that a run proved."""
        return snapshot.live_release(self.site.pk).distinct().first()

    @cached_property
    def live(self) -> Snapshot | None:
        """What customers get."""
        return snapshot.live(self.site.pk)

    @cached_property
    def bot(self) -> Mapping[str, Any]:
        """The bot as it describes itself."""
        found: Mapping[str, Any] = import_module(settings.BOT).describe()
        return found

    @property
    def categories(self) -> tuple[CategoryFacts, ...]:
        """The live categories."""
        return self.live.categories if self.live else ()


def counts(counted: Mapping[str, int], form: str) -> str:
    """Counts in words, the most first: "3 for public, 2 for members"."""
    most = sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))
    return ", ".join(f"{count} {form.format(what or 'nobody')}" for what, count in most if count)


def holders(site: Site, role: Role) -> list[str]:
    """The active people with a role on a site, by user name."""
    held = Membership.objects.filter(site=site, role=role, user__is_active=True)
    return list(held.values_list("user__username", flat=True))


def names(of: Iterable[str]) -> str:
    """User names in one line."""
    return ", ".join(sorted(of))
