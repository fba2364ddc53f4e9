"""Build the search index anew from the database."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from knowledge import tasks
from knowledge.embedding import vectors
from knowledge.index import store, sync
from knowledge.index.store import index
from knowledge.management import sites_named, wait_until_settled
from knowledge.models import Passage, Shelf
from sites.core.refusal import Refused
from sites.models import Site


class Command(BaseCommand):
    help = "Embed what has no vectors yet and build the search index anew (beside a running server: by it)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--site", help="one site's slug; all sites without it")
        parser.add_argument("--timeout", type=float, default=600, help="seconds to wait for a running server")

    def handle(self, *args: Any, **options: Any) -> None:
        for site in sites_named(options["site"]):
            self._embed(site)
            try:
                index().own()
            except store.Taken:
                self._ask(site, options["timeout"])
            else:
                self._build(site)
            built = Shelf.objects.filter(site=site).values_list("passages", flat=True)
            self.stdout.write(f"{site.slug}: {sum(built)} passages on {len(built)} shelves")

    def _embed(self, site: Site) -> None:
        digests = Passage.objects.filter(revision__source__site=site).order_by()
        lacking = vectors.missing(digests.values_list("digest", flat=True))
        vectors.ensure(sync.of_digests(lacking), progress=self._progress(f"{site.slug}: embedding"), threads=2)

    def _build(self, site: Site) -> None:
        try:
            sync.clear(site.pk)
            sync.build_site(site, progress=lambda shelf: self._progress(f"{site.slug}: {shelf.category.slug}"))
        except store.Unavailable as error:
            raise CommandError(str(error), returncode=2) from error

    def _ask(self, site: Site, timeout: float) -> None:
        try:
            tasks.ask("reindex", {"site": site.pk}, seconds=timeout)
        except (TimeoutError, Refused) as error:
            raise CommandError(str(error), returncode=2) from error
        if not wait_until_settled(site, timeout, self.stderr):
            raise CommandError(f"{site.slug}: the server is still building after {timeout:.0f} seconds.", returncode=2)

    def _progress(self, what: str) -> vectors.Progress:
        def show(done: int, total: int) -> None:
            end = "\n" if done >= total else "\r" if self.stderr.isatty() else ""
            if end:
                self.stderr.write(f"{what} {done}/{total}", ending=end)
                self.stderr.flush()

        return show
