"""What the commands of this room share: naming sites, and waiting for the server that owns the index."""

import time

from django.core.management.base import CommandError, OutputWrapper

from knowledge.index import sync
from sites.models import Site


def sites_named(slug: str | None) -> list[Site]:
    """The site of a slug, or all sites. Raises CommandError (exit 2) for an unknown one."""
    sites = Site.objects.order_by("slug")
    if not slug:
        return list(sites)
    found = sites.filter(slug=slug).first()
    if found is None:
        known = ", ".join(site.slug for site in sites) or "none yet"
        raise CommandError(f"There is no site {slug!r} (known: {known}).", returncode=2)
    return [found]


def wait_until_settled(site: Site, seconds: float, progress: OutputWrapper) -> bool:
    """Wait while a running server builds a site's shelves; whether all of them are built."""
    until, before = time.monotonic() + seconds, -1
    while (left := sync.unsettled(site.pk)) and time.monotonic() < until:
        if left != before:
            progress.write(f"{site.slug}: {left} shelves are being built by the running server …")
            before = left
        time.sleep(0.3)
    return not left
