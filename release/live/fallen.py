"""Sites of which every category stands at level 1, for what decides is another than the live release was tried with.

Law of the room: it tells and moves nothing. What mends it is the gate on this build, and two people.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from release.live import snapshot
from sites.models import Site

PARTS = {"code": "code", "dependencies": "libraries", "embedder": "embedder", "model": "language model"}
"""What may differ, as people call it."""


@dataclass(frozen=True, slots=True)
class Fallen:
    """One such site, the number of its live release, and which parts of the build are others."""

    site: Site
    release: int
    differing: tuple[str, ...]

    @property
    def parts(self) -> str:
        """What differs, in words."""
        return " and ".join(PARTS.get(part, part) for part in self.differing)

    @property
    def command(self) -> str:
        """What tries the same release on what runs now."""
        return f"manage.py gate {self.site.slug} --release {self.release}"

    def __str__(self) -> str:
        return (
            f"Every category of {self.site.slug} is at level 1: its live release {self.release} was tried with another "
            f"{self.parts}. Run `{self.command}`; when it passes, two people take what it froze live."
        )


def everywhere() -> Iterator[Fallen]:
    """Every such site."""
    for site in Site.objects.order_by("slug"):
        if (found := of(site)) is not None:
            yield found


def of(site: Site) -> Fallen | None:
    """Whether a site is one; None where nothing is live, or all is well."""
    live = snapshot.live(site.pk)
    if live is None or live.matches_build:
        return None
    release = snapshot.live_release(site.pk).values_list("number", flat=True).first()
    return Fallen(site, release or 0, tuple(snapshot.differing(live)))
